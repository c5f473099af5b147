// Writes the journal of a batch in set-based SQL that runs on both engines: one statement per table, whatever the number of rows.
import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import { violatedTable } from '../../platform/database/database.errors.ts';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { type ColumnsOf, insertRows, rowsOf, typesOf } from '../../platform/database/insert-rows.ts';
import { rowset } from '../../platform/database/rowset.ts';
import { accountKey, type LedgerAccount } from './account.rules.ts';
import type { BookHold } from './ledger.book.ts';
import type { EntryRow, Journal, PostingRow, StoredAnswer } from './ledger.journal.ts';
import { saveSpending } from './limit.repository.ts';
import { manualBatchColumns } from './manual-posting.repository.ts';
import { saveMonitors } from './monitor.repository.ts';

/**
 * True when a batch failed because another replica opened the same account or took the same key first: it must be redone from fresh reads.
 * Everything else that is unique has its id from here, or follows from the key.
 */
export function isLostRace(error: unknown): boolean {
  const table = violatedTable(error);
  return table === 'account' || table === 'ledger_request';
}

/** What changes of an account, and how to find it. */
const counterColumns: ColumnsOf<LedgerAccount> = {
  id: ['text', ({ id }) => id],
  debits_posted: ['numeric', ({ debitsPosted }) => debitsPosted],
  credits_posted: ['numeric', ({ creditsPosted }) => creditsPosted],
  debits_pending: ['numeric', ({ debitsPending }) => debitsPending],
  credits_pending: ['numeric', ({ creditsPending }) => creditsPending],
  version: ['bigint', ({ version }) => version],
  updated_at: ['timestamptz', ({ updatedAt }) => updatedAt],
};

const accountColumns: ColumnsOf<LedgerAccount> = {
  ...counterColumns,
  holder_type: ['text', ({ holder }) => holder.type],
  holder_id: ['text', ({ holder }) => holder.id],
  asset: ['text', ({ asset }) => asset],
  created_at: ['timestamptz', ({ updatedAt }) => updatedAt],
};

const answerColumns = (now: Date): ColumnsOf<StoredAnswer> => ({
  key: ['text', ({ key }) => key],
  fingerprint: ['text', ({ fingerprint }) => fingerprint],
  outcome: ['text', ({ outcome }) => outcome],
  result_id: ['text', ({ resultId }) => resultId],
  refusal: ['text', ({ refusal }) => refusal],
  created_at: ['timestamptz', () => now],
});

const postingColumns: ColumnsOf<PostingRow> = {
  id: ['text', ({ id }) => id],
  kind: ['text', ({ kind }) => kind],
  transaction_id: ['text', ({ transactionId }) => transactionId],
  hold_id: ['text', ({ holdId }) => holdId],
  reversal_of: ['text', ({ reversalOf }) => reversalOf],
  quote_id: ['text', ({ quoteId }) => quoteId],
  metadata: ['text', ({ metadata }) => metadata],
  effective_at: ['timestamptz', ({ effectiveAt }) => effectiveAt],
  memo: ['text', ({ memo }) => memo],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
};

const entryColumns: ColumnsOf<EntryRow> = {
  id: ['text', ({ id }) => id],
  posting_id: ['text', ({ postingId }) => postingId],
  leg: ['integer', ({ leg }) => leg],
  account_id: ['text', ({ accountId }) => accountId],
  wallet_id: ['text', ({ walletId }) => walletId],
  direction: ['text', ({ direction }) => direction],
  units: ['numeric', ({ units }) => units],
  version: ['bigint', ({ version }) => version],
  balance_after: ['numeric', ({ balanceAfter }) => balanceAfter],
  effective_at: ['timestamptz', ({ effectiveAt }) => effectiveAt],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
};

const holdColumns: ColumnsOf<BookHold> = {
  id: ['text', ({ id }) => id],
  account_id: ['text', ({ accountId }) => accountId],
  wallet_id: ['text', ({ walletId }) => walletId],
  asset: ['text', ({ asset }) => asset],
  units: ['numeric', ({ units }) => units],
  status: ['text', ({ status }) => status],
  captured_units: ['numeric', ({ capturedUnits }) => capturedUnits],
  destination_wallet_id: ['text', ({ destinationWalletId }) => destinationWalletId],
  memo: ['text', ({ memo }) => memo],
  placed_by: ['text', ({ placedBy }) => placedBy],
  transaction_id: ['text', ({ transactionId }) => transactionId],
  expires_at: ['timestamptz', ({ expiresAt }) => expiresAt],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
  resolved_at: ['timestamptz', ({ resolvedAt }) => resolvedAt],
};

/**
 * Writes what a batch decided, one statement per table. Its events are the caller's to append, in the same transaction.
 * Accounts and keys come first, in one order: see `isLostRace`.
 */
export async function saveJournal(tx: DatabaseTransaction, journal: Journal, now: Date): Promise<void> {
  const touched = [...journal.touchedAccounts].sort((a, b) => (a.id < b.id ? -1 : 1));
  const opened = touched
    .filter(({ isNew }) => isNew)
    .sort((a, b) => (accountKey(a.holder, a.asset) < accountKey(b.holder, b.asset) ? -1 : 1));
  const answers = [...journal.answers].sort((a, b) => (a.key < b.key ? -1 : 1));
  await insertRows(tx, 'account', accountColumns, opened);
  await insertRows(tx, 'ledger_request', answerColumns(now), answers);
  await updateAccounts(
    tx,
    touched.filter(({ isNew }) => !isNew),
  );
  await insertRows(tx, 'posting', postingColumns, journal.postings);
  await insertRows(tx, 'entry', entryColumns, journal.entries);
  await insertRows(tx, 'hold', holdColumns, [...journal.placedHolds]);
  await updateHolds(tx, [...journal.resolvedHolds]);
  await saveSpending(tx, journal);
  await insertRows(tx, 'manual_batch', manualBatchColumns, journal.manualBatches);
  await saveMonitors(tx, journal);
}

// Absolute values: they were computed under the rows' locks.
async function updateAccounts(tx: DatabaseTransaction, accounts: readonly LedgerAccount[]): Promise<void> {
  if (accounts.length === 0) return;
  await tx.later(
    tx.client.$executeRaw(sql`UPDATE account SET debits_posted = r.debits_posted, credits_posted = r.credits_posted, debits_pending = r.debits_pending,
          credits_pending = r.credits_pending, version = r.version, updated_at = r.updated_at
        FROM ${rowsetOf(tx, counterColumns, accounts)} WHERE account.id = r.id`),
  );
}

async function updateHolds(tx: DatabaseTransaction, holds: readonly BookHold[]): Promise<void> {
  if (holds.length === 0) return;
  await tx.later(
    tx.client.$executeRaw(sql`UPDATE hold SET status = r.status, captured_units = r.captured_units, destination_wallet_id = r.destination_wallet_id, resolved_at = r.resolved_at
        FROM ${rowsetOf(tx, holdColumns, holds)} WHERE hold.id = r.id`),
  );
}

function rowsetOf<Item>(tx: DatabaseTransaction, columns: ColumnsOf<Item>, items: readonly Item[]): Sql {
  return rowset(tx.provider, typesOf(columns), rowsOf(columns, items));
}
