// The graph's fields about batches of payouts.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { LiveSubscription } from '../../platform/graph/live-subscription.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { toMoneyType } from '../../platform/money/money.types.ts';
import type { PayoutChange } from './payout.events.ts';
import type { Payout, PayoutBatch } from './payout.repository.ts';
import type { PayoutService } from './payout.service.ts';
import {
  CreatePayoutsInput,
  CreatePayoutsPayload,
  PayoutBatchConnection,
  PayoutBatchListArgs,
  PayoutBatchStateEnum,
  PayoutBatchType,
  PayoutBatchUpdate,
  PayoutBatchUpdatedArgs,
  PayoutConnection,
  PayoutListArgs,
  PayoutStateEnum,
  PayoutType,
} from './payout.types.ts';
import type { Followed } from './record.feed.ts';
import type { TransactionReading } from './transaction.reading.ts';
import { loadTransaction } from './transaction.reference.ts';
import { TransactionType } from './transaction.types.ts';
import { toTransactionType } from './transaction.view.ts';

@Resolver(() => PayoutBatchType)
export class PayoutBatchResolver {
  readonly #payouts: PayoutService;

  constructor(payouts: PayoutService) {
    this.#payouts = payouts;
  }

  @Authenticated()
  @Mutation(() => CreatePayoutsPayload, {
    description:
      'Pays many wallets from one that you may spend from. What makes no sense in itself refuses the whole request; what stands in the way of one payee is its outcome alone. Answers as soon as the batch is recorded; follow `payoutBatchUpdated`.',
  })
  async createPayouts(
    @Arg('input', () => CreatePayoutsInput, { description: 'The payees.' }) input: CreatePayoutsInput,
    @Ctx() context: GraphContext,
  ): Promise<CreatePayoutsPayload> {
    const { userId } = requireIdentity(context.identity);
    const batch = await this.#payouts.create({ userId, requestId: context.requestId }, input);
    return { batch: toBatchType(batch), cursor: batch.feedCursor };
  }

  @Authenticated()
  @Query(() => PayoutBatchType, {
    nullable: true,
    description: 'A batch of payouts. PAYOUT_BATCH_NOT_FOUND for one that you may not see.',
  })
  async payoutBatch(@Arg('id', () => ID, { description: 'Id of the batch.' }) id: string, @Ctx() context: GraphContext) {
    return toBatchType(await this.#payouts.get(requireIdentity(context.identity), id));
  }

  @Authenticated()
  @Query(() => PayoutBatchConnection, { description: 'The batches of payouts that you asked for, newest first.' })
  async payoutBatches(@Args(() => PayoutBatchListArgs) args: PayoutBatchListArgs, @Ctx() context: GraphContext) {
    const list = await this.#payouts.list(requireIdentity(context.identity), args);
    const edges = list.edges.map(({ cursor, node }) => ({ cursor, node: toBatchType(node) }));
    return { edges, nodes: edges.map(({ node }) => node), pageInfo: list.pageInfo };
  }

  @Authenticated()
  @LiveSubscription(() => PayoutBatchUpdate, {
    description: 'The progress of one batch of payouts, or of all that you asked for, in order and without gaps.',
  })
  async payoutBatchUpdated(@Args(() => PayoutBatchUpdatedArgs) args: PayoutBatchUpdatedArgs, @Ctx() context: GraphContext) {
    return updatesOf(await this.#payouts.follow(requireIdentity(context.identity), args, context.signal));
  }

  @FieldResolver(() => PayoutConnection, { description: 'Its payees in their order.' })
  async items(@Root() { id }: PayoutBatchType, @Args(() => PayoutListArgs) args: PayoutListArgs) {
    const list = await this.#payouts.items(id, args);
    const edges = list.edges.map(({ cursor, node }) => ({ cursor, node: toPayoutType(node) }));
    return { edges, nodes: edges.map(({ node }) => node), pageInfo: list.pageInfo };
  }
}

@Resolver(() => PayoutType)
export class PayoutResolver {
  readonly #reading: TransactionReading;

  constructor(reading: TransactionReading) {
    this.#reading = reading;
  }

  @FieldResolver(() => TransactionType, { nullable: true, description: 'Its transfer; null while, or when, there is none.' })
  async transaction(@Root() { transactionId }: PayoutType, @Ctx() context: GraphContext) {
    const record = transactionId === null ? null : await loadTransaction(this.#reading, transactionId, context);
    return record === null ? null : toTransactionType(record);
  }
}

@Resolver(() => PayoutBatchUpdate)
export class PayoutBatchUpdateResolver {
  readonly #payouts: PayoutService;

  constructor(payouts: PayoutService) {
    this.#payouts = payouts;
  }

  @FieldResolver(() => PayoutBatchType, { description: 'The batch as it stands now, which may be later than the change.' })
  async batch(@Root() { batchId }: PayoutBatchUpdate, @Ctx() context: GraphContext) {
    return toBatchType(await this.#payouts.get(requireIdentity(context.identity), batchId));
  }

  @FieldResolver(() => PayoutType, { nullable: true, description: 'The payee that has its outcome; null for a new batch.' })
  async payout(@Root() { batchId, item }: PayoutBatchUpdate) {
    const payout = item === null ? null : await this.#payouts.item(batchId, item);
    return payout === null ? null : toPayoutType(payout);
  }
}

async function* updatesOf(changes: AsyncIterable<Followed<PayoutChange>>): AsyncIterable<PayoutBatchUpdate> {
  for await (const { state, ...same } of changes) yield { ...same, state: PayoutBatchStateEnum[state] };
}

export function toBatchType({ state, sourceId, ...batch }: PayoutBatch): PayoutBatchType {
  const { id, itemCount, paidCount, failedCount, createdAt, updatedAt } = batch;
  const source = { id: sourceId };
  return { id, itemCount, paidCount, failedCount, createdAt, updatedAt, source, state: PayoutBatchStateEnum[state] };
}

function toPayoutType({ item, reference, destinationId, money, memo, state, failure, transactionId }: Payout): PayoutType {
  const destination = { id: destinationId };
  return {
    item,
    reference,
    destination,
    memo,
    failure,
    transactionId,
    amount: toMoneyType(money),
    state: PayoutStateEnum[state],
  };
}
