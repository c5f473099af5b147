// Reads of postings for the ledger's batches: what a reversal mirrors, and what has been reversed already.
import { sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { isAnyOf } from '../../platform/database/rowset.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import type { HolderType } from './account.rules.ts';
import type { BookPosting, Carried } from './ledger.book.ts';
import type { LedgerCommand } from './ledger.commands.ts';

export type ReversiblePosting = Omit<BookPosting, 'isReversed'>;

interface SideRow {
  posting_id: string;
  carries_out: string;
  leg: number | bigint;
  direction: 'DEBIT' | 'CREDIT';
  units: string;
  holder_type: HolderType;
  holder_id: string;
  asset: string;
}

/** The postings that the commands want to take back. They never change, so they need no lock. */
export async function readPostings(tx: DatabaseTransaction, commands: readonly LedgerCommand[]): Promise<ReversiblePosting[]> {
  const transactionIds = commands.flatMap((command) => (command.type === 'REVERSE_TRANSACTION' ? [command.transactionId] : []));
  const exchangeIds = commands.flatMap((command) => (command.type === 'REVERSE_EXCHANGE' ? [command.exchangeId] : []));
  return [
    ...(await readLegs(tx, 'TRANSACTION', [...new Set(transactionIds)])),
    ...(await readLegs(tx, 'EXCHANGE', [...new Set(exchangeIds)])),
  ];
}

async function readLegs(tx: DatabaseTransaction, type: Carried['type'], ids: readonly string[]): Promise<ReversiblePosting[]> {
  if (ids.length === 0) return [];
  const column = type === 'TRANSACTION' ? 'p.transaction_id' : 'p.quote_id';
  const rows = await tx.client.$queryRaw<SideRow[]>(
    sql`SELECT e.posting_id, COALESCE(p.transaction_id, p.quote_id) AS carries_out, e.leg, e.direction, CAST(e.units AS TEXT) AS units, a.holder_type, a.holder_id, a.asset
        FROM posting p JOIN entry e ON e.posting_id = p.id JOIN account a ON a.id = e.account_id
        WHERE ${isAnyOf(tx.provider, column, ids)} ORDER BY e.posting_id, e.leg, e.direction`,
  );
  const postings = new Map<string, SideRow[]>();
  for (const row of rows) postings.set(row.posting_id, [...(postings.get(row.posting_id) ?? []), row]);
  return [...postings].map(([id, sides]) => ({
    id,
    carriesOut: { type, id: sides[0]?.carries_out ?? '' },
    legs: legsOf(id, sides),
  }));
}

/** Each leg is a credit followed by its debit, as the query orders them. */
function legsOf(postingId: string, sides: readonly SideRow[]): BookPosting['legs'] {
  return Array.from({ length: sides.length / 2 }, (_, index) => {
    const [credit, debit] = sides.slice(index * 2, index * 2 + 2);
    if (credit?.direction !== 'CREDIT' || debit?.direction !== 'DEBIT')
      throw new Error(`The posting ${postingId} has a leg that is not one debit and one credit.`);
    const holder = (side: SideRow) => ({ type: side.holder_type, id: side.holder_id });
    return { debit: holder(debit), credit: holder(credit), asset: debit.asset, units: unitsFromRow(debit.units) };
  });
}

/** Which of these postings have been taken back. Reversals are written under the locks of their accounts. */
export async function readReversed(tx: DatabaseTransaction, postingIds: readonly string[]): Promise<Set<string>> {
  if (postingIds.length === 0) return new Set();
  const rows = await tx.client.$queryRaw<{ reversal_of: string }[]>(
    sql`SELECT p.reversal_of FROM posting p WHERE ${isAnyOf(tx.provider, 'p.reversal_of', postingIds)}`,
  );
  return new Set(rows.map((row) => row.reversal_of));
}
