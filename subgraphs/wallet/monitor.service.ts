// Use cases around balance monitors: a member sets, removes and lists their own, and reads what they were told. Crossings are the ledger's to decide.
import type { Identity } from '../../platform/identity/identity.ts';
import { type MoneyText, parseUnits, requireAsset } from '../../platform/money/money.ts';
import { findAccountsOfWallets } from './account.repository.ts';
import { lockWalletWithMembers } from './member.repository.ts';
import { requireRole, roleIn } from './member.rules.ts';
import { monitorErrors } from './monitor.errors.ts';
import { monitorChanged } from './monitor.events.ts';
import { deleteMonitor, findMonitor, findMonitors, insertMonitor, listAlerts, updateMonitor } from './monitor.repository.ts';
import {
  type BalanceAlert,
  type BalanceCondition,
  type BalanceMonitor,
  checkRearm,
  isBeyond,
  monitorsMax,
  ownMonitorsMax,
  stateAfter,
  type WatchedBalance,
  watchedUnits,
} from './monitor.rules.ts';
import { walletErrors } from './wallet.errors.ts';
import type { TimeKey, Wallet } from './wallet.repository.ts';
import type { Actor, WalletDeps } from './wallet.service.ts';

export interface NewMonitor {
  readonly walletId: string;
  readonly balance: WatchedBalance;
  readonly condition: BalanceCondition;
  readonly threshold: MoneyText;
  /** Amount of the same asset; absent: the threshold itself. */
  readonly rearmAt?: string | null;
}

export type MonitorService = ReturnType<typeof createMonitorService>;

export function createMonitorService({ database, outbox, clock, ids }: WalletDeps) {
  /**
   * Sets a monitor, or changes where the one that is there is armed again. One that is beyond its threshold from the beginning begins as crossed:
   * that is no crossing. The locks are those of the ledger's batches, so that the next change of the balance is judged by it.
   * @throws money errors, INVALID_REARM_AMOUNT, WALLET_NOT_FOUND, TOO_MANY_BALANCE_MONITORS
   */
  async function set(actor: Actor, { walletId, balance, condition, threshold, rearmAt }: NewMonitor): Promise<BalanceMonitor> {
    const asset = requireAsset(threshold.asset, 'input.threshold');
    const units = parseUnits(threshold.amount, asset, 'input.threshold');
    const rearmUnits = rearmAt === null || rearmAt === undefined ? units : parseUnits(rearmAt, asset, 'input.rearmAt');
    checkRearm({ condition, units, rearmUnits });
    return database.transaction(async (tx) => {
      const wallet = await lockWalletWithMembers(tx, walletId);
      if (wallet === null) throw walletErrors.WALLET_NOT_FOUND({ walletId });
      requireRole(wallet, actor.userId, 'VIEWER');
      const account = (await findAccountsOfWallets(tx.client, [walletId])).find((each) => each.asset === asset.code);
      const present = watchedUnits({ balance }, account?.balance ?? { posted: 0n, held: 0n, available: 0n });
      const all = await findMonitors(tx.client, walletId);
      const own = all.filter(({ userId }) => userId === actor.userId);
      const known = own.find(
        (each) => each.asset === asset.code && each.balance === balance && each.condition === condition && each.units === units,
      );
      if (known === undefined) {
        if (all.length >= monitorsMax || own.length >= ownMonitorsMax)
          throw monitorErrors.TOO_MANY_BALANCE_MONITORS({ walletId, ownMonitorsMax, monitorsMax });
        const what = { walletId, userId: actor.userId, asset: asset.code, balance, condition, units, rearmUnits };
        const state = isBeyond(what, present) ? 'CROSSED' : 'ARMED';
        const monitor: BalanceMonitor = { id: ids.next(), ...what, state, crossedAt: null };
        await insertMonitor(tx.client, monitor, clock.now());
        await outbox.append(tx, monitorChanged('set', monitor, wallet, actor));
        return monitor;
      }
      if (known.rearmUnits === rearmUnits) return known;
      const changed: BalanceMonitor = { ...known, rearmUnits };
      changed.state = stateAfter(changed, present);
      await updateMonitor(tx.client, changed, clock.now());
      await outbox.append(tx, monitorChanged('set', changed, wallet, actor));
      return changed;
    });
  }

  /** What it has told stays. @throws BALANCE_MONITOR_NOT_FOUND also for somebody else's */
  function remove(actor: Actor, monitorId: string): Promise<Wallet> {
    return database.transaction(async (tx) => {
      const seen = await findMonitor(tx.client, monitorId);
      const wallet = seen === null ? null : await lockWalletWithMembers(tx, seen.walletId);
      // Read again behind the lock: it may have been removed while we waited.
      const monitor = wallet === null ? null : await findMonitor(tx.client, monitorId);
      if (monitor === null || wallet === null || monitor.userId !== actor.userId || roleIn(wallet, actor.userId) === null)
        throw monitorErrors.BALANCE_MONITOR_NOT_FOUND({ monitorId });
      await deleteMonitor(tx.client, monitorId);
      await outbox.append(tx, monitorChanged('removed', monitor, wallet, actor));
      return wallet;
    });
  }

  return {
    set,
    remove,

    /** The viewer's own on a wallet that they may see, oldest first. */
    async listOf({ userId }: Identity, walletId: string): Promise<BalanceMonitor[]> {
      return (await findMonitors(database.client, walletId)).filter((monitor) => monitor.userId === userId);
    },

    /** What the viewer was told of a wallet that they may see, newest first. */
    alertsOf({ userId }: Identity, page: { walletId: string; after: TimeKey | null; limit: number }): Promise<BalanceAlert[]> {
      return listAlerts(database.client, { ...page, userId });
    },
  };
}
