// Reads and writes of what has become of postings that operators make by hand. Never changed, never deleted.
import type { ColumnsOf } from '../../platform/database/insert-rows.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import type { ManualBatch, ManualOutcome } from './manual-posting.rules.ts';

export const manualBatchColumns: ColumnsOf<ManualBatch> = {
  id: ['text', ({ id }) => id],
  requested_by: ['text', ({ requestedBy }) => requestedBy],
  is_linked: ['boolean', ({ isLinked }) => isLinked],
  outcomes: ['text', ({ outcomes }) => JSON.stringify(outcomes)],
  created_at: ['timestamptz', ({ createdAt }) => createdAt],
};

export async function findManualBatch(client: Pick<PrismaClient, 'manualBatch'>, id: string): Promise<ManualBatch | null> {
  const row = await client.manualBatch.findUnique({ where: { id } });
  return row === null ? null : { ...row, outcomes: JSON.parse(row.outcomes) as ManualOutcome[] };
}
