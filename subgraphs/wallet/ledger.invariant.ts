// What the passes of the ledger check share: the invariants by name, how a breach is said, and reading page by page.

export const pageSize = 1_000;

export type LedgerInvariant =
  | 'ENTRY_CHAIN'
  | 'ACCOUNT_BALANCE'
  | 'OVERDRAFT'
  | 'POSTING_BALANCE'
  | 'ASSET_BALANCE'
  | 'HOLD_RESOLUTION'
  | 'HOLD_RESERVATION'
  | 'ANSWER'
  | 'REVERSAL'
  | 'EXCHANGE'
  | 'MONITOR'
  | 'EVENT';

export interface LedgerReport {
  readonly isSound: boolean;
  readonly accounts: number;
  readonly entries: number;
  readonly postings: number;
  readonly holds: number;
  /** The first row found that breaks an invariant; null when none does. */
  readonly offender: { readonly invariant: LedgerInvariant; readonly id: string; readonly problem: string } | null;
}

/** Found by a pass of the check: the first row that breaks an invariant. */
export class Violation extends Error {
  readonly offender: NonNullable<LedgerReport['offender']>;
  constructor(invariant: LedgerInvariant, id: string, problem: string) {
    super(problem);
    this.offender = { invariant, id, problem };
  }
}

/** @throws {Violation} */
export function demand(isTrue: boolean, invariant: LedgerInvariant, id: string, problem: () => string): void {
  if (!isTrue) throw new Violation(invariant, id, problem());
}

/** Counts and sums that the passes hand on to each other. */
export interface Tally {
  accounts: number;
  entries: number;
  postings: number;
  holds: number;
  readonly assets: Map<string, { debits: bigint; credits: bigint; debitsPending: bigint; creditsPending: bigint }>;
}

/** All rows of a query that is ordered by its key, page by page. */
export async function* pages<Row>(readPage: (after: Row | null) => Promise<Row[]>): AsyncGenerator<Row[]> {
  for (let after: Row | null = null; ; ) {
    const rows = await readPage(after);
    if (rows.length > 0) yield rows;
    if (rows.length < pageSize) return;
    after = rows.at(-1) ?? null;
  }
}
