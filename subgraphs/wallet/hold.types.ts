// The GraphQL types of holds. No logic.
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionArgs, connectionType } from '../../platform/graph/connection.ts';
import { DateTime } from '../../platform/graph/scalars.ts';
import { MoneyInput, MoneyType } from '../../platform/money/money.types.ts';

export enum HoldStatusEnum {
  PENDING = 'PENDING',
  CAPTURED = 'CAPTURED',
  VOIDED = 'VOIDED',
  EXPIRED = 'EXPIRED',
}
registerEnumType(HoldStatusEnum, {
  name: 'HoldStatus',
  description: 'What became of a hold. All but PENDING are final.',
  valuesConfig: {
    PENDING: { description: 'It keeps the money aside.' },
    CAPTURED: { description: 'All or part of the money was taken; the rest was given back.' },
    VOIDED: { description: 'It was given up; the money is available again.' },
    EXPIRED: { description: 'Its time was up; the money is available again.' },
  },
});

@ObjectType('Hold', { description: 'Money set aside in a wallet, to be captured or given back: one of them, once.' })
export class HoldType {
  @Field(() => ID, { description: 'Id of the hold.' })
  id: string;

  @Field(() => HoldStatusEnum, { description: 'What became of it.' })
  status: HoldStatusEnum;

  @Field(() => MoneyType, { description: 'How much it sets aside.' })
  amount: MoneyType;

  @Field(() => MoneyType, { nullable: true, description: 'How much was captured; null unless it was.' })
  captured: MoneyType | null;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  memo: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it expires by itself; null when it does not.' })
  expiresAt: Date | null;

  @Field(() => DateTime, { description: 'When it was placed.' })
  createdAt: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was captured, voided or has expired; null while it is pending.',
  })
  resolvedAt: Date | null;

  /** Ids that the graph resolves. */
  walletId: string;
  destinationWalletId: string | null;
}

export const HoldConnection = connectionType(HoldType, 'HoldConnection');

@ArgsType()
export class HoldListArgs extends ConnectionArgs {
  @Field(() => HoldStatusEnum, { nullable: true, description: 'Only holds in this status.' })
  status?: HoldStatusEnum | null;
}

const keyDescription =
  'A key of your own for this request, at most 128 visible ASCII characters. Sending the same request again with the same key is safe.';

@InputType({ description: 'Money to set aside.' })
export class PlaceHoldInput {
  @Field(() => ID, { description: keyDescription })
  idempotencyKey: string;

  @Field(() => ID, { description: 'The wallet that is to keep it.' })
  walletId: string;

  @Field(() => MoneyInput, { description: 'How much of which asset.' })
  amount: MoneyInput;

  @Field(() => String, { nullable: true, description: 'What it is for, at most 140 characters.' })
  memo?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it expires by itself; without it, never.' })
  expiresAt?: Date | null;
}

@InputType({ description: 'A hold whose money is to be taken.' })
export class CaptureHoldInput {
  @Field(() => ID, { description: keyDescription })
  idempotencyKey: string;

  @Field(() => ID, { description: 'The hold.' })
  holdId: string;

  @Field(() => ID, { description: 'The wallet that receives.' })
  destinationWalletId: string;

  @Field(() => MoneyInput, { nullable: true, description: 'How much; without it, all. The rest is given back.' })
  amount?: MoneyInput | null;
}

@InputType({ description: 'A hold to give up.' })
export class VoidHoldInput {
  @Field(() => ID, { description: keyDescription })
  idempotencyKey: string;

  @Field(() => ID, { description: 'The hold.' })
  holdId: string;
}

@ObjectType({ description: 'What became of a hold.' })
abstract class HoldPayload {
  @Field(() => HoldType, { description: 'The hold as it is now.' })
  hold: HoldType;
}

@ObjectType({ description: 'The placed hold.' })
export class PlaceHoldPayload extends HoldPayload {}

@ObjectType({ description: 'The captured hold.' })
export class CaptureHoldPayload extends HoldPayload {}

@ObjectType({ description: 'The voided hold.' })
export class VoidHoldPayload extends HoldPayload {}
