// Audit records on the bus: reading those of every domain, writing this domain's own, and telling what the log has taken in.
import { z } from 'zod';
import { domainNames } from '../../platform/domains.ts';
import type { AuditRecord, NewEvent, RecordedEvent } from '../../platform/events/event.ts';
import type { AuditEntry } from './audit.rules.ts';

/** The live feed of the whole log. */
export const auditFeedKey = 'audit';
export const auditRecordedType = 'clawpurse.compliance.audit_recorded.v1';
const complianceAuditType = 'clawpurse.compliance.audit.v1';

const text = z.string();
const auditRecord = z.object({
  actorId: text,
  action: text,
  resourceType: text,
  resourceId: text,
  outcome: z.enum(['SUCCEEDED', 'REFUSED']),
  subjectUserId: text.nullable(),
  details: z.record(z.string(), z.json()),
  requestId: text.nullable(),
});

/** @throws when the event carries no complete audit record: it is parked, and the log stays without half a record. */
export function readAuditRecord(event: RecordedEvent): AuditRecord {
  return auditRecord.parse(event.data) as AuditRecord;
}

/** An act of this domain, for the log that this domain keeps: it travels like everybody else's. */
export function complianceAudit(
  record: AuditRecord,
  origin: { correlationId?: string | null; causationId?: string } = {},
): NewEvent {
  return {
    type: complianceAuditType,
    kind: 'audit',
    subject: record.resourceId,
    data: { ...record },
    ...(origin.correlationId == null ? {} : { correlationId: origin.correlationId }),
    ...(origin.causationId === undefined ? {} : { causationId: origin.causationId }),
  };
}

const moment = z.iso.datetime().transform((value) => new Date(value));
const recordedEntry = z.object({
  ...auditRecord.omit({ details: true }).shape,
  sequence: z.int(),
  eventId: text,
  source: z.enum(domainNames),
  details: z.string(),
  correlationId: z.string().nullable(),
  causationId: z.string().nullable(),
  occurredAt: moment,
  recordedAt: moment,
  transactionId: z.string().nullable(),
  previousHash: z.string(),
  hash: z.string(),
});

/** Tells live readers of a new entry. Of kind `system`: an audit event about the audit log would never end. */
export function auditRecorded(entry: AuditEntry): NewEvent {
  const data = { ...entry, occurredAt: entry.occurredAt.toISOString(), recordedAt: entry.recordedAt.toISOString() };
  return { type: auditRecordedType, kind: 'system', subject: 'audit-log', data, feeds: [auditFeedKey] };
}

export function readAuditRecorded(event: RecordedEvent): AuditEntry {
  return recordedEntry.parse(event.data);
}
