// The GraphQL types of what a transaction comes from. No logic.
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PaymentRequestType } from './payment-request.types.ts';
import { PayoutBatchType } from './payout.types.ts';
import { ScheduleType } from './schedule.types.ts';

export enum TransactionCauseKindEnum {
  SCHEDULE = 'SCHEDULE',
  PAYMENT_REQUEST = 'PAYMENT_REQUEST',
  PAYOUT_BATCH = 'PAYOUT_BATCH',
}
registerEnumType(TransactionCauseKindEnum, {
  name: 'TransactionCauseKind',
  description: 'What a transaction that nobody asked for directly comes from.',
  valuesConfig: {
    SCHEDULE: { description: 'An occurrence of a schedule.' },
    PAYMENT_REQUEST: { description: 'An accepted payment request.' },
    PAYOUT_BATCH: { description: 'An item of a batch of payouts.' },
  },
});

@ObjectType({ description: 'What a transaction comes from.' })
export class TransactionCause {
  @Field(() => TransactionCauseKindEnum, { description: 'Which of them it is.' })
  kind: TransactionCauseKindEnum;

  @Field(() => Int, {
    description:
      'Number of the occurrence of the schedule, of the attempt at the payment request, or of the item in the batch; from 1.',
  })
  item: number;

  @Field(() => ScheduleType, { nullable: true, description: 'The schedule; null when it is none, or not yours.' })
  schedule: ScheduleType | null;

  @Field(() => PaymentRequestType, {
    nullable: true,
    description: 'The payment request; null when it is none, or neither sent nor received by you.',
  })
  paymentRequest: PaymentRequestType | null;

  @Field(() => PayoutBatchType, { nullable: true, description: 'The batch; null when it is none, or when you may not see it.' })
  payoutBatch: PayoutBatchType | null;
}
