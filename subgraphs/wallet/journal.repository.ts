// Writes the journal of a batch in set-based SQL that runs on both engines: one statement per table, whatever the number of rows.
import { sqltag as sql } from '@prisma/client/runtime/client';
import { violatedTable } from '../../platform/database/database.errors.ts';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { insertRows, type Row } from '../../platform/database/insert-rows.ts';
import { type ColumnType, rowset } from '../../platform/database/rowset.ts';
import { accountKey, type LedgerAccount } from './account.rules.ts';
import type { BookHold, Journal } from './ledger.book.ts';

/**
 * True when a batch failed because another replica opened the same account or took the same key first: it must be redone from fresh reads.
 * Everything else that is unique has its id from here, or follows from the key.
 */
export function isLostRace(error: unknown): boolean {
  const table = violatedTable(error);
  return table === 'account' || table === 'ledger_request';
}

const accountColumns = {
  id: 'text',
  holder_type: 'text',
  holder_id: 'text',
  asset: 'text',
  debits_posted: 'numeric',
  credits_posted: 'numeric',
  debits_pending: 'numeric',
  credits_pending: 'numeric',
  version: 'bigint',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
} as const satisfies Record<string, ColumnType>;

const requestColumns = {
  key: 'text',
  fingerprint: 'text',
  outcome: 'text',
  result_id: 'text',
  refusal: 'text',
  created_at: 'timestamptz',
} as const;
const postingColumns = {
  id: 'text',
  kind: 'text',
  transaction_id: 'text',
  hold_id: 'text',
  memo: 'text',
  created_at: 'timestamptz',
} as const;
const entryColumns = {
  id: 'text',
  posting_id: 'text',
  leg: 'integer',
  account_id: 'text',
  wallet_id: 'text',
  direction: 'text',
  units: 'numeric',
  version: 'bigint',
  balance_after: 'numeric',
  created_at: 'timestamptz',
} as const;
const holdColumns = {
  id: 'text',
  account_id: 'text',
  wallet_id: 'text',
  asset: 'text',
  units: 'numeric',
  status: 'text',
  captured_units: 'numeric',
  destination_wallet_id: 'text',
  memo: 'text',
  placed_by: 'text',
  expires_at: 'timestamptz',
  created_at: 'timestamptz',
  resolved_at: 'timestamptz',
} as const;

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
  await insertRows(tx, 'account', accountColumns, opened.map(accountRow));
  await insertRows(
    tx,
    'ledger_request',
    requestColumns,
    answers.map((answer) => ({ ...answer, result_id: answer.resultId, created_at: now })),
  );
  await updateAccounts(
    tx,
    touched.filter(({ isNew }) => !isNew),
  );
  await insertRows(
    tx,
    'posting',
    postingColumns,
    journal.postings.map((row) => ({
      ...row,
      transaction_id: row.transactionId,
      hold_id: row.holdId,
      created_at: row.createdAt,
    })),
  );
  await insertRows(
    tx,
    'entry',
    entryColumns,
    journal.entries.map((row) => ({
      ...row,
      posting_id: row.postingId,
      account_id: row.accountId,
      wallet_id: row.walletId,
      balance_after: row.balanceAfter,
      created_at: row.createdAt,
    })),
  );
  await insertRows(tx, 'hold', holdColumns, [...journal.placedHolds].map(holdRow));
  await updateHolds(tx, [...journal.resolvedHolds]);
}

function accountRow(account: LedgerAccount): Row<typeof accountColumns> {
  return {
    id: account.id,
    holder_type: account.holder.type,
    holder_id: account.holder.id,
    asset: account.asset,
    debits_posted: account.debitsPosted,
    credits_posted: account.creditsPosted,
    debits_pending: account.debitsPending,
    credits_pending: account.creditsPending,
    version: account.version,
    created_at: account.updatedAt,
    updated_at: account.updatedAt,
  };
}

function holdRow(hold: BookHold): Row<typeof holdColumns> {
  return {
    id: hold.id,
    account_id: hold.accountId,
    wallet_id: hold.walletId,
    asset: hold.asset,
    units: hold.units,
    status: hold.status,
    captured_units: hold.capturedUnits,
    destination_wallet_id: hold.destinationWalletId,
    memo: hold.memo,
    placed_by: hold.placedBy,
    expires_at: hold.expiresAt,
    created_at: hold.createdAt,
    resolved_at: hold.resolvedAt,
  };
}

// Absolute values: they were computed under the rows' locks.
async function updateAccounts(tx: DatabaseTransaction, accounts: readonly LedgerAccount[]): Promise<void> {
  if (accounts.length === 0) return;
  await tx.later(
    tx.client.$executeRaw(sql`UPDATE account SET debits_posted = r.debits_posted, credits_posted = r.credits_posted, debits_pending = r.debits_pending,
          credits_pending = r.credits_pending, version = r.version, updated_at = r.updated_at
        FROM ${rowset(tx.provider, accountColumns, accounts.map(accountRow))} WHERE account.id = r.id`),
  );
}

async function updateHolds(tx: DatabaseTransaction, holds: readonly BookHold[]): Promise<void> {
  if (holds.length === 0) return;
  await tx.later(
    tx.client.$executeRaw(sql`UPDATE hold SET status = r.status, captured_units = r.captured_units, destination_wallet_id = r.destination_wallet_id, resolved_at = r.resolved_at
        FROM ${rowset(tx.provider, holdColumns, holds.map(holdRow))} WHERE hold.id = r.id`),
  );
}
