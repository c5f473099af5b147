// The use cases of schedules: a transfer to be made at a time, or again and again. Their occurrences are run by `schedule.runner.ts`.
import type { Clock, Ids } from '../../platform/clock.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { LiveFeed, Outbox } from '../../platform/events/event.ts';
import { type Connection, type ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { requireGoodStanding } from '../../platform/identity/standing.ts';
import { type MoneyText, parseMoney } from '../../platform/money/money.ts';
import type { Actor } from './payment-request.service.ts';
import { type Followed, followChanges } from './record.feed.ts';
import { readScheduleUpdate, type ScheduleChange, type ScheduleUpdate, scheduleEvents, scheduleFeed } from './schedule.events.ts';
import {
  type FailurePolicy,
  findScheduleByKey,
  findSchedules,
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
import { transactionErrors } from './transaction.errors.ts';
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
  feed: LiveFeed;
  transactions: TransactionService;
  clock: Clock;
  ids: Ids;
}) {
  const { database, outbox, feed, transactions, clock, ids } = deps;

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
      await requireGoodStanding(tx.client, actor.userId);
      await outbox.append(tx, scheduleEvents(schedule, 'CREATED', actor));
      return schedule;
    });
  }

  /** Stops runs until it is resumed; again is the same. @throws SCHEDULE_NOT_FOUND, SCHEDULE_ENDED */
  function pause(actor: Actor, scheduleId: string): Promise<Schedule> {
    return change(actor, scheduleId, 'PAUSED', async (tx, schedule) =>
      schedule.state === 'PAUSED' ? schedule : moveSchedule(tx, schedule, { state: 'PAUSED' }, clock.now()),
    );
  }

  /** Goes on with the next occurrence from now on: what fell into the pause is not made up for. */
  function resume(actor: Actor, scheduleId: string): Promise<Schedule> {
    return change(actor, scheduleId, 'RESUMED', async (tx, schedule) => {
      if (schedule.state === 'ACTIVE') return schedule;
      await requireGoodStanding(tx.client, actor.userId);
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
    return change(actor, scheduleId, 'CANCELLED', (tx, schedule) =>
      moveSchedule(tx, schedule, { state: 'CANCELLED', nextAt: null }, clock.now()),
    );
  }

  function change(
    actor: Actor,
    scheduleId: string,
    kind: Exclude<ScheduleChange, 'RAN'>,
    apply: (tx: Tx, schedule: Schedule) => Promise<Schedule>,
  ): Promise<Schedule> {
    return database.transaction(async (tx) => {
      const before = await lockSchedule(tx, scheduleId);
      if (before === null || before.ownerId !== actor.userId) throw transactionErrors.SCHEDULE_NOT_FOUND({ scheduleId });
      if (before.state === 'COMPLETED' || before.state === 'CANCELLED')
        throw transactionErrors.SCHEDULE_ENDED({ scheduleId, state: before.state });
      const after = await apply(tx, before);
      if (after !== before) await outbox.append(tx, scheduleEvents(after, kind, actor));
      return after;
    });
  }

  /** Those of the ids that are the user's; the others are null. */
  async function getMany(userId: string, ids: readonly string[]): Promise<(Schedule | null)[]> {
    const found = await findSchedules(database.client, ids);
    return ids.map((id) => (found.get(id)?.ownerId === userId ? (found.get(id) ?? null) : null));
  }

  async function get(userId: string, scheduleId: string): Promise<Schedule> {
    const [schedule] = await getMany(userId, [scheduleId]);
    if (!schedule) throw transactionErrors.SCHEDULE_NOT_FOUND({ scheduleId });
    return schedule;
  }

  /** Changes of one schedule, or of all of the user's. @throws SCHEDULE_NOT_FOUND, INVALID_CURSOR */
  async function follow(
    userId: string,
    { id, after }: { id?: string | null; after?: string | null },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Followed<ScheduleUpdate>>> {
    if (id) await get(userId, id);
    return followChanges(feed, { key: scheduleFeed(userId), after, signal }, (event) => {
      const update = readScheduleUpdate(event);
      return id && update?.scheduleId !== id ? null : update;
    });
  }

  async function list(userId: string, args: Pick<ConnectionArgs, 'first' | 'after'>): Promise<Connection<Schedule>> {
    const after = listCursor.decode(args.after);
    const found = await listSchedules(database.client, { ownerId: userId, after, limit: rowLimit(args) });
    return toConnection(found, args, listCursor.encode, (schedule) => schedule);
  }

  const runs = (scheduleId: string, limit: number): Promise<ScheduleRun[]> => listRuns(database.client, scheduleId, limit);

  return { create, pause, resume, cancel, get, getMany, list, runs, follow };
}

/** Writes a change of a schedule. The caller holds its lock. */
export async function moveSchedule(tx: Tx, before: Schedule, change: Partial<Schedule>, now: Date): Promise<Schedule> {
  const schedule = { ...before, ...change, version: before.version + 1, updatedAt: now };
  await updateSchedule(tx, schedule);
  return schedule;
}

/** No occurrence is left. */
export const ended = ({ nextOccurrence }: Schedule) => ({ nextOccurrence, nextAt: null, state: 'COMPLETED' as ScheduleState });

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
