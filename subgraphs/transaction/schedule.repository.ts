// Reads and writes of schedules and their runs. Rows in, domain objects out; no decisions.
import { type Money, unitsFromRow } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import type { Frequency, Recurrence } from './schedule.rules.ts';
import type { ListPlace, Tx } from './transaction.repository.ts';
import { isPossibleId } from './transaction.rules.ts';

export const scheduleStates = ['ACTIVE', 'PAUSED', 'COMPLETED', 'CANCELLED'] as const;
export type ScheduleState = (typeof scheduleStates)[number];
export type FailurePolicy = 'CONTINUE' | 'PAUSE';

export interface Schedule extends Recurrence {
  readonly id: string;
  readonly state: ScheduleState;
  readonly version: number;
  readonly ownerId: string;
  readonly sourceId: string;
  readonly destinationId: string;
  readonly money: Money;
  readonly memo: string | null;
  readonly onFailure: FailurePolicy;
  /** From 1. */
  readonly nextOccurrence: number;
  /** Null when there is none any more. */
  readonly nextAt: Date | null;
  /** Why it was paused without its owner asking for it. */
  readonly pauseCode: string | null;
  readonly idempotencyKey: string;
  readonly requestFingerprint: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** An occurrence that has come: its transfer, or why there is none. */
export interface ScheduleRun {
  readonly scheduleId: string;
  readonly occurrence: number;
  readonly dueAt: Date;
  readonly transactionId: string | null;
  readonly refusalCode: string | null;
  readonly refusalMessage: string | null;
  readonly ranAt: Date;
}

type Client = Pick<PrismaClient, 'transferSchedule' | 'scheduleRun'>;

/** False when the owner has used the idempotency key before. */
export async function insertSchedule({ client, provider }: Tx, schedule: Schedule): Promise<boolean> {
  const { money, ...same } = schedule;
  const data = { ...same, asset: money.asset, units: money.units.toString() };
  if (provider === 'postgresql')
    return (await client.transferSchedule.createMany({ data: [data], skipDuplicates: true })).count === 1;
  // With one writer at a time nobody can come between the look and the insert.
  if ((await findScheduleByKey(client, schedule.ownerId, schedule.idempotencyKey)) !== null) return false;
  await client.transferSchedule.create({ data });
  return true;
}

export async function findScheduleByKey(client: Client, ownerId: string, idempotencyKey: string): Promise<Schedule | null> {
  const row = await client.transferSchedule.findUnique({ where: { ownerId_idempotencyKey: { ownerId, idempotencyKey } } });
  return row === null ? null : toSchedule(row);
}

export async function findSchedule(client: Client, id: string): Promise<Schedule | null> {
  if (!isPossibleId(id)) return null;
  const row = await client.transferSchedule.findUnique({ where: { id } });
  return row === null ? null : toSchedule(row);
}

export async function findSchedules(client: Client, ids: readonly string[]): Promise<Map<string, Schedule>> {
  const rows = await client.transferSchedule.findMany({ where: { id: { in: ids.filter(isPossibleId) } } });
  return new Map(rows.map((row) => [row.id, toSchedule(row)]));
}

/** Reads a schedule and keeps every other writer away from it until commit. */
export async function lockSchedule(tx: Tx, id: string): Promise<Schedule | null> {
  if (!isPossibleId(id)) return null;
  if (tx.provider === 'postgresql') await tx.client.$queryRaw`SELECT id FROM transfer_schedule WHERE id = ${id} FOR UPDATE`;
  return findSchedule(tx.client, id);
}

export async function updateSchedule({ client }: Tx, schedule: Schedule): Promise<void> {
  const { id, state, version, nextOccurrence, nextAt, pauseCode, updatedAt } = schedule;
  await client.transferSchedule.update({
    where: { id, version: version - 1 },
    data: { state, version, nextOccurrence, nextAt, pauseCode, updatedAt },
  });
}

export async function insertRun({ client }: Tx, run: ScheduleRun): Promise<void> {
  await client.scheduleRun.create({ data: { ...run } });
}

/** The latest runs, newest first. */
export async function listRuns(client: Client, scheduleId: string, limit: number): Promise<ScheduleRun[]> {
  return client.scheduleRun.findMany({ where: { scheduleId }, orderBy: { occurrence: 'desc' }, take: limit });
}

/** Ids of active schedules with an occurrence whose time has come, longest due first. */
export async function findDueSchedules(client: Client, now: Date, limit: number): Promise<string[]> {
  const rows = await client.transferSchedule.findMany({
    where: { state: 'ACTIVE', nextAt: { lte: now } },
    orderBy: { nextAt: 'asc' },
    take: limit,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** One page of a user's schedules, newest first. */
export async function listSchedules(
  client: Client,
  query: { readonly ownerId: string; readonly after: ListPlace | null; readonly limit: number },
): Promise<Schedule[]> {
  const { ownerId, after, limit } = query;
  const isLater =
    after === null ? {} : { OR: [{ createdAt: { lt: after.createdAt } }, { createdAt: after.createdAt, id: { lt: after.id } }] };
  const rows = await client.transferSchedule.findMany({
    where: { ownerId, ...isLater },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  return rows.map(toSchedule);
}

type Row = NonNullable<Awaited<ReturnType<PrismaClient['transferSchedule']['findUnique']>>>;

function toSchedule({ asset, units, ...row }: Row): Schedule {
  return {
    ...row,
    state: row.state as ScheduleState,
    frequency: row.frequency as Frequency,
    onFailure: row.onFailure as FailurePolicy,
    money: { asset, units: unitsFromRow(units) },
  };
}
