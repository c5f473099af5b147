// How audit records are chained and checked, and who may see which part of one. No I/O, no clock.
import { createHash } from 'node:crypto';
import { canonicalize } from 'json-canonicalize';
import type { DomainName } from '../../platform/domains.ts';
import type { AuditRecord, RecordedEvent } from '../../platform/events/event.ts';
import { hasPermission, type Identity } from '../../platform/identity/identity.ts';

/** An audit record before it has a place in the log. */
export interface AuditEntryDraft {
  readonly eventId: string;
  readonly source: DomainName;
  readonly actorId: string;
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly outcome: AuditRecord['outcome'];
  readonly subjectUserId: string | null;
  /** Canonical JSON (RFC 8785) of an object. */
  readonly details: string;
  readonly requestId: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly occurredAt: Date;
}

export interface AuditEntry extends AuditEntryDraft {
  readonly sequence: number;
  readonly recordedAt: Date;
  /** Drawn from the resource or the details; not hashed by itself. */
  readonly transactionId: string | null;
  readonly previousHash: string;
  readonly hash: string;
}

/** The end of a chain: what the next entry builds on. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: string;
}

/** The head of an empty log. */
export const emptyChain: ChainHead = { sequence: 0, hash: '0'.repeat(64) };

export type ChainProblemKind = 'MISSING' | 'CHANGED' | 'UNLINKED' | 'BEYOND_HEAD' | 'NOT_AS_SEALED' | 'TREE_DAMAGED';

/** The first entry that is not what was once written. */
export interface ChainProblem {
  readonly sequence: number;
  readonly eventId: string | null;
  readonly kind: ChainProblemKind;
  readonly message: string;
}

export function draftOf(event: RecordedEvent, record: AuditRecord): AuditEntryDraft {
  return {
    eventId: event.id,
    source: event.source,
    actorId: record.actorId,
    action: record.action,
    resourceType: record.resourceType,
    resourceId: record.resourceId,
    outcome: record.outcome,
    subjectUserId: record.subjectUserId,
    details: canonicalize(record.details),
    requestId: record.requestId,
    correlationId: event.correlationId,
    causationId: event.causationId,
    occurredAt: event.time,
  };
}

/** An entry as it is hashed and sealed: its canonical JSON (RFC 8785), with the hash of the entry before it. */
export function canonicalEntry(entry: Omit<AuditEntry, 'hash' | 'transactionId'>): string {
  const { sequence, previousHash, occurredAt, recordedAt, details, ...rest } = entry;
  return canonicalize({
    sequence,
    previousHash,
    eventId: rest.eventId,
    source: rest.source,
    actorId: rest.actorId,
    action: rest.action,
    resourceType: rest.resourceType,
    resourceId: rest.resourceId,
    outcome: rest.outcome,
    subjectUserId: rest.subjectUserId,
    details: JSON.parse(details),
    requestId: rest.requestId,
    correlationId: rest.correlationId,
    causationId: rest.causationId,
    occurredAt: occurredAt.toISOString(),
    recordedAt: recordedAt.toISOString(),
  });
}

/** SHA-256, in hexadecimal, of the canonical entry: what the next entry continues. */
export function hashEntry(entry: Omit<AuditEntry, 'hash' | 'transactionId'>): string {
  return hashCanonical(canonicalEntry(entry));
}

export function hashCanonical(canonical: string): string {
  return createHash('sha256').update(canonical, 'utf8').digest('hex');
}

/** Gives the drafts their places after the head, in their order. */
export function chainEntries(head: ChainHead, drafts: readonly AuditEntryDraft[], recordedAt: Date): AuditEntry[] {
  let last = head;
  return drafts.map((draft) => {
    const unsealed = { ...draft, sequence: last.sequence + 1, recordedAt, previousHash: last.hash };
    const entry = { ...unsealed, transactionId: transactionOf(draft), hash: hashEntry(unsealed) };
    last = entry;
    return entry;
  });
}

