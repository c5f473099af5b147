// The facts that this domain publishes about transactions, and the shape of the facts that it takes from others.
import { z } from 'zod';
import type { AuditRecord, NewEvent, RecordedEvent } from '../../platform/events/event.ts';
import type { TransactionFact } from './saga.rules.ts';
import { transactionFaults } from './transaction.errors.ts';
import type { Reason } from './transaction.reasons.ts';
import type { TransactionOrigin, TransactionRecord } from './transaction.repository.ts';
import {
  isKnownToRecipient,
  type Party,
  recipientKeys,
  senderKeys,
  type TransactionKind,
  type TransactionState,
  transactionKey,
  transactionStates,
} from './transaction.rules.ts';

export const consumedTransactionFacts = {
  fundsReserved: 'clawpurse.wallet.funds_reserved.v1',
  fundsRefused: 'clawpurse.wallet.funds_refused.v1',
  screeningDecided: 'clawpurse.compliance.screening_decided.v1',
  postingCompleted: 'clawpurse.wallet.posting_completed.v1',
  postingRefused: 'clawpurse.wallet.posting_refused.v1',
  postingReversed: 'clawpurse.wallet.posting_reversed.v1',
} as const;

/** The event that tells the world of each state. */
export const stateEventTypes = {
  REQUESTED: 'clawpurse.transaction.requested.v1',
  SCREENING: 'clawpurse.transaction.screening_started.v1',
  IN_REVIEW: 'clawpurse.transaction.held.v1',
  APPROVED: 'clawpurse.transaction.approved.v1',
  POSTING: 'clawpurse.transaction.posting_started.v1',
  COMPLETED: 'clawpurse.transaction.completed.v1',
  REJECTED: 'clawpurse.transaction.rejected.v1',
  FAILED: 'clawpurse.transaction.failed.v1',
  EXPIRED: 'clawpurse.transaction.expired.v1',
  REVERSED: 'clawpurse.transaction.reversed.v1',
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
  /** What the payer pays on top, and to which accounts of the house. */
  readonly fees: readonly { readonly account: string; readonly units: string }[];
  /** What the wallet has set aside for it; null before it has, and for money from outside. */
  readonly holdId: string | null;
  /** What it comes from, when nobody asked for it directly. */
  readonly origin: { readonly type: TransactionOrigin['type']; readonly id: string; readonly item: number } | null;
  readonly memo: string | null;
  /** What the requester has put on it; absent without any. Not for the side that is paid. */
  readonly metadata?: { readonly [key: string]: string };
  readonly state: TransactionState;
  readonly previousState: TransactionState | null;
  readonly version: number;
  /** As customers may read it; null when there is nothing to explain. */
  readonly reason: { readonly code: string; readonly message: string } | null;
  readonly occurredAt: string;
};

/** The ledger's account that fees are paid to. */
const feesAccount = 'fees';

/**
 * The wallet's own limit on a hold, should nobody ever tell it of an end. Longer than the longest saga that can be configured (7 days for a
 * decision, 45 for a review, 45 for the others of a batch), because the saga's deadlines are what gives money back.
 */
const holdMs = 100 * 86_400_000;

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
  if (isKnownToRecipient(transaction.state)) feeds.push(...recipientKeys(transaction));
  return { type: stateEventTypes[transaction.state], ...envelope(transaction, change, cause), feeds };
}

/** The question that is overdue, asked again, of whoever owes the answer. On no live feed: nothing has changed. */
export function reminderEvents(transaction: TransactionRecord): NewEvent[] {
  const { state, screening, correlationId } = transaction;
  const cause: Cause = { correlationId, causationId: null };
  const again = (of: TransactionState) => ({
    type: stateEventTypes[of],
    ...envelope(transaction, { previousState: null, reason: null }, cause),
  });
  if (state === 'POSTING') return [again('POSTING')];
  return [
    ...(screening === null ? [again('REQUESTED')] : []),
    ...(state === 'REQUESTED' ? fundsRequestedEvents(transaction, cause) : []),
  ];
}

/** Asks the wallet to set aside what the transaction will need; nothing for money from outside. */
export function fundsRequestedEvents(transaction: TransactionRecord, cause: Cause): NewEvent[] {
  const { id: transactionId, source, requestedBy, money, feeUnits, createdAt } = transaction;
  if (source.type !== 'WALLET') return [];
  const data = {
    transactionId,
    requestedBy,
    walletId: source.id,
    asset: money.asset,
    units: (money.units + feeUnits).toString(),
    expiresAt: new Date(createdAt.getTime() + holdMs).toISOString(),
  };
  return [
    {
      type: 'clawpurse.transaction.funds_requested.v1',
      kind: 'integration',
      subject: transactionId,
      data,
      ...originOf(cause),
    },
  ];
}

