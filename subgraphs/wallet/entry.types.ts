// The GraphQL types of ledger entries. No logic.
import { ArgsType, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionArgs, connectionType } from '../../platform/graph/connection.ts';
import { DateTime } from '../../platform/graph/scalars.ts';
import { MoneyType } from '../../platform/money/money.types.ts';
import { TransactionStub } from './stub.types.ts';

export enum DirectionEnum {
  DEBIT = 'DEBIT',
  CREDIT = 'CREDIT',
}
registerEnumType(DirectionEnum, {
  name: 'EntryDirection',
  description: 'Which way an entry moves its account.',
  valuesConfig: {
    DEBIT: { description: 'Takes from the account.' },
    CREDIT: { description: 'Adds to the account.' },
  },
});

export enum PostingKindEnum {
  TRANSFER = 'TRANSFER',
  DEPOSIT = 'DEPOSIT',
  WITHDRAWAL = 'WITHDRAWAL',
  HOLD_CAPTURE = 'HOLD_CAPTURE',
  REVERSAL = 'REVERSAL',
  EXCHANGE = 'EXCHANGE',
  MANUAL = 'MANUAL',
}
registerEnumType(PostingKindEnum, {
  name: 'PostingKind',
  description: 'What an entry is part of.',
  valuesConfig: {
    TRANSFER: { description: 'A transfer between wallets.' },
    DEPOSIT: { description: 'Money that came from outside.' },
    WITHDRAWAL: { description: 'Money that went outside.' },
    HOLD_CAPTURE: { description: 'Money that a hold had set aside.' },
    REVERSAL: { description: 'A transaction or an exchange that was taken back.' },
    EXCHANGE: { description: 'An exchange of one asset for another.' },
    MANUAL: { description: 'What an operator has posted by hand.' },
  },
});

@ObjectType('Entry', {
  description: 'One side of a posting, on one account. Entries are never changed and never deleted.',
})
export class EntryType {
  @Field(() => ID, { description: 'Id of the entry.' })
  id: string;

  @Field(() => PostingKindEnum, { description: 'What it is part of.' })
  kind: PostingKindEnum;

  @Field(() => DirectionEnum, { description: 'Whether it takes from the account or adds to it.' })
  direction: DirectionEnum;

  @Field(() => MoneyType, { description: 'How much; always more than zero, the direction says which way.' })
  amount: MoneyType;

  @Field(() => MoneyType, { description: "The account's posted balance right after it." })
  balanceAfter: MoneyType;

  @Field(() => TransactionStub, {
    nullable: true,
    description: 'The transaction that it completes; null for a captured hold, and for an exchange.',
  })
  transaction: TransactionStub | null;

  @Field(() => String, { nullable: true, description: 'The line that came with it.' })
  memo: string | null;

  @Field(() => DateTime, { description: 'When it was posted.' })
  createdAt: Date;

  /** The account it is on; the graph offers the account itself. */
  accountId: string;
  exchangeId: string | null;
}

export const EntryConnection = connectionType(EntryType, 'EntryConnection');

@ArgsType()
export class EntryListArgs extends ConnectionArgs {
  @Field(() => String, { nullable: true, description: 'Only entries in this asset, by its code.' })
  asset?: string | null;
}
