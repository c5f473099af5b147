// Moves transactions on by what other domains report: each change of state, its step, its event and its audit record in one
// database transaction, under the row's lock. Also asks again for answers that are overdue.
import type { Logger } from 'pino';
import type { Clock } from '../../platform/clock.ts';
import type { JsonObject } from '../../platform/errors.ts';
import type { Outbox, RecordedEvent } from '../../platform/events/event.ts';
import { transactionFaults } from './transaction.errors.ts';
import {
  auditEvent,
  changeEvent,
  consumedTransactionFacts,
  type ReportedFact,
  readFact,
  reminderEvent,
} from './transaction.events.ts';
import { heldReason, postingReason, type Reason, rejectionReason } from './transaction.reasons.ts';
import {
  countReminded,
  findOverdue,
  lockTransaction,
  noteReminder,
  type TransactionDatabase,
  type TransactionRecord,
  type Tx,
  updateTransaction,
} from './transaction.repository.ts';
import { awaitedAnswer, type TransactionState, transitionOf } from './transaction.rules.ts';

const firstReminderMs = 30_000;
const reminderIntervalMsMax = 30 * 60_000;
/** Reminders of one sweep: the bound on what a long outage sends at its end. */
export const remindersPerSweepMax = 50;

/** When to ask for the state's answer again, with the interval doubling; null when it waits for none. */
export function askAgainAt(state: TransactionState, now: Date, remindersSent = 0): Date | null {
  if (awaitedAnswer(state) === null) return null;
  return new Date(now.getTime() + Math.min(firstReminderMs * 2 ** Math.min(remindersSent, 20), reminderIntervalMsMax));
}

export interface TransactionProgress {
  readonly eventTypes: readonly string[];
  /** Takes one reported fact. @throws ILLEGAL_TRANSITION, UNKNOWN_TRANSACTION, MALFORMED_EVENT */
  take(event: RecordedEvent, tx: Tx): Promise<void>;
  /** Asks again for overdue answers; returns how many. */
  remind(): Promise<number>;
  /** How many transactions have been asked for again and still wait. */
  overdueCount(): Promise<number>;
}

export function createTransactionProgress(deps: {
  database: TransactionDatabase;
  outbox: Outbox;
  clock: Clock;
  log: Logger;
}): TransactionProgress {
  const { database, outbox, clock, log } = deps;

  async function take(event: RecordedEvent, tx: Tx): Promise<void> {
    const reported = readFact(event);
    const { transactionId, fact } = reported;
    const transaction = await lockTransaction(tx, transactionId);
    if (transaction === null) throw transactionFaults.UNKNOWN_TRANSACTION({ transactionId, fact });
    const transition = transitionOf(transaction.state, fact);
    switch (transition.verdict) {
      case 'MOVE':
        return move(tx, transaction, transition.to, reported, event);
      case 'OVERRULED':
        return recordOverruled(tx, transaction, reported, event);
      case 'ILLEGAL':
        throw transactionFaults.ILLEGAL_TRANSITION({ transactionId, state: transaction.state, fact });
      case 'DUPLICATE':
      case 'OVERTAKEN':
        log.debug({ transactionId, fact, state: transaction.state }, 'A fact changed nothing: told before, or overtaken');
    }
  }

  async function move(
    tx: Tx,
    before: TransactionRecord,
    to: TransactionState,
    reported: ReportedFact,
    event: RecordedEvent,
  ): Promise<void> {
    const now = notBefore(before.updatedAt, clock.now());
    const reason = reasonOf(reported);
    const transaction: TransactionRecord = {
      ...before,
      state: to,
      version: before.version + 1,
      failure: to === 'REJECTED' || to === 'FAILED' ? reason : null,
      askAgainAt: askAgainAt(to, now),
      remindersSent: 0,
      updatedAt: now,
    };
    await updateTransaction(tx, transaction, reason);
    const cause = causeOf(before, event);
    const details: JsonObject = {
      state: to,
      previousState: before.state,
      version: transaction.version,
      reason: reason?.code ?? null,
    };
    const audit = {
      action: changeActions[to],
      actorId: actorOf(reported),
      outcome: 'SUCCEEDED' as const,
      details,
      requestId: null,
    };
    await outbox.append(tx, [
      changeEvent(transaction, { previousState: before.state, reason }, cause),
      auditEvent(transaction, audit, cause),
    ]);
  }

  async function recordOverruled(
    tx: Tx,
    transaction: TransactionRecord,
    reported: ReportedFact,
    event: RecordedEvent,
  ): Promise<void> {
    const { transactionId, fact } = reported;
    log.warn(
      { transactionId, fact, state: transaction.state },
      'A fact contradicts a decision that has taken effect; the first stands',
    );
    const details: JsonObject = { fact, state: transaction.state, eventId: event.id };
    const audit = {
      action: 'transaction.overrule',
      actorId: actorOf(reported),
      outcome: 'REFUSED' as const,
      details,
      requestId: null,
    };
    await outbox.append(tx, [auditEvent(transaction, audit, causeOf(transaction, event))]);
  }

  async function remind(): Promise<number> {
    const ids = await findOverdue(database.client, clock.now(), remindersPerSweepMax);
    let count = 0;
    for (const id of ids) {
      if (await remindOf(id)) count += 1;
    }
    return count;
  }

  async function remindOf(id: string): Promise<boolean> {
    return database.transaction(async (tx) => {
      const transaction = await lockTransaction(tx, id);
      const now = clock.now();
      // The answer, or another replica's reminder, may have come while we waited for the lock.
      if (transaction === null || transaction.askAgainAt === null || transaction.askAgainAt > now) return false;
      const remindersSent = transaction.remindersSent + 1;
      await noteReminder(tx, id, remindersSent, askAgainAt(transaction.state, now, remindersSent) ?? now);
      await outbox.append(tx, [reminderEvent(transaction, { previousState: null, reason: null })]);
      const waitedMs = now.getTime() - transaction.updatedAt.getTime();
      tx.onCommit(() =>
        log.warn(
          { transactionId: id, state: transaction.state, waitedMs, remindersSent },
          'An answer is overdue; asked for it again',
        ),
      );
      return true;
    });
  }

  return {
    eventTypes: Object.values(consumedTransactionFacts),
    take,
    remind,
    overdueCount: () => countReminded(database.client),
  };
}

const changeActions: Readonly<Record<TransactionState, string>> = {
  REQUESTED: 'transaction.request',
  IN_REVIEW: 'transaction.hold',
  APPROVED: 'transaction.approve',
  COMPLETED: 'transaction.complete',
  REJECTED: 'transaction.reject',
  FAILED: 'transaction.fail',
};

function reasonOf(reported: ReportedFact): Reason | null {
  switch (reported.fact) {
    case 'SCREENING_HELD':
      return heldReason;
    case 'SCREENING_REJECTED':
      return rejectionReason(reported.screening);
    case 'POSTING_REFUSED':
      return postingReason(reported.refusal);
    default:
      return null;
  }
}

/** Who acted: the reviewer where a person decided, else a service on its own. */
function actorOf(reported: ReportedFact): string {
  return 'screening' in reported && reported.screening.decidedBy !== 'RULES' ? reported.screening.decidedBy : 'system';
}

function causeOf(transaction: TransactionRecord, event: RecordedEvent) {
  return { correlationId: event.correlationId ?? transaction.correlationId, causationId: event.id };
}

/** Clocks of two replicas differ, but a transaction's time never goes back. */
function notBefore(earliest: Date, now: Date): Date {
  return now < earliest ? earliest : now;
}
