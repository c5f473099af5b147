// The part of the ledger check that is about whole postings: each tells of itself once, and a reversal is the exact mirror of one other.
import { sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { isAnyOf } from '../../platform/database/rowset.ts';
import { ledgerEventTypes } from './ledger.events.ts';
import { demand, pageSize, pages } from './ledger.invariant.ts';

/** @throws {Violation} */
export async function checkTellings(tx: DatabaseTransaction): Promise<void> {
  const postingPages = pages<{ id: string; transaction_id: string }>((after) =>
    tx.client.$queryRaw(
      sql`SELECT id, transaction_id FROM posting WHERE transaction_id IS NOT NULL AND id > ${after?.id ?? ''} ORDER BY id LIMIT ${pageSize}`,
    ),
  );
  for await (const postings of postingPages) {
    const told = await tellings(
      tx,
      postings.map((posting) => posting.transaction_id),
    );
    for (const { id, transaction_id: transactionId } of postings) {
      const { outcomes = [], records = 0 } = told.get(transactionId) ?? {};
      demand(outcomes.length > 0, 'EVENT', id, () => `was posted for ${transactionId} and never told`);
      const stranger = outcomes.find((postingId) => postingId !== id);
      demand(stranger === undefined, 'EVENT', id, () => `was posted for ${transactionId}, which was told of ${stranger}`);
      demand(records === 1, 'EVENT', id, () => `was posted for ${transactionId} and has ${records} audit records instead of one`);
    }
  }
}

interface Telling {
  /** The postings that its outcome was told with; more than once when somebody asked again. */
  readonly outcomes: string[];
  records: number;
}

async function tellings(tx: DatabaseTransaction, transactionIds: readonly string[]): Promise<Map<string, Telling>> {
  const columns = sql`SELECT subject, type, data FROM`;
  const wanted = sql`WHERE ${isAnyOf(tx.provider, 'subject', transactionIds)} AND type IN (${ledgerEventTypes.postingCompleted}, ${ledgerEventTypes.audit})`;
  const rows = await tx.client.$queryRaw<{ subject: string; type: string; data: string }[]>(
    sql`${columns} outbox_event ${wanted} UNION ALL ${columns} outbox_pending ${wanted}`,
  );
  const told = new Map<string, Telling>();
  for (const { subject, type, data } of rows) {
    const telling = told.get(subject) ?? { outcomes: [], records: 0 };
    told.set(subject, telling);
    const fields = JSON.parse(data) as { postingId?: string; action?: string; outcome?: string };
    if (type === ledgerEventTypes.postingCompleted) telling.outcomes.push(fields.postingId ?? '');
    else if (fields.action === 'transaction.post' && fields.outcome === 'SUCCEEDED') telling.records += 1;
  }
  return told;
}

/** @throws {Violation} */
export async function checkReversals(tx: DatabaseTransaction): Promise<void> {
  const [twice] = await tx.client.$queryRaw<{ reversal_of: string }[]>(
    sql`SELECT reversal_of FROM posting WHERE reversal_of IS NOT NULL GROUP BY reversal_of HAVING count(*) > 1 LIMIT 1`,
  );
  demand(twice === undefined, 'REVERSAL', twice?.reversal_of ?? '', () => 'was taken back more than once');
  const [crooked] = await tx.client.$queryRaw<{ id: string }[]>(
    sql`SELECT p.id FROM posting p JOIN entry e ON e.posting_id = p.id
        LEFT JOIN entry o ON o.posting_id = p.reversal_of AND o.leg = e.leg AND o.account_id = e.account_id AND o.units = e.units AND o.direction <> e.direction
        WHERE p.reversal_of IS NOT NULL AND o.posting_id IS NULL LIMIT 1`,
  );
  demand(crooked === undefined, 'REVERSAL', crooked?.id ?? '', () => 'is not the mirror of what it takes back');
  const [partial] = await tx.client.$queryRaw<{ id: string }[]>(
    sql`SELECT p.id FROM posting p WHERE p.reversal_of IS NOT NULL
        AND (SELECT count(*) FROM entry e WHERE e.posting_id = p.id) <> (SELECT count(*) FROM entry o WHERE o.posting_id = p.reversal_of) LIMIT 1`,
  );
  demand(partial === undefined, 'REVERSAL', partial?.id ?? '', () => 'does not take back all of it');
}
