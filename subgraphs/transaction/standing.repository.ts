// Reads and writes of users' standing: whether somebody who still has a valid token may ask for movements of money.
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import type { StandingChange } from './standing.events.ts';

type Client = Pick<PrismaClient, 'userStanding'>;

/** Keeps what an event told, unless a later one has been kept before. Safe to repeat, in any order. */
export async function saveStanding(client: Client, change: StandingChange, at: Date): Promise<void> {
  const { userId, isSuspended: suspended } = change;
  const position = BigInt(change.position);
  const told = { suspended, position, updatedAt: at };
  const known = await client.userStanding.findUnique({ where: { userId } });
  if (known === null) await client.userStanding.create({ data: { userId, ...told } });
  // A row stays after reinstatement: it is what tells an old suspension, delivered again, from a new one.
  else await client.userStanding.updateMany({ where: { userId, position: { lt: position } }, data: told });
}

export async function isSuspended(client: Client, userId: string): Promise<boolean> {
  const standing = await client.userStanding.findUnique({ where: { userId }, select: { suspended: true } });
  return standing?.suspended ?? false;
}
