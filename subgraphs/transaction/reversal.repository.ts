// Reads and writes of reversals: who wanted which completed transaction taken back, and what came of it.
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import type { Tx } from './transaction.repository.ts';

export type ReversalState = 'REQUESTED' | 'COMPLETED' | 'REFUSED';

export interface Reversal {
  readonly id: string;
  readonly transactionId: string;
  readonly requestedBy: string;
  readonly reason: string;
  readonly state: ReversalState;
  readonly refusalCode: string | null;
  readonly idempotencyKey: string;
  readonly requestFingerprint: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

type Client = Pick<PrismaClient, 'transactionReversal'>;

export async function findReversalByKey(client: Client, requestedBy: string, idempotencyKey: string): Promise<Reversal | null> {
  const row = await client.transactionReversal.findUnique({
    where: { requestedBy_idempotencyKey: { requestedBy, idempotencyKey } },
  });
  return row as Reversal | null;
}

/** The latest reversal of each transaction that has one. */
export async function findReversals(client: Client, transactionIds: readonly string[]): Promise<Map<string, Reversal>> {
  const rows = await client.transactionReversal.findMany({
    where: { transactionId: { in: [...transactionIds] } },
    orderBy: { createdAt: 'asc' },
  });
  return new Map(rows.map((row) => [row.transactionId, row as Reversal]));
}

/** The caller holds the transaction's lock. */
export async function insertReversal({ client }: Tx, reversal: Reversal): Promise<void> {
  await client.transactionReversal.create({ data: { ...reversal } });
}

/** Ends the reversal that is under way; false when there is none. */
export async function endReversal(
  { client }: Tx,
  transactionId: string,
  outcome: { readonly state: ReversalState; readonly refusalCode: string | null; readonly updatedAt: Date },
): Promise<boolean> {
  const { count } = await client.transactionReversal.updateMany({ where: { transactionId, state: 'REQUESTED' }, data: outcome });
  return count === 1;
}
