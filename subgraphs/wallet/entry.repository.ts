// Reads of ledger entries: a wallet's history and the entries of transactions.
import { empty, type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseProvider } from '../../platform/database/database.ts';
import { rowset } from '../../platform/database/rowset.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import type { Direction, PostingKind } from './ledger.book.ts';
import type { Client } from './wallet.repository.ts';

export interface Entry {
  readonly id: string;
  readonly accountId: string;
  readonly walletId: string | null;
  readonly asset: string;
  readonly kind: PostingKind;
  readonly direction: Direction;
  readonly units: bigint;
  readonly balanceAfter: bigint;
  readonly version: number;
  readonly transactionId: string | null;
  /** The exchange that it is part of, or takes back. */
  readonly exchangeId: string | null;
  readonly memo: string | null;
  readonly createdAt: Date;
}

/** Place of an entry in a history. Per account, time and version both only grow. */
export interface EntryKey {
  readonly createdAt: Date;
  readonly version: number;
  readonly id: string;
}

interface EntryRow {
  id: string;
  account_id: string;
  wallet_id: string | null;
  asset: string;
  kind: PostingKind;
  direction: Direction;
  units: string;
  balance_after: string;
  version: bigint | number;
  transaction_id: string | null;
  quote_id: string | null;
  memo: string | null;
  created_at: Date | string;
}

const columns = sql`e.id, e.account_id, e.wallet_id, a.asset, p.kind, e.direction, CAST(e.units AS TEXT) AS units,
  CAST(e.balance_after AS TEXT) AS balance_after, e.version, p.transaction_id, COALESCE(p.quote_id, o.quote_id) AS quote_id, p.memo, e.created_at`;
const tables = sql`entry e JOIN posting p ON p.id = e.posting_id JOIN account a ON a.id = e.account_id LEFT JOIN posting o ON o.id = p.reversal_of`;

/** A wallet's entries, newest first. */
export async function listEntries(
  client: Client,
  page: { walletId: string; asset: string | null; after: EntryKey | null; limit: number },
): Promise<Entry[]> {
  const { walletId, asset, after, limit } = page;
  const inAsset: Sql = asset === null ? empty : sql`AND a.asset = ${asset}`;
  const beyond: Sql =
    after === null ? empty : sql`AND (e.created_at, e.version, e.id) < (${after.createdAt}, ${after.version}, ${after.id})`;
  const rows = await client.$queryRaw<EntryRow[]>(
    sql`SELECT ${columns} FROM ${tables} WHERE e.wallet_id = ${walletId} ${inAsset} ${beyond}
        ORDER BY e.created_at DESC, e.version DESC, e.id DESC LIMIT ${limit}`,
  );
  return rows.map(entryFromRow);
}

/** An entry with whose account it is on. */
export interface OwnedEntry {
  readonly transactionId: string;
  readonly ownerId: string | null;
  readonly entry: Entry;
}

/** The entries of these transactions, in the order of their postings' legs. */
export async function findEntriesOfTransactions(
  client: Client,
  provider: DatabaseProvider,
  transactionIds: readonly string[],
): Promise<OwnedEntry[]> {
  const wanted = rowset(
    provider,
    { id: 'text' },
    [...new Set(transactionIds)].map((id) => ({ id })),
  );
  const rows = await client.$queryRaw<(EntryRow & { transaction_id: string; owner_id: string | null })[]>(
    sql`SELECT ${columns}, COALESCE(w.owner_id, x.owner_id) AS owner_id FROM ${tables} JOIN ${wanted} ON r.id = p.transaction_id
        LEFT JOIN wallet w ON w.id = e.wallet_id
        LEFT JOIN external_account x ON a.holder_type = 'EXTERNAL_ACCOUNT' AND x.id = a.holder_id
        ORDER BY p.transaction_id, e.leg, e.direction DESC`,
  );
  return rows.map((row) => ({ transactionId: row.transaction_id, ownerId: row.owner_id, entry: entryFromRow(row) }));
}

function entryFromRow(row: EntryRow): Entry {
  return {
    id: row.id,
    accountId: row.account_id,
    walletId: row.wallet_id,
    asset: row.asset,
    kind: row.kind,
    direction: row.direction,
    units: unitsFromRow(row.units),
    balanceAfter: unitsFromRow(row.balance_after),
    version: Number(row.version),
    transactionId: row.transaction_id,
    exchangeId: row.quote_id,
    memo: row.memo,
    createdAt: new Date(row.created_at),
  };
}
