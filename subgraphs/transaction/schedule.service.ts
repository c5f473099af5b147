// The use cases of schedules: a transfer to be made at a time, or again and again. Their occurrences are run by `schedule.runner.ts`.
import type { Clock, Ids } from '../../platform/clock.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { Outbox } from '../../platform/events/event.ts';
import { type Connection, type ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { type MoneyText, parseMoney } from '../../platform/money/money.ts';
import type { Actor } from './payment-request.service.ts';
import {
  type FailurePolicy,
  findSchedule,
  findScheduleByKey,
  insertSchedule,
  listRuns,
  listSchedules,
  lockSchedule,
  type Schedule,
  type ScheduleRun,
  type ScheduleState,
  updateSchedule,
} from './schedule.repository.ts';
import { type Frequency, firstAfter, isTimeZone, occurrenceAt } from './schedule.rules.ts';
import { isSuspended } from './standing.repository.ts';
import { transactionErrors } from './transaction.errors.ts';
import { recordedAudit } from './transaction.events.ts';
import { asText, fingerprintOf, readMemo, requireIdempotencyKey } from './transaction.intent.ts';
import type { TransactionDatabase, Tx } from './transaction.repository.ts';
import type { TransactionService } from './transaction.service.ts';

const horizonMs = 5 * 366 * 86_400_000;
const intervalMax = 366;
const occurrencesLimit = 10_000;

export interface NewSchedule {
  readonly idempotencyKey: string;
  readonly sourceWalletId: string;
  readonly destinationWalletId: string;
  readonly amount: MoneyText;
  readonly memo?: string | null;
  readonly frequency: Frequency;
  readonly interval: number;
  readonly startsAt: Date;
  readonly timeZone: string;
  readonly endsAt?: Date | null;
  readonly occurrencesMax?: number | null;
  readonly onFailure: FailurePolicy;
}

export type ScheduleService = ReturnType<typeof createScheduleService>;

const listCursor = keysetCursor('schedules', { createdAt: 'date', id: 'string' });

export function createScheduleService(deps: {
  database: TransactionDatabase;
  outbox: Outbox;
  transactions: TransactionService;
  clock: Clock;
  ids: Ids;
}) {
  const { database, outbox, transactions, clock, ids } = deps;

  /** @throws as a transfer would now, and BAD_USER_INPUT, IDEMPOTENCY_CONFLICT */
  async function create(actor: Actor, asked: NewSchedule): Promise<Schedule> {
    const now = clock.now();
    const schedule = readSchedule(actor, asked, ids.next(), now);
    const known = await findScheduleByKey(database.client, actor.userId, asked.idempotencyKey);
    if (known !== null) return same(known, schedule.requestFingerprint);
    requireSensibleTimes(schedule, now);
    // Whatever is known to stand in the way of a transfer now is said now; at its time everything is checked again.
    await transactions.prepare({
      requestedBy: actor.userId,
      origin: { type: 'SCHEDULE', id: schedule.id, item: 1 },
      sourceId: schedule.sourceId,
      destinationId: schedule.destinationId,
      money: schedule.money,
      memo: schedule.memo,
      requestId: actor.requestId,
    });
    return database.transaction(async (tx) => {
      if (!(await insertSchedule(tx, schedule))) {
        const winner = await findScheduleByKey(tx.client, actor.userId, asked.idempotencyKey);
        if (winner === null) throw new Error(`Schedule ${schedule.id} was neither inserted nor there before.`);
        return same(winner, schedule.requestFingerprint);
      }
      if (await isSuspended(tx.client, actor.userId)) throw transactionErrors.ACCOUNT_SUSPENDED({});
      await outbox.append(tx, [scheduleAudit(schedule, 'schedule.create', actor)]);
      return schedule;
    });
  }

  /** Stops runs until it is resumed; again is the same. @throws SCHEDULE_NOT_FOUND, SCHEDULE_ENDED */
  function pause(actor: Actor, scheduleId: string): Promise<Schedule> {
    return change(actor, scheduleId, 'schedule.pause', async (tx, schedule) =>
      schedule.state === 'PAUSED' ? schedule : moveSchedule(tx, schedule, { state: 'PAUSED' }, clock.now()),
    );
  }

  /** Goes on with the next occurrence from now on: what fell into the pause is not made up for. */
  function resume(actor: Actor, scheduleId: string): Promise<Schedule> {
    return change(actor, scheduleId, 'schedule.resume', async (tx, schedule) => {
      if (schedule.state === 'ACTIVE') return schedule;
      if (await isSuspended(tx.client, actor.userId)) throw transactionErrors.ACCOUNT_SUSPENDED({});
      const now = clock.now();
      const next = firstAfter(schedule, schedule.nextOccurrence, now);
      const change =
        next === null ? ended(schedule) : { nextOccurrence: next.occurrence, nextAt: next.at, state: 'ACTIVE' as const };
      return moveSchedule(tx, schedule, { ...change, pauseCode: null }, now);
    });
  }

  /** Ends it; what has been requested already goes on. Again is the same. */
  async function cancel(actor: Actor, scheduleId: string): Promise<Schedule> {
    const seen = await get(actor.userId, scheduleId);
    if (seen.state === 'CANCELLED') return seen;
    return change(actor, scheduleId, 'schedule.cancel', (tx, schedule) =>
      moveSchedule(tx, schedule, { state: 'CANCELLED', nextAt: null }, clock.now()),
    );
  }

  function change(
    actor: Actor,
    scheduleId: string,
    action: string,
    apply: (tx: Tx, schedule: Schedule) => Promise<Schedule>,
  ): Promise<Schedule> {
    return database.transaction(async (tx) => {
      const before = await lockSchedule(tx, scheduleId);
      if (before === null || before.ownerId !== actor.userId) throw transactionErrors.SCHEDULE_NOT_FOUND({ scheduleId });
      if (before.state === 'COMPLETED' || before.state === 'CANCELLED')
        throw transactionErrors.SCHEDULE_ENDED({ scheduleId, state: before.state });
      const after = await apply(tx, before);
      if (after !== before) await outbox.append(tx, [scheduleAudit(after, action, actor)]);
      return after;
    });
  }

  async function get(userId: string, scheduleId: string): Promise<Schedule> {
    const schedule = await findSchedule(database.client, scheduleId);
    if (schedule === null || schedule.ownerId !== userId) throw transactionErrors.SCHEDULE_NOT_FOUND({ scheduleId });
    return schedule;
  }

  async function list(userId: string, args: Pick<ConnectionArgs, 'first' | 'after'>): Promise<Connection<Schedule>> {
    const after = listCursor.decode(args.after);
    const found = await listSchedules(database.client, { ownerId: userId, after, limit: rowLimit(args) });
    return toConnection(found, args, listCursor.encode, (schedule) => schedule);
  }

  const runs = (scheduleId: string, limit: number): Promise<ScheduleRun[]> => listRuns(database.client, scheduleId, limit);

  return { create, pause, resume, cancel, get, list, runs };
}

/** Writes a change of a schedule. The caller holds its lock. */
export async function moveSchedule(tx: Tx, before: Schedule, change: Partial<Schedule>, now: Date): Promise<Schedule> {
  const schedule = { ...before, ...change, version: before.version + 1, updatedAt: now };
  await updateSchedule(tx, schedule);
  return schedule;
}

/** No occurrence is left. */
export const ended = ({ nextOccurrence }: Schedule) => ({ nextOccurrence, nextAt: null, state: 'COMPLETED' as ScheduleState });

export function scheduleAudit(schedule: Schedule, action: string, { userId, requestId }: Actor, code: string | null = null) {
  const { id, ownerId, state, version, money, frequency, interval, nextAt } = schedule;
  const record = {
    actorId: userId,
    action,
    resourceType: 'TransferSchedule',
    resourceId: id,
    outcome: 'SUCCEEDED' as const,
    subjectUserId: ownerId,
    details: {
      state,
      version,
      ...asText(money),
      frequency,
      interval,
      nextAt: nextAt?.toISOString() ?? null,
      code,
    },
    requestId,
  };
  return recordedAudit(record, { correlationId: requestId, causationId: null });
}

function readSchedule({ userId }: Actor, asked: NewSchedule, id: string, now: Date): Schedule {
  requireIdempotencyKey(asked.idempotencyKey);
  const { frequency, interval, startsAt, timeZone, onFailure, idempotencyKey } = asked;
  const rule = {
    frequency,
    interval,
    startsAt,
    timeZone,
    endsAt: asked.endsAt ?? null,
    occurrencesMax: asked.occurrencesMax ?? null,
  };
  const body = {
    sourceId: asked.sourceWalletId,
    destinationId: asked.destinationWalletId,
    money: parseMoney(asked.amount, 'input.amount'),
    memo: readMemo(asked.memo),
    onFailure,
  };
  const times = { startsAt: startsAt.toISOString(), endsAt: rule.endsAt?.toISOString() ?? null };
  return {
    ...rule,
    ...body,
    id,
    state: 'ACTIVE',
    version: 1,
    ownerId: userId,
    nextOccurrence: 1,
    nextAt: startsAt,
    pauseCode: null,
    idempotencyKey,
    requestFingerprint: fingerprintOf({ ...rule, ...body, ...times, money: asText(body.money) }),
    createdAt: now,
    updatedAt: now,
  };
}

function requireSensibleTimes(schedule: Schedule, now: Date): void {
  const { startsAt, timeZone, interval, occurrencesMax } = schedule;
  const bad = (field: string, problem: string) => platformErrors.BAD_USER_INPUT({ field: `input.${field}`, problem });
  if (!isTimeZone(timeZone)) throw bad('timeZone', 'not the IANA name of a time zone, for example Europe/Berlin');
  if (startsAt <= now || startsAt.getTime() > now.getTime() + horizonMs) throw bad('startsAt', 'at most five years from now');
  if (interval < 1 || interval > intervalMax) throw bad('interval', `1 to ${intervalMax}`);
  if (occurrencesMax !== null && (occurrencesMax < 1 || occurrencesMax > occurrencesLimit))
    throw bad('occurrencesMax', `1 to ${occurrencesLimit}`);
  if (occurrenceAt(schedule, 1) === null) throw bad('endsAt', 'the schedule would end before it begins');
}

function same(known: Schedule, fingerprint: string): Schedule {
  if (known.requestFingerprint !== fingerprint)
    throw transactionErrors.IDEMPOTENCY_CONFLICT({ idempotencyKey: known.idempotencyKey });
  return known;
}
