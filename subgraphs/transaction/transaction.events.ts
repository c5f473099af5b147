// The facts that this domain publishes about transactions, and the shape of the facts that it takes from others.
import { z } from 'zod';
import type { AuditRecord, NewEvent, RecordedEvent } from '../../platform/events/event.ts';
import { transactionFaults } from './transaction.errors.ts';
import type { Reason } from './transaction.reasons.ts';
import type { TransactionRecord } from './transaction.repository.ts';
import {
  type Party,
  recipientKeys,
  senderKeys,
  type TransactionFact,
  type TransactionKind,
  type TransactionState,
  transactionKey,
  transactionStates,
} from './transaction.rules.ts';

export const consumedTransactionFacts = {
  screeningDecided: 'clawpurse.compliance.screening_decided.v1',
  postingCompleted: 'clawpurse.wallet.posting_completed.v1',
  postingRefused: 'clawpurse.wallet.posting_refused.v1',
} as const;

/** The event that tells the world of each state. */
export const stateEventTypes = {
  REQUESTED: 'clawpurse.transaction.requested.v1',
  IN_REVIEW: 'clawpurse.transaction.held.v1',
  APPROVED: 'clawpurse.transaction.approved.v1',
  COMPLETED: 'clawpurse.transaction.completed.v1',
  REJECTED: 'clawpurse.transaction.rejected.v1',
  FAILED: 'clawpurse.transaction.failed.v1',
} as const satisfies Record<TransactionState, string>;
const stateEvents: readonly string[] = Object.values(stateEventTypes);

/** What every transaction event says. A `type`, because an interface is not assignable to a JSON object. */
export type TransactionEventData = {
  readonly transactionId: string;
  readonly kind: TransactionKind;
  readonly requestedBy: string;
  readonly source: { readonly type: Party['type']; readonly id: string; readonly ownerId: string };
  readonly destination: { readonly type: Party['type']; readonly id: string; readonly ownerId: string };
  readonly asset: string;
  readonly units: string;
  readonly memo: string | null;
  readonly state: TransactionState;
  readonly previousState: TransactionState | null;
  readonly version: number;
  /** As customers may read it; null when there is nothing to explain. */
  readonly reason: { readonly code: string; readonly message: string } | null;
  readonly occurredAt: string;
};

/** Where an event came from, for tracing a request through the domains. */
export interface Cause {
  readonly correlationId: string | null;
  readonly causationId: string | null;
}

/** A change that has just been made to a transaction. */
export interface Change {
  readonly previousState: TransactionState | null;
  readonly reason: Reason | null;
}

/** The event of a change, on the live feeds of exactly those who may see it. */
export function changeEvent(transaction: TransactionRecord, change: Change, cause: Cause): NewEvent<TransactionEventData> {
  const feeds = [transactionKey(transaction.id), ...senderKeys(transaction)];
  if (transaction.state === 'COMPLETED') feeds.push(...recipientKeys(transaction));
  return { ...envelope(transaction, change, cause), feeds };
}

/** The same fact again, for the domain whose answer is overdue. On no live feed: nothing has changed. */
export function reminderEvent(transaction: TransactionRecord, change: Change): NewEvent<TransactionEventData> {
  return envelope(transaction, change, { correlationId: transaction.correlationId, causationId: null });
}

function envelope(transaction: TransactionRecord, { previousState, reason }: Change, cause: Cause) {
  return {
    type: stateEventTypes[transaction.state],
    kind: 'domain',
    subject: transaction.id,
    data: {
      transactionId: transaction.id,
      kind: transaction.kind,
      requestedBy: transaction.requestedBy,
      source: { ...transaction.source },
      destination: { ...transaction.destination },
      asset: transaction.money.asset,
      units: transaction.money.units.toString(),
      memo: transaction.memo,
      state: transaction.state,
      previousState,
      version: transaction.version,
      reason: reason === null ? null : { ...reason },
      occurredAt: transaction.updatedAt.toISOString(),
    },
    ...(cause.correlationId === null ? {} : { correlationId: cause.correlationId }),
    ...(cause.causationId === null ? {} : { causationId: cause.causationId }),
  } satisfies NewEvent<TransactionEventData>;
}

