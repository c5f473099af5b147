// The GraphQL types of fees. No logic.
import { ArgsType, Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, Decimal } from '../../platform/graph/scalars.ts';
import { MoneyInput, MoneyType } from '../../platform/money/money.types.ts';

export enum ChargedKindEnum {
  TRANSFER = 'TRANSFER',
  WITHDRAWAL = 'WITHDRAWAL',
}
registerEnumType(ChargedKindEnum, {
  name: 'ChargedTransactionKind',
  description: 'Kinds of transactions that can have a fee. A deposit has none.',
  valuesConfig: {
    TRANSFER: { description: 'From one wallet to another.' },
    WITHDRAWAL: { description: 'From a wallet to an external account.' },
  },
});

@ObjectType({ description: 'What a movement of money would cost at present.' })
export class FeeQuote {
  @Field(() => MoneyType, { description: 'What its recipient gets.' })
  amount: MoneyType;

  @Field(() => MoneyType, { description: 'What it costs. Send it as `quotedFee` to be sure of it.' })
  fee: MoneyType;

  @Field(() => MoneyType, { description: 'What its payer pays: amount and fee.' })
  total: MoneyType;

  @Field(() => Int, { nullable: true, description: 'Version of the fee schedule; null when there is none, and it is free.' })
  scheduleVersion: number | null;
}

@ObjectType({
  description:
    'What a kind of transaction costs in one asset: a fixed part and a share of the amount, at least and at most so much.',
})
export class FeeSchedule {
  @Field(() => ChargedKindEnum, { description: 'The kind of transaction.' })
  kind: ChargedKindEnum;

  @Field(() => Int, { description: 'Version: grows by one with each change.' })
  version: number;

  @Field(() => MoneyType, { description: 'Whatever the amount.' })
  fixed: MoneyType;

  @Field(() => Int, { description: 'Hundredths of a percent of the amount, rounded to the nearest smallest unit, halves up.' })
  basisPoints: number;

  @Field(() => MoneyType, { description: 'The least that is charged.' })
  min: MoneyType;

  @Field(() => MoneyType, { nullable: true, description: 'The most that is charged; null when there is no limit.' })
  max: MoneyType | null;

  @Field(() => DateTime, { description: 'Since when.' })
  createdAt: Date;
}

@ArgsType()
export class QuoteTransferArgs {
  @Field(() => MoneyInput, { description: 'What the recipient shall get.' })
  amount: MoneyInput;

  @Field(() => ChargedKindEnum, { defaultValue: ChargedKindEnum.TRANSFER, description: 'The kind of transaction.' })
  kind: ChargedKindEnum;
}

@InputType({ description: 'A new version of what a kind of transaction costs in one asset.' })
export class SetFeeScheduleInput {
  @Field(() => ChargedKindEnum, { description: 'The kind of transaction.' })
  kind: ChargedKindEnum;

  @Field(() => String, { description: 'Code of the asset: "USD".' })
  asset: string;

  @Field(() => Int, { description: 'The version that you change; 0 when there is none yet.' })
  expectedVersion: number;

  @Field(() => Decimal, { defaultValue: '0', description: 'Whatever the amount: "0.25".' })
  fixed: string;

  @Field(() => Int, { defaultValue: 0, description: 'Hundredths of a percent of the amount: 0 to 10,000.' })
  basisPoints: number;

  @Field(() => Decimal, { defaultValue: '0', description: 'The least that is charged.' })
  min: string;

  @Field(() => Decimal, { nullable: true, description: 'The most that is charged; left out, there is no limit.' })
  max?: string | null;
}

@ObjectType({ description: 'The fee schedule in force from now on.' })
export class SetFeeSchedulePayload {
  @Field(() => FeeSchedule, { description: 'The new version.' })
  feeSchedule: FeeSchedule;
}
