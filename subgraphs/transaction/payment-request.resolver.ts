// The graph's fields about payment requests.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { LiveSubscription } from '../../platform/graph/live-subscription.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { toMoneyType } from '../../platform/money/money.types.ts';
import type { PaymentRequestChange } from './payment-request.events.ts';
import type { PaymentRequest } from './payment-request.repository.ts';
import { type Actor, type PaymentRequestService, shownState } from './payment-request.service.ts';
import {
  AcceptPaymentRequestInput,
  AcceptPaymentRequestPayload,
  CancelPaymentRequestInput,
  CreatePaymentRequestInput,
  DeclinePaymentRequestInput,
  PaymentRequestConnection,
  PaymentRequestListArgs,
  PaymentRequestPayload,
  PaymentRequestStateEnum,
  PaymentRequestType,
  PaymentRequestUpdate,
  PaymentRequestUpdatedArgs,
} from './payment-request.types.ts';
import type { Followed } from './record.feed.ts';
import type { TransactionReading } from './transaction.reading.ts';
import { loadTransaction } from './transaction.reference.ts';
import { TransactionType } from './transaction.types.ts';
import { toTransactionType } from './transaction.view.ts';

@Resolver(() => PaymentRequestType)
export class PaymentRequestResolver {
  readonly #requests: PaymentRequestService;
  readonly #reading: TransactionReading;

  constructor(requests: PaymentRequestService, reading: TransactionReading) {
    this.#requests = requests;
    this.#reading = reading;
  }

  @Authenticated()
  @Mutation(() => PaymentRequestPayload, { description: 'Asks another user for money.' })
  async createPaymentRequest(
    @Arg('input', () => CreatePaymentRequestInput, { description: 'What you ask for.' }) input: CreatePaymentRequestInput,
    @Ctx() context: GraphContext,
  ): Promise<PaymentRequestPayload> {
    const actor = actorOf(context);
    return { paymentRequest: toPaymentRequestType(await this.#requests.create(actor, input), actor.userId) };
  }

  @Authenticated()
  @Mutation(() => AcceptPaymentRequestPayload, { description: 'Pays what you were asked for, by a transfer from your wallet.' })
  async acceptPaymentRequest(
    @Arg('input', () => AcceptPaymentRequestInput, { description: 'The request.' }) input: AcceptPaymentRequestInput,
    @Ctx() context: GraphContext,
  ): Promise<AcceptPaymentRequestPayload> {
    const actor = actorOf(context);
    const { request, transaction } = await this.#requests.accept(actor, input);
    return { paymentRequest: toPaymentRequestType(request, actor.userId), transaction: toTransactionType(transaction) };
  }

  @Authenticated()
  @Mutation(() => PaymentRequestPayload, { description: 'Declines what you were asked for.' })
  async declinePaymentRequest(
    @Arg('input', () => DeclinePaymentRequestInput, { description: 'The request.' }) input: DeclinePaymentRequestInput,
    @Ctx() context: GraphContext,
  ): Promise<PaymentRequestPayload> {
    const actor = actorOf(context);
    const request = await this.#requests.close(actor, input.paymentRequestId, 'DECLINED');
    return { paymentRequest: toPaymentRequestType(request, actor.userId) };
  }

  @Authenticated()
  @Mutation(() => PaymentRequestPayload, { description: 'Takes back what you asked for, as long as it was not accepted.' })
  async cancelPaymentRequest(
    @Arg('input', () => CancelPaymentRequestInput, { description: 'The request.' }) input: CancelPaymentRequestInput,
    @Ctx() context: GraphContext,
  ): Promise<PaymentRequestPayload> {
    const actor = actorOf(context);
    const request = await this.#requests.close(actor, input.paymentRequestId, 'CANCELLED');
    return { paymentRequest: toPaymentRequestType(request, actor.userId) };
  }

  @Authenticated()
  @Query(() => PaymentRequestType, {
    nullable: true,
    description: 'A payment request that you sent or received. PAYMENT_REQUEST_NOT_FOUND for any other.',
  })
  async paymentRequest(@Arg('id', () => ID, { description: 'Id of the request.' }) id: string, @Ctx() context: GraphContext) {
    const { userId } = requireIdentity(context.identity);
    return toPaymentRequestType(await this.#requests.get(userId, id), userId);
  }

  @Authenticated()
  @Query(() => PaymentRequestConnection, { description: 'The payment requests that you sent, or received, newest first.' })
  async paymentRequests(@Args(() => PaymentRequestListArgs) args: PaymentRequestListArgs, @Ctx() context: GraphContext) {
    const { userId } = requireIdentity(context.identity);
    const list = await this.#requests.list(userId, args);
    const edges = list.edges.map(({ cursor, node }) => ({ cursor, node: toPaymentRequestType(node, userId) }));
    return { edges, nodes: edges.map(({ node }) => node), pageInfo: list.pageInfo };
  }

  @Authenticated()
  @LiveSubscription(() => PaymentRequestUpdate, {
    description:
      'Changes of one payment request, or of all that you sent and received, in order and without gaps. Who asked is not told of what they do not see: that it was accepted, and that a transfer for it failed.',
  })
  async paymentRequestUpdated(
    @Args(() => PaymentRequestUpdatedArgs) args: PaymentRequestUpdatedArgs,
    @Ctx() context: GraphContext,
  ) {
    const { userId } = requireIdentity(context.identity);
    return updatesOf(await this.#requests.follow(userId, args, context.signal));
  }

  @FieldResolver(() => TransactionType, {
    nullable: true,
    description: 'The transfer that pays it: for who was asked since it was accepted, for who asked once it is paid.',
  })
  async transaction(@Root() { transactionId }: PaymentRequestType, @Ctx() context: GraphContext) {
    const record = transactionId === null ? null : await loadTransaction(this.#reading, transactionId, context);
    return record === null ? null : toTransactionType(record);
  }
}

@Resolver(() => PaymentRequestUpdate)
export class PaymentRequestUpdateResolver {
  readonly #requests: PaymentRequestService;

  constructor(requests: PaymentRequestService) {
    this.#requests = requests;
  }

  @FieldResolver(() => PaymentRequestType, {
    description: 'The payment request as it stands now, which may be later than the change.',
  })
  async paymentRequest(@Root() { paymentRequestId }: PaymentRequestUpdate, @Ctx() context: GraphContext) {
    const { userId } = requireIdentity(context.identity);
    return toPaymentRequestType(await this.#requests.get(userId, paymentRequestId), userId);
  }
}

async function* updatesOf(changes: AsyncIterable<Followed<PaymentRequestChange>>): AsyncIterable<PaymentRequestUpdate> {
  for await (const change of changes) yield { ...change, state: PaymentRequestStateEnum[change.state] };
}

function actorOf(context: GraphContext): Actor {
  return { userId: requireIdentity(context.identity).userId, requestId: context.requestId };
}

export function toPaymentRequestType(request: PaymentRequest, viewerId: string): PaymentRequestType {
  const { id, money, memo, requestedBy, payerId, expiresAt, createdAt } = request;
  const mayKnow = viewerId === payerId || request.state === 'PAID';
  return {
    id,
    memo,
    expiresAt,
    createdAt,
    state: PaymentRequestStateEnum[shownState(request, viewerId)],
    amount: toMoneyType(money),
    requestedBy: { id: requestedBy },
    payer: { id: payerId },
    attempts: mayKnow ? request.attempts : 0,
    transactionId: mayKnow ? request.transactionId : null,
  };
}
