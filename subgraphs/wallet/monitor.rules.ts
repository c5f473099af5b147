// When a threshold on a balance is crossed, decided on the book of a batch, which holds the lock of the account. Pure; no I/O.
import type { Ids } from '../../platform/clock.ts';
import { type Balance, balanceOf, type LedgerAccount } from './account.rules.ts';
import type { ChangeCause } from './ledger.events.ts';
import { roleIn, type SharedWallet } from './member.rules.ts';
import { monitorErrors } from './monitor.errors.ts';

/** Which balance is watched: with what holds keep, or without. */
export type WatchedBalance = 'POSTED' | 'AVAILABLE';
export type BalanceCondition = 'BELOW' | 'ABOVE';
export type MonitorState = 'ARMED' | 'CROSSED';

/** Of one member on one wallet, for all assets together. */
export const ownMonitorsMax = 10;
/** Of one wallet, for all members: a batch reads them all. */
export const monitorsMax = 100;

export interface BalanceMonitor {
  readonly id: string;
  readonly walletId: string;
  /** Whom it tells. */
  readonly userId: string;
  readonly asset: string;
  readonly balance: WatchedBalance;
  readonly condition: BalanceCondition;
  readonly units: bigint;
  /** Where it is armed again. */
  readonly rearmUnits: bigint;
  state: MonitorState;
  /** When it was last crossed; null before. */
  crossedAt: Date | null;
}

/** A crossing as it is told. */
export interface BalanceAlert extends Pick<BalanceMonitor, 'walletId' | 'userId' | 'asset' | 'balance' | 'condition' | 'units'> {
  readonly id: string;
  readonly monitorId: string;
  /** The balance that crossed the threshold. */
  readonly balanceUnits: bigint;
  readonly cause: ChangeCause;
  readonly raisedAt: Date;
}

type Threshold = Pick<BalanceMonitor, 'condition' | 'units' | 'rearmUnits'>;

export function isBeyond({ condition, units }: Threshold, balanceUnits: bigint): boolean {
  return condition === 'BELOW' ? balanceUnits < units : balanceUnits > units;
}

function isBack({ condition, rearmUnits }: Threshold, balanceUnits: bigint): boolean {
  return condition === 'BELOW' ? balanceUnits >= rearmUnits : balanceUnits <= rearmUnits;
}

/** A crossed one stays crossed until the balance has come back to where it is armed again: what swings about a threshold is told of once. */
export function stateAfter(monitor: Threshold & Pick<BalanceMonitor, 'state'>, balanceUnits: bigint): MonitorState {
  if (monitor.state === 'ARMED') return isBeyond(monitor, balanceUnits) ? 'CROSSED' : 'ARMED';
  return isBack(monitor, balanceUnits) ? 'ARMED' : 'CROSSED';
}

/** The state agrees with the balance. Between the threshold and where it is armed again, both do. */
export function isTrueTo(monitor: Threshold & Pick<BalanceMonitor, 'state'>, balanceUnits: bigint): boolean {
  return stateAfter(monitor, balanceUnits) === monitor.state;
}

/** @throws INVALID_REARM_AMOUNT */
export function checkRearm({ condition, units, rearmUnits }: Threshold): void {
  const isOnGoodSide = condition === 'BELOW' ? rearmUnits >= units : rearmUnits <= units;
  if (!isOnGoodSide) throw monitorErrors.INVALID_REARM_AMOUNT({ condition });
}

export function watchedUnits({ balance }: Pick<BalanceMonitor, 'balance'>, { posted, available }: Balance): bigint {
  return balance === 'POSTED' ? posted : available;
}

/** What has changed, for the journal. */
export interface MonitorJournal {
  readonly touchedMonitors: Set<BalanceMonitor>;
  readonly alerts: BalanceAlert[];
}

export function createMonitorBook(
  loaded: { readonly monitors?: readonly BalanceMonitor[] },
  { ids, journal }: { ids: Ids; journal: MonitorJournal },
) {
  const monitors = new Map(loaded.monitors?.map((monitor) => [monitor.id, monitor]));

  /** Looks at an account after a change; gives what there is to tell. Only members are told. */
  function observe(
    account: LedgerAccount,
    wallet: SharedWallet,
    { cause, at }: { cause: ChangeCause; at: Date },
  ): BalanceAlert[] {
    const raised: BalanceAlert[] = [];
    if (monitors.size === 0) return raised;
    const balances = balanceOf(account);
    for (const monitor of monitors.values()) {
      if (monitor.walletId !== wallet.id || monitor.asset !== account.asset) continue;
      const balanceUnits = watchedUnits(monitor, balances);
      const state = stateAfter(monitor, balanceUnits);
      if (state === monitor.state) continue;
      monitor.state = state;
      journal.touchedMonitors.add(monitor);
      if (state === 'ARMED') continue;
      monitor.crossedAt = at;
      if (roleIn(wallet, monitor.userId) === null) continue;
      const { id: monitorId, walletId, userId, asset, balance, condition, units } = monitor;
      const what = { monitorId, walletId, userId, asset, balance, condition, units };
      raised.push({ id: ids.next(), ...what, balanceUnits, cause, raisedAt: at });
    }
    journal.alerts.push(...raised);
    return raised;
  }

  return { monitors, observe };
}
