// Reads and writes of what the auth domain has told of users since their tokens were issued.
import type { Client, Transaction } from './compliance.database.ts';

export interface Standing {
  readonly isSuspended: boolean;
  /** Null: nothing has been told, the token is right. */
  readonly roles: readonly string[] | null;
}

interface News {
  readonly userId: string;
  /** Place in the auth domain's log: what is older than the last one applied is no news. */
  readonly position: number;
}

export async function findStanding(client: Pick<Client, 'userStanding'>, userId: string): Promise<Standing | null> {
  const row = await client.userStanding.findUnique({ where: { userId } });
  return row && { isSuspended: row.isSuspended, roles: row.roles === null ? null : JSON.parse(row.roles) };
}

/** Keeps what an event told, unless a later one has been kept before. Safe to repeat, in any order. */
export async function saveSuspension(tx: Transaction, news: News & { isSuspended: boolean }, at: Date): Promise<void> {
  const { userId, isSuspended } = news;
  const suspendedPosition = BigInt(news.position);
  await ensureRow(tx, userId, at);
  await tx.client.userStanding.updateMany({
    where: { userId, suspendedPosition: { lt: suspendedPosition } },
    data: { isSuspended, suspendedPosition, updatedAt: at },
  });
}

/** As `saveSuspension`. */
export async function saveRoles(tx: Transaction, news: News & { roles: readonly string[] }, at: Date): Promise<void> {
  const { userId, roles } = news;
  const rolesPosition = BigInt(news.position);
  await ensureRow(tx, userId, at);
  await tx.client.userStanding.updateMany({
    where: { userId, rolesPosition: { lt: rolesPosition } },
    data: { roles: JSON.stringify(roles), rolesPosition, updatedAt: at },
  });
}

async function ensureRow({ client }: Transaction, userId: string, at: Date): Promise<void> {
  await client.$executeRaw`
    INSERT INTO user_standing (user_id, is_suspended, suspended_position, roles_position, updated_at)
    VALUES (${userId}, ${false}, 0, 0, ${at}) ON CONFLICT (user_id) DO NOTHING`;
}
