// Use cases around wallets. What moves money is the ledger's; this only opens, names, freezes and finds.

import type { Clock, Ids } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { AuditRecord, Outbox } from '../../platform/events/event.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { audited } from './ledger.events.ts';
import { findVisibleIds } from './member.access.ts';
import { findRoles, lockWalletWithMembers } from './member.repository.ts';
import { requireRole } from './member.rules.ts';
import { walletErrors } from './wallet.errors.ts';
import { walletFreezeChanged, walletNamed } from './wallet.events.ts';
import {
  countWallets,
  findWallets,
  insertWallet,
  listWallets,
  lockAccountsOf,
  type TimeKey,
  updateWallet,
  type Wallet,
} from './wallet.repository.ts';
import { readFreezeReason, readWalletName, walletsMax } from './wallet.rules.ts';

export interface WalletDeps {
  readonly database: Database<PrismaClient>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Who does something, and in which request. */
export interface Actor {
  readonly userId: string;
  readonly requestId: string | null;
}

export type WalletService = ReturnType<typeof createWalletService>;

export function createWalletService({ database, outbox, clock, ids }: WalletDeps) {
  /** @throws INVALID_WALLET_NAME, WALLET_LIMIT_REACHED */
  async function open(actor: Actor, input: { name: string; id?: string }): Promise<Wallet> {
    const name = readWalletName(input.name);
    const now = clock.now();
    const wallet: Wallet = {
      id: input.id ?? ids.next(),
      ownerId: actor.userId,
      name,
      status: 'ACTIVE',
      frozenReason: null,
      createdAt: now,
      updatedAt: now,
    };
    await database.transaction(async (tx) => {
      if ((await countWallets(tx.client, actor.userId)) >= walletsMax) throw walletErrors.WALLET_LIMIT_REACHED({ walletsMax });
      await insertWallet(tx.client, wallet);
      await outbox.append(tx, [walletNamed('opened', wallet), walletAudited('wallet.open', actor, wallet, {})]);
    });
    return wallet;
  }

  /** Owners and administrators name wallets. @throws INVALID_WALLET_NAME, WALLET_NOT_FOUND, WALLET_ROLE_INSUFFICIENT */
  async function rename(actor: Actor, input: { walletId: string; name: string }): Promise<Wallet> {
    const name = readWalletName(input.name);
    return database.transaction(async (tx) => {
      const shared = await lockWalletWithMembers(tx, input.walletId);
      if (shared === null) throw walletErrors.WALLET_NOT_FOUND({ walletId: input.walletId });
      requireRole(shared, actor.userId, 'ADMIN');
      const wallet = await updateWallet(tx.client, { id: input.walletId }, { name, updatedAt: clock.now() });
      if (wallet === null) throw walletErrors.WALLET_NOT_FOUND({ walletId: input.walletId });
      await outbox.append(tx, [walletNamed('renamed', wallet), walletAudited('wallet.rename', actor, wallet, {})]);
      return wallet;
    });
  }

  /** Freezing a frozen wallet changes nothing; nobody unfreezes their own. @throws INVALID_FREEZE_REASON, WALLET_NOT_FOUND, OWN_WALLET */
  async function setFrozen(actor: Actor, input: { walletId: string; reason: string }, isFrozen: boolean): Promise<Wallet> {
    const reason = readFreezeReason(input.reason);
    const [from, to] = isFrozen ? (['ACTIVE', 'FROZEN'] as const) : (['FROZEN', 'ACTIVE'] as const);
    return database.transaction(async (tx) => {
      await lockAccountsOf(tx, input.walletId);
      const change = { status: to, frozenReason: isFrozen ? reason : null, updatedAt: clock.now() };
      const changed = await updateWallet(tx.client, { id: input.walletId, status: from }, change);
      if (changed === null) {
        const found = (await findWallets(tx.client, [input.walletId])).get(input.walletId);
        if (found === undefined) throw walletErrors.WALLET_NOT_FOUND({ walletId: input.walletId });
        return found;
      }
      const isOwn = (await findRoles(tx.client, actor.userId, [changed])).has(changed.id);
      if (!isFrozen && isOwn) throw walletErrors.OWN_WALLET({ walletId: changed.id });
      await outbox.append(tx, [
        walletFreezeChanged(isFrozen ? 'frozen' : 'unfrozen', changed, reason),
        walletAudited(isFrozen ? 'wallet.freeze' : 'wallet.unfreeze', actor, changed, { reason }),
      ]);
      return changed;
    });
  }

  return {
    open,
    rename,
    freeze: (actor: Actor, input: { walletId: string; reason: string }) => setFrozen(actor, input, true),
    unfreeze: (actor: Actor, input: { walletId: string; reason: string }) => setFrozen(actor, input, false),
    /** One result per id: the wallet, or null where there is none that the viewer may see. */
    async findVisible(viewer: Identity | null, walletIds: readonly string[]): Promise<(Wallet | null)[]> {
      const found = await findWallets(database.client, walletIds);
      const visible = await findVisibleIds(database.client, viewer, [...found.values()]);
      return walletIds.map((id) => (visible.has(id) ? (found.get(id) ?? null) : null));
    },
    list(page: { userId: string; after: TimeKey | null; limit: number }): Promise<Wallet[]> {
      return listWallets(database.client, page);
    },
    async exists(walletId: string): Promise<boolean> {
      return (await findWallets(database.client, [walletId])).has(walletId);
    },
  };
}

function walletAudited(action: string, actor: Actor, wallet: Wallet, details: AuditRecord['details']) {
  return audited({
    actorId: actor.userId,
    action,
    resourceType: 'Wallet',
    resourceId: wallet.id,
    outcome: 'SUCCEEDED',
    subjectUserId: wallet.ownerId,
    details,
    requestId: actor.requestId,
  });
}
