// Loads the book of a batch under lock and writes its journal, in set-based SQL that runs on both engines.
// The order of locks is the same in every batch and replica: wallets, external accounts, accounts, each by id.
import { empty, type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { type ColumnType, columnsOf, rowset } from '../../platform/database/rowset.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { type AccountHolder, accountKey, type HolderType, holdsHolder, type LedgerAccount } from './account.rules.ts';
import { holdFromRow } from './hold.repository.ts';
import type {
  BookExternalAccount,
  BookHold,
  BookWallet,
  Journal,
  LoadedBook,
  StoredAnswer,
  WalletStatus,
} from './ledger.book.ts';
import type { LedgerCommand, LedgerRequest } from './ledger.commands.ts';

export type WalletTransaction = DatabaseTransaction<PrismaClient>;

/** Another replica opened the same account or took the same key first: the batch must be redone from fresh reads. */
export class BatchRaced extends Error {
  constructor(table: string) {
    super(`Another writer was first in ${table}.`);
    this.name = 'BatchRaced';
  }
}

interface Needs {
  readonly walletIds: Set<string>;
  readonly externalAccountIds: Set<string>;
  readonly accounts: Map<string, { holder: AccountHolder; asset: string }>;
}

/** Reads and locks everything that the requests touch. */
export async function loadBook(tx: WalletTransaction, requests: readonly LedgerRequest[]): Promise<LoadedBook> {
  const commands = requests.map(({ command }) => command);
  const holdIds = [...new Set(commands.flatMap((command) => ('holdId' in command ? [command.holdId] : [])))];
  const needs = needsOf(commands, await readHolds(tx, holdIds));
  const wallets = await lockWallets(tx, [...needs.walletIds]);
  const externalAccounts = await lockExternalAccounts(tx, [...needs.externalAccountIds]);
  const accounts = await lockAccounts(tx, [...needs.accounts.values()]);
  // Holds change only under their account's lock, and answers are written with their effect: both are read once the locks are held.
  const holds = await readHolds(tx, holdIds);
  const answers = await readAnswers(tx, [...new Set(requests.map(({ key }) => key))]);
  return { wallets, externalAccounts, accounts, holds, answers };
}

function needsOf(commands: readonly LedgerCommand[], holds: readonly BookHold[]): Needs {
  const holdsById = new Map(holds.map((hold) => [hold.id, hold]));
  const needs: Needs = { walletIds: new Set(), externalAccountIds: new Set(), accounts: new Map() };
  const need = (holder: AccountHolder, asset: string) => {
    if (holder.type === 'WALLET') needs.walletIds.add(holder.id);
    if (holder.type === 'EXTERNAL_ACCOUNT') needs.externalAccountIds.add(holder.id);
    needs.accounts.set(accountKey(holder, asset), { holder, asset });
  };
  for (const command of commands) {
    if (command.type === 'POST_TRANSACTION') {
      need(command.source, command.asset);
      need(command.destination, command.asset);
    } else if (command.type === 'PLACE_HOLD') {
      need({ type: 'WALLET', id: command.walletId }, command.asset);
      need(holdsHolder, command.asset);
    } else {
      const hold = holdsById.get(command.holdId);
      if (hold === undefined) continue;
      need({ type: 'WALLET', id: hold.walletId }, hold.asset);
      need(holdsHolder, hold.asset);
      if (command.type === 'CAPTURE_HOLD') need({ type: 'WALLET', id: command.destinationWalletId }, hold.asset);
    }
  }
  return needs;
}

/** SQLite has one writer at a time and needs no row locks. */
function lock(tx: WalletTransaction, clause: Sql): Sql {
  return tx.provider === 'postgresql' ? clause : empty;
}

function idSet(tx: WalletTransaction, ids: readonly string[]): Sql {
  return rowset(
    tx.provider,
    { id: 'text' },
    ids.map((id) => ({ id })),
  );
}

// Shared, so that freezing waits for the batch and the batch for freezing, but batches not for each other.
async function lockWallets(tx: WalletTransaction, ids: readonly string[]): Promise<BookWallet[]> {
  if (ids.length === 0) return [];
  const rows = await tx.client.$queryRaw<{ id: string; owner_id: string; status: WalletStatus }[]>(
    sql`SELECT w.id, w.owner_id, w.status FROM wallet w JOIN ${idSet(tx, ids)} ON w.id = r.id ORDER BY w.id ${lock(tx, sql`FOR SHARE OF w`)}`,
  );
  return rows.map((row) => ({ id: row.id, ownerId: row.owner_id, status: row.status }));
}

async function lockExternalAccounts(tx: WalletTransaction, ids: readonly string[]): Promise<BookExternalAccount[]> {
  if (ids.length === 0) return [];
  const rows = await tx.client.$queryRaw<{ id: string; owner_id: string; asset: string; removed_at: Date | string | null }[]>(
    sql`SELECT e.id, e.owner_id, e.asset, e.removed_at FROM external_account e JOIN ${idSet(tx, ids)} ON e.id = r.id
        ORDER BY e.id ${lock(tx, sql`FOR SHARE OF e`)}`,
  );
  return rows.map((row) => ({ id: row.id, ownerId: row.owner_id, asset: row.asset, isRemoved: row.removed_at !== null }));
}

interface AccountSqlRow {
  id: string;
  holder_type: HolderType;
  holder_id: string;
  asset: string;
  debits_posted: string;
  credits_posted: string;
  debits_pending: string;
  credits_pending: string;
  version: bigint | number;
  updated_at: Date | string;
}

async function lockAccounts(
  tx: WalletTransaction,
  keys: readonly { holder: AccountHolder; asset: string }[],
): Promise<LedgerAccount[]> {
  if (keys.length === 0) return [];
  const wanted = rowset(
    tx.provider,
    { holder_type: 'text', holder_id: 'text', asset: 'text' },
    keys.map(({ holder, asset }) => ({ holder_type: holder.type, holder_id: holder.id, asset })),
  );
  const rows = await tx.client.$queryRaw<AccountSqlRow[]>(
    sql`SELECT a.id, a.holder_type, a.holder_id, a.asset, a.version, a.updated_at,
          CAST(a.debits_posted AS TEXT) AS debits_posted, CAST(a.credits_posted AS TEXT) AS credits_posted,
          CAST(a.debits_pending AS TEXT) AS debits_pending, CAST(a.credits_pending AS TEXT) AS credits_pending
        FROM account a JOIN ${wanted} ON a.holder_type = r.holder_type AND a.holder_id = r.holder_id AND a.asset = r.asset
        ORDER BY a.id ${lock(tx, sql`FOR UPDATE OF a`)}`,
  );
  return rows.map((row) => ({
    id: row.id,
    holder: { type: row.holder_type, id: row.holder_id },
    asset: row.asset,
    debitsPosted: unitsFromRow(row.debits_posted),
    creditsPosted: unitsFromRow(row.credits_posted),
    debitsPending: unitsFromRow(row.debits_pending),
    creditsPending: unitsFromRow(row.credits_pending),
    version: Number(row.version),
    updatedAt: new Date(row.updated_at),
    isNew: false,
  }));
}

async function readHolds(tx: WalletTransaction, ids: readonly string[]): Promise<BookHold[]> {
  if (ids.length === 0) return [];
  const rows = await tx.client.hold.findMany({ where: { id: { in: [...ids] } } });
  return rows.map(holdFromRow);
}

async function readAnswers(tx: WalletTransaction, keys: readonly string[]): Promise<StoredAnswer[]> {
  return tx.client.$queryRaw<StoredAnswer[]>(
    sql`SELECT q.key AS "key", q.fingerprint AS "fingerprint", q.outcome AS "outcome", q.result_id AS "resultId", q.refusal AS "refusal"
        FROM ledger_request q JOIN ${rowset(
          tx.provider,
          { key: 'text' },
          keys.map((key) => ({ key })),
        )} ON q.key = r.key`,
  );
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
 * Writes what a batch decided. Its events are the caller's to append, in the same transaction.
 * @throws {BatchRaced} when another replica opened one of the accounts or took one of the keys meanwhile.
 */
export async function saveJournal(tx: WalletTransaction, journal: Journal, now: Date): Promise<void> {
  const touched = [...journal.touchedAccounts].sort((a, b) => (a.id < b.id ? -1 : 1));
  const opened = touched
    .filter(({ isNew }) => isNew)
    .sort((a, b) => (accountKey(a.holder, a.asset) < accountKey(b.holder, b.asset) ? -1 : 1));
  const answers = [...journal.answers].sort((a, b) => (a.key < b.key ? -1 : 1));
  await insertOrRace(tx, 'account', accountColumns, opened.map(accountRow));
  await insertOrRace(
    tx,
    'ledger_request',
    requestColumns,
    answers.map((answer) => ({ ...answer, result_id: answer.resultId, created_at: now })),
  );
  await updateAccounts(
    tx,
    touched.filter(({ isNew }) => !isNew),
  );
  await insert(
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
  await insert(
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
  await insert(tx, 'hold', holdColumns, [...journal.placedHolds].map(holdRow));
  await updateHolds(tx, [...journal.resolvedHolds]);
}

type Row<Columns extends Record<string, ColumnType>> = Readonly<
  Record<keyof Columns & string, string | number | bigint | Date | null>
>;

async function insert<Columns extends Record<string, ColumnType>>(
  tx: WalletTransaction,
  table: string,
  columns: Columns,
  rows: readonly Row<Columns>[],
  onConflict: Sql = empty,
): Promise<number> {
  if (rows.length === 0) return 0;
  // WHERE true keeps SQLite from reading ON CONFLICT as a join's ON.
  return tx.client.$executeRaw(
    sql`INSERT INTO ${columnsOf({ [table]: 'text' })} (${columnsOf(columns)})
        SELECT ${columnsOf(columns, 'r.')} FROM ${rowset(tx.provider, columns, rows)} WHERE true ${onConflict}`,
  );
}

async function insertOrRace<Columns extends Record<string, ColumnType>>(
  tx: WalletTransaction,
  table: string,
  columns: Columns,
  rows: readonly Row<Columns>[],
): Promise<void> {
  if ((await insert(tx, table, columns, rows, sql`ON CONFLICT DO NOTHING`)) < rows.length) throw new BatchRaced(table);
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
async function updateAccounts(tx: WalletTransaction, accounts: readonly LedgerAccount[]): Promise<void> {
  if (accounts.length === 0) return;
  await tx.client.$executeRaw(
    sql`UPDATE account SET debits_posted = r.debits_posted, credits_posted = r.credits_posted, debits_pending = r.debits_pending,
          credits_pending = r.credits_pending, version = r.version, updated_at = r.updated_at
        FROM ${rowset(tx.provider, accountColumns, accounts.map(accountRow))} WHERE account.id = r.id`,
  );
}

async function updateHolds(tx: WalletTransaction, holds: readonly BookHold[]): Promise<void> {
  if (holds.length === 0) return;
  await tx.client.$executeRaw(
    sql`UPDATE hold SET status = r.status, captured_units = r.captured_units, destination_wallet_id = r.destination_wallet_id, resolved_at = r.resolved_at
        FROM ${rowset(tx.provider, holdColumns, holds.map(holdRow))} WHERE hold.id = r.id`,
  );
}
