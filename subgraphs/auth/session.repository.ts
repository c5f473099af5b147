// Every query on sessions and on sign-ins that wait for a second factor.
import type { AuthClient } from './auth.deps.ts';
import type { RevocationReason } from './auth.events.ts';

export interface SessionRecord {
  readonly id: string;
  readonly userId: string;
  readonly methods: readonly string[];
  readonly refreshSalt: string;
  readonly generation: number;
  readonly rotatedAt: Date;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
}

export interface ChallengeRecord {
  readonly id: string;
  readonly userId: string;
  readonly attempts: number;
  readonly expiresAt: Date;
}

function toSession(row: Omit<SessionRecord, 'methods'> & { readonly methods: string }): SessionRecord {
  return { ...row, methods: row.methods.split(' ') };
}

export async function insertSession(client: AuthClient, session: SessionRecord): Promise<void> {
  await client.session.create({ data: { ...session, methods: session.methods.join(' ') } });
}

export async function findSession(client: AuthClient, id: string): Promise<SessionRecord | null> {
  const row = await client.session.findUnique({ where: { id } });
  return row === null ? null : toSession(row);
}

/** Locks the session's row until the transaction ends and gives what it is now; null when there is none. */
export async function lockSession(client: AuthClient, id: string): Promise<SessionRecord | null> {
  const { count } = await client.session.updateMany({ where: { id }, data: { generation: { increment: 0 } } });
  return count === 0 ? null : findSession(client, id);
}

export async function rotateSession(
  client: AuthClient,
  id: string,
  change: { generation: number; expiresAt: Date; address: string | null; userAgent: string | null; now: Date },
): Promise<void> {
  const { now, ...columns } = change;
  await client.session.update({ where: { id }, data: { ...columns, rotatedAt: now, lastUsedAt: now } });
}

export async function setSessionMethods(client: AuthClient, id: string, methods: readonly string[]): Promise<void> {
  await client.session.update({ where: { id }, data: { methods: methods.join(' ') } });
}

/** Live sessions of a user, the newest first. */
export async function listLiveSessions(
  client: AuthClient,
  filter: { readonly userId: string; readonly beforeId: string | null; readonly limit: number; readonly now: Date },
): Promise<readonly SessionRecord[]> {
  const rows = await client.session.findMany({
    where: {
      userId: filter.userId,
      revokedAt: null,
      expiresAt: { gt: filter.now },
      ...(filter.beforeId === null ? {} : { id: { lt: filter.beforeId } }),
    },
    orderBy: { id: 'desc' },
    take: filter.limit,
  });
  return rows.map(toSession);
}

/** Ends the session; false when it had ended already. */
export async function revokeSession(client: AuthClient, id: string, reason: RevocationReason, now: Date): Promise<boolean> {
  const { count } = await client.session.updateMany({
    where: { id, revokedAt: null, expiresAt: { gt: now } },
    data: { revokedAt: now, revocationReason: reason },
  });
  return count > 0;
}

/** Ends a user's live sessions, except one if wanted. Gives the ids of those that it ended. */
export async function revokeSessionsOf(
  client: AuthClient,
  userId: string,
  options: { readonly exceptId: string | null; readonly reason: RevocationReason; readonly now: Date },
): Promise<readonly string[]> {
  const live = {
    userId,
    revokedAt: null,
    expiresAt: { gt: options.now },
    ...(options.exceptId === null ? {} : { id: { not: options.exceptId } }),
  };
  const rows = await client.session.findMany({ where: live, select: { id: true }, orderBy: { id: 'asc' } });
  const ended: string[] = [];
  for (const { id } of rows) if (await revokeSession(client, id, options.reason, options.now)) ended.push(id);
  return ended;
}

/** True when the user has signed in from this address since `since`. */
export async function hasSessionFrom(client: AuthClient, userId: string, address: string, since: Date): Promise<boolean> {
  const row = await client.session.findFirst({ where: { userId, address, createdAt: { gte: since } }, select: { id: true } });
  return row !== null;
}

export async function insertChallenge(
  client: AuthClient,
  challenge: { id: string; tokenHash: string; userId: string; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await client.signInChallenge.create({ data: challenge });
}

export async function findChallenge(client: AuthClient, tokenHash: string): Promise<ChallengeRecord | null> {
  return client.signInChallenge.findUnique({
    where: { tokenHash },
    select: { id: true, userId: true, attempts: true, expiresAt: true },
  });
}

/** Counts one attempt; false when the challenge is gone, expired, or has none left. Locks its row until the transaction ends. */
export async function countChallengeAttempt(client: AuthClient, id: string, attemptsMax: number, now: Date): Promise<boolean> {
  const { count } = await client.signInChallenge.updateMany({
    where: { id, attempts: { lt: attemptsMax }, expiresAt: { gt: now } },
    data: { attempts: { increment: 1 } },
  });
  return count > 0;
}

export async function deleteChallenges(client: AuthClient, userId: string): Promise<void> {
  await client.signInChallenge.deleteMany({ where: { userId } });
}

export async function deleteChallenge(client: AuthClient, id: string): Promise<void> {
  await client.signInChallenge.deleteMany({ where: { id } });
}
