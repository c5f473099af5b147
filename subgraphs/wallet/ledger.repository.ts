// Loads the book of a batch under lock, in set-based SQL that runs on both engines. What the batch decides is written by `journal.repository.ts`.
// The order of locks is the same in every batch and replica: external accounts, accounts, wallets of accounts to be opened, each by id.
import { empty, type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { isAnyOf, rowset } from '../../platform/database/rowset.ts';
import { readSuspended } from '../../platform/identity/standing.repository.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import {
  type AccountHolder,
  type AccountStatus,
  accountKey,
  type HolderType,
  holdsHolder,
  type LedgerAccount,
  liquidityHolder,
  roundingHolder,
  spreadHolder,
} from './account.rules.ts';
import { type ExchangeQuote, readQuotes, readUsedQuotes } from './exchange.repository.ts';
import type { BookExternalAccount, BookHold, BookWallet, HoldStatus, LoadedBook, WalletStatus } from './ledger.book.ts';
import { type LedgerCommand, type LedgerRequest, partsOf, systemActor, transactionCommandKey } from './ledger.commands.ts';
import type { StoredAnswer } from './ledger.journal.ts';
import { isOfTransaction } from './ledger.outcome.ts';
import { readCharges, readLimits } from './limit.repository.ts';
import { readMembers } from './member.repository.ts';
import { readMonitors } from './monitor.repository.ts';
import { type ReversiblePosting, readPostings, readReversed } from './posting.repository.ts';

interface Needs {
  readonly walletIds: Set<string>;
  readonly externalAccountIds: Set<string>;
  readonly accounts: Map<string, { holder: AccountHolder; asset: string }>;
}

/** Reads and locks everything that the requests touch. */
export async function loadBook(tx: DatabaseTransaction, requests: readonly LedgerRequest[]): Promise<LoadedBook> {
  const commands = requests.flatMap(({ command }) => partsOf(command));
  const holdIds = [...new Set(commands.flatMap((command) => ('holdId' in command && command.holdId ? [command.holdId] : [])))];
  const reversible = await readPostings(tx, commands);
  const quoteIds = [...new Set(commands.flatMap((command) => (command.type === 'EXCHANGE' ? [command.quoteId] : [])))];
  const quotes = await readQuotes(tx, quoteIds);
  const needs = needsOf(commands, { holds: await readHolds(tx, holdIds), reversible, quotes });
  // Sent in one go, and carried out in this order. What is read after the locks does not change while they are held: holds change only under
  // their account's lock, wallets are frozen under the locks of all their accounts, and answers are written with their effect.
  const [externalAccounts, accounts, found, members, limits, monitors, charges, holds, answers, reversed, usedQuotes, suspended] =
    await Promise.all([
      lockExternalAccounts(tx, [...needs.externalAccountIds]),
      lockAccounts(tx, [...needs.accounts.values()]),
      readWallets(tx, [...needs.walletIds], empty),
      readMembers(tx, [...needs.walletIds]),
      readLimits(tx, [...needs.walletIds]),
      readMonitors(tx, [...needs.walletIds]),
      readCharges(tx, holdIds),
      readHolds(tx, holdIds),
      readAnswers(tx, [...new Set(requests.flatMap(keysOf))]),
      readReversed(
        tx,
        reversible.map(({ id }) => id),
      ),
      readUsedQuotes(tx, quoteIds),
      readSuspended(tx, [...new Set(requests.flatMap(personBehind))]),
    ]);
  const wallets = [...found, ...(await lockWalletsToOpenOn(tx, needs, accounts))].map((wallet) => ({
    ...wallet,
    members: members.get(wallet.id),
  }));
  const postings = reversible.map((posting) => ({ ...posting, isReversed: reversed.has(posting.id) }));
  return {
    wallets,
    externalAccounts,
    accounts,
    holds,
    answers,
    postings,
    limits,
    monitors,
    charges,
    quotes,
    usedQuotes,
    suspended,
  };
}

/** Who asks in person. What a transaction wants was asked for in its domain, by somebody who might; it goes on to its end. */
function personBehind({ command, origin }: LedgerRequest): readonly string[] {
  return isOfTransaction(command) || origin.actorId === systemActor ? [] : [origin.actorId];
}

/** A linked transaction has a key of its own beside that of the request. */
function keysOf({ key, command }: LedgerRequest): readonly string[] {
  const linked = command.type === 'LINKED' ? partsOf(command).filter(isOfTransaction).map(transactionCommandKey) : [];
  return key === null ? linked : [key, ...linked];
}

function needsOf(
  commands: readonly LedgerCommand[],
  {
    holds,
    reversible,
    quotes,
  }: { holds: readonly BookHold[]; reversible: readonly ReversiblePosting[]; quotes: readonly ExchangeQuote[] },
): Needs {
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
      for (const fee of command.fees ?? []) need({ type: 'SYSTEM', id: fee.account }, command.asset);
      if (command.holdId !== undefined) need(holdsHolder, command.asset);
    } else if (command.type === 'PLACE_HOLD' || command.type === 'RESERVE_FUNDS') {
      need({ type: 'WALLET', id: command.walletId }, command.asset);
      need(holdsHolder, command.asset);
    } else if (command.type === 'FUND_LIQUIDITY') {
      need({ type: 'EXTERNAL_ACCOUNT', id: command.externalAccountId }, command.asset);
      need(liquidityHolder, command.asset);
    } else if (command.type === 'POST_MANUALLY') {
      for (const { debit, credit, asset } of command.postings.flatMap(({ legs }) => legs)) {
        need(debit, asset);
        need(credit, asset);
      }
    } else if ('holdId' in command && command.holdId !== undefined) {
      const hold = holdsById.get(command.holdId);
      if (hold === undefined) continue;
      need({ type: 'WALLET', id: hold.walletId }, hold.asset);
      need(holdsHolder, hold.asset);
      if (command.type === 'CAPTURE_HOLD') need({ type: 'WALLET', id: command.destinationWalletId }, hold.asset);
    }
  }
  for (const { walletId, sold, bought } of quotes) {
    for (const { asset } of [sold, bought]) {
      for (const holder of [{ type: 'WALLET', id: walletId } as const, liquidityHolder, roundingHolder]) need(holder, asset);
    }
    need(spreadHolder, sold.asset);
  }
  for (const { legs } of reversible) {
    for (const { debit, credit, asset } of legs) {
      need(debit, asset);
      need(credit, asset);
    }
  }
  return needs;
}

