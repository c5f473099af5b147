// What is overdue: answers that are asked for again, and states that have lasted too long and are called off. Reads the database's clock, so
// that replicas whose own clocks differ agree on what is due.
import type { Logger } from 'pino';
import type { NewEvent, Outbox } from '../../platform/events/event.ts';
import { reversalOrder } from './reversal.events.ts';
import { findReversals } from './reversal.repository.ts';
import { awaitedAnswer } from './saga.rules.ts';
import { reminderEvents } from './transaction.events.ts';
import type { TransactionProgress } from './transaction.progress.ts';
import {
  countReminded,
  findExpired,
  findOverdue,
  lockTransaction,
  noteReminder,
  type TransactionDatabase,
  type TransactionRecord,
  type Tx,
} from './transaction.repository.ts';
import type { TransactionState } from './transaction.rules.ts';

const firstReminderMs = 30_000;
const reminderIntervalMsMax = 30 * 60_000;
/** Reminders of one sweep: the bound on what a long outage sends at its end. */
export const remindersPerSweepMax = 50;
/** Transactions called off in one sweep. */
const expiriesPerSweepMax = 200;

/** When to ask for the state's answer again, with the interval doubling; null when it waits for none. */
export function askAgainAt(state: TransactionState, now: Date, remindersSent = 0): Date | null {
  return awaitedAnswer(state) === null ? null : nextReminderAt(now, remindersSent);
}

function nextReminderAt(now: Date, remindersSent: number): Date {
  return new Date(now.getTime() + Math.min(firstReminderMs * 2 ** Math.min(remindersSent, 20), reminderIntervalMsMax));
}

/** The time that every replica shares: that of the database. */
export type SharedClock = () => Promise<Date>;

export interface SagaDeadlines {
  /** Calls off what has waited too long; returns how many. */
  expire(): Promise<number>;
  /** Asks again for overdue answers; returns how many. */
  remind(): Promise<number>;
  /** How many transactions have been asked for again and still wait. */
  overdueCount(): Promise<number>;
}

export function createSagaDeadlines(deps: {
  database: TransactionDatabase;
  outbox: Outbox;
  progress: TransactionProgress;
  now: SharedClock;
  log: Logger;
}): SagaDeadlines {
  const { database, outbox, progress, now: sharedNow, log } = deps;

  async function expire(): Promise<number> {
    const now = await sharedNow();
    const ids = await findExpired(database.client, now, expiriesPerSweepMax);
    return countDone(ids, (id) => expireOne(id, now));
  }

  /** How many of them were done. One that fails keeps no other waiting; it is tried again in the next sweep. */
  async function countDone(ids: readonly string[], work: (id: string) => Promise<boolean>): Promise<number> {
    let count = 0;
    for (const transactionId of ids) {
      try {
        if (await work(transactionId)) count += 1;
      } catch (error) {
        log.error({ err: error, transactionId }, 'What is overdue could not be looked after; it is tried again');
      }
    }
    return count;
  }

  async function expireOne(transactionId: string, now: Date): Promise<boolean> {
    return database.transaction(async (tx) => {
      const transaction = await lockTransaction(tx, transactionId);
      // A decision, or another replica's sweep, may have come while we waited for the lock.
      if (transaction === null || transaction.deadlineAt === null || transaction.deadlineAt > now) return false;
      const { state } = transaction;
      await progress.apply(tx, { fact: 'DEADLINE_PASSED', transactionId }, { correlationId: null, causationId: null });
      tx.onCommit(() => log.warn({ transactionId, state }, 'A transaction was not decided in time and was called off'));
      return true;
    });
  }

  async function remind(): Promise<number> {
    const now = await sharedNow();
    const ids = await findOverdue(database.client, now, remindersPerSweepMax);
    return countDone(ids, (id) => remindOf(id, now));
  }

  async function remindOf(id: string, now: Date): Promise<boolean> {
    return database.transaction(async (tx) => {
      const transaction = await lockTransaction(tx, id);
      // The answer, or another replica's reminder, may have come while we waited for the lock.
      if (transaction === null || transaction.askAgainAt === null || transaction.askAgainAt > now) return false;
      const remindersSent = transaction.remindersSent + 1;
      await noteReminder(tx, id, remindersSent, nextReminderAt(now, remindersSent));
      await outbox.append(tx, await questionsOf(tx, transaction));
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

  /** A completed transaction waits for an answer while it is being reversed. */
  async function questionsOf(tx: Tx, transaction: TransactionRecord): Promise<NewEvent[]> {
    if (transaction.state !== 'COMPLETED') return reminderEvents(transaction);
    const reversal = (await findReversals(tx.client, [transaction.id])).get(transaction.id);
    return reversal === undefined ? [] : [reversalOrder(reversal, { correlationId: null, causationId: null })];
  }

  return { expire, remind, overdueCount: () => countReminded(database.client) };
}
