// Every statement on external accounts outside the ledger's batches.
import { type Client, laterThan, type TimeKey } from './wallet.repository.ts';

export interface ExternalAccount {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  /** Whose name the account stands in, there. */
  readonly holderName: string;
  readonly asset: string;
  readonly createdAt: Date;
  /** Removed ones take part in nothing new; the ledger goes on naming them. */
  readonly removedAt: Date | null;
}

export async function findExternalAccounts(client: Client, ids: readonly string[]): Promise<Map<string, ExternalAccount>> {
  const rows = await client.externalAccount.findMany({ where: { id: { in: [...new Set(ids)] } } });
  return new Map(rows.map((row) => [row.id, row]));
}

/** An owner's accounts that have not been removed, oldest first. */
export function listExternalAccounts(
  client: Client,
  page: { ownerId: string; after: TimeKey | null; limit: number },
): Promise<ExternalAccount[]> {
  return client.externalAccount.findMany({
    where: { ownerId: page.ownerId, removedAt: null, ...laterThan(page.after) },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: page.limit,
  });
}

export function countExternalAccounts(client: Client, ownerId: string): Promise<number> {
  return client.externalAccount.count({ where: { ownerId, removedAt: null } });
}

export async function insertExternalAccount(client: Client, account: ExternalAccount): Promise<void> {
  await client.externalAccount.create({ data: account });
}

/** Null when the owner has no such account any more. */
export async function markRemoved(
  client: Client,
  where: { id: string; ownerId: string },
  now: Date,
): Promise<ExternalAccount | null> {
  const { count } = await client.externalAccount.updateMany({ where: { ...where, removedAt: null }, data: { removedAt: now } });
  return count === 0 ? null : client.externalAccount.findUniqueOrThrow({ where: { id: where.id } });
}