/** SQLite has one writer at a time and needs no row locks. */
function lock(tx: DatabaseTransaction, clause: Sql): Sql {
  return tx.provider === 'postgresql' ? clause : empty;
}

/** An account that is not there yet cannot be locked, so its wallet is: shared, because batches need not wait for each other. */
async function lockWalletsToOpenOn(
  tx: DatabaseTransaction,
  needs: Needs,
  found: readonly LedgerAccount[],
): Promise<BookWallet[]> {
  const there = new Set(found.map(({ holder, asset }) => accountKey(holder, asset)));
  const missing = [...needs.accounts].filter(([key, { holder }]) => holder.type === 'WALLET' && !there.has(key));
  const ids = new Set(missing.map(([, { holder }]) => holder.id));
  return readWallets(tx, [...ids], lock(tx, sql`FOR SHARE OF w`));
}

async function readWallets(tx: DatabaseTransaction, ids: readonly string[], locking: Sql): Promise<BookWallet[]> {
  if (ids.length === 0) return [];
  const rows = await tx.client.$queryRaw<{ id: string; owner_id: string; status: WalletStatus }[]>(
    sql`SELECT w.id, w.owner_id, w.status FROM wallet w WHERE ${isAnyOf(tx.provider, 'w.id', ids)} ${locking === empty ? empty : sql`ORDER BY w.id ${locking}`}`,
  );
  return rows.map((row) => ({ id: row.id, ownerId: row.owner_id, status: row.status }));
}

async function lockExternalAccounts(tx: DatabaseTransaction, ids: readonly string[]): Promise<BookExternalAccount[]> {
  if (ids.length === 0) return [];
  const rows = await tx.client.$queryRaw<{ id: string; owner_id: string; asset: string; removed_at: Date | string | null }[]>(
    sql`SELECT e.id, e.owner_id, e.asset, e.removed_at FROM external_account e WHERE ${isAnyOf(tx.provider, 'e.id', ids)}
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
  overdraft_units: string;
  status: AccountStatus;
  version: bigint | number;
  updated_at: Date | string;
}

async function lockAccounts(
  tx: DatabaseTransaction,
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
          CAST(a.debits_pending AS TEXT) AS debits_pending, CAST(a.credits_pending AS TEXT) AS credits_pending,
          CAST(a.overdraft_units AS TEXT) AS overdraft_units, a.status
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
    overdraft: unitsFromRow(row.overdraft_units),
    status: row.status,
    version: Number(row.version),
    updatedAt: new Date(row.updated_at),
    isNew: false,
  }));
}

interface HoldSqlRow {
  id: string;
  account_id: string;
  wallet_id: string;
  asset: string;
  units: string;
  status: HoldStatus;
  captured_units: string | null;
  destination_wallet_id: string | null;
  memo: string | null;
  placed_by: string;
  transaction_id: string | null;
  expires_at: Date | string | null;
  created_at: Date | string;
  resolved_at: Date | string | null;
}

async function readHolds(tx: DatabaseTransaction, ids: readonly string[]): Promise<BookHold[]> {
  if (ids.length === 0) return [];
  const rows = await tx.client.$queryRaw<HoldSqlRow[]>(
    sql`SELECT h.id, h.account_id, h.wallet_id, h.asset, h.status, h.destination_wallet_id, h.memo, h.placed_by, h.transaction_id, h.expires_at, h.created_at,
          h.resolved_at, CAST(h.units AS TEXT) AS units, CAST(h.captured_units AS TEXT) AS captured_units
        FROM hold h WHERE ${isAnyOf(tx.provider, 'h.id', ids)}`,
  );
  const moment = (value: Date | string | null) => (value === null ? null : new Date(value));
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    walletId: row.wallet_id,
    asset: row.asset,
    units: unitsFromRow(row.units),
    status: row.status,
    capturedUnits: row.captured_units === null ? null : unitsFromRow(row.captured_units),
    destinationWalletId: row.destination_wallet_id,
    memo: row.memo,
    placedBy: row.placed_by,
    transactionId: row.transaction_id,
    expiresAt: moment(row.expires_at),
    createdAt: new Date(row.created_at),
    resolvedAt: moment(row.resolved_at),
  }));
}

async function readAnswers(tx: DatabaseTransaction, keys: readonly string[]): Promise<StoredAnswer[]> {
  if (keys.length === 0) return [];
  return tx.client.$queryRaw<StoredAnswer[]>(
    sql`SELECT q.key AS "key", q.fingerprint AS "fingerprint", q.outcome AS "outcome", q.result_id AS "resultId", q.refusal AS "refusal"
        FROM ledger_request q WHERE ${isAnyOf(tx.provider, 'q.key', keys)}`,
  );
}
