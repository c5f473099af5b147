// Proves the ledger sound, or names the first row that breaks it. Reads everything in one snapshot, page by page, and writes nothing.
import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { Database, DatabaseTransaction } from '../../platform/database/database.ts';
import { rowset } from '../../platform/database/rowset.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { type HolderType, mayOverdraw } from './account.rules.ts';
import { checkExchanges } from './exchange.check.ts';
import { checkHolds } from './hold.check.ts';
import { demand, type LedgerReport, pageSize, pages, type Tally, Violation } from './ledger.invariant.ts';
import { checkManualPostings } from './manual-posting.check.ts';
import { checkMonitors } from './monitor.check.ts';
import { checkReversals, checkTellings } from './posting.check.ts';

/** A ledger of ten million entries takes about ten minutes; beyond that the check belongs on a replica of the database. */
const checkTimeoutMs = 30 * 60_000;

/**
 * Verifies per asset that debits equal credits, pending included; that every balance is the sum of its entries, with versions 1 to n and an
 * unbroken chain of balances; that neither a wallet nor the house's liquidity is overdrawn; that holds resolve once and reserve what they should; that answers have their effects;
 * that reversals mirror one posting once; that exchanges moved what their quotes say, at their rates; that every posting of a transaction was told of, and audited once;
 * that every posting made by hand was asked for, and told of;
 * that balance monitors agree with the balances.
 */
export async function checkLedger(database: Database<PrismaClient>): Promise<LedgerReport> {
  return database.transaction(
    async (tx) => {
      if (tx.provider === 'postgresql') await tx.client.$executeRaw`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`;
      const tally: Tally = { accounts: 0, entries: 0, postings: 0, holds: 0, assets: new Map() };
      let offender: LedgerReport['offender'] = null;
      try {
        await checkAccounts(tx, tally);
        await checkPostings(tx, tally);
        await checkHolds(tx, tally);
        checkAssets(tally);
        await checkAnswers(tx);
        await checkReversals(tx);
        await checkTellings(tx);
        await checkExchanges(tx);
        await checkManualPostings(tx);
        await checkMonitors(tx);
      } catch (error) {
        if (!(error instanceof Violation)) throw error;
        offender = error.offender;
      }
      const { accounts, entries, postings, holds } = tally;
      return { isSound: offender === null, accounts, entries, postings, holds, offender };
    },
    { timeoutMs: checkTimeoutMs },
  );
}

interface AccountRow {
  id: string;
  holder_type: HolderType;
  holder_id: string;
  asset: string;
  debits_posted: string;
  credits_posted: string;
  debits_pending: string;
  credits_pending: string;
  version: bigint | number;
  overdraft_units: string;
}

interface EntryRow {
  id: string;
  posting_id: string;
  leg: number | bigint;
  account_id: string;
  asset: string;
  wallet_id: string | null;
  direction: string;
  units: string;
  version: bigint | number;
  balance_after: string;
}

const entrySelect = sql`SELECT e.id, e.posting_id, e.leg, e.account_id, a.asset, e.wallet_id, e.direction, e.version,
  CAST(e.units AS TEXT) AS units, CAST(e.balance_after AS TEXT) AS balance_after FROM entry e JOIN account a ON a.id = e.account_id`;

function idSet(tx: DatabaseTransaction, rows: readonly { id: string }[]): Sql {
  return rowset(
    tx.provider,
    { id: 'text' },
    rows.map(({ id }) => ({ id })),
  );
}

async function checkAccounts(tx: DatabaseTransaction, tally: Tally): Promise<void> {
  const accountPages = pages<AccountRow>((after) =>
    tx.client.$queryRaw(sql`SELECT id, holder_type, holder_id, asset, version, CAST(debits_posted AS TEXT) AS debits_posted,
      CAST(credits_posted AS TEXT) AS credits_posted, CAST(debits_pending AS TEXT) AS debits_pending, CAST(credits_pending AS TEXT) AS credits_pending,
      CAST(overdraft_units AS TEXT) AS overdraft_units FROM account WHERE id > ${after?.id ?? ''} ORDER BY id LIMIT ${pageSize}`),
  );
  for await (const accounts of accountPages) {
    const books = new Map(accounts.map((account) => [account.id, { account, debits: 0n, credits: 0n, version: 0 }]));
    const entryPages = pages<EntryRow>((after) =>
      tx.client.$queryRaw(sql`${entrySelect} JOIN ${idSet(tx, accounts)} ON r.id = e.account_id
        WHERE (e.account_id, e.version) > (${after?.account_id ?? ''}, ${after?.version ?? 0}) ORDER BY e.account_id, e.version LIMIT ${pageSize}`),
    );
    for await (const entries of entryPages) {
      for (const entry of entries) {
        const book = books.get(entry.account_id);
        if (book !== undefined) checkEntry(entry, book);
      }
      tally.entries += entries.length;
    }
    for (const book of books.values()) checkAccount(book, tally);
    tally.accounts += accounts.length;
  }
}

interface AccountBook {
  readonly account: AccountRow;
  debits: bigint;
  credits: bigint;
  version: number;
}

function checkEntry(entry: EntryRow, book: AccountBook): void {
  const { account } = book;
  book.version += 1;
  demand(
    Number(entry.version) === book.version,
    'ENTRY_CHAIN',
    entry.id,
    () => `has version ${entry.version} where ${book.version} follows on account ${account.id}`,
  );
  const units = unitsFromRow(entry.units);
  demand(units > 0n, 'ENTRY_CHAIN', entry.id, () => `moves ${units} units`);
  demand(['DEBIT', 'CREDIT'].includes(entry.direction), 'ENTRY_CHAIN', entry.id, () => `has the direction ${entry.direction}`);
  if (entry.direction === 'DEBIT') book.debits += units;
  else book.credits += units;
  const balance = book.credits - book.debits;
  demand(
    unitsFromRow(entry.balance_after) === balance,
    'ENTRY_CHAIN',
    entry.id,
    () => `says ${entry.balance_after} is left where its chain gives ${balance}`,
  );
  const walletId = account.holder_type === 'WALLET' ? account.holder_id : null;
  demand(
    entry.wallet_id === walletId,
    'ENTRY_CHAIN',
    entry.id,
    () => `names the wallet ${entry.wallet_id} on an account of ${walletId}`,
  );
}

