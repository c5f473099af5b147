// Who may see a wallet: its members, and staff who may read any. Asked anew each time, so that a removed member sees nothing more.
import { hasPermission, type Identity } from '../../platform/identity/identity.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { findRoles } from './member.repository.ts';
import type { SharedWallet } from './member.rules.ts';
import { findWallets } from './wallet.repository.ts';

type Client = Parameters<typeof findWallets>[0] & Pick<PrismaClient, 'walletMember'>;

/** Ids of those of the wallets that the viewer may see. */
export async function findVisibleIds(
  client: Pick<PrismaClient, 'walletMember'>,
  viewer: Identity | null,
  wallets: readonly Pick<SharedWallet, 'id' | 'ownerId'>[],
): Promise<ReadonlySet<string>> {
  if (viewer === null) return new Set();
  if (hasPermission(viewer, 'wallet:read')) return new Set(wallets.map(({ id }) => id));
  return new Set((await findRoles(client, viewer.userId, wallets)).keys());
}

export async function mayViewWallet(client: Client, viewer: Identity, walletId: string): Promise<boolean> {
  const wallet = (await findWallets(client, [walletId])).get(walletId);
  return wallet !== undefined && (await findVisibleIds(client, viewer, [wallet])).has(walletId);
}
