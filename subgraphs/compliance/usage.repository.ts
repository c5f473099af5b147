// What users have moved, minute by minute, and the lock under which it is read and counted. Every query on both.
import { sqltag as sql } from '@prisma/client/runtime/client';
import { columnsOf, rowset } from '../../platform/database/rowset.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import type { Transaction } from './compliance.database.ts';
import type { Flow } from './rule.rules.ts';
import type { Usage } from './screening.rules.ts';

export interface UsageRow extends Usage {
  readonly userId: string;
  readonly flow: Flow;
}

/** Waits for every other screening of these users, and makes later ones wait, until the transaction ends. */
export async function lockUsage({ client, provider }: Transaction, userIds: readonly string[]): Promise<void> {
  // Sorted, so that two batches never wait for each other.
  const rows = [...new Set(userIds)].sort().map((user_id) => ({ user_id }));
  await client.$executeRaw(sql`
    INSERT INTO usage_lock (user_id, taken) SELECT user_id, 1 FROM ${rowset(provider, { user_id: 'text' }, rows)} WHERE true
    ON CONFLICT (user_id) DO UPDATE SET taken = usage_lock.taken + 1`);
}

/** The users' usage since a minute. */
export async function readUsage(
  { client }: Transaction,
  query: { userIds: readonly string[]; sinceMinute: number },
): Promise<UsageRow[]> {
  const rows = await client.usageBucket.findMany({
    where: { userId: { in: [...new Set(query.userIds)] }, minute: { gte: query.sinceMinute } },
  });
  return rows.map((row) => ({ ...row, flow: row.flow as Flow, units: unitsFromRow(row.units) }));
}

/** Writes totals; the users must be locked. */
export async function writeUsage({ client, provider }: Transaction, rows: readonly UsageRow[]): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.map(({ userId, ...row }) => ({ ...row, user_id: userId }));
  // WHERE true keeps SQLite from reading ON CONFLICT as a join's ON.
  await client.$executeRaw(sql`
    INSERT INTO usage_bucket (${columnsOf(columns)}) SELECT ${columnsOf(columns)} FROM ${rowset(provider, columns, values)} WHERE true
    ON CONFLICT (user_id, flow, asset, minute) DO UPDATE SET units = excluded.units, transactions = excluded.transactions`);
}

const columns = {
  user_id: 'text',
  flow: 'text',
  asset: 'text',
  minute: 'integer',
  units: 'numeric',
  transactions: 'integer',
} as const;
