// The part of the ledger check that is about postings made by hand: each is told of by the answer to one request, and no answer tells of what is not there.
import { sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { isAnyOf } from '../../platform/database/rowset.ts';
import { demand, pageSize, pages } from './ledger.invariant.ts';
import type { ManualOutcome } from './manual-posting.rules.ts';

/** @throws {Violation} */
export async function checkManualPostings(tx: DatabaseTransaction): Promise<void> {
  const batches = pages<{ id: string; is_linked: boolean | number; outcomes: string }>((after) =>
    tx.client.$queryRaw(
      sql`SELECT id, is_linked, outcomes FROM manual_batch WHERE id > ${after?.id ?? ''} ORDER BY id LIMIT ${pageSize}`,
    ),
  );
  const told = new Map<string, string>();
  for await (const page of batches) {
    for (const { id, is_linked: isLinked, outcomes } of page) {
      const all = JSON.parse(outcomes) as readonly ManualOutcome[];
      const posted = all.flatMap((outcome) => (outcome.status === 'POSTED' ? [outcome.postingId] : []));
      demand(
        !isLinked || posted.length === 0 || posted.length === all.length,
        'ANSWER',
        id,
        () => 'is linked and was posted in part',
      );
      for (const postingId of posted) {
        demand(!told.has(postingId), 'ANSWER', id, () => `tells of ${postingId}, of which ${told.get(postingId)} tells too`);
        told.set(postingId, id);
      }
      const there = await manualAmong(tx, posted);
      const missing = posted.find((postingId) => !there.has(postingId));
      demand(missing === undefined, 'ANSWER', id, () => `tells of ${missing}, which is no posting made by hand`);
    }
  }
  const postings = pages<{ id: string }>((after) =>
    tx.client.$queryRaw(
      sql`SELECT id FROM posting WHERE kind = 'MANUAL' AND id > ${after?.id ?? ''} ORDER BY id LIMIT ${pageSize}`,
    ),
  );
  for await (const page of postings) {
    const untold = page.find(({ id }) => !told.has(id));
    demand(untold === undefined, 'ANSWER', untold?.id ?? '', () => 'was posted by hand, and no request was told of it');
  }
}

async function manualAmong(tx: DatabaseTransaction, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx.client.$queryRaw<{ id: string }[]>(
    sql`SELECT p.id FROM posting p WHERE ${isAnyOf(tx.provider, 'p.id', ids)} AND p.kind = 'MANUAL'`,
  );
  return new Set(rows.map(({ id }) => id));
}