/** Asks the wallet to give back what it has set aside. */
export function fundsReleasedEvent(transactionId: string, holdId: string, cause: Cause): NewEvent {
  return {
    type: 'clawpurse.transaction.funds_released.v1',
    kind: 'integration',
    subject: transactionId,
    data: { transactionId, holdId },
    ...originOf(cause),
  };
}

/** A cause, as an event carries it. */
export function originOf({ correlationId, causationId }: Cause): Pick<NewEvent, 'correlationId' | 'causationId'> {
  return {
    ...(correlationId === null ? {} : { correlationId }),
    ...(causationId === null ? {} : { causationId }),
  };
}

function envelope(transaction: TransactionRecord, { previousState, reason }: Change, cause: Cause) {
  return {
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
      fees: transaction.feeUnits === 0n ? [] : [{ account: feesAccount, units: transaction.feeUnits.toString() }],
      holdId: transaction.holdId,
      origin: transaction.origin === null ? null : { ...transaction.origin },
      memo: transaction.memo,
      ...(transaction.metadata === null ? {} : { metadata: { ...transaction.metadata } }),
      state: transaction.state,
      previousState,
      version: transaction.version,
      reason: reason === null ? null : { ...reason },
      occurredAt: transaction.updatedAt.toISOString(),
    },
    ...originOf(cause),
  } satisfies Omit<NewEvent<TransactionEventData>, 'type'>;
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
  return recordedAudit(record, cause);
}

/** The audit record of anything in this domain. */
export function recordedAudit(record: AuditRecord, cause: Cause): NewEvent {
  return {
    type: 'clawpurse.transaction.audit.v1',
    kind: 'audit',
    subject: record.resourceId,
    data: { ...record },
    ...originOf(cause),
  };
}

const screeningDecided = z.object({
  transactionId: z.string(),
  decision: z.enum(['CLEARED', 'HELD', 'REJECTED']),
  decidedBy: z.string(),
  reasons: z.array(z.object({ ruleCode: z.string() })),
});
export type ScreeningDecision = z.infer<typeof screeningDecided>;

const fundsReserved = z.object({ transactionId: z.string(), holdId: z.string() });
const postingReversed = z.object({ transactionId: z.string() });
const postingCompleted = z.object({ transactionId: z.string(), postingId: z.string() });
const postingRefused = z.object({ transactionId: z.string(), code: z.string(), message: z.string().optional() });
export type PostingRefusal = z.infer<typeof postingRefused>;

/** A fact from another domain, read and checked. */
export type ReportedFact =
  | {
      readonly fact: Extract<TransactionFact, `SCREENING_${string}`>;
      readonly transactionId: string;
      readonly screening: ScreeningDecision;
    }
  | { readonly fact: 'FUNDS_HELD'; readonly transactionId: string; readonly holdId: string }
  | { readonly fact: 'REVERSAL_COMPLETED'; readonly transactionId: string }
  | { readonly fact: 'POSTING_COMPLETED'; readonly transactionId: string; readonly postingId: string }
  | { readonly fact: 'FUNDS_REFUSED' | 'POSTING_REFUSED'; readonly transactionId: string; readonly refusal: PostingRefusal };

/** @throws MALFORMED_EVENT */
export function readFact(event: RecordedEvent): ReportedFact {
  switch (event.type) {
    case consumedTransactionFacts.screeningDecided: {
      const screening = parseEvent(screeningDecided, event);
      return { fact: `SCREENING_${screening.decision}`, transactionId: screening.transactionId, screening };
    }
    case consumedTransactionFacts.fundsReserved: {
      const { transactionId, holdId } = parseEvent(fundsReserved, event);
      return { fact: 'FUNDS_HELD', transactionId, holdId };
    }
    case consumedTransactionFacts.postingReversed:
      return { fact: 'REVERSAL_COMPLETED', transactionId: parseEvent(postingReversed, event).transactionId };
    case consumedTransactionFacts.fundsRefused: {
      const refusal = parseEvent(postingRefused, event);
      return { fact: 'FUNDS_REFUSED', transactionId: refusal.transactionId, refusal };
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

const party = z.object({ type: z.enum(['WALLET', 'EXTERNAL_ACCOUNT']), id: z.string(), ownerId: z.string() });
const liveChange = z.object({
  transactionId: z.string(),
  requestedBy: z.string(),
  source: party,
  destination: party,
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
