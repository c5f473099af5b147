// What a batch will write, collected while its requests are decided. No logic.
import type { NewEvent } from '../../platform/events/event.ts';
import type { LedgerAccount } from './account.rules.ts';
import type { BookHold, Direction, PostingKind } from './ledger.book.ts';
import type { SpendingJournal } from './limit.rules.ts';
import type { ManualBatch } from './manual-posting.rules.ts';
import type { MonitorJournal } from './monitor.rules.ts';

/** A remembered answer: the row of `ledger_request`. */
export interface StoredAnswer {
  readonly key: string;
  readonly fingerprint: string;
  readonly outcome: 'ACCEPTED' | 'REFUSED';
  readonly resultId: string | null;
  /** JSON {code, message, details, retryable} of a refusal. */
  readonly refusal: string | null;
}

export interface PostingRow {
  readonly id: string;
  readonly kind: PostingKind;
  readonly transactionId: string | null;
  readonly holdId: string | null;
  readonly reversalOf: string | null;
  /** The quote that it uses up. */
  readonly quoteId: string | null;
  readonly memo: string | null;
  readonly metadata: string | null;
  /** Null when it counts from when it was recorded. */
  readonly effectiveAt: Date | null;
  readonly createdAt: Date;
}

export interface EntryRow {
  readonly id: string;
  readonly postingId: string;
  readonly leg: number;
  readonly accountId: string;
  readonly walletId: string | null;
  readonly direction: Direction;
  readonly units: bigint;
  readonly version: number;
  readonly balanceAfter: bigint;
  readonly effectiveAt: Date | null;
  readonly createdAt: Date;
}

/** Everything that a batch will write. */
export interface Journal extends SpendingJournal, MonitorJournal {
  readonly touchedAccounts: Set<LedgerAccount>;
  readonly postings: PostingRow[];
  readonly entries: EntryRow[];
  readonly placedHolds: Set<BookHold>;
  readonly resolvedHolds: Set<BookHold>;
  readonly answers: StoredAnswer[];
  readonly events: NewEvent[];
  readonly manualBatches: ManualBatch[];
}

export function createJournal(): Journal {
  return {
    touchedAccounts: new Set(),
    postings: [],
    entries: [],
    placedHolds: new Set(),
    resolvedHolds: new Set(),
    answers: [],
    events: [],
    manualBatches: [],
    touchedLimits: new Set(),
    charges: [],
    touchedMonitors: new Set(),
    alerts: [],
  };
}
