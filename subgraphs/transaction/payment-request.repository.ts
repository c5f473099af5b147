// Reads and writes of payment requests. Rows in, domain objects out; no decisions.
import { type Money, unitsFromRow } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import type { ListPlace, Tx } from './transaction.repository.ts';
import { isPossibleId } from './transaction.rules.ts';

export const paymentRequestStates = ['PENDING', 'ACCEPTED', 'PAID', 'DECLINED', 'CANCELLED', 'EXPIRED'] as const;
export type PaymentRequestState = (typeof paymentRequestStates)[number];

export interface PaymentRequest {
  readonly id: string;
  readonly state: PaymentRequestState;
  readonly version: number;
  /** Who asks, and is paid. */
  readonly requestedBy: string;
  readonly payerId: string;
  /** The wallet to be paid. */
  readonly walletId: string;
  readonly money: Money;
  readonly memo: string | null;
  readonly transactionId: string | null;
  /** Transfers that were made for it so far. */
  readonly attempts: number;
  readonly idempotencyKey: string;
  readonly requestFingerprint: string;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** An acceptance, under the key of who accepted; a request has several when transfers for it failed. */
export interface Acceptance {
  readonly payerId: string;
  readonly idempotencyKey: string;
  readonly paymentRequestId: string;
  readonly sourceId: string;
  readonly transactionId: string;
}

type Client = Pick<PrismaClient, 'paymentRequest' | 'paymentRequestAcceptance'>;

/** False when the requester has used the idempotency key before. */
export async function insertPaymentRequest({ client, provider }: Tx, request: PaymentRequest): Promise<boolean> {
  const { money, ...same } = request;
  const data = { ...same, asset: money.asset, units: money.units.toString() };
  if (provider === 'postgresql')
    return (await client.paymentRequest.createMany({ data: [data], skipDuplicates: true })).count === 1;
  // With one writer at a time nobody can come between the look and the insert.
  if ((await findPaymentRequestByKey(client, request.requestedBy, request.idempotencyKey)) !== null) return false;
  await client.paymentRequest.create({ data });
  return true;
}

export async function findPaymentRequestByKey(client: Client, requestedBy: string, idempotencyKey: string) {
  const row = await client.paymentRequest.findUnique({
    where: { requestedBy_idempotencyKey: { requestedBy, idempotencyKey } },
  });
  return row === null ? null : toPaymentRequest(row);
}

export async function findPaymentRequest(client: Client, id: string): Promise<PaymentRequest | null> {
  if (!isPossibleId(id)) return null;
  const row = await client.paymentRequest.findUnique({ where: { id } });
  return row === null ? null : toPaymentRequest(row);
}

export async function findPaymentRequests(client: Client, ids: readonly string[]): Promise<Map<string, PaymentRequest>> {
  const rows = await client.paymentRequest.findMany({ where: { id: { in: ids.filter(isPossibleId) } } });
  return new Map(rows.map((row) => [row.id, toPaymentRequest(row)]));
}

/** Reads a request and keeps every other writer away from it until commit. */
export async function lockPaymentRequest(tx: Tx, id: string): Promise<PaymentRequest | null> {
  if (!isPossibleId(id)) return null;
  if (tx.provider === 'postgresql') await tx.client.$queryRaw`SELECT id FROM payment_request WHERE id = ${id} FOR UPDATE`;
  return findPaymentRequest(tx.client, id);
}

export async function updatePaymentRequest({ client }: Tx, request: PaymentRequest): Promise<void> {
  const { id, state, version, transactionId, attempts, updatedAt } = request;
  await client.paymentRequest.update({
    where: { id, version: version - 1 },
    data: { state, version, transactionId, attempts, updatedAt },
  });
}

export async function findAcceptance(client: Client, payerId: string, idempotencyKey: string): Promise<Acceptance | null> {
  return client.paymentRequestAcceptance.findUnique({ where: { payerId_idempotencyKey: { payerId, idempotencyKey } } });
}

/** False when the payer has used the key before. */
export async function insertAcceptance({ client, provider }: Tx, acceptance: Acceptance): Promise<boolean> {
  if (provider === 'postgresql')
    return (await client.paymentRequestAcceptance.createMany({ data: [acceptance], skipDuplicates: true })).count === 1;
  if ((await findAcceptance(client, acceptance.payerId, acceptance.idempotencyKey)) !== null) return false;
  await client.paymentRequestAcceptance.create({ data: acceptance });
  return true;
}

/** One page of what a user has sent or received, newest first. */
export async function listPaymentRequests(
  client: Client,
  query: {
    readonly userId: string;
    readonly role: 'requestedBy' | 'payerId';
    readonly states: readonly PaymentRequestState[] | null;
    readonly after: ListPlace | null;
    readonly limit: number;
  },
): Promise<PaymentRequest[]> {
  const { userId, role, states, after, limit } = query;
  const rows = await client.paymentRequest.findMany({
    where: {
      [role]: userId,
      ...(states === null ? {} : { state: { in: [...states] } }),
      ...(after === null
        ? {}
        : { OR: [{ createdAt: { lt: after.createdAt } }, { createdAt: after.createdAt, id: { lt: after.id } }] }),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  return rows.map(toPaymentRequest);
}

/** Ids of pending requests whose time is up, longest due first. */
export async function findDuePaymentRequests(client: Client, now: Date, limit: number): Promise<string[]> {
  const rows = await client.paymentRequest.findMany({
    where: { state: 'PENDING', expiresAt: { lte: now } },
    orderBy: { expiresAt: 'asc' },
    take: limit,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

type Row = NonNullable<Awaited<ReturnType<PrismaClient['paymentRequest']['findUnique']>>>;

function toPaymentRequest({ asset, units, ...row }: Row): PaymentRequest {
  return { ...row, state: row.state as PaymentRequestState, money: { asset, units: unitsFromRow(units) } };
}
