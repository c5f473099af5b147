// Every query on the audit log. Rows are only ever added; the database's triggers refuse anything else.
import { sqltag as sql } from '@prisma/client/runtime/client';
import { columnsOf, rowset } from '../../platform/database/rowset.ts';
import type { DomainName } from '../../platform/domains.ts';
import type { AuditRecord } from '../../platform/events/event.ts';
import type { Prisma } from '../../prisma/generated/compliance/postgresql/client.ts';
import { type AuditEntry, type AuditFilter, type ChainHead, filterFields } from './audit.rules.ts';
import type { Client, Transaction } from './compliance.database.ts';

/**
 * Locks the head of the log until the transaction ends, so that two replicas never append at once.
 * The head is kept by the migration and by triggers; without it nothing may be appended.
 */
export async function lockHead({ client }: Transaction): Promise<ChainHead> {
  const [head] = await client.$queryRaw<
    { sequence: bigint | number; hash: string }[]
  >`UPDATE audit_head SET sequence = sequence WHERE id = 1 RETURNING sequence, hash`;
  if (head === undefined) throw new Error('The audit log has no head row.');
  return { sequence: Number(head.sequence), hash: head.hash };
}

/** Adds entries that continue the locked head, and moves the head to the last of them. */
export async function appendEntries({ client, provider }: Transaction, entries: readonly AuditEntry[]): Promise<void> {
  const last = entries.at(-1);
  if (last === undefined) return;
  await client.$executeRaw(
    sql`INSERT INTO audit_event (${columnsOf(columns)}) SELECT ${columnsOf(columns)} FROM ${rowset(provider, columns, entries.map(toRow))}`,
  );
  await client.auditHead.update({ where: { id: 1 }, data: { sequence: BigInt(last.sequence), hash: last.hash } });
}

export async function readHead(client: Client): Promise<ChainHead> {
  const { sequence, hash } = await client.auditHead.findUniqueOrThrow({ where: { id: 1 } });
  return { sequence: Number(sequence), hash };
}

/** Entries from a sequence on, in order. */
export async function readEntries(client: Client, range: { from: number; to: number; limit: number }): Promise<AuditEntry[]> {
  const rows = await client.auditEvent.findMany({
    where: { sequence: { gte: BigInt(range.from), lte: BigInt(range.to) } },
    orderBy: { sequence: 'asc' },
    take: range.limit,
  });
  return rows.map(toEntry);
}

/** The first entry that lies beyond the head, if any: one statement, so that an append in between cannot look like one. */
export async function firstBeyondHead(client: Client): Promise<number | null> {
  const [row] = await client.$queryRaw<
    { sequence: bigint | number | null }[]
  >`SELECT MIN(sequence) AS sequence FROM audit_event WHERE sequence > (SELECT sequence FROM audit_head WHERE id = 1)`;
  return row?.sequence == null ? null : Number(row.sequence);
}

export async function findEntriesByEvent(client: Client, eventIds: readonly string[]): Promise<AuditEntry[]> {
  const rows = await client.auditEvent.findMany({ where: { eventId: { in: [...eventIds] } } });
  return rows.map(toEntry);
}

/** A page of matching entries, newest first. */
export async function listEntries(
  client: Client,
  query: { filter: AuditFilter; withoutSource?: DomainName; before: number | null; limit: number },
): Promise<AuditEntry[]> {
  const { filter, withoutSource, before, limit } = query;
  const where: Prisma.AuditEventWhereInput = {};
  for (const field of filterFields) {
    const wanted = filter[field];
    if (wanted !== null && wanted !== undefined) where[field] = wanted;
  }
  if (filter.from || filter.to)
    where.occurredAt = { ...(filter.from && { gte: filter.from }), ...(filter.to && { lt: filter.to }) };
  if (withoutSource !== undefined) where.source = { not: withoutSource };
  if (before !== null) where.sequence = { lt: BigInt(before) };
  const rows = await client.auditEvent.findMany({ where, orderBy: { sequence: 'desc' }, take: limit });
  return rows.map(toEntry);
}

const columns = {
  sequence: 'bigint',
  event_id: 'text',
  source: 'text',
  actor_id: 'text',
  action: 'text',
  resource_type: 'text',
  resource_id: 'text',
  outcome: 'text',
  subject_user_id: 'text',
  details: 'text',
  request_id: 'text',
  correlation_id: 'text',
  causation_id: 'text',
  occurred_at: 'timestamptz',
  recorded_at: 'timestamptz',
  transaction_id: 'text',
  previous_hash: 'text',
  hash: 'text',
} as const;

function toRow(entry: AuditEntry) {
  return {
    sequence: entry.sequence,
    event_id: entry.eventId,
    source: entry.source,
    actor_id: entry.actorId,
    action: entry.action,
    resource_type: entry.resourceType,
    resource_id: entry.resourceId,
    outcome: entry.outcome,
    subject_user_id: entry.subjectUserId,
    details: entry.details,
    request_id: entry.requestId,
    correlation_id: entry.correlationId,
    causation_id: entry.causationId,
    occurred_at: entry.occurredAt,
    recorded_at: entry.recordedAt,
    transaction_id: entry.transactionId,
    previous_hash: entry.previousHash,
    hash: entry.hash,
  };
}

type Row = Awaited<ReturnType<Client['auditEvent']['findMany']>>[number];

function toEntry(row: Row): AuditEntry {
  return {
    ...row,
    sequence: Number(row.sequence),
    source: row.source as DomainName,
    outcome: row.outcome as AuditRecord['outcome'],
  };
}
