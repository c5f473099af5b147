// Adds up what users move while a batch is being screened, so that each transaction of a batch sees the ones before it. No I/O.
import type { Flow } from './rule.rules.ts';
import type { Usage } from './screening.rules.ts';
import type { UsageRow } from './usage.repository.ts';

export interface UsageTally {
  /** A user's usage so far, this batch included. */
  of(userId: string, flow: Flow): readonly Usage[];
  add(movement: UsageRow): void;
  /** The rows that differ from what was read. */
  changed(): readonly UsageRow[];
}

export function createUsageTally(rows: readonly UsageRow[]): UsageTally {
  const byUser = new Map<string, Map<string, UsageRow>>();
  const changed = new Map<string, UsageRow>();
  const bucketsOf = (userId: string, flow: Flow) => {
    const key = `${userId}|${flow}`;
    const buckets = byUser.get(key) ?? new Map<string, UsageRow>();
    byUser.set(key, buckets);
    return buckets;
  };
  const bucketKey = ({ asset, minute }: UsageRow) => `${asset}|${minute}`;
  for (const row of rows) bucketsOf(row.userId, row.flow).set(bucketKey(row), row);

  return {
    of: (userId, flow) => [...bucketsOf(userId, flow).values()],
    add(movement) {
      const buckets = bucketsOf(movement.userId, movement.flow);
      const key = bucketKey(movement);
      const before = buckets.get(key);
      const units = (before?.units ?? 0n) + movement.units;
      if (units < 0n) throw new Error(`More is given back to ${movement.userId} than was counted in minute ${movement.minute}.`);
      const after = { ...movement, units, transactions: (before?.transactions ?? 0) + movement.transactions };
      buckets.set(key, after);
      changed.set(`${movement.userId}|${movement.flow}|${key}`, after);
    },
    changed: () => [...changed.values()],
  };
}
