// Requests the transfers of payout batches, and notes what becomes of them. A few items, their transfers and the batch's place are one
// database transaction, and the transfer's idempotency key names the item: whoever runs it, however often and after whatever crash, each
// payee is paid once.
import type { Logger } from 'pino';
import { DomainError, isDomainError } from '../../platform/errors.ts';
import type { NewEvent, Outbox } from '../../platform/events/event.ts';
import { endpointWaitMsMax } from './endpoint.directory.ts';
import { payoutAudit, payoutEvent } from './payout.events.ts';
import {
  findBatches,
  findPayout,
  findUnrequestedBatches,
  listPayouts,
  lockBatch,
  type Payout,
  type PayoutBatch,
  updateBatch,
  updatePayout,
} from './payout.repository.ts';
import type { SharedClock } from './saga.deadlines.ts';
import { hasFailed } from './saga.rules.ts';
import type { TransactionProgress } from './transaction.progress.ts';
import { expiredReason } from './transaction.reasons.ts';
import type { TransactionDatabase, Tx } from './transaction.repository.ts';
import type { PreparedMovement, TransactionService } from './transaction.service.ts';

/** Items of one database transaction: the writer is kept from others for as long as these take. */
export const payoutsPerStep = 10;
/** Batches take turns, a step each, until a sweep has taken this long: a large one keeps neither a small one nor the other chores waiting. */
const sweepMsMax = 1_000;
const batchesPerRoundMax = 10;
/** A payee who is not known is looked for once and not waited for: see `isEarly`. */
const noWaiting = AbortSignal.abort();

type Outcome = PreparedMovement | DomainError;

export interface PayoutRunner {
  /** Requests what has not been requested yet, batches taking turns; returns how many items. */
  run(): Promise<number>;
}

export function createPayoutRunner(deps: {
  database: TransactionDatabase;
  outbox: Outbox;
  transactions: TransactionService;
  progress: TransactionProgress;
  now: SharedClock;
  log: Logger;
}): PayoutRunner {
  const { database, outbox, transactions, progress, now: sharedNow, log } = deps;

  progress.onChange(async (tx, _before, { id, origin, state, failure, updatedAt }) => {
    if (origin?.type !== 'PAYOUT_BATCH' || (state !== 'COMPLETED' && !hasFailed(state))) return;
    const batch = await lockBatch(tx, origin.id);
    const payout = await findPayout(tx.client, origin.id, origin.item);
    if (batch === null || payout?.state !== 'REQUESTED' || payout.transactionId !== id) return;
    const outcome = state === 'COMPLETED' ? null : (failure ?? expiredReason);
    const settled: Payout = { ...payout, state: outcome === null ? 'PAID' : 'FAILED', failure: outcome, updatedAt };
    await write(tx, batch, [settled], batch.nextItem, updatedAt);
  });

  /** Writes what has become of items, and counts those that have their outcome; each of those is told, and the end of the batch. */
  async function write(tx: Tx, before: PayoutBatch, changed: readonly Payout[], nextItem: number | null, now: Date) {
    let batch: PayoutBatch = { ...before, nextItem, version: before.version + 1, updatedAt: now };
    const events: NewEvent[] = [];
    for (const payout of changed) {
      await updatePayout(tx, payout);
      if (payout.state === 'REQUESTED') continue;
      const paidCount = batch.paidCount + (payout.state === 'PAID' ? 1 : 0);
      const failedCount = batch.failedCount + (payout.state === 'FAILED' ? 1 : 0);
      const isLast = paidCount + failedCount === batch.itemCount;
      batch = { ...batch, paidCount, failedCount, state: isLast ? 'FINISHED' : 'RUNNING' };
      events.push(payoutEvent(batch, payout));
    }
    await updateBatch(tx, batch);
    if (batch.state === 'FINISHED') events.push(payoutAudit(batch, 'payout_batch.finish'));
    if (events.length > 0) await outbox.append(tx, events);
  }

  async function run(): Promise<number> {
    const endsAt = performance.now() + sweepMsMax;
    let count = 0;
    /** What had nothing to do or could not be done is left to the next sweep, lest it stand in the way of the others. */
    const idle: string[] = [];
    while (performance.now() < endsAt) {
      const ids = await findUnrequestedBatches(database.client, { limit: batchesPerRoundMax, without: idle });
      if (ids.length === 0) break;
      for (const id of ids) {
        const requested = await stepOf(id);
        if (requested === 0) idle.push(id);
        count += requested;
      }
    }
    return count;
  }

  async function stepOf(id: string): Promise<number> {
    try {
      return await requestNext(id);
    } catch (error) {
      // Suspended between the check and the record, or a fault: the next sweep looks again, and the other batches go on.
      if (isDomainError(error)) log.info({ payoutBatchId: id, code: error.code }, 'Payouts could not be recorded; tried again');
      else log.error({ err: error, payoutBatchId: id }, 'Payouts could not be requested; tried again');
      return 0;
    }
  }

  async function requestNext(id: string): Promise<number> {
    const seen = (await findBatches(database.client, [id])).get(id);
    if (!seen?.nextItem) return 0;
    const query = { batchId: id, states: null, afterItem: seen.nextItem - 1, limit: payoutsPerStep };
    const payouts = await listPayouts(database.client, query);
    const attempts = await Promise.all(payouts.map(async (payout) => ({ payout, outcome: await attempt(seen, payout) })));
    const now = await sharedNow();
    // What may be otherwise in a moment waits for it, and those behind it too.
    const blocked = attempts.findIndex(
      ({ outcome }) => outcome instanceof DomainError && (outcome.retryable || isEarly(seen, outcome, now)),
    );
    const ready = blocked < 0 ? attempts : attempts.slice(0, blocked);
    if (ready.length === 0) return 0;
    return database.transaction(async (tx) => {
      const batch = await lockBatch(tx, id);
      // Another replica may have come before.
      if (batch === null || batch.nextItem !== seen.nextItem) return 0;
      const changed: Payout[] = [];
      for (const { payout, outcome } of ready) changed.push(await record(tx, payout, outcome, now));
      const next = (seen.nextItem ?? 1) + ready.length;
      await write(tx, batch, changed, next > batch.itemCount ? null : next, now);
      return ready.length;
    });
  }

  async function attempt({ ownerId, sourceId, correlationId }: PayoutBatch, payout: Payout): Promise<Outcome> {
    const { batchId, item, destinationId, money, memo } = payout;
    try {
      const origin = { type: 'PAYOUT_BATCH', id: batchId, item } as const;
      const request = { requestedBy: ownerId, origin, sourceId, destinationId, money, memo, requestId: correlationId };
      return await transactions.prepare(request, { signal: noWaiting });
    } catch (error) {
      if (isDomainError(error)) return error;
      throw error;
    }
  }

  async function record(tx: Tx, payout: Payout, outcome: Outcome, updatedAt: Date): Promise<Payout> {
    if (outcome instanceof DomainError) {
      const failure = { code: outcome.code, message: outcome.message };
      return { ...payout, state: 'FAILED', failure, updatedAt };
    }
    const { id: transactionId } = await transactions.record(tx, outcome);
    return { ...payout, state: 'REQUESTED', transactionId, updatedAt };
  }

  return { run };
}

/** True while the event of a payee's wallet, opened just before the batch was asked for, may still be on its way. */
function isEarly({ createdAt }: PayoutBatch, { code }: DomainError, now: Date): boolean {
  return code === 'WALLET_NOT_FOUND' && now.getTime() - createdAt.getTime() < endpointWaitMsMax;
}
