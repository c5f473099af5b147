// Reads and writes of fee schedules: every version stays, the latest one counts.
import { isUniqueViolation } from '../../platform/database/database.errors.ts';
import { type Money, unitsFromRow } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import { type ChargedKind, type FeeTerms, feeOn } from './fee.rules.ts';
import { transactionErrors } from './transaction.errors.ts';
import type { Tx } from './transaction.repository.ts';
import type { TransactionKind } from './transaction.rules.ts';

/** What a movement costs, and by which version of which schedule; null where there is none. */
export interface Fee {
  readonly units: bigint;
  readonly version: number | null;
}

export interface FeeSchedule extends FeeTerms {
  readonly kind: ChargedKind;
  readonly asset: string;
  readonly version: number;
  readonly createdAt: Date;
}

type Client = Pick<PrismaClient, 'feeSchedule'>;

export async function findFee(client: Client, kind: TransactionKind, { units, asset }: Money): Promise<Fee> {
  if (kind === 'DEPOSIT') return { units: 0n, version: null };
  const schedule = await findSchedule(client, kind, asset);
  return schedule === null ? { units: 0n, version: null } : { units: feeOn(units, schedule), version: schedule.version };
}

/** The schedule in force. */
export async function findSchedule(client: Client, kind: ChargedKind, asset: string): Promise<FeeSchedule | null> {
  const row = await client.feeSchedule.findFirst({ where: { kind, asset }, orderBy: { version: 'desc' } });
  return row === null ? null : toSchedule(row);
}

/** The schedules in force, of every kind and asset that has one. */
export async function listSchedules(client: Client): Promise<FeeSchedule[]> {
  const rows = await client.feeSchedule.findMany({
    distinct: ['kind', 'asset'],
    orderBy: [{ kind: 'asc' }, { asset: 'asc' }, { version: 'desc' }],
  });
  return rows.map(toSchedule);
}

/** Adds a version. @throws FEE_SCHEDULE_CHANGED when somebody else has just added it */
export async function insertSchedule({ client }: Tx, schedule: FeeSchedule, createdBy: string): Promise<void> {
  const { fixedUnits, minUnits, maxUnits, ...same } = schedule;
  const amounts = {
    fixedUnits: fixedUnits.toString(),
    minUnits: minUnits.toString(),
    maxUnits: maxUnits?.toString() ?? null,
  };
  await client.feeSchedule.create({ data: { ...same, ...amounts, createdBy } }).catch((error: unknown) => {
    const { version } = schedule;
    throw isUniqueViolation(error) ? transactionErrors.FEE_SCHEDULE_CHANGED({ expectedVersion: version - 1, version }) : error;
  });
}

type Row = NonNullable<Awaited<ReturnType<PrismaClient['feeSchedule']['findFirst']>>>;

function toSchedule(row: Row): FeeSchedule {
  return {
    kind: row.kind as ChargedKind,
    asset: row.asset,
    version: row.version,
    fixedUnits: unitsFromRow(row.fixedUnits),
    basisPoints: row.basisPoints,
    minUnits: unitsFromRow(row.minUnits),
    maxUnits: row.maxUnits === null ? null : unitsFromRow(row.maxUnits),
    createdAt: row.createdAt,
  };
}
