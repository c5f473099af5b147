// Loads the book of a batch under lock, in set-based SQL that runs on both engines. What the batch decides is written by `journal.repository.ts`.
// The order of locks is the same in every batch and replica: wallets, external accounts, accounts, each by id.
import { empty, type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { rowset } from '../../platform/database/rowset.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { type AccountHolder, accountKey, type HolderType, holdsHolder, type LedgerAccount } from './account.rules.ts';
import { holdFromRow } from './hold.repository.ts';
import type { BookExternalAccount, BookHold, BookWallet, LoadedBook, StoredAnswer, WalletStatus } from './ledger.book.ts';
import type { LedgerCommand, LedgerRequest } from './ledger.commands.ts';

export type WalletTransaction = DatabaseTransaction<PrismaClient>;

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
  const answers = await readAnswers(tx, [...new Set(requests.flatMap(({ key }) => (key === null ? [] : [key])))]);
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
  if (keys.length === 0) return [];
  return tx.client.$queryRaw<StoredAnswer[]>(
    sql`SELECT q.key AS "key", q.fingerprint AS "fingerprint", q.outcome AS "outcome", q.result_id AS "resultId", q.refusal AS "refusal"
        FROM ledger_request q JOIN ${rowset(
          tx.provider,
          { key: 'text' },
          keys.map((key) => ({ key })),
        )} ON q.key = r.key`,
  );
}
