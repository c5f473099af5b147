// Reads and writes of `user_standing`, which every domain but auth has: what auth has told of users since their tokens were issued.
import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction, SqlExecutor } from '../database/database.ts';
import { isAnyOf } from '../database/rowset.ts';

export interface Standing {
  readonly isSuspended: boolean;
  /** Null: nothing has been told, the token is right. */
  readonly roles: readonly string[] | null;
}

interface News {
  readonly userId: string;
  /** Place in the auth domain's log: what is older than the last one applied is no news. */
  readonly position: number;
  readonly at: Date;
}

export async function readStanding(client: SqlExecutor, userId: string): Promise<Standing | null> {
  const [row] = await client.$queryRaw<{ is_suspended: boolean | number; roles: string | null }[]>(
    sql`SELECT is_suspended, roles FROM user_standing WHERE user_id = ${userId}`,
  );
  if (row === undefined) return null;
  // SQLite has no booleans of its own.
  return { isSuspended: Boolean(row.is_suspended), roles: row.roles === null ? null : JSON.parse(row.roles) };
}

/** Those of the users who are suspended. */
export async function readSuspended(
  tx: Pick<DatabaseTransaction, 'provider' | 'client'>,
  userIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (userIds.length === 0) return new Set();
  const rows = await tx.client.$queryRaw<{ user_id: string }[]>(
    sql`SELECT s.user_id FROM user_standing s WHERE ${isAnyOf(tx.provider, 's.user_id', userIds)} AND s.is_suspended`,
  );
  return new Set(rows.map((row) => row.user_id));
}

export async function saveSuspension(client: SqlExecutor, news: News & { readonly isSuspended: boolean }): Promise<void> {
  await ensureRow(client, news);
  await change(
    client,
    news,
    sql`is_suspended = ${news.isSuspended}, suspended_position = ${BigInt(news.position)}`,
    sql`suspended_position`,
  );
}

export async function saveRoles(client: SqlExecutor, news: News & { readonly roles: readonly string[] }): Promise<void> {
  await ensureRow(client, news);
  await change(
    client,
    news,
    sql`roles = ${JSON.stringify(news.roles)}, roles_position = ${BigInt(news.position)}`,
    sql`roles_position`,
  );
}

async function ensureRow(client: SqlExecutor, { userId, at }: News): Promise<void> {
  await client.$executeRaw(
    sql`INSERT INTO user_standing (user_id, is_suspended, suspended_position, roles_position, updated_at)
        VALUES (${userId}, ${false}, 0, 0, ${at}) ON CONFLICT (user_id) DO NOTHING`,
  );
}

/** A row stays after reinstatement: it is what tells an old suspension, delivered again, from a new one. */
async function change(client: SqlExecutor, { userId, position, at }: News, values: Sql, place: Sql): Promise<void> {
  await client.$executeRaw(
    sql`UPDATE user_standing SET ${values}, updated_at = ${at} WHERE user_id = ${userId} AND ${place} < ${BigInt(position)}`,
  );
}
