// Takes decisions back: what a book was before linked requests, or a dry run, and how it becomes that again. Pure.
import type { LedgerAccount } from './account.rules.ts';
import type { BookHold } from './ledger.book.ts';
import type { Journal } from './ledger.journal.ts';
import type { SpendingLimit } from './limit.rules.ts';
import type { BalanceMonitor } from './monitor.rules.ts';

/** Everything of a book that decisions change. */
export interface BookState {
  readonly journal: Journal;
  readonly accounts: Map<string, LedgerAccount>;
  readonly holds: Map<string, BookHold>;
  readonly answers: Map<string, unknown>;
  readonly reversed: Set<string>;
  readonly usedQuotes: Set<string>;
  readonly limits: Map<string, SpendingLimit>;
  readonly monitors: Map<string, BalanceMonitor>;
}

/** Remembers the state as it is now; the function that it gives brings it back. Costs as much as the book is large. */
export function savepoint(state: BookState): () => void {
  const { journal } = state;
  const accounts = copyOf(state.accounts);
  const holds = copyOf(state.holds);
  const limits = copyOf(state.limits);
  const monitors = copyOf(state.monitors);
  const answers = new Map(state.answers);
  const lists = [
    journal.postings,
    journal.entries,
    journal.answers,
    journal.events,
    journal.charges,
    journal.manualBatches,
    journal.alerts,
  ];
  const lengths = lists.map((list) => list.length);
  const sets: Set<unknown>[] = [
    journal.touchedLimits,
    journal.touchedMonitors,
    journal.touchedAccounts,
    journal.placedHolds,
    journal.resolvedHolds,
    state.reversed,
    state.usedQuotes,
  ];
  const members = sets.map((set) => [...set]);
  return () => {
    restore(state.accounts, accounts);
    restore(state.holds, holds);
    restore(state.limits, limits);
    restore(state.monitors, monitors);
    state.answers.clear();
    for (const [key, answer] of answers) state.answers.set(key, answer);
    lists.forEach((list, index) => {
      list.length = lengths[index] ?? 0;
    });
    sets.forEach((set, index) => {
      set.clear();
      for (const member of members[index] ?? []) set.add(member);
    });
  };
}

function copyOf<Value extends object>(items: ReadonlyMap<string, Value>): Map<string, readonly [item: Value, before: Value]> {
  return new Map([...items].map(([key, item]) => [key, [item, { ...item }]]));
}

/** The same objects as before, with what they held before: others hold on to them. */
function restore<Value extends object>(
  items: Map<string, Value>,
  before: ReadonlyMap<string, readonly [item: Value, before: Value]>,
): void {
  items.clear();
  for (const [key, [item, copy]] of before) items.set(key, Object.assign(item, copy));
}
