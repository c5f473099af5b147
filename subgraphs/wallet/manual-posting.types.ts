// The GraphQL types of postings that operators make by hand. No logic.
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../platform/graph/scalars.ts';
import { MoneyInput } from '../../platform/money/money.types.ts';
import { UserStub } from './stub.types.ts';

export enum HouseAccountEnum {
  FEES = 'FEES',
  LIQUIDITY = 'LIQUIDITY',
  SPREAD = 'SPREAD',
  ROUNDING = 'ROUNDING',
  ADJUSTMENTS = 'ADJUSTMENTS',
}
registerEnumType(HouseAccountEnum, {
  name: 'HouseAccount',
  description: 'An account of the house.',
  valuesConfig: {
    FEES: { description: 'What transactions cost.' },
    LIQUIDITY: { description: 'What the house exchanges from. Never below zero.' },
    SPREAD: { description: 'What the house earns on exchanges beyond the rate.' },
    ROUNDING: { description: 'What rounding leaves over.' },
    ADJUSTMENTS: { description: 'The other side of corrections: what is below zero has cost the house.' },
  },
});

export enum PostingOutcomeStatusEnum {
  POSTED = 'POSTED',
  WOULD_BE_POSTED = 'WOULD_BE_POSTED',
  REFUSED = 'REFUSED',
  NOT_POSTED = 'NOT_POSTED',
}
registerEnumType(PostingOutcomeStatusEnum, {
  name: 'PostingOutcomeStatus',
  description: 'What has become of a posting.',
  valuesConfig: {
    POSTED: { description: 'It is in the ledger.' },
    WOULD_BE_POSTED: { description: 'Nothing stands in its way; it was asked for as a dry run.' },
    REFUSED: { description: 'It cannot be posted, and the refusal says why.' },
    NOT_POSTED: { description: 'It is linked with one that was refused.' },
  },
});

@InputType({ description: 'One end of a leg: name exactly one.' })
export class PostingAccountInput {
  @Field(() => ID, { nullable: true, description: 'A wallet; not one of yours.' })
  walletId?: string | null;

  @Field(() => ID, { nullable: true, description: 'An account outside.' })
  externalAccountId?: string | null;

  @Field(() => HouseAccountEnum, { nullable: true, description: 'An account of the house.' })
  house?: HouseAccountEnum | null;
}

@InputType({ description: 'A movement from one account to another.' })
export class PostingLegInput {
  @Field(() => PostingAccountInput, { description: 'Who is debited.' })
  from: PostingAccountInput;

  @Field(() => PostingAccountInput, { description: 'Who is credited.' })
  to: PostingAccountInput;

  @Field(() => MoneyInput, { description: 'How much.' })
  amount: MoneyInput;
}

@InputType({ description: 'A text by which a posting can be told from others.' })
export class PostingMetadataInput {
  @Field(() => String, { description: 'Its name, at most 64 characters.' })
  key: string;

  @Field(() => String, { description: 'Its value, at most 256 characters.' })
  value: string;
}

@InputType({ description: 'Legs that happen together, in their order.' })
export class PostingInput {
  @Field(() => [PostingLegInput], { description: '1 to 32 legs; they may be in several assets, each leg is in one.' })
  legs: PostingLegInput[];

  @Field(() => String, { description: 'Why, in 1 to 140 characters. The owners of the wallets see it in their history.' })
  memo: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it counts from: at most 366 days ago, never to come. Left out, it counts from when it is recorded.',
  })
  effectiveAt?: Date | null;

  @Field(() => [PostingMetadataInput], { nullable: true, description: 'At most 32.' })
  metadata?: PostingMetadataInput[] | null;
}

@InputType({ description: 'Postings to make.' })
export class CreatePostingsInput {
  @Field(() => String, {
    description:
      'A key of your own for this request, at most 128 visible ASCII characters. The same request with the same key is told the same outcomes. A dry run does not use it up.',
  })
  idempotencyKey: string;

  @Field(() => [PostingInput], { description: '1 to 100 of them. They are decided in their order and see each other’s effects.' })
  postings: PostingInput[];

  @Field(() => Boolean, { defaultValue: false, description: 'Whether all of them are posted or none.' })
  linked: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether you only want to know what would become of them: every check is made, and nothing is posted.',
  })
  dryRun: boolean;
}

@ObjectType({ description: 'Why the ledger refuses something.' })
export class LedgerRefusal {
  @Field(() => String, { description: 'The stable code, as of errors.' })
  code: string;

  @Field(() => String, { description: 'In words.' })
  message: string;
}

@ObjectType({ description: 'What has become of one posting.' })
export class PostingOutcome {
  @Field(() => Int, { description: 'Its place in the request, from 1.' })
  item: number;

  @Field(() => PostingOutcomeStatusEnum, { description: 'Whether it is in the ledger.' })
  status: PostingOutcomeStatusEnum;

  @Field(() => ID, { nullable: true, description: 'Id of the posting; null unless it was made.' })
  postingId: string | null;

  @Field(() => LedgerRefusal, { nullable: true, description: 'Why not; null unless it was refused itself.' })
  refusal: LedgerRefusal | null;
}

@ObjectType({ description: 'Postings that were asked for together, with what has become of each. Never changes.' })
export class PostingBatch {
  @Field(() => ID, { description: 'Id of the batch.' })
  id: string;

  @Field(() => Boolean, { description: 'Whether all of them were to be posted or none.' })
  linked: boolean;

  @Field(() => UserStub, { nullable: true, description: 'Who asked for them.' })
  requestedBy: UserStub;

  @Field(() => DateTime, { description: 'When they were decided.' })
  createdAt: Date;

  @Field(() => [PostingOutcome], { description: 'In the order of the request.' })
  outcomes: PostingOutcome[];
}

@ObjectType({ description: 'What has become of the postings, or would.' })
export class CreatePostingsPayload {
  @Field(() => PostingBatch, { nullable: true, description: 'What is kept of the request; null for a dry run.' })
  batch: PostingBatch | null;

  @Field(() => [PostingOutcome], { description: 'One for each posting, in the order of the request.' })
  outcomes: PostingOutcome[];
}
