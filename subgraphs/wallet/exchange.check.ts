// The part of the ledger check that is about exchanges: each moved what its quote says, which is what its rate gives, and was asked for and recorded once.
import { sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { isAnyOf } from '../../platform/database/rowset.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import { liquidityHolder, roundingHolder, spreadHolder } from './account.rules.ts';
import { type ExchangeQuote, readQuotes } from './exchange.repository.ts';
import { ledgerEventTypes } from './ledger.events.ts';
import { demand, pageSize, pages } from './ledger.invariant.ts';
import { areTrueToRate, residueAsset } from './rate.rules.ts';

/** @throws {Violation} */
export async function checkExchanges(tx: DatabaseTransaction): Promise<void> {
  const [unasked] = await tx.client.$queryRaw<{ id: string }[]>(
    sql`SELECT p.id FROM posting p LEFT JOIN ledger_request q ON q.result_id = p.id AND q.outcome = 'ACCEPTED'
        WHERE p.quote_id IS NOT NULL AND q.key IS NULL LIMIT 1`,
  );
  demand(unasked === undefined, 'ANSWER', unasked?.id ?? '', () => 'is an exchange that no request was told of');
  const postingPages = pages<{ id: string; quote_id: string }>((after) =>
    tx.client.$queryRaw(
      sql`SELECT id, quote_id FROM posting WHERE quote_id IS NOT NULL AND id > ${after?.id ?? ''} ORDER BY id LIMIT ${pageSize}`,
    ),
  );
  for await (const postings of postingPages) {
    const quoteIds = postings.map((posting) => posting.quote_id);
    const quotes = new Map((await readQuotes(tx, quoteIds)).map((quote) => [quote.id, quote]));
    const moved = await movements(
      tx,
      postings.map(({ id }) => id),
    );
    const records = await auditRecords(tx, quoteIds);
    for (const { id, quote_id: quoteId } of postings) {
      const quote = quotes.get(quoteId);
      demand(quote !== undefined, 'EXCHANGE', id, () => `uses the quote ${quoteId}, which is not there`);
      if (quote === undefined) continue;
      demand(areTrueToRate(quote), 'EXCHANGE', id, () => `uses the quote ${quoteId}, whose amounts are not those of its rate`);
      const [expected, found] = [expectedOf(quote), moved.get(id) ?? []].map((lines) => [...lines].sort().join(', '));
      demand(expected === found, 'EXCHANGE', id, () => `moved ${found} where its quote says ${expected}`);
      const count = records.get(quoteId) ?? 0;
      demand(count === 1, 'EVENT', id, () => `is an exchange and has ${count} audit records instead of one`);
    }
  }
}

/** What the posting has to move in all, one line per account. */
function expectedOf(quote: ExchangeQuote): string[] {
  const { walletId, sold, bought, spreadUnits, residueUnits, side } = quote;
  const line = (direction: 'DEBIT' | 'CREDIT', holder: string, asset: string, units: bigint) =>
    units === 0n ? [] : [`${direction} ${holder} ${units} ${asset}`];
  const [ofSold, ofBought] = side === 'SELL' ? [residueUnits, 0n] : [0n, residueUnits];
  return [
    ...line('DEBIT', walletId, sold.asset, sold.units),
    ...line('CREDIT', liquidityHolder.id, sold.asset, sold.units - spreadUnits - ofSold),
    ...line('CREDIT', spreadHolder.id, sold.asset, spreadUnits),
    ...line('CREDIT', roundingHolder.id, residueAsset(quote), residueUnits),
    ...line('DEBIT', liquidityHolder.id, bought.asset, bought.units + ofBought),
    ...line('CREDIT', walletId, bought.asset, bought.units),
  ];
}

async function movements(tx: DatabaseTransaction, postingIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await tx.client.$queryRaw<
    { posting_id: string; direction: string; holder_id: string; asset: string; units: string }[]
  >(
    sql`SELECT e.posting_id, e.direction, a.holder_id, a.asset, CAST(e.units AS TEXT) AS units FROM entry e JOIN account a ON a.id = e.account_id
        WHERE ${isAnyOf(tx.provider, 'e.posting_id', postingIds)}`,
  );
  // Summed here: SQLite cannot add numbers of this length.
  const sums = new Map<string, Map<string, bigint>>();
  for (const row of rows) {
    const ofPosting = sums.get(row.posting_id) ?? new Map<string, bigint>();
    const account = `${row.direction} ${row.holder_id}/${row.asset}`;
    sums.set(row.posting_id, ofPosting.set(account, (ofPosting.get(account) ?? 0n) + unitsFromRow(row.units)));
  }
  return new Map(
    [...sums].map(([id, accounts]) => [id, [...accounts].map(([account, units]) => account.replace('/', ` ${units} `))]),
  );
}

async function auditRecords(tx: DatabaseTransaction, quoteIds: readonly string[]): Promise<Map<string, number>> {
  const columns = sql`SELECT subject, data FROM`;
  const wanted = sql`WHERE ${isAnyOf(tx.provider, 'subject', quoteIds)} AND type = ${ledgerEventTypes.audit}`;
  const rows = await tx.client.$queryRaw<{ subject: string; data: string }[]>(
    sql`${columns} outbox_event ${wanted} UNION ALL ${columns} outbox_pending ${wanted}`,
  );
  const counts = new Map<string, number>();
  for (const { subject, data } of rows) {
    if ((JSON.parse(data) as { action?: string }).action === 'exchange.execute')
      counts.set(subject, (counts.get(subject) ?? 0) + 1);
  }
  return counts;
}
