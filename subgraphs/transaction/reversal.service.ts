// Takes a completed transaction back: asked for by its recipient, as a refund, or by staff; carried out by the ledger as the exact mirror, once.
import { z } from 'zod';
import type { Clock, Ids } from '../../platform/clock.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { Outbox, RecordedEvent } from '../../platform/events/event.ts';
import { hasPermission, type Identity } from '../../platform/identity/identity.ts';
import { requireGoodStanding } from '../../platform/identity/standing.ts';
import { maySpend } from './member.rules.ts';
import { reversalOrder } from './reversal.events.ts';
import { endReversal, findReversalByKey, insertReversal, type Reversal } from './reversal.repository.ts';
import { askAgainAt } from './saga.deadlines.ts';
import { transactionErrors } from './transaction.errors.ts';
import { auditEvent, parseEvent } from './transaction.events.ts';
import { fingerprintOf, readMemo, requireIdempotencyKey } from './transaction.intent.ts';
import type { TransactionProgress } from './transaction.progress.ts';
import type { TransactionReading } from './transaction.reading.ts';
import {
  lockTransaction,
  noteReversal,
  type TransactionDatabase,
  type TransactionRecord,
  type Tx,
} from './transaction.repository.ts';

export interface ReversalRequest {
  readonly transactionId: string;
  readonly reason: string;
  readonly idempotencyKey: string;
  readonly requestId: string | null;
}

export interface ReversalService {
  /**
   * Records that a completed transaction is to be taken back, once per requester and key.
   * @throws BAD_USER_INPUT, TRANSACTION_NOT_FOUND, NOT_REVERSIBLE_BY_YOU, NOT_REVERSIBLE, REVERSAL_IN_PROGRESS, IDEMPOTENCY_CONFLICT, ACCOUNT_SUSPENDED
   */
  request(viewer: Identity, request: ReversalRequest): Promise<TransactionRecord>;
  readonly eventTypes: readonly string[];
  /** Takes the ledger's refusal: the transaction stays completed. */
  takeRefusal(event: RecordedEvent, tx: Tx): Promise<void>;
}

const reversalRefused = z.object({
  transactionId: z.string(),
  /** Absent in answers from before tries had names. */
  attemptId: z.string().nullish(),
  code: z.string(),
});

export function createReversalService(deps: {
  database: TransactionDatabase;
  outbox: Outbox;
  reading: TransactionReading;
  progress: TransactionProgress;
  clock: Clock;
  ids: Ids;
}): ReversalService {
  const { database, outbox, reading, progress, clock, ids } = deps;

  progress.onChange(async (tx, _before, after) => {
    if (after.state !== 'REVERSED') return;
    await endReversal(tx, after.id, { state: 'COMPLETED', refusalCode: null, updatedAt: after.updatedAt });
  });

  async function request(viewer: Identity, { transactionId, reason, idempotencyKey, requestId }: ReversalRequest) {
    requireIdempotencyKey(idempotencyKey);
    const line = readMemo(reason);
    if (line === null) throw platformErrors.BAD_USER_INPUT({ field: 'input.reason', problem: 'a reversal needs a reason' });
    const requestFingerprint = fingerprintOf({ transactionId, reason: line });
    const known = await findReversalByKey(database.client, viewer.userId, idempotencyKey);
    if (known !== null) return repeated(viewer, known, requestFingerprint);
    const seen = await reading.get(viewer, transactionId);
    const isRefund = await isRefundBy(viewer, seen, reading);
    if (!isRefund) await requireStaffRight(viewer, seen, reading);
    return database.transaction(async (tx) => {
      const transaction = (await lockTransaction(tx, transactionId)) ?? seen;
      // The lock is what two requests under one key meet at.
      const winner = await findReversalByKey(tx.client, viewer.userId, idempotencyKey);
      if (winner !== null) return repeated(viewer, winner, requestFingerprint);
      await requireGoodStanding(tx.client, viewer.userId, isRefund ? [] : ['transaction:reverse']);
      if (transaction.state !== 'COMPLETED') throw transactionErrors.NOT_REVERSIBLE({ transactionId, state: transaction.state });
      if (transaction.reversalId !== null) throw transactionErrors.REVERSAL_IN_PROGRESS({ transactionId });
      const now = clock.now();
      const reversal: Reversal = {
        id: ids.next(),
        transactionId,
        requestedBy: viewer.userId,
        reason: line,
        state: 'REQUESTED',
        refusalCode: null,
        idempotencyKey,
        requestFingerprint,
        createdAt: now,
        updatedAt: now,
      };
      await insertReversal(tx, reversal);
      await noteReversal(tx, transactionId, reversal.id, askAgainAt('POSTING', now));
      const cause = { correlationId: requestId, causationId: null };
      const audit = {
        action: 'transaction.request_reversal',
        actorId: viewer.userId,
        outcome: 'SUCCEEDED' as const,
        details: { reversalId: reversal.id, isRefund },
        requestId,
      };
      await outbox.append(tx, [reversalOrder(reversal, cause), auditEvent(transaction, audit, cause)]);
      return { ...transaction, reversalId: reversal.id };
    });
  }

  async function repeated(viewer: Identity, known: Reversal, fingerprint: string): Promise<TransactionRecord> {
    if (known.requestFingerprint !== fingerprint)
      throw transactionErrors.IDEMPOTENCY_CONFLICT({ idempotencyKey: known.idempotencyKey });
    return reading.get(viewer, known.transactionId);
  }

  async function takeRefusal(event: RecordedEvent, tx: Tx): Promise<void> {
    const { transactionId, attemptId, code } = parseEvent(reversalRefused, event);
    const cause = { correlationId: event.correlationId, causationId: event.id };
    // The money is back, by a try whose answer came late or never: that is what was wanted.
    if (code === 'ALREADY_REVERSED') return progress.apply(tx, { fact: 'REVERSAL_COMPLETED', transactionId }, cause);
    const transaction = await lockTransaction(tx, transactionId);
    // An answer to an earlier try, told again, says nothing about the one that is under way.
    if (transaction === null || (attemptId && attemptId !== transaction.reversalId)) return;
    const isFirst = await endReversal(tx, transactionId, { state: 'REFUSED', refusalCode: code, updatedAt: clock.now() });
    if (!isFirst) return;
    await noteReversal(tx, transactionId, null, null);
    const audit = {
      action: 'transaction.reverse',
      actorId: 'system',
      outcome: 'REFUSED' as const,
      details: { code },
      requestId: null,
    };
    await outbox.append(tx, [auditEvent(transaction, audit, cause)]);
  }

  return { request, eventTypes: ['clawpurse.wallet.reversal_refused.v1'], takeRefusal };
}

/** Who may spend what was received may give it back. */
async function isRefundBy(viewer: Identity, { destination }: TransactionRecord, reading: TransactionReading): Promise<boolean> {
  return destination.type === 'WALLET' && maySpend(await reading.roleIn(viewer.userId, destination.id));
}

/** Staff need the permission, and may not take back what a wallet of theirs paid. */
async function requireStaffRight(
  viewer: Identity,
  { source, id }: TransactionRecord,
  reading: TransactionReading,
): Promise<void> {
  const isOwn = source.type === 'WALLET' && (await reading.roleIn(viewer.userId, source.id)) !== null;
  if (isOwn || !hasPermission(viewer, 'transaction:reverse'))
    throw transactionErrors.NOT_REVERSIBLE_BY_YOU({ transactionId: id });
}
