// Reads and writes of payout batches and their items. Rows in, domain objects out; no decisions.
import { type Money, unitsFromRow } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import type { Reason } from './transaction.reasons.ts';
import type { ListPlace, Tx } from './transaction.repository.ts';
import { toReason } from './transaction.row.ts';
import { isPossibleId } from './transaction.rules.ts';

export const payoutBatchStates = ['RUNNING', 'FINISHED'] as const;
export type PayoutBatchState = (typeof payoutBatchStates)[number];
export const payoutStates = ['PENDING', 'REQUESTED', 'PAID', 'FAILED'] as const;
export type PayoutState = (typeof payoutStates)[number];

/** Many transfers from one wallet that were asked for together; each has its own outcome. */
export interface PayoutBatch {
  readonly id: string;
  readonly state: PayoutBatchState;
  readonly version: number;
  readonly ownerId: string;
  /** The wallet that pays. */
  readonly sourceId: string;
  readonly itemCount: number;
  readonly paidCount: number;
  readonly failedCount: number;
  /** The first item whose transfer has not been requested yet, from 1; null once all have had their turn. */
  readonly nextItem: number | null;
  readonly idempotencyKey: string;
  readonly requestFingerprint: string;
  readonly feedCursor: string;
  readonly correlationId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One payee of a batch. */
export interface Payout {
  readonly batchId: string;
  /** Its place in the batch, from 1. */
  readonly item: number;
  /** What the caller calls it. */
  readonly reference: string | null;
  readonly destinationId: string;
  readonly money: Money;
  readonly memo: string | null;
  readonly state: PayoutState;
  readonly transactionId: string | null;
  readonly failure: Reason | null;
  readonly updatedAt: Date;
}

type Client = Pick<PrismaClient, 'payoutBatch' | 'payout'>;

/** False when the owner has used the idempotency key before; nothing is written then. */
export async function insertBatch({ client, provider }: Tx, batch: PayoutBatch, payouts: readonly Payout[]): Promise<boolean> {
  if (provider === 'postgresql') {
    if ((await client.payoutBatch.createMany({ data: [batch], skipDuplicates: true })).count === 0) return false;
  } else {
    // With one writer at a time nobody can come between the look and the insert.
    if ((await findBatchByKey(client, batch.ownerId, batch.idempotencyKey)) !== null) return false;
    await client.payoutBatch.create({ data: batch });
  }
  await client.payout.createMany({
    data: payouts.map(({ money, failure, ...same }) => ({
      ...same,
      asset: money.asset,
      units: money.units.toString(),
      failureCode: failure?.code ?? null,
      failureMessage: failure?.message ?? null,
    })),
  });
  return true;
}

export async function findBatchByKey(client: Client, ownerId: string, idempotencyKey: string): Promise<PayoutBatch | null> {
  const row = await client.payoutBatch.findUnique({ where: { ownerId_idempotencyKey: { ownerId, idempotencyKey } } });
  return row === null ? null : toBatch(row);
}

export async function findBatches(client: Client, ids: readonly string[]): Promise<Map<string, PayoutBatch>> {
  const rows = await client.payoutBatch.findMany({ where: { id: { in: ids.filter(isPossibleId) } } });
  return new Map(rows.map((row) => [row.id, toBatch(row)]));
}

/** Reads a batch and keeps every other writer away from it until commit. */
export async function lockBatch(tx: Tx, id: string): Promise<PayoutBatch | null> {
  if (tx.provider === 'postgresql') await tx.client.$queryRaw`SELECT id FROM payout_batch WHERE id = ${id} FOR UPDATE`;
  return (await findBatches(tx.client, [id])).get(id) ?? null;
}

export async function updateBatch({ client }: Tx, batch: PayoutBatch): Promise<void> {
  const { id, state, version, paidCount, failedCount, nextItem, updatedAt } = batch;
  await client.payoutBatch.update({
    where: { id, version: version - 1 },
    data: { state, version, paidCount, failedCount, nextItem, updatedAt },
  });
}

export async function updatePayout({ client }: Tx, payout: Payout): Promise<void> {
  const { batchId, item, state, transactionId, failure, updatedAt } = payout;
  const outcome = { failureCode: failure?.code ?? null, failureMessage: failure?.message ?? null };
  await client.payout.update({
    where: { batchId_item: { batchId, item } },
    data: { state, transactionId, updatedAt, ...outcome },
  });
}

export async function findPayout(client: Client, batchId: string, item: number): Promise<Payout | null> {
  const row = await client.payout.findUnique({ where: { batchId_item: { batchId, item } } });
  return row === null ? null : toPayout(row);
}

/** Items of a batch in order, after a place in it. */
export async function listPayouts(
  client: Client,
  query: {
    readonly batchId: string;
    readonly states: readonly PayoutState[] | null;
    readonly afterItem: number;
    readonly limit: number;
  },
): Promise<Payout[]> {
  const { batchId, states, afterItem, limit } = query;
  const rows = await client.payout.findMany({
    where: { batchId, item: { gt: afterItem }, ...(states === null ? {} : { state: { in: [...states] } }) },
    orderBy: { item: 'asc' },
    take: limit,
  });
  return rows.map(toPayout);
}

/** Ids of batches with items whose turn has not come, those that have waited longest first. */
export async function findUnrequestedBatches(
  client: Client,
  { limit, without }: { readonly limit: number; readonly without: readonly string[] },
): Promise<string[]> {
  const rows = await client.payoutBatch.findMany({
    where: { state: 'RUNNING', nextItem: { not: null }, id: { notIn: [...without] } },
    orderBy: [{ updatedAt: 'asc' }, { id: 'asc' }],
    take: limit,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

export function countRunningBatches(client: Client, ownerId: string): Promise<number> {
  return client.payoutBatch.count({ where: { ownerId, state: 'RUNNING' } });
}

/** One page of a user's batches, newest first. */
export async function listBatches(
  client: Client,
  query: { readonly ownerId: string; readonly after: ListPlace | null; readonly limit: number },
): Promise<PayoutBatch[]> {
  const { ownerId, after, limit } = query;
  const isLater =
    after === null ? {} : { OR: [{ createdAt: { lt: after.createdAt } }, { createdAt: after.createdAt, id: { lt: after.id } }] };
  const rows = await client.payoutBatch.findMany({
    where: { ownerId, ...isLater },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  return rows.map(toBatch);
}

type BatchRow = NonNullable<Awaited<ReturnType<PrismaClient['payoutBatch']['findUnique']>>>;
type PayoutRow = NonNullable<Awaited<ReturnType<PrismaClient['payout']['findUnique']>>>;

function toBatch(row: BatchRow): PayoutBatch {
  return { ...row, state: row.state as PayoutBatchState };
}

function toPayout({ asset, units, failureCode, failureMessage, ...row }: PayoutRow): Payout {
  return {
    ...row,
    state: row.state as PayoutState,
    money: { asset, units: unitsFromRow(units) },
    failure: toReason(failureCode, failureMessage),
  };
}
