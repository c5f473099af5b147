// The GraphQL types of payment requests. No logic.
import { ArrayMaxSize } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionArgs, connectionType } from '../../platform/graph/connection.ts';
import { Cursor, DateTime } from '../../platform/graph/scalars.ts';
import { MoneyInput, MoneyType } from '../../platform/money/money.types.ts';
import { TransactionType, UserStub } from './transaction.types.ts';

export enum PaymentRequestStateEnum {
  PENDING = 'PENDING',
  ACCEPTED = 'ACCEPTED',
  PAID = 'PAID',
  DECLINED = 'DECLINED',
  CANCELLED = 'CANCELLED',
  EXPIRED = 'EXPIRED',
}
registerEnumType(PaymentRequestStateEnum, {
  name: 'PaymentRequestState',
  description: 'What has become of a payment request.',
  valuesConfig: {
    PENDING: { description: 'Waiting for an answer; again so when a transfer for it failed.' },
    ACCEPTED: { description: 'A transfer is on its way. Who asked sees PENDING until the money is there.' },
    PAID: { description: 'The money is there.' },
    DECLINED: { description: 'Who was asked said no.' },
    CANCELLED: { description: 'Who asked took it back.' },
    EXPIRED: { description: 'Nobody answered in time.' },
  },
});

export enum PaymentRequestRoleEnum {
  SENT = 'SENT',
  RECEIVED = 'RECEIVED',
}
registerEnumType(PaymentRequestRoleEnum, {
  name: 'PaymentRequestRole',
  description: 'Which side of payment requests you are on.',
  valuesConfig: { SENT: { description: 'You ask for money.' }, RECEIVED: { description: 'You are asked for money.' } },
});

@ObjectType('PaymentRequest', { description: 'Somebody asks somebody for money. Only those two see it.' })
export class PaymentRequestType {
  @Field(() => ID, { description: 'Id of the payment request.' })
  id: string;

  @Field(() => PaymentRequestStateEnum, { description: 'What has become of it.' })
  state: PaymentRequestStateEnum;

  @Field(() => MoneyType, { description: 'What is asked for.' })
  amount: MoneyType;

  @Field(() => String, { nullable: true, description: 'What for.' })
  memo: string | null;

  @Field(() => UserStub, { description: 'Who asks, and is paid.' })
  requestedBy: UserStub;

  @Field(() => UserStub, { description: 'Who is asked.' })
  payer: UserStub;

  @Field(() => Int, { description: 'How often a transfer was made for it. Zero for who asked, unless it is paid.' })
  attempts: number;

  @Field(() => DateTime, { description: 'Until when it can be accepted.' })
  expiresAt: Date;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt: Date;

  /** The transfer that the viewer may know of; the graph offers the transaction itself. */
  transactionId: string | null;
}

@ObjectType({ description: 'A change of a payment request, as it happened.' })
export class PaymentRequestUpdate {
  @Field(() => Cursor, { description: 'Place in the stream. After a lost connection, subscribe again with it as `after`.' })
  cursor: string;

  @Field(() => PaymentRequestStateEnum, { description: 'What has become of it with this change.' })
  state: PaymentRequestStateEnum;

  @Field(() => DateTime, { description: 'When it happened.' })
  occurredAt: Date;

  /** Id of the payment request; the graph offers the request itself. */
  paymentRequestId: string;
}

@ArgsType()
export class PaymentRequestUpdatedArgs {
  @Field(() => ID, { nullable: true, description: 'Follow this payment request only.' })
  id?: string | null;

  @Field(() => Cursor, {
    nullable: true,
    description: 'Begin with what came after this cursor; without it, with what comes from now on.',
  })
  after?: string | null;
}

export const PaymentRequestConnection = connectionType(PaymentRequestType, 'PaymentRequestConnection');

@ArgsType()
export class PaymentRequestListArgs extends ConnectionArgs {
  @Field(() => PaymentRequestRoleEnum, { description: 'Those that you sent, or those that you received.' })
  role: PaymentRequestRoleEnum;

  @Field(() => [PaymentRequestStateEnum], { nullable: true, description: 'In one of these states.' })
  @ArrayMaxSize(6)
  states?: PaymentRequestStateEnum[] | null;
}

@InputType({ description: 'Money that you ask somebody for.' })
export class CreatePaymentRequestInput {
  @Field(() => String, {
    description: 'A key of your own for this request, at most 128 visible ASCII characters. Sending it again is safe.',
  })
  idempotencyKey: string;

  @Field(() => ID, { description: 'The user whom you ask.' })
  payerId: string;

  @Field(() => ID, { description: 'Your wallet, which is to be paid.' })
  walletId: string;

  @Field(() => MoneyInput, { description: 'How much of which asset.' })
  amount: MoneyInput;

  @Field(() => String, { nullable: true, description: 'What for, in one line of at most 140 characters.' })
  memo?: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Until when it can be accepted, at most a year from now; 14 days unless said.',
  })
  expiresAt?: Date | null;
}

@InputType({ description: 'A payment request that you pay.' })
export class AcceptPaymentRequestInput {
  @Field(() => String, {
    description: 'A key of your own for this acceptance, at most 128 visible ASCII characters. Sending it again is safe.',
  })
  idempotencyKey: string;

  @Field(() => ID, { description: 'The payment request.' })
  paymentRequestId: string;

  @Field(() => ID, { description: 'Your wallet, which pays.' })
  sourceWalletId: string;
}

@InputType({ description: 'A payment request that you do not pay.' })
export class DeclinePaymentRequestInput {
  @Field(() => ID, { description: 'The payment request.' })
  paymentRequestId: string;
}

@InputType({ description: 'A payment request that you take back.' })
export class CancelPaymentRequestInput {
  @Field(() => ID, { description: 'The payment request.' })
  paymentRequestId: string;
}

@ObjectType({ description: 'The payment request as it stands now.' })
export class PaymentRequestPayload {
  @Field(() => PaymentRequestType, { description: 'The payment request.' })
  paymentRequest: PaymentRequestType;
}

@ObjectType({ description: 'The accepted payment request and the transfer that pays it.' })
export class AcceptPaymentRequestPayload extends PaymentRequestPayload {
  @Field(() => TransactionType, { description: 'The transfer; follow it with `transactionUpdated`.' })
  transaction: TransactionType;
}
