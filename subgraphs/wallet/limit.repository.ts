// Reads and writes of spending limits: in the ledger's batches, which count, and outside them, where limits are set. No decisions.
import { sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { type ColumnsOf, insertRows, rowsOf, typesOf } from '../../platform/database/insert-rows.ts';
import { isAnyOf, rowset } from '../../platform/database/rowset.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import type { SpendingLimitModel } from '../../prisma/generated/wallet/postgresql/models.ts';
import type { LimitPeriod, SpendingCharge, SpendingJournal, SpendingLimit } from './limit.rules.ts';

type Client = Pick<PrismaClient, 'spendingLimit'>;

interface LimitSqlRow {
  id: string;
  wallet_id: string;
  member_id: string;
  asset: string;
  period: LimitPeriod;
  units: string;
  period_starts_at: Date | string | null;
  used_units: string;
}

/** The limits of these wallets. What they have used changes under their accounts' locks only, so read it behind those. */
export async function readLimits(tx: DatabaseTransaction, walletIds: readonly string[]): Promise<SpendingLimit[]> {
  if (walletIds.length === 0) return [];
  const rows = await tx.client.$queryRaw<LimitSqlRow[]>(
    sql`SELECT l.id, l.wallet_id, l.member_id, l.asset, l.period, CAST(l.units AS TEXT) AS units, l.period_starts_at,
          CAST(l.used_units AS TEXT) AS used_units
        FROM spending_limit l WHERE ${isAnyOf(tx.provider, 'l.wallet_id', walletIds)}`,
  );
  return rows.map((row) => ({
    id: row.id,
    walletId: row.wallet_id,
    memberId: row.member_id,
    asset: row.asset,
    period: row.period,
    units: unitsFromRow(row.units),
    startsAt: row.period_starts_at === null ? null : new Date(row.period_starts_at),
    used: unitsFromRow(row.used_units),
  }));
}

export async function readCharges(tx: DatabaseTransaction, holdIds: readonly string[]): Promise<SpendingCharge[]> {
  if (holdIds.length === 0) return [];
  const rows = await tx.client.$queryRaw<{ hold_id: string; limit_id: string; starts_at: Date | string; units: string }[]>(
    sql`SELECT c.hold_id, c.limit_id, c.starts_at, CAST(c.units AS TEXT) AS units
        FROM spending_charge c WHERE ${isAnyOf(tx.provider, 'c.hold_id', holdIds)}`,
  );
  return rows.map((row) => ({
    holdId: row.hold_id,
    limitId: row.limit_id,
    startsAt: new Date(row.starts_at),
    units: unitsFromRow(row.units),
  }));
}

const usageColumns: ColumnsOf<SpendingLimit> = {
  id: ['text', ({ id }) => id],
  period_starts_at: ['timestamptz', ({ startsAt }) => startsAt],
  used_units: ['numeric', ({ used }) => used],
};

const chargeColumns: ColumnsOf<SpendingCharge> = {
  hold_id: ['text', ({ holdId }) => holdId],
  limit_id: ['text', ({ limitId }) => limitId],
  starts_at: ['timestamptz', ({ startsAt }) => startsAt],
  units: ['numeric', ({ units }) => units],
};

/** Writes what a batch has counted. Absolute values: they were computed under the accounts' locks. */
export async function saveSpending(tx: DatabaseTransaction, { touchedLimits, charges }: SpendingJournal): Promise<void> {
  await insertRows(tx, 'spending_charge', chargeColumns, charges);
  if (touchedLimits.size === 0) return;
  const rows = rowset(tx.provider, typesOf(usageColumns), rowsOf(usageColumns, [...touchedLimits]));
  await tx.later(
    tx.client.$executeRaw(sql`UPDATE spending_limit SET period_starts_at = r.period_starts_at, used_units = r.used_units
        FROM ${rows} WHERE spending_limit.id = r.id`),
  );
}

export async function findLimits(client: Client, walletIds: readonly string[]): Promise<SpendingLimit[]> {
  const rows = await client.spendingLimit.findMany({
    where: { walletId: { in: [...new Set(walletIds)] } },
    orderBy: [{ memberId: 'asc' }, { asset: 'asc' }, { period: 'asc' }],
  });
  return rows.map(limitFromRow);
}

export async function findLimit(client: Client, id: string): Promise<SpendingLimit | null> {
  const row = await client.spendingLimit.findUnique({ where: { id } });
  return row === null ? null : limitFromRow(row);
}

export async function insertLimit(client: Client, limit: SpendingLimit, now: Date): Promise<void> {
  const { id, walletId, memberId, asset, period, units } = limit;
  await client.spendingLimit.create({
    data: { id, walletId, memberId, asset, period, units: units.toString(), createdAt: now, updatedAt: now },
  });
}

/** What has been used of it stays used. */
export async function updateLimit(client: Client, id: string, units: bigint, now: Date): Promise<void> {
  await client.spendingLimit.update({ where: { id }, data: { units: units.toString(), updatedAt: now } });
}

export async function deleteLimit(client: Client, id: string): Promise<void> {
  await client.spendingLimit.delete({ where: { id } });
}

function limitFromRow(row: SpendingLimitModel): SpendingLimit {
  const { id, walletId, memberId, asset, periodStartsAt: startsAt } = row;
  const period = row.period as LimitPeriod;
  return { id, walletId, memberId, asset, period, startsAt, units: unitsFromRow(row.units), used: unitsFromRow(row.used) };
}
