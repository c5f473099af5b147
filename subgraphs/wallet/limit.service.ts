// Use cases around spending limits: setting, removing and showing them. What is spent of them is counted by the ledger's batches.
import type { ReadTime } from '../../platform/database/time.ts';
import { hasPermission, type Identity } from '../../platform/identity/identity.ts';
import { type MoneyText, parseUnits, requireAsset } from '../../platform/money/money.ts';
import { limitErrors } from './limit.errors.ts';
import { limitChanged } from './limit.events.ts';
import { deleteLimit, findLimit, findLimits, insertLimit, updateLimit } from './limit.repository.ts';
import { type LimitPeriod, limitsMax, type SpendingLimit, standingOf, wholeWallet } from './limit.rules.ts';
import { memberErrors } from './member.errors.ts';
import { findRoles, lockWalletWithMembers } from './member.repository.ts';
import { isAtLeast, requireManager, requireRole, roleIn, type SharedWallet } from './member.rules.ts';
import { walletErrors } from './wallet.errors.ts';
import type { Wallet } from './wallet.repository.ts';
import type { Actor, WalletDeps } from './wallet.service.ts';

/** A limit as it stands at a moment. */
export interface LimitStanding {
  readonly limit: SpendingLimit;
  readonly used: bigint;
  readonly remaining: bigint;
  readonly renewsAt: Date | null;
}

export interface NewLimit {
  readonly walletId: string;
  /** Absent: everybody together. */
  readonly userId?: string | null;
  readonly period: LimitPeriod;
  readonly limit: MoneyText;
}

export type LimitService = ReturnType<typeof createLimitService>;

export function createLimitService({ database, outbox, clock, ids, time }: WalletDeps & { readonly time: ReadTime }) {
  /**
   * Sets a limit, or changes the one that is there; what has been used of it stays used. The owner of record limits the wallet as a whole; a
   * member is limited by whoever may manage them. Batches count under the locks that are taken here: none decides by half of a change.
   * @throws money errors, WALLET_NOT_FOUND, WALLET_ROLE_INSUFFICIENT, WALLET_MEMBER_NOT_FOUND, TOO_MANY_SPENDING_LIMITS
   */
  function set(actor: Actor, { walletId, userId, period, limit: money }: NewLimit): Promise<LimitStanding> {
    const asset = requireAsset(money.asset, 'input.limit');
    const units = parseUnits(money.amount, asset, 'input.limit');
    const memberId = userId ?? wholeWallet;
    return database.transaction(async (tx) => {
      const wallet = await lockWalletWithMembers(tx, walletId);
      if (wallet === null) throw walletErrors.WALLET_NOT_FOUND({ walletId });
      requireRight(wallet, actor, memberId);
      if (memberId !== wholeWallet && roleIn(wallet, memberId) === null)
        throw memberErrors.WALLET_MEMBER_NOT_FOUND({ walletId, userId: memberId });
      const all = await findLimits(tx.client, [walletId]);
      const known = all.find((each) => each.memberId === memberId && each.asset === asset.code && each.period === period);
      if (known === undefined && all.length >= limitsMax) throw limitErrors.TOO_MANY_SPENDING_LIMITS({ walletId, limitsMax });
      const unused = { id: ids.next(), walletId, memberId, asset: asset.code, period, startsAt: null, used: 0n };
      const limit: SpendingLimit = { ...(known ?? unused), units };
      if (known === undefined) await insertLimit(tx.client, limit, clock.now());
      else if (known.units !== units) await updateLimit(tx.client, limit.id, units, clock.now());
      if (known?.units !== units) await outbox.append(tx, limitChanged('set', limit, wallet, actor));
      return standingAt(limit, await time(tx));
    });
  }

  /** @throws SPENDING_LIMIT_NOT_FOUND also for who may not see it, WALLET_ROLE_INSUFFICIENT */
  function remove(actor: Actor, limitId: string): Promise<Wallet> {
    return database.transaction(async (tx) => {
      const seen = await findLimit(tx.client, limitId);
      const wallet = seen === null ? null : await lockWalletWithMembers(tx, seen.walletId);
      // Read again behind the lock: it may have been removed while we waited.
      const limit = wallet === null ? null : await findLimit(tx.client, limitId);
      if (limit === null || wallet === null || roleIn(wallet, actor.userId) === null)
        throw limitErrors.SPENDING_LIMIT_NOT_FOUND({ limitId });
      requireRight(wallet, actor, limit.memberId);
      await deleteLimit(tx.client, limitId);
      await outbox.append(tx, limitChanged('removed', limit, wallet, actor));
      return wallet;
    });
  }

  /** The limits that the viewer may know, as they stand: of everybody together and their own; all of them for administrators and staff. */
  async function listOf(viewer: Identity, wallet: Pick<Wallet, 'id' | 'ownerId'>): Promise<LimitStanding[]> {
    const [roles, limits, now] = await Promise.all([
      findRoles(database.client, viewer.userId, [wallet]),
      findLimits(database.client, [wallet.id]),
      time(database),
    ]);
    const role = roles.get(wallet.id);
    const seesAll = (role !== undefined && isAtLeast(role, 'ADMIN')) || hasPermission(viewer, 'wallet:read');
    const isMine = ({ memberId }: SpendingLimit) => memberId === wholeWallet || memberId === viewer.userId;
    return limits.filter((limit) => seesAll || isMine(limit)).map((limit) => standingAt(limit, now));
  }

  return { set, remove, listOf };
}

/** A former member's limit stays, should they come back. Whose role was the highest then is not known, so only the owner of record touches it. */
function requireRight(wallet: SharedWallet, actor: Actor, memberId: string): void {
  if (memberId !== wholeWallet) {
    requireManager(wallet, actor.userId, roleIn(wallet, memberId) ?? 'OWNER');
    return;
  }
  const role = requireRole(wallet, actor.userId, 'OWNER');
  if (wallet.ownerId !== actor.userId)
    throw memberErrors.WALLET_ROLE_INSUFFICIENT({ walletId: wallet.id, role, needed: 'OWNER' });
}

function standingAt(limit: SpendingLimit, now: Date): LimitStanding {
  const { used, renewsAt } = standingOf(limit, now);
  return { limit, used, remaining: used < limit.units ? limit.units - used : 0n, renewsAt };
}