function checkAccount({ account, debits, credits, version }: AccountBook, tally: Tally): void {
  const posted = { debits: unitsFromRow(account.debits_posted), credits: unitsFromRow(account.credits_posted) };
  const pending = { debits: unitsFromRow(account.debits_pending), credits: unitsFromRow(account.credits_pending) };
  demand(
    Number(account.version) === version,
    'ACCOUNT_BALANCE',
    account.id,
    () => `counts ${account.version} entries and has ${version}`,
  );
  demand(
    posted.debits === debits,
    'ACCOUNT_BALANCE',
    account.id,
    () => `counts ${posted.debits} debited where its entries give ${debits}`,
  );
  demand(
    posted.credits === credits,
    'ACCOUNT_BALANCE',
    account.id,
    () => `counts ${posted.credits} credited where its entries give ${credits}`,
  );
  const available = credits - debits - pending.debits;
  const granted = unitsFromRow(account.overdraft_units);
  demand(
    mayOverdraw({ holder: { type: account.holder_type, id: account.holder_id } }) || available + granted >= 0n,
    'OVERDRAFT',
    account.id,
    () => `has ${available} available, with an overdraft of ${granted}`,
  );
  const sums = tally.assets.get(account.asset) ?? { debits: 0n, credits: 0n, debitsPending: 0n, creditsPending: 0n };
  sums.debits += debits;
  sums.credits += credits;
  sums.debitsPending += pending.debits;
  sums.creditsPending += pending.credits;
  tally.assets.set(account.asset, sums);
}

function checkAssets(tally: Tally): void {
  for (const [asset, { debits, credits, debitsPending, creditsPending }] of tally.assets) {
    demand(debits === credits, 'ASSET_BALANCE', asset, () => `has ${debits} debited and ${credits} credited`);
    demand(
      debitsPending === creditsPending,
      'ASSET_BALANCE',
      asset,
      () => `has ${debitsPending} pending debits and ${creditsPending} pending credits`,
    );
  }
}

async function checkPostings(tx: DatabaseTransaction, tally: Tally): Promise<void> {
  const postingPages = pages<{ id: string }>((after) =>
    tx.client.$queryRaw(sql`SELECT id FROM posting WHERE id > ${after?.id ?? ''} ORDER BY id LIMIT ${pageSize}`),
  );
  for await (const postings of postingPages) {
    const entries = await tx.client.$queryRaw<EntryRow[]>(sql`${entrySelect} JOIN ${idSet(tx, postings)} ON r.id = e.posting_id`);
    const byLeg = new Map<string, EntryRow[]>();
    for (const entry of entries) {
      const leg = `${entry.posting_id}/${entry.leg}`;
      byLeg.set(leg, [...(byLeg.get(leg) ?? []), entry]);
    }
    const legged = new Set(entries.map((entry) => entry.posting_id));
    for (const { id } of postings) demand(legged.has(id), 'POSTING_BALANCE', id, () => 'has no entries');
    for (const [leg, sides] of byLeg) checkLeg(leg, sides);
    tally.postings += postings.length;
  }
}

function checkLeg(leg: string, sides: readonly EntryRow[]): void {
  const debit = sides.find(({ direction }) => direction === 'DEBIT');
  const credit = sides.find(({ direction }) => direction === 'CREDIT');
  const id = debit?.posting_id ?? credit?.posting_id ?? leg;
  const isPair = sides.length === 2 && debit !== undefined && credit !== undefined;
  demand(isPair, 'POSTING_BALANCE', id, () => `has a leg of ${sides.length} entries that are not one debit and one credit`);
  const isEqual = debit?.asset === credit?.asset && debit?.units === credit?.units && debit?.account_id !== credit?.account_id;
  demand(
    isEqual,
    'POSTING_BALANCE',
    id,
    () => `debits ${debit?.units} ${debit?.asset} and credits ${credit?.units} ${credit?.asset}`,
  );
}

/** Accepted transactions have their posting, refused ones have none, and every posting of a transaction was answered for. */
async function checkAnswers(tx: DatabaseTransaction): Promise<void> {
  const [unanswered] = await tx.client.$queryRaw<{ id: string }[]>(
    sql`SELECT p.id FROM posting p LEFT JOIN ledger_request q ON q.key = 'transaction:' || p.transaction_id
        WHERE p.transaction_id IS NOT NULL AND (q.key IS NULL OR q.outcome <> 'ACCEPTED' OR q.result_id <> p.id) LIMIT 1`,
  );
  demand(unanswered === undefined, 'ANSWER', unanswered?.id ?? '', () => 'is a posting that no request was told of');
  const [broken] = await tx.client.$queryRaw<{ key: string }[]>(
    sql`SELECT q.key FROM ledger_request q LEFT JOIN posting p ON p.id = q.result_id LEFT JOIN hold h ON h.id = q.result_id
          LEFT JOIN manual_batch b ON b.id = q.result_id
        WHERE q.outcome = 'ACCEPTED' AND p.id IS NULL AND h.id IS NULL AND b.id IS NULL LIMIT 1`,
  );
  demand(broken === undefined, 'ANSWER', broken?.key ?? '', () => 'was accepted and has no effect');
}
