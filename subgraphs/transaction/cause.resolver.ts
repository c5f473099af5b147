// The way back from a transaction to what it comes from. Each record decides who may see it; here they are only asked, together.
import DataLoader from 'dataloader';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { GraphContext } from '../../platform/graph/context.ts';
import { type Identity, requireIdentity } from '../../platform/identity/identity.ts';
import { TransactionCause, TransactionCauseKindEnum } from './cause.types.ts';
import { toPaymentRequestType } from './payment-request.resolver.ts';
import type { PaymentRequestService } from './payment-request.service.ts';
import { toBatchType } from './payout.resolver.ts';
import type { PayoutService } from './payout.service.ts';
import { toScheduleType } from './schedule.resolver.ts';
import type { ScheduleService } from './schedule.service.ts';
import type { TransactionReading } from './transaction.reading.ts';
import { TransactionType } from './transaction.types.ts';

@Resolver(() => TransactionType)
export class CauseResolver {
  readonly #reading: TransactionReading;
  readonly #schedules: ScheduleService;
  readonly #requests: PaymentRequestService;
  readonly #payouts: PayoutService;

  constructor(reading: TransactionReading, schedules: ScheduleService, requests: PaymentRequestService, payouts: PayoutService) {
    this.#reading = reading;
    this.#schedules = schedules;
    this.#requests = requests;
    this.#payouts = payouts;
  }

  @FieldResolver(() => TransactionCause, {
    nullable: true,
    description:
      'What it comes from; null when somebody asked for it directly. Its recipient learns only of a payment request of theirs.',
  })
  async cause(@Root() { record }: TransactionType, @Ctx() context: GraphContext): Promise<TransactionCause | null> {
    const { origin } = record;
    if (origin === null) return null;
    const viewer = requireIdentity(context.identity);
    const { userId } = viewer;
    const [schedule, request, batch] = await Promise.all([
      origin.type === 'SCHEDULE' ? this.#schedule(userId, context).load(origin.id) : null,
      origin.type === 'PAYMENT_REQUEST' ? this.#request(userId, context).load(origin.id) : null,
      origin.type === 'PAYOUT_BATCH' ? this.#batch(viewer, context).load(origin.id) : null,
    ]);
    const isKnown =
      [schedule, request, batch].some((each) => each !== null) || (await this.#reading.isInsider(context.identity, record));
    if (!isKnown) return null;
    return {
      kind: TransactionCauseKindEnum[origin.type],
      item: origin.item,
      schedule: schedule === null ? null : toScheduleType(schedule),
      paymentRequest: request === null ? null : toPaymentRequestType(request, userId),
      payoutBatch: batch === null ? null : toBatchType(batch),
    };
  }

  // A subscription's context lives on while the records change.
  #schedule(userId: string, context: GraphContext) {
    const load = (ids: readonly string[]) => this.#schedules.getMany(userId, ids);
    return context.loader('transaction.schedules', () => new DataLoader(load, { cache: false }));
  }

  #request(userId: string, context: GraphContext) {
    const load = (ids: readonly string[]) => this.#requests.getMany(userId, ids);
    return context.loader('transaction.paymentRequests', () => new DataLoader(load, { cache: false }));
  }

  #batch(viewer: Identity, context: GraphContext) {
    const load = (ids: readonly string[]) => this.#payouts.getMany(viewer, ids);
    return context.loader('transaction.payoutBatches', () => new DataLoader(load, { cache: false }));
  }
}
