// Every statement on wallets outside the ledger's batches. Rows to domain objects, nothing else.
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import type { WalletModel } from '../../prisma/generated/wallet/postgresql/models.ts';
import type { WalletStatus } from './ledger.book.ts';

/** The client of a transaction, or the one for reads. */
export type Client = Pick<PrismaClient, 'wallet' | 'externalAccount' | 'account' | 'hold' | '$queryRaw' | '$executeRaw'>;

export interface Wallet {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly status: WalletStatus;
  readonly frozenReason: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Place of a row in a list that is ordered by time. */
export interface TimeKey {
  readonly createdAt: Date;
  readonly id: string;
}

export async function findWallets(client: Client, ids: readonly string[]): Promise<Map<string, Wallet>> {
  const rows = await client.wallet.findMany({ where: { id: { in: [...new Set(ids)] } } });
  return new Map(rows.map((row) => [row.id, walletFromRow(row)]));
}

/** The wallets that the user is a member of, oldest first. */
export async function listWallets(
  client: Client,
  page: { userId: string; after: TimeKey | null; limit: number },
): Promise<Wallet[]> {
  const rows = await client.wallet.findMany({
    where: { AND: [{ OR: [{ ownerId: page.userId }, { members: { some: { userId: page.userId } } }] }, laterThan(page.after)] },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: page.limit,
  });
  return rows.map(walletFromRow);
}

export function countWallets(client: Client, ownerId: string): Promise<number> {
  return client.wallet.count({ where: { ownerId } });
}

/** Waits for the ledger's batches that work on the wallet's accounts, and keeps others from beginning: they read the wallet under these locks. */
export async function lockAccountsOf(tx: DatabaseTransaction<Client>, walletId: string): Promise<void> {
  // SQLite has one writer at a time.
  if (tx.provider === 'sqlite') return;
  await tx.client
    .$queryRaw`SELECT id FROM account WHERE holder_type = 'WALLET' AND holder_id = ${walletId} ORDER BY id FOR UPDATE`;
}

export async function insertWallet(client: Client, wallet: Wallet): Promise<void> {
  await client.wallet.create({ data: wallet });
}

/**
 * Changes the wallet and gives it as it is now; null when it is not in one of the states that `where` allows.
 * The condition is checked under the row's lock.
 */
export async function updateWallet(
  client: Client,
  where: { id: string; status?: WalletStatus },
  change: Partial<Pick<Wallet, 'name' | 'status' | 'frozenReason'>> & { updatedAt: Date },
): Promise<Wallet | null> {
  const { count } = await client.wallet.updateMany({ where, data: change });
  if (count === 0) return null;
  return walletFromRow(await client.wallet.findUniqueOrThrow({ where: { id: where.id } }));
}

/** Keyset condition for lists from old to new. */
export function laterThan(after: TimeKey | null) {
  if (after === null) return {};
  return { OR: [{ createdAt: { gt: after.createdAt } }, { createdAt: after.createdAt, id: { gt: after.id } }] };
}

/** Keyset condition for lists from new to old. */
export function earlierThan(after: TimeKey | null) {
  if (after === null) return {};
  return { OR: [{ createdAt: { lt: after.createdAt } }, { createdAt: after.createdAt, id: { lt: after.id } }] };
}

function walletFromRow(row: WalletModel): Wallet {
  return { ...row, status: row.status as WalletStatus };
}
