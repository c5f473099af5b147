// The GraphQL types of batches of payouts. No logic.
import { ArrayMaxSize } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionArgs, connectionType } from '../../platform/graph/connection.ts';
import { Cursor, DateTime } from '../../platform/graph/scalars.ts';
import { MoneyInput, MoneyType } from '../../platform/money/money.types.ts';
import { TransactionReason, WalletStub } from './transaction.types.ts';

export enum PayoutBatchStateEnum {
  RUNNING = 'RUNNING',
  FINISHED = 'FINISHED',
}
registerEnumType(PayoutBatchStateEnum, {
  name: 'PayoutBatchState',
  description: 'Whether a batch of payouts is done.',
  valuesConfig: {
    RUNNING: { description: 'Some payees have no outcome yet.' },
    FINISHED: { description: 'Every payee has its outcome, paid or not.' },
  },
});

export enum PayoutStateEnum {
  PENDING = 'PENDING',
  REQUESTED = 'REQUESTED',
  PAID = 'PAID',
  FAILED = 'FAILED',
}
registerEnumType(PayoutStateEnum, {
  name: 'PayoutState',
  description: 'What has become of one payee of a batch.',
  valuesConfig: {
    PENDING: { description: 'Its turn has not come.' },
    REQUESTED: { description: 'Its transfer is on its way.' },
    PAID: { description: 'The money is there.' },
    FAILED: { description: 'It could not be paid; no money has moved. The others go on.' },
  },
});

@ObjectType('Payout', { description: 'One payee of a batch of payouts.' })
export class PayoutType {
  @Field(() => Int, { description: 'Its place in the batch, from 1.' })
  item: number;

  @Field(() => String, { nullable: true, description: 'What you call it.' })
  reference: string | null;

  @Field(() => WalletStub, {
    nullable: true,
    description: 'The wallet that is paid; null when you ask for what you may not see of it.',
  })
  destination: WalletStub | null;

  @Field(() => MoneyType, { description: 'What it is paid.' })
  amount: MoneyType;

  @Field(() => String, { nullable: true, description: 'The line to the recipient.' })
  memo: string | null;

  @Field(() => PayoutStateEnum, { description: 'What has become of it.' })
  state: PayoutStateEnum;

  @Field(() => TransactionReason, { nullable: true, description: 'Why it failed; null unless it did.' })
  failure: TransactionReason | null;

  /** The graph offers the transaction itself. */
  transactionId: string | null;
}

export const PayoutConnection = connectionType(PayoutType, 'PayoutConnection');

@ObjectType('PayoutBatch', {
  description:
    'Many transfers from one wallet that were asked for together. Seen by who asked for it, as a member of the wallet, and by staff.',
})
export class PayoutBatchType {
  @Field(() => ID, { description: 'Id of the batch.' })
  id: string;

  @Field(() => PayoutBatchStateEnum, { description: 'Whether it is done.' })
  state: PayoutBatchStateEnum;

  @Field(() => WalletStub, {
    nullable: true,
    description: 'The wallet that pays; null when you ask for what you may not see of it.',
  })
  source: WalletStub | null;

  @Field(() => Int, { description: 'How many payees it has.' })
  itemCount: number;

  @Field(() => Int, { description: 'How many of them have been paid.' })
  paidCount: number;

  @Field(() => Int, { description: 'How many of them could not be paid.' })
  failedCount: number;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  createdAt: Date;

  @Field(() => DateTime, { description: 'When it last moved on.' })
  updatedAt: Date;
}

export const PayoutBatchConnection = connectionType(PayoutBatchType, 'PayoutBatchConnection');

@ObjectType({ description: 'A change of a batch of payouts, as it happened: it was recorded, or one payee has its outcome.' })
export class PayoutBatchUpdate {
  @Field(() => Cursor, { description: 'Place in the stream. After a lost connection, subscribe again with it as `after`.' })
  cursor: string;

  @Field(() => PayoutBatchStateEnum, { description: 'Whether the batch is done with this change.' })
  state: PayoutBatchStateEnum;

  @Field(() => Int, { description: 'How many payees the batch has.' })
  itemCount: number;

  @Field(() => Int, { description: 'How many of them have been paid.' })
  paidCount: number;

  @Field(() => Int, { description: 'How many of them could not be paid.' })
  failedCount: number;

  @Field(() => DateTime, { description: 'When it happened.' })
  occurredAt: Date;

  /** The graph offers the batch and the payee themselves. */
  batchId: string;
  item: number | null;
}

@ArgsType()
export class PayoutListArgs extends ConnectionArgs {
  @Field(() => [PayoutStateEnum], { nullable: true, description: 'In one of these states.' })
  @ArrayMaxSize(4)
  states?: PayoutStateEnum[] | null;
}

@ArgsType()
export class PayoutBatchListArgs extends ConnectionArgs {}

@ArgsType()
export class PayoutBatchUpdatedArgs {
  @Field(() => ID, { nullable: true, description: 'Follow this batch only.' })
  id?: string | null;

  @Field(() => Cursor, {
    nullable: true,
    description: 'Begin with what came after this cursor; without it, with what comes from now on.',
  })
  after?: string | null;
}

@InputType({ description: 'One payee of a batch of payouts.' })
export class PayoutInput {
  @Field(() => String, { nullable: true, description: 'What you call it, at most 64 visible ASCII characters.' })
  reference?: string | null;

  @Field(() => ID, { description: 'The wallet that receives.' })
  destinationWalletId: string;

  @Field(() => MoneyInput, { description: 'How much of which asset.' })
  amount: MoneyInput;

  @Field(() => String, { nullable: true, description: 'A line for the recipient, at most 140 characters.' })
  memo?: string | null;
}

@InputType({ description: 'Many transfers from one wallet.' })
export class CreatePayoutsInput {
  @Field(() => String, {
    description:
      'A key of your own for the whole request, at most 128 visible ASCII characters. Sending the same request again is safe: it pays nobody twice, and gives the batch as it stands.',
  })
  idempotencyKey: string;

  @Field(() => ID, { description: 'The wallet that pays, in which you are at least a spender.' })
  sourceWalletId: string;

  @Field(() => [PayoutInput], { description: 'The payees, 1 to 1,000, in the order in which they are paid.' })
  items: PayoutInput[];
}

@ObjectType({ description: 'The recorded batch.' })
export class CreatePayoutsPayload {
  @Field(() => PayoutBatchType, { description: 'The batch as recorded; for a repeated request, the first one as it stands now.' })
  batch: PayoutBatchType;

  @Field(() => Cursor, { description: 'Subscribe to `payoutBatchUpdated(id:, after:)` with it to miss nothing of the batch.' })
  cursor: string;
}