/** The audit record of a change, or of a fact that was overruled. */
export function auditEvent(
  transaction: TransactionRecord,
  audit: Pick<AuditRecord, 'action' | 'actorId' | 'outcome' | 'details' | 'requestId'>,
  cause: Cause,
): NewEvent {
  const record = {
    ...audit,
    resourceType: 'Transaction',
    resourceId: transaction.id,
    // Whose money it is: for a deposit that is not the operator who confirmed it.
    subjectUserId: transaction.source.type === 'WALLET' ? transaction.source.ownerId : transaction.destination.ownerId,
  } satisfies AuditRecord;
  return {
    type: 'clawpurse.transaction.audit.v1',
    kind: 'audit',
    subject: transaction.id,
    data: record,
    ...(cause.correlationId === null ? {} : { correlationId: cause.correlationId }),
    ...(cause.causationId === null ? {} : { causationId: cause.causationId }),
  };
}

const screeningDecided = z.object({
  transactionId: z.string(),
  decision: z.enum(['CLEARED', 'HELD', 'REJECTED']),
  decidedBy: z.string(),
  reasons: z.array(z.object({ ruleCode: z.string() })),
});
export type ScreeningDecision = z.infer<typeof screeningDecided>;

const postingCompleted = z.object({ transactionId: z.string(), postingId: z.string() });
const postingRefused = z.object({ transactionId: z.string(), code: z.string() });
export type PostingRefusal = z.infer<typeof postingRefused>;

/** A fact from another domain, read and checked. */
export type ReportedFact =
  | {
      readonly fact: Extract<TransactionFact, `SCREENING_${string}`>;
      readonly transactionId: string;
      readonly screening: ScreeningDecision;
    }
  | { readonly fact: 'POSTING_COMPLETED'; readonly transactionId: string; readonly postingId: string }
  | { readonly fact: 'POSTING_REFUSED'; readonly transactionId: string; readonly refusal: PostingRefusal };

/** @throws MALFORMED_EVENT */
export function readFact(event: RecordedEvent): ReportedFact {
  switch (event.type) {
    case consumedTransactionFacts.screeningDecided: {
      const screening = parseEvent(screeningDecided, event);
      return { fact: `SCREENING_${screening.decision}`, transactionId: screening.transactionId, screening };
    }
    case consumedTransactionFacts.postingCompleted: {
      const posting = parseEvent(postingCompleted, event);
      return { fact: 'POSTING_COMPLETED', ...posting };
    }
    case consumedTransactionFacts.postingRefused: {
      const refusal = parseEvent(postingRefused, event);
      return { fact: 'POSTING_REFUSED', transactionId: refusal.transactionId, refusal };
    }
    default:
      throw transactionFaults.MALFORMED_EVENT({ eventType: event.type, problem: 'this domain does not consume the type' });
  }
}

const liveChange = z.object({
  transactionId: z.string(),
  state: z.enum(transactionStates),
  previousState: z.enum(transactionStates).nullable(),
  version: z.number().int().positive(),
  reason: z.object({ code: z.string(), message: z.string() }).nullable(),
  occurredAt: z.string(),
});
export type LiveChange = z.infer<typeof liveChange>;

/** This domain's own event, as a live feed delivers it; null for events that are not changes of a transaction. */
export function readLiveChange(event: RecordedEvent): LiveChange | null {
  return stateEvents.includes(event.type) ? parseEvent(liveChange, event) : null;
}

/** @throws MALFORMED_EVENT */
export function parseEvent<Schema extends z.ZodType>(schema: Schema, event: RecordedEvent): z.infer<Schema> {
  const result = schema.safeParse(event.data);
  if (!result.success) throw transactionFaults.MALFORMED_EVENT({ eventType: event.type, problem: z.prettifyError(result.error) });
  return result.data;
}