/** The first entry that does not continue the chain from `previous`, or null. Entries come in the order of their sequence. */
export function findProblem(previous: ChainHead, entries: readonly AuditEntry[]): ChainProblem | null {
  let last = previous;
  for (const entry of entries) {
    const { sequence, eventId } = entry;
    const expected = last.sequence + 1;
    if (sequence !== expected) {
      return { sequence: expected, eventId: null, kind: 'MISSING', message: `Entry ${expected} is missing.` };
    }
    if (entry.previousHash !== last.hash) {
      const message = `Entry ${sequence} does not continue entry ${sequence - 1}: one of the two was replaced.`;
      return { sequence, eventId, kind: 'UNLINKED', message };
    }
    if (!isUnchanged(entry)) {
      return { sequence, eventId, kind: 'CHANGED', message: `Entry ${sequence} was changed after it was written.` };
    }
    last = entry;
  }
  return null;
}

function isUnchanged(entry: AuditEntry): boolean {
  try {
    // The columns that are not hashed as they stand must say what the hashed ones say.
    const isDerived = entry.details === canonicalize(JSON.parse(entry.details)) && entry.transactionId === transactionOf(entry);
    return isDerived && hashEntry(entry) === entry.hash;
  } catch {
    // Details that are no JSON any more.
    return false;
  }
}

function transactionOf({ resourceType, resourceId, details }: AuditEntryDraft): string | null {
  if (resourceType === 'Transaction') return resourceId;
  const { transactionId } = JSON.parse(details) as { transactionId?: unknown };
  return typeof transactionId === 'string' ? transactionId : null;
}

/** What of the log somebody asks for; every given part must match. */
export interface AuditFilter {
  readonly actorId?: string | null | undefined;
  readonly action?: string | null | undefined;
  readonly resourceType?: string | null | undefined;
  readonly resourceId?: string | null | undefined;
  readonly subjectUserId?: string | null | undefined;
  readonly transactionId?: string | null | undefined;
  /** Inclusive. */
  readonly from?: Date | null | undefined;
  /** Exclusive. */
  readonly to?: Date | null | undefined;
}

export const filterFields = ['actorId', 'action', 'resourceType', 'resourceId', 'subjectUserId', 'transactionId'] as const;

export function matchesFilter(entry: AuditEntry, filter: AuditFilter): boolean {
  const { from, to } = filter;
  return (
    filterFields.every((field) => (filter[field] ?? entry[field]) === entry[field]) &&
    (from === null || from === undefined || entry.occurredAt >= from) &&
    (to === null || to === undefined || entry.occurredAt < to)
  );
}

/** An entry as one reader may see it: parts that are not theirs are null. */
export interface AuditView
  extends Pick<
    AuditEntry,
    'eventId' | 'source' | 'action' | 'resourceType' | 'resourceId' | 'outcome' | 'subjectUserId' | 'occurredAt' | 'transactionId'
  > {
  readonly actorId: string | null;
  readonly details: string | null;
  readonly requestId: string | null;
  readonly sequence: number | null;
  readonly recordedAt: Date | null;
  readonly previousHash: string | null;
  readonly hash: string | null;
  readonly canonicalRecord: string | null;
}

/**
 * The domain whose records a customer never sees, not even about themselves: they would tell what is being looked at
 * (tipping off).
 */
export const concealedSource: DomainName = 'compliance';

/**
 * The entry as the reader may see it, or null. With `audit:read` that is all of it. Others see what concerns themselves; which
 * member of staff acted, and why, stays hidden, and so do the hashes, from which hidden values could be guessed.
 */
export function viewFor(identity: Identity | null, entry: AuditEntry): AuditView | null {
  if (hasPermission(identity, 'audit:read')) return fullView(entry);
  if (identity === null || entry.subjectUserId !== identity.userId || entry.source === concealedSource) return null;
  const isOwnAct = entry.actorId === identity.userId;
  return {
    ...entry,
    actorId: isOwnAct || entry.actorId === 'system' ? entry.actorId : null,
    details: isOwnAct ? entry.details : null,
    requestId: isOwnAct ? entry.requestId : null,
    sequence: null,
    recordedAt: null,
    previousHash: null,
    hash: null,
    canonicalRecord: null,
  };
}

/** The entry as those see it who may see everything. */
export function fullView(entry: AuditEntry): AuditView {
  return { ...entry, canonicalRecord: canonicalEntry(entry) };
}
