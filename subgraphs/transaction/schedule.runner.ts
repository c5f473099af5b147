// Runs the occurrences of schedules whose time has come. The run, its transfer and the schedule's next occurrence are one database transaction,
// and the transfer's idempotency key names the occurrence: it is made once, whoever runs it and however often.
import type { Logger } from 'pino';
import { DomainError, isDomainError } from '../../platform/errors.ts';
import type { Outbox } from '../../platform/events/event.ts';
import type { SharedClock } from './saga.deadlines.ts';
import { hasFailed } from './saga.rules.ts';
import { scheduleEvents, scheduleRan } from './schedule.events.ts';
import {
  findDueSchedules,
  findSchedule,
  insertRun,
  lockSchedule,
  type Schedule,
  type ScheduleRun,
} from './schedule.repository.ts';
import { occurrenceAt } from './schedule.rules.ts';
import { ended, moveSchedule } from './schedule.service.ts';
import type { TransactionProgress } from './transaction.progress.ts';
import type { TransactionDatabase, Tx } from './transaction.repository.ts';
import type { PreparedMovement, TransactionService } from './transaction.service.ts';

const schedulesPerSweepMax = 50;
/** Occurrences of one schedule in one sweep: after a long downtime the others follow in the next ones. */
const catchUpMax = 10;
const byItself = { userId: 'system', requestId: null };

export interface ScheduleRunner {
  /** Runs what is due, oldest first; returns how many occurrences. */
  run(): Promise<number>;
}

export function createScheduleRunner(deps: {
  database: TransactionDatabase;
  outbox: Outbox;
  transactions: TransactionService;
  progress: TransactionProgress;
  now: SharedClock;
  log: Logger;
}): ScheduleRunner {
  const { database, outbox, transactions, progress, now: sharedNow, log } = deps;

  progress.onChange(async (tx, _before, { origin, state, failure, updatedAt }) => {
    if (origin?.type !== 'SCHEDULE' || !hasFailed(state)) return;
    const schedule = await lockSchedule(tx, origin.id);
    if (schedule !== null) await heedFailure(tx, schedule, failure?.code ?? state, updatedAt);
  });

  async function heedFailure(tx: Tx, schedule: Schedule, code: string, now: Date): Promise<void> {
    if (schedule.onFailure !== 'PAUSE' || schedule.state !== 'ACTIVE') return;
    const paused = await moveSchedule(tx, schedule, { state: 'PAUSED', pauseCode: code }, now);
    await outbox.append(tx, scheduleEvents(paused, 'PAUSED', byItself));
  }

  async function run(): Promise<number> {
    const now = await sharedNow();
    let count = 0;
    for (const id of await findDueSchedules(database.client, now, schedulesPerSweepMax)) {
      try {
        for (let runs = 0; runs < catchUpMax && (await runNext(id, now)); runs += 1) count += 1;
      } catch (error) {
        // One that cannot be run keeps no other from its time.
        log.error({ err: error, scheduleId: id }, 'A schedule could not be run; it is tried again');
      }
    }
    return count;
  }

  /** Runs the next occurrence if its time has come. A retryable refusal leaves it for the next sweep. */
  async function runNext(id: string, now: Date): Promise<boolean> {
    const seen = await findSchedule(database.client, id);
    if (seen === null || !isDue(seen, now)) return false;
    const outcome = await attempt(seen);
    if (outcome instanceof DomainError && outcome.retryable) return false;
    try {
      return await database.transaction((tx) => record(tx, seen, outcome, now));
    } catch (error) {
      // Suspended between the check and the record; the next look refuses it.
      if (!isDomainError(error)) throw error;
      log.info({ scheduleId: id, code: error.code }, 'An occurrence could not be recorded; it is tried again');
      return false;
    }
  }

  async function attempt(schedule: Schedule): Promise<PreparedMovement | DomainError> {
    const { id, ownerId, nextOccurrence, sourceId, destinationId, money, memo } = schedule;
    try {
      return await transactions.prepare({
        requestedBy: ownerId,
        origin: { type: 'SCHEDULE', id, item: nextOccurrence },
        sourceId,
        destinationId,
        money,
        memo,
        requestId: null,
      });
    } catch (error) {
      if (isDomainError(error)) return error;
      throw error;
    }
  }

  async function record(tx: Tx, seen: Schedule, outcome: PreparedMovement | DomainError, now: Date): Promise<boolean> {
    const schedule = await lockSchedule(tx, seen.id);
    // Another replica, or its owner, may have come before.
    if (schedule === null || schedule.version !== seen.version || !isDue(schedule, now)) return false;
    const refusal = outcome instanceof DomainError ? outcome : null;
    const transaction = outcome instanceof DomainError ? null : await transactions.record(tx, outcome);
    const ran: ScheduleRun = {
      scheduleId: schedule.id,
      occurrence: schedule.nextOccurrence,
      dueAt: schedule.nextAt ?? now,
      transactionId: transaction?.id ?? null,
      refusalCode: refusal?.code ?? null,
      refusalMessage: refusal?.message ?? null,
      ranAt: now,
    };
    await insertRun(tx, ran);
    const nextOccurrence = schedule.nextOccurrence + 1;
    const nextAt = occurrenceAt(schedule, nextOccurrence);
    const moved = await moveSchedule(tx, schedule, nextAt === null ? ended(schedule) : { nextOccurrence, nextAt }, now);
    await outbox.append(tx, [scheduleRan(moved, ran)]);
    if (refusal !== null) await heedFailure(tx, moved, refusal.code, now);
    return true;
  }

  return { run };
}

function isDue({ state, nextAt }: Schedule, now: Date): boolean {
  return state === 'ACTIVE' && nextAt !== null && nextAt <= now;
}
