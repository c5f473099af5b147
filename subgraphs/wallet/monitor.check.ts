// The part of the ledger check that is about balance monitors: each says of its threshold what the balance says.
import { sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import { balanceOf } from './account.rules.ts';
import { demand, pageSize, pages } from './ledger.invariant.ts';
import { type BalanceCondition, isTrueTo, type MonitorState, type WatchedBalance, watchedUnits } from './monitor.rules.ts';

interface MonitorRow {
  id: string;
  balance: WatchedBalance;
  condition: BalanceCondition;
  units: string;
  rearm_units: string;
  state: MonitorState;
  /** Null where the wallet never held the asset. */
  debits_posted: string | null;
  credits_posted: string | null;
  debits_pending: string | null;
}

/** @throws {Violation} */
export async function checkMonitors(tx: DatabaseTransaction): Promise<void> {
  const monitorPages = pages<MonitorRow>((after) =>
    tx.client.$queryRaw(
      sql`SELECT m.id, m.balance, m.condition, m.state, CAST(m.units AS TEXT) AS units, CAST(m.rearm_units AS TEXT) AS rearm_units,
            CAST(a.debits_posted AS TEXT) AS debits_posted, CAST(a.credits_posted AS TEXT) AS credits_posted,
            CAST(a.debits_pending AS TEXT) AS debits_pending
          FROM balance_monitor m LEFT JOIN account a ON a.holder_type = 'WALLET' AND a.holder_id = m.wallet_id AND a.asset = m.asset
          WHERE m.id > ${after?.id ?? ''} ORDER BY m.id LIMIT ${pageSize}`,
    ),
  );
  for await (const monitors of monitorPages) {
    for (const { id, balance, condition, state, ...row } of monitors) {
      const counters = {
        debitsPosted: unitsFromRow(row.debits_posted ?? '0'),
        creditsPosted: unitsFromRow(row.credits_posted ?? '0'),
        debitsPending: unitsFromRow(row.debits_pending ?? '0'),
      };
      const present = watchedUnits({ balance }, balanceOf(counters));
      const monitor = { condition, state, units: unitsFromRow(row.units), rearmUnits: unitsFromRow(row.rearm_units) };
      demand(isTrueTo(monitor, present), 'MONITOR', id, () => `is ${state} where the balance is ${present}`);
    }
  }
}
