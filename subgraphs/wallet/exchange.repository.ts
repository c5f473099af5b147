// Reads and writes of exchange quotes: in the ledger's batches, which use them up, and outside, where they are made and shown. No decisions.
import { sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseProvider, DatabaseTransaction, SqlExecutor } from '../../platform/database/database.ts';
import { isAnyOf } from '../../platform/database/rowset.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import type { ExchangeTerms, FixedSide } from './rate.rules.ts';

/** An offer to one user, for one wallet. What it says never changes; it is used up by the posting that names it. */
export interface ExchangeQuote extends ExchangeTerms {
  readonly id: string;
  readonly walletId: string;
  readonly userId: string;
  readonly rateVersion: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** A quote that has been used, when, and when it was taken back. */
export interface PostedExchange {
  readonly quote: ExchangeQuote;
  readonly createdAt: Date;
  readonly reversedAt: Date | null;
}

interface QuoteSqlRow {
  id: string;
  wallet_id: string;
  user_id: string;
  base_asset: string;
  quote_asset: string;
  rate: string;
  rate_version: number | bigint;
  spread_basis_points: number | bigint;
  side: FixedSide;
  sold_asset: string;
  sold_units: string;
  bought_asset: string;
  bought_units: string;
  spread_units: string;
  residue_units: string;
  created_at: Date | string;
  expires_at: Date | string;
}

const columns = sql`q.id, q.wallet_id, q.user_id, q.base_asset, q.quote_asset, q.rate, q.rate_version, q.spread_basis_points, q.side, q.sold_asset,
  CAST(q.sold_units AS TEXT) AS sold_units, q.bought_asset, CAST(q.bought_units AS TEXT) AS bought_units, CAST(q.spread_units AS TEXT) AS spread_units,
  CAST(q.residue_units AS TEXT) AS residue_units, q.created_at, q.expires_at`;

/** Quotes never change, so they need no lock. */
export async function readQuotes(
  { provider, client }: { provider: DatabaseProvider; client: SqlExecutor },
  ids: readonly string[],
): Promise<ExchangeQuote[]> {
  if (ids.length === 0) return [];
  const rows = await client.$queryRaw<QuoteSqlRow[]>(
    sql`SELECT ${columns} FROM exchange_quote q WHERE ${isAnyOf(provider, 'q.id', ids)}`,
  );
  return rows.map(quoteFromRow);
}

/** Which of these quotes have been used. They are used up under the locks of their accounts, so read this behind those. */
export async function readUsedQuotes(tx: DatabaseTransaction, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx.client.$queryRaw<{ quote_id: string }[]>(
    sql`SELECT p.quote_id FROM posting p WHERE ${isAnyOf(tx.provider, 'p.quote_id', ids)}`,
  );
  return new Set(rows.map((row) => row.quote_id));
}

/** Those of the quotes that have been used, by id. */
export async function findExchanges(
  { provider, client }: { provider: DatabaseProvider; client: SqlExecutor },
  quoteIds: readonly string[],
): Promise<Map<string, PostedExchange>> {
  if (quoteIds.length === 0) return new Map();
  const rows = await client.$queryRaw<(QuoteSqlRow & { posted_at: Date | string; reversed_at: Date | string | null })[]>(
    sql`SELECT ${columns}, p.created_at AS posted_at, b.created_at AS reversed_at
        FROM posting p JOIN exchange_quote q ON q.id = p.quote_id LEFT JOIN posting b ON b.reversal_of = p.id
        WHERE ${isAnyOf(provider, 'p.quote_id', [...new Set(quoteIds)])}`,
  );
  return new Map(
    rows.map((row) => [
      row.id,
      {
        quote: quoteFromRow(row),
        createdAt: new Date(row.posted_at),
        reversedAt: row.reversed_at === null ? null : new Date(row.reversed_at),
      },
    ]),
  );
}

export async function insertQuote(client: Pick<PrismaClient, 'exchangeQuote'>, quote: ExchangeQuote): Promise<void> {
  const { sold, bought, spreadUnits, residueUnits, ...same } = quote;
  await client.exchangeQuote.create({
    data: {
      ...same,
      soldAsset: sold.asset,
      sold: sold.units.toString(),
      boughtAsset: bought.asset,
      bought: bought.units.toString(),
      spread: spreadUnits.toString(),
      residue: residueUnits.toString(),
    },
  });
}

/** Place of a quote among all, by when they expire. */
export interface QuoteKey {
  readonly expiresAt: Date;
  readonly id: string;
}

/** Quotes that had expired by a moment, from a place on, in the order in which they did. */
export async function listExpiredQuotes(
  client: SqlExecutor,
  { after, before, limit }: { after: QuoteKey; before: Date; limit: number },
): Promise<(QuoteKey & { readonly isUsed: boolean })[]> {
  const rows = await client.$queryRaw<{ id: string; expires_at: Date | string; posting_id: string | null }[]>(
    sql`SELECT q.id, q.expires_at, p.id AS posting_id FROM exchange_quote q LEFT JOIN posting p ON p.quote_id = q.id
        WHERE q.expires_at >= ${after.expiresAt} AND (q.expires_at, q.id) > (${after.expiresAt}, ${after.id}) AND q.expires_at <= ${before}
        ORDER BY q.expires_at, q.id LIMIT ${limit}`,
  );
  return rows.map((row) => ({ id: row.id, expiresAt: new Date(row.expires_at), isUsed: row.posting_id !== null }));
}

/** The database refuses it for a quote that has been used. */
export async function deleteQuotes(client: Pick<PrismaClient, 'exchangeQuote'>, ids: readonly string[]): Promise<void> {
  await client.exchangeQuote.deleteMany({ where: { id: { in: [...ids] } } });
}

/** How many quotes of the user have not expired, used ones included. */
export function countOpenQuotes(client: Pick<PrismaClient, 'exchangeQuote'>, userId: string, now: Date): Promise<number> {
  return client.exchangeQuote.count({ where: { userId, expiresAt: { gt: now } } });
}

function quoteFromRow(row: QuoteSqlRow): ExchangeQuote {
  return {
    id: row.id,
    walletId: row.wallet_id,
    userId: row.user_id,
    base: row.base_asset,
    quote: row.quote_asset,
    rate: row.rate,
    rateVersion: Number(row.rate_version),
    spreadBasisPoints: Number(row.spread_basis_points),
    side: row.side,
    sold: { units: unitsFromRow(row.sold_units), asset: row.sold_asset },
    bought: { units: unitsFromRow(row.bought_units), asset: row.bought_asset },
    spreadUnits: unitsFromRow(row.spread_units),
    residueUnits: unitsFromRow(row.residue_units),
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  };
}
