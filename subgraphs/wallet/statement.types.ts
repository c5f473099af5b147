// The GraphQL types of statements. No logic.
import { ArgsType, Field, ID, ObjectType } from 'type-graphql';
import { ConnectionArgs, connectionType } from '../../platform/graph/connection.ts';
import { DateTime } from '../../platform/graph/scalars.ts';
import { AssetType, MoneyType } from '../../platform/money/money.types.ts';
import { TimeAxisEnum } from './account.types.ts';
import { PostingKindEnum } from './entry.types.ts';
import { TransactionStub } from './stub.types.ts';

@ObjectType('StatementEntry', {
  description: 'An entry in a statement, with the balance after it in the order of the statement.',
})
export class StatementEntryType {
  @Field(() => ID, { description: 'Id of the entry.' })
  id: string;

  @Field(() => PostingKindEnum, { description: 'What it is part of.' })
  kind: PostingKindEnum;

  @Field(() => MoneyType, { description: 'What it changed: negative when money left.' })
  change: MoneyType;

  @Field(() => MoneyType, { description: "The balance after it, in the statement's order." })
  balance: MoneyType;

  @Field(() => TransactionStub, { nullable: true, description: 'The transaction that it completes, if any.' })
  transaction: TransactionStub | null;

  @Field(() => String, { nullable: true, description: 'The line that came with it.' })
  memo: string | null;

  @Field(() => DateTime, { description: 'When it counts from.' })
  effectiveAt: Date;

  @Field(() => DateTime, { description: 'When it was recorded.' })
  recordedAt: Date;
}

export const StatementEntryConnection = connectionType(StatementEntryType, 'StatementEntryConnection');

@ObjectType('Statement', {
  description:
    'What happened to one asset of a wallet in a period. Opening balance and all changes make the closing balance; pages of one statement agree, whatever is posted meanwhile.',
})
export class StatementType {
  @Field(() => AssetType, { description: 'The asset.' })
  asset: AssetType;

  @Field(() => DateTime, { description: 'Its beginning, included.' })
  from: Date;

  @Field(() => DateTime, { description: 'Its end, not included.' })
  to: Date;

  @Field(() => TimeAxisEnum, { description: 'Which time of an entry counts.' })
  by: TimeAxisEnum;

  @Field(() => MoneyType, { description: 'The posted balance before the period.' })
  openingBalance: MoneyType;

  @Field(() => MoneyType, { description: 'The posted balance at its end.' })
  closingBalance: MoneyType;

  @Field(() => StatementEntryConnection, { description: 'The entries of the period on this page, oldest first.' })
  entries: InstanceType<typeof StatementEntryConnection>;

  @Field(() => String, {
    description:
      'Path of the whole statement as a CSV file at the gateway: GET it with your access token. Spreadsheets take no text in it for a formula.',
  })
  csvPath: string;

  @Field(() => String, {
    description:
      'Path of the whole statement as JSON Lines at the gateway: GET it with your access token. Amounts are texts, to the last digit.',
  })
  jsonLinesPath: string;
}

@ArgsType()
export class StatementArgs extends ConnectionArgs {
  @Field(() => String, { description: 'Code of the asset.' })
  asset: string;

  @Field(() => DateTime, { description: 'Beginning of the period, included.' })
  from: Date;

  @Field(() => DateTime, { description: 'End of the period, not included; not later than now.' })
  to: Date;

  @Field(() => TimeAxisEnum, { defaultValue: TimeAxisEnum.RECORDED, description: 'Which time of an entry counts.' })
  by: TimeAxisEnum;
}
