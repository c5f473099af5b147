// Balance monitors and alerts as the graph shows them.
import { toMoneyType } from '../../platform/money/money.types.ts';
import type { BalanceAlert as Alert, BalanceMonitor as Monitor } from './monitor.rules.ts';
import { type BalanceAlert, BalanceConditionEnum, type BalanceMonitor, WatchedBalanceEnum } from './monitor.types.ts';
import { BalanceCauseKindEnum } from './wallet.types.ts';

export function toBalanceMonitor({
  id,
  asset,
  balance,
  condition,
  units,
  rearmUnits,
  state,
  crossedAt,
}: Monitor): BalanceMonitor {
  return {
    id,
    balance: WatchedBalanceEnum[balance],
    condition: BalanceConditionEnum[condition],
    threshold: toMoneyType({ units, asset }),
    rearmAt: toMoneyType({ units: rearmUnits, asset }),
    isCrossed: state === 'CROSSED',
    lastCrossedAt: crossedAt,
  };
}

export function toBalanceAlert({
  id,
  monitorId,
  asset,
  balance,
  condition,
  units,
  balanceUnits,
  cause,
  raisedAt,
}: Alert): BalanceAlert {
  return {
    id,
    monitorId,
    balance: WatchedBalanceEnum[balance],
    condition: BalanceConditionEnum[condition],
    threshold: toMoneyType({ units, asset }),
    amount: toMoneyType({ units: balanceUnits, asset }),
    raisedAt,
    causeKind: BalanceCauseKindEnum[cause.type],
    causeId: cause.id,
  };
}
