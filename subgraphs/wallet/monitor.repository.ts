// Reads and writes of balance monitors and their alerts: in the ledger's batches, which decide, and outside them, where monitors are set.
import { sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { type ColumnsOf, insertRows, rowsOf, typesOf } from '../../platform/database/insert-rows.ts';
import { isAnyOf, rowset } from '../../platform/database/rowset.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import type { BalanceAlertModel, BalanceMonitorModel } from '../../prisma/generated/wallet/postgresql/models.ts';
import type { ChangeCause } from './ledger.events.ts';
import type {
  BalanceAlert,
  BalanceCondition,
  BalanceMonitor,
  MonitorJournal,
  MonitorState,
  WatchedBalance,
} from './monitor.rules.ts';
import { earlierThan, type TimeKey } from './wallet.repository.ts';

type Client = Pick<PrismaClient, 'balanceMonitor' | 'balanceAlert'>;

interface MonitorSqlRow {
  id: string;
  wallet_id: string;
  user_id: string;
  asset: string;
  balance: WatchedBalance;
  condition: BalanceCondition;
  units: string;
  rearm_units: string;
  state: MonitorState;
  crossed_at: Date | string | null;
}

/** The monitors on these wallets. Their state changes under their accounts' locks only, so read it behind those. */
export async function readMonitors(tx: DatabaseTransaction, walletIds: readonly string[]): Promise<BalanceMonitor[]> {
  if (walletIds.length === 0) return [];
  const rows = await tx.client.$queryRaw<MonitorSqlRow[]>(
    sql`SELECT m.id, m.wallet_id, m.user_id, m.asset, m.balance, m.condition, CAST(m.units AS TEXT) AS units,
          CAST(m.rearm_units AS TEXT) AS rearm_units, m.state, m.crossed_at
        FROM balance_monitor m WHERE ${isAnyOf(tx.provider, 'm.wallet_id', walletIds)}`,
  );
  return rows.map((row) => ({
    id: row.id,
    walletId: row.wallet_id,
    userId: row.user_id,
    asset: row.asset,
    balance: row.balance,
    condition: row.condition,
    units: unitsFromRow(row.units),
    rearmUnits: unitsFromRow(row.rearm_units),
    state: row.state,
    crossedAt: row.crossed_at === null ? null : new Date(row.crossed_at),
  }));
}

const stateColumns: ColumnsOf<BalanceMonitor> = {
  id: ['text', ({ id }) => id],
  state: ['text', ({ state }) => state],
  crossed_at: ['timestamptz', ({ crossedAt }) => crossedAt],
};

const alertColumns: ColumnsOf<BalanceAlert> = {
  id: ['text', ({ id }) => id],
  monitor_id: ['text', ({ monitorId }) => monitorId],
  wallet_id: ['text', ({ walletId }) => walletId],
  user_id: ['text', ({ userId }) => userId],
  asset: ['text', ({ asset }) => asset],
  balance: ['text', ({ balance }) => balance],
  condition: ['text', ({ condition }) => condition],
  units: ['numeric', ({ units }) => units],
  balance_units: ['numeric', ({ balanceUnits }) => balanceUnits],
  cause_type: ['text', ({ cause }) => cause.type],
  cause_id: ['text', ({ cause }) => cause.id],
  created_at: ['timestamptz', ({ raisedAt }) => raisedAt],
};

/** Writes what a batch has decided, under the accounts' locks. */
export async function saveMonitors(tx: DatabaseTransaction, { touchedMonitors, alerts }: MonitorJournal): Promise<void> {
  await insertRows(tx, 'balance_alert', alertColumns, alerts);
  if (touchedMonitors.size === 0) return;
  const rows = rowset(tx.provider, typesOf(stateColumns), rowsOf(stateColumns, [...touchedMonitors]));
  await tx.later(
    tx.client.$executeRaw(sql`UPDATE balance_monitor SET state = r.state, crossed_at = r.crossed_at
        FROM ${rows} WHERE balance_monitor.id = r.id`),
  );
}

/** Of all members, in the order in which they were set. */
export async function findMonitors(client: Client, walletId: string): Promise<BalanceMonitor[]> {
  const rows = await client.balanceMonitor.findMany({ where: { walletId }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  return rows.map(monitorFromRow);
}

export async function findMonitor(client: Client, id: string): Promise<BalanceMonitor | null> {
  const row = await client.balanceMonitor.findUnique({ where: { id } });
  return row === null ? null : monitorFromRow(row);
}

export async function insertMonitor(client: Client, monitor: BalanceMonitor, now: Date): Promise<void> {
  const { units, rearmUnits, ...rest } = monitor;
  await client.balanceMonitor.create({
    data: { ...rest, units: units.toString(), rearm: rearmUnits.toString(), createdAt: now, updatedAt: now },
  });
}

export async function updateMonitor(client: Client, { id, rearmUnits, state }: BalanceMonitor, now: Date): Promise<void> {
  await client.balanceMonitor.update({ where: { id }, data: { rearm: rearmUnits.toString(), state, updatedAt: now } });
}

export async function deleteMonitor(client: Client, id: string): Promise<void> {
  await client.balanceMonitor.delete({ where: { id } });
}

/** Who is no member any more is told of nothing. */
export async function deleteMonitorsOf(
  client: Client,
  { walletId, userId }: { walletId: string; userId: string },
): Promise<void> {
  await client.balanceMonitor.deleteMany({ where: { walletId, userId } });
}

/** What one member was told of one wallet, newest first. */
export async function listAlerts(
  client: Client,
  page: { walletId: string; userId: string; after: TimeKey | null; limit: number },
): Promise<BalanceAlert[]> {
  const { walletId, userId, after, limit } = page;
  const rows = await client.balanceAlert.findMany({
    where: { walletId, userId, ...earlierThan(after) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  return rows.map(alertFromRow);
}

function monitorFromRow(row: BalanceMonitorModel): BalanceMonitor {
  const { id, walletId, userId, asset, crossedAt } = row;
  return {
    id,
    walletId,
    userId,
    asset,
    balance: row.balance as WatchedBalance,
    condition: row.condition as BalanceCondition,
    units: unitsFromRow(row.units),
    rearmUnits: unitsFromRow(row.rearm),
    state: row.state as MonitorState,
    crossedAt,
  };
}

function alertFromRow(row: BalanceAlertModel): BalanceAlert {
  const { id, monitorId, walletId, userId, asset, createdAt } = row;
  return {
    id,
    monitorId,
    walletId,
    userId,
    asset,
    balance: row.balance as WatchedBalance,
    condition: row.condition as BalanceCondition,
    units: unitsFromRow(row.units),
    balanceUnits: unitsFromRow(row.balanceUnits),
    cause: { type: row.causeType as ChangeCause['type'], id: row.causeId },
    raisedAt: createdAt,
  };
}
