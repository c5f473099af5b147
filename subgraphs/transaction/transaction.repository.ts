// Every read and write of transactions, their steps and their lists. Rows in, domain objects out; no decisions.
import type { Database, DatabaseTransaction } from '../../platform/database/database.ts';
import type { Money } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import { entriesOf, type Metadata } from './metadata.rules.ts';
import type { ScreeningNote } from './saga.rules.ts';
import type { Reason } from './transaction.reasons.ts';
import { toReason, toRecord, toRow } from './transaction.row.ts';
import {
  isKnownToRecipient,
  isPossibleId,
  type Party,
  recipientKeys,
  senderKeys,
  type TransactionKind,
  type TransactionState,
} from './transaction.rules.ts';

export type TransactionDatabase = Database<PrismaClient>;
export type Tx = DatabaseTransaction<PrismaClient>;
type Reader = Pick<PrismaClient, 'transaction' | 'transactionStep' | 'transactionListing' | 'transactionTag'>;

/** A transaction as it stands. */
export interface TransactionRecord {
  readonly id: string;
  readonly kind: TransactionKind;
  readonly state: TransactionState;
  readonly version: number;
  readonly requestedBy: string;
  readonly source: Party;
  readonly destination: Party;
  readonly money: Money;
  /** In the same asset: what the payer pays on top. */
  readonly feeUnits: bigint;
  readonly feeVersion: number | null;
  readonly memo: string | null;
  /** What its requester has put on it, for the side that pays. */
  readonly metadata: Metadata | null;
  readonly origin: TransactionOrigin | null;
  /** Posted together with the others of its batch, or not at all. */
  readonly isLinked: boolean;
  readonly screening: { readonly note: ScreeningNote; readonly notedBy: string } | null;
  readonly holdId: string | null;
  readonly reversalId: string | null;
  readonly failure: Reason | null;
  readonly idempotencyKey: string;
  readonly requestFingerprint: string;
  readonly feedCursor: string;
  readonly correlationId: string | null;
  readonly askAgainAt: Date | null;
  readonly deadlineAt: Date | null;
  readonly remindersSent: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a transaction comes from, when nobody asked for it directly. */
export interface TransactionOrigin {
  readonly type: 'SCHEDULE' | 'PAYMENT_REQUEST' | 'PAYOUT_BATCH';
  /** Of the schedule, the payment request or the batch. */
  readonly id: string;
  /** The schedule's occurrence, the attempt at the payment request, the item in the batch; from 1. */
  readonly item: number;
}

export interface StepRecord {
  readonly transactionId: string;
  readonly version: number;
  readonly state: TransactionState;
  readonly reason: Reason | null;
  readonly at: Date;
}

/** A place in a list: newest first, ids break ties. */
export interface ListPlace {
  readonly createdAt: Date;
  readonly id: string;
}

/** Inserts the transaction with its first step and its lists; false when the requester has used the idempotency key before. */
export async function insertTransaction(tx: Tx, transaction: TransactionRecord): Promise<boolean> {
  const { client } = tx;
  if (!(await insertRow(tx, transaction))) return false;
  await insertSteps(client, [
    { transactionId: transaction.id, version: 1, state: transaction.state, reason: null, at: transaction.createdAt },
  ]);
  const listing = (shown: boolean) => (key: string) => ({
    key,
    transactionId: transaction.id,
    createdAt: transaction.createdAt,
    shown,
  });
  await client.transactionListing.createMany({
    data: [...senderKeys(transaction).map(listing(true)), ...recipientKeys(transaction).map(listing(false))],
  });
  await insertTags(client, transaction);
  return true;
}

/** Reads a transaction and keeps every other writer away from it until commit. */
export async function lockTransaction(tx: Tx, id: string): Promise<TransactionRecord | null> {
  // SQLite has one writer at a time, so a transaction in progress already is the lock.
  if (tx.provider === 'postgresql') await tx.client.$queryRaw`SELECT id FROM "transaction" WHERE id = ${id} FOR UPDATE`;
  return findTransaction(tx.client, id);
}

/** Writes a change of state with the steps that led to it; from completion on the recipient's lists show it. */
export async function updateTransaction(
  { client }: Tx,
  transaction: TransactionRecord,
  steps: readonly StepRecord[],
): Promise<void> {
  const { id, state, version, holdId, screening, failure, askAgainAt, deadlineAt, remindersSent, updatedAt } = transaction;
  await client.transaction.update({
    where: { id, version: version - steps.length },
    data: {
      state,
      version,
      holdId,
      screeningNote: screening?.note ?? null,
      screeningNotedBy: screening?.notedBy ?? null,
      deadlineAt,
      failureCode: failure?.code ?? null,
      failureMessage: failure?.message ?? null,
      askAgainAt,
      remindersSent,
      updatedAt,
    },
  });
  await insertSteps(client, steps);
  if (isKnownToRecipient(state))
    await client.transactionListing.updateMany({ where: { transactionId: id, shown: false }, data: { shown: true } });
}

/** Remembers a screening's answer that came before the wallet's; nothing that anybody sees. */
export async function noteScreening({ client }: Tx, id: string, note: ScreeningNote, notedBy: string): Promise<void> {
  await client.transaction.update({ where: { id }, data: { screeningNote: note, screeningNotedBy: notedBy } });
}

/** Names the reversal that is under way and when to ask for its outcome again, or that there is none any more. */
export async function noteReversal(
  { client }: Tx,
  id: string,
  reversalId: string | null,
  askAgainAt: Date | null,
): Promise<void> {
  await client.transaction.update({ where: { id }, data: { reversalId, askAgainAt, remindersSent: 0 } });
}

export async function findTransaction(client: Reader, id: string): Promise<TransactionRecord | null> {
  const row = await client.transaction.findUnique({ where: { id } });
  return row === null ? null : toRecord(row);
}

export async function findTransactions(client: Reader, ids: readonly string[]): Promise<TransactionRecord[]> {
  const rows = await client.transaction.findMany({ where: { id: { in: ids.filter(isPossibleId) } } });
  return rows.map(toRecord);
}

export async function findByIdempotencyKey(
  client: Reader,
  requestedBy: string,
  idempotencyKey: string,
): Promise<TransactionRecord | null> {
  const row = await client.transaction.findUnique({ where: { requestedBy_idempotencyKey: { requestedBy, idempotencyKey } } });
  return row === null ? null : toRecord(row);
}

/** Steps of many transactions, each transaction's in order. */
export async function findSteps(client: Reader, transactionIds: readonly string[]): Promise<StepRecord[]> {
  const rows = await client.transactionStep.findMany({
    where: { transactionId: { in: [...transactionIds] } },
    orderBy: { version: 'asc' },
  });
  return rows.map((row) => ({
    transactionId: row.transactionId,
    version: row.version,
    state: row.state as TransactionState,
    reason: toReason(row.reasonCode, row.reasonMessage),
    at: row.at,
  }));
}

/** Ids of transactions whose answer is overdue, longest overdue first. */
export async function findOverdue(client: Reader, now: Date, limit: number): Promise<string[]> {
  const rows = await client.transaction.findMany({
    where: { askAgainAt: { lte: now } },
    orderBy: { askAgainAt: 'asc' },
    take: limit,
    select: { id: true },
  });
  return rows.map((row) => row.id);
}

/** Ids of transactions whose state has lasted too long, longest first. */
export async function findExpired(client: Reader, now: Date, limit: number): Promise<string[]> {
  const rows = await client.transaction.findMany({
    where: { deadlineAt: { lte: now } },
    orderBy: { deadlineAt: 'asc' },
    take: limit,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** Transactions of one origin, in the order of its items. */
export async function findByOrigin(client: Reader, originId: string): Promise<TransactionRecord[]> {
  const rows = await client.transaction.findMany({ where: { originId }, orderBy: { originItem: 'asc' } });
  return rows.map(toRecord);
}

/** Transactions that still wait for an answer that has been asked for more than once. */
export async function countReminded(client: Reader): Promise<number> {
  return client.transaction.count({ where: { askAgainAt: { not: null }, remindersSent: { gt: 0 } } });
}

/** Notes that the answer has been asked for again, and when to do so next. */
export async function noteReminder({ client }: Tx, id: string, remindersSent: number, askAgainAt: Date): Promise<void> {
  await client.transaction.update({ where: { id }, data: { remindersSent, askAgainAt } });
}

async function insertRow({ client, provider }: Tx, transaction: TransactionRecord): Promise<boolean> {
  const data = toRow(transaction);
  if (provider === 'postgresql') return (await client.transaction.createMany({ data: [data], skipDuplicates: true })).count === 1;
  // Prisma has no skipDuplicates on SQLite; with one writer at a time nobody can come between the look and the insert.
  if ((await findByIdempotencyKey(client, transaction.requestedBy, transaction.idempotencyKey)) !== null) return false;
  await client.transaction.create({ data });
  return true;
}

async function insertTags(client: Reader, transaction: TransactionRecord): Promise<void> {
  const { id: transactionId, createdAt } = transaction;
  const entries = entriesOf(transaction.metadata);
  if (entries.length === 0) return;
  await client.transactionTag.createMany({
    data: senderKeys(transaction).flatMap((key) =>
      entries.map(({ key: name, value }) => ({ key, transactionId, name, value, createdAt })),
    ),
  });
}

async function insertSteps(client: Reader, steps: readonly StepRecord[]): Promise<void> {
  await client.transactionStep.createMany({
    data: steps.map(({ reason, ...step }) => ({
      ...step,
      reasonCode: reason?.code ?? null,
      reasonMessage: reason?.message ?? null,
    })),
  });
}
