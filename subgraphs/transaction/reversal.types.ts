// The GraphQL types of reversals. No logic.
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../platform/graph/scalars.ts';
import { TransactionType } from './transaction.types.ts';

export enum ReversalStateEnum {
  REQUESTED = 'REQUESTED',
  COMPLETED = 'COMPLETED',
  REFUSED = 'REFUSED',
}
registerEnumType(ReversalStateEnum, {
  name: 'ReversalState',
  description: 'What has become of a reversal.',
  valuesConfig: {
    REQUESTED: { description: 'The ledger has been told.' },
    COMPLETED: { description: 'The money is back, with the fee.' },
    REFUSED: { description: 'It could not be taken back, for example because its recipient has spent it.' },
  },
});

@ObjectType({ description: 'Taking a completed transaction back, in full and with its fee.' })
export class TransactionReversal {
  @Field(() => ReversalStateEnum, { description: 'What has become of it.' })
  state: ReversalStateEnum;

  @Field(() => String, { description: 'Why it was asked for.' })
  reason: string;

  @Field(() => String, { nullable: true, description: 'Why the ledger refused it, as a stable code; null unless it did.' })
  refusalCode: string | null;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  createdAt: Date;

  @Field(() => DateTime, { description: 'When its state changed last.' })
  updatedAt: Date;
}

@InputType({ description: 'A completed transaction to be taken back.' })
export class ReverseTransactionInput {
  @Field(() => ID, {
    description: 'The transaction: one that paid you, or, with the permission, any that you did not pay yourself.',
  })
  transactionId: string;

  @Field(() => String, { description: 'Why, in one line of at most 140 characters; payer and recipient can read it.' })
  reason: string;

  @Field(() => String, {
    description: 'A key of your own for this request, at most 128 visible ASCII characters. Sending it again is safe.',
  })
  idempotencyKey: string;
}

@ObjectType({ description: 'The transaction that is being taken back.' })
export class ReverseTransactionPayload {
  @Field(() => TransactionType, {
    description: 'It becomes REVERSED once the money is back; follow it with `transactionUpdated`.',
  })
  transaction: TransactionType;
}
