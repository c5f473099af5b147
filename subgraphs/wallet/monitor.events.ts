// Facts about balance monitors. Subject is the wallet, so that a crossing keeps its place behind the change of the balance.
import type { NewEvent } from '../../platform/events/event.ts';
import type { RequestOrigin } from './ledger.commands.ts';
import { audited, originOf, userFeed } from './ledger.events.ts';
import type { BalanceAlert, BalanceMonitor } from './monitor.rules.ts';
import type { Wallet } from './wallet.repository.ts';
import type { Actor } from './wallet.service.ts';

export const monitorEventTypes = {
  set: 'clawpurse.wallet.balance_monitor_set.v1',
  removed: 'clawpurse.wallet.balance_monitor_removed.v1',
  crossed: 'clawpurse.wallet.balance_threshold_crossed.v1',
} as const;

/** A monitor has been set, or is no more; with its audit record. */
export function monitorChanged(fact: 'set' | 'removed', monitor: BalanceMonitor, wallet: Wallet, actor: Actor): NewEvent[] {
  const { id: monitorId, walletId, userId, asset, balance, condition, units, rearmUnits } = monitor;
  const what = { asset, balance, condition, units: units.toString(), rearmUnits: rearmUnits.toString() };
  return [
    { type: monitorEventTypes[fact], kind: 'domain', subject: walletId, data: { monitorId, walletId, userId, ...what } },
    audited({
      actorId: actor.userId,
      action: fact === 'set' ? 'wallet.set_balance_monitor' : 'wallet.remove_balance_monitor',
      resourceType: 'Wallet',
      resourceId: walletId,
      outcome: 'SUCCEEDED',
      subjectUserId: wallet.ownerId,
      details: { monitorId, ...what },
      requestId: actor.requestId,
    }),
  ];
}

/** A threshold was crossed. Live for the member who set it, and for nobody else. */
export function thresholdCrossed(alert: BalanceAlert, origin: RequestOrigin): NewEvent {
  const { id: alertId, monitorId, walletId, userId, asset, balance, condition, units, balanceUnits, cause, raisedAt } = alert;
  return {
    type: monitorEventTypes.crossed,
    kind: 'domain',
    subject: walletId,
    feeds: [userFeed(userId)],
    data: {
      alertId,
      monitorId,
      walletId,
      userId,
      asset,
      balance,
      condition,
      units: units.toString(),
      balanceUnits: balanceUnits.toString(),
      causeType: cause.type,
      cause: cause.id,
      raisedAt: raisedAt.toISOString(),
    },
    ...originOf(origin),
  };
}
