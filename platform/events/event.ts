// The envelope of every event (CloudEvents 1.0 attributes) and the types that producers and consumers share.

import type { DatabaseTransaction } from '../database/database.ts';
import type { DomainName } from '../domains.ts';
import type { JsonObject } from '../errors.ts';

export type EventKind = 'domain' | 'integration' | 'system' | 'audit';

/** An event as a domain writes it, inside the business transaction. */
export interface NewEvent<Data extends JsonObject = JsonObject> {
  /** `clawpurse.<domain>.<past-tense fact>.v1` */
  readonly type: string;
  readonly kind: EventKind;
  /** The aggregate's id. Events of one subject are delivered in the order in which they were committed. */
  readonly subject: string;
  readonly data: Data;
  /** Live feeds of this domain that carry the event, for example `user:<id>` or `wallet:<id>`. Decides who may see it live. */
  readonly feeds?: readonly string[];
  /** Set when another event, or a request, led to this one. */
  readonly correlationId?: string;
  readonly causationId?: string;
}

/** An event as it is stored, relayed and consumed. */
export interface RecordedEvent<Data extends JsonObject = JsonObject>
  extends Required<Omit<NewEvent<Data>, 'causationId' | 'correlationId'>> {
  readonly id: string;
  readonly source: DomainName;
  /** Place in the source domain's log: 1, 2, 3… without gaps, in commit order per subject. Assigned by the relay after commit. */
  readonly position: number;
  readonly time: Date;
  readonly correlationId: string | null;
  readonly causationId: string | null;
}

/** The consumer's proof of having taken an event: written in the same transaction as the effect. */
export interface InboxClaim {
  readonly consumer: DomainName;
  readonly eventId: string;
}

/** What a domain consumes. `types` and `kinds` are alternatives: an event that matches either is delivered. */
export interface EventConsumer {
  readonly types?: readonly string[];
  readonly kinds?: readonly EventKind[];
  /**
   * `transaction` handlers run inside one database transaction together with the inbox row: effect once, or not at all.
   * `claim` handlers write the claim themselves, in the effect's transaction, and resolve after its commit: for writers that batch (see `claimInbox`).
   * Either may be called again for the same event. A handler that throws has its event parked and retried, with the later ones of its subject behind it.
   */
  readonly handler:
    | { readonly mode: 'transaction'; handle(event: RecordedEvent, tx: DatabaseTransaction): Promise<void> }
    | { readonly mode: 'claim'; handle(event: RecordedEvent, claim: InboxClaim): Promise<void> };
}

/** Appends events to the domain's log in the business transaction; the relay is woken after commit. */
export interface Outbox {
  append(tx: DatabaseTransaction, events: readonly NewEvent[]): Promise<void>;
}

/** An action worth an audit record. Written through the outbox as kind `audit`, chained and kept by compliance. */
export interface AuditRecord {
  /** User id, `system` for what a service does on its own, or `anonymous` for who has not proven who they are. */
  readonly actorId: string;
  /** Verb-first, dotted: `transfer.request`, `wallet.freeze`, `session.revoke`. */
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly outcome: 'SUCCEEDED' | 'REFUSED';
  /** Whose data it concerns, for `User.auditTrail`; null when nobody's. */
  readonly subjectUserId: string | null;
  /** Values that explain the action. No secrets and no personal data. */
  readonly details: JsonObject;
  readonly requestId: string | null;
}

/** A domain's live feeds: each key is an ordered stream of the domain's events. */
export interface LiveFeed {
  /**
   * Events of one feed key: first those after the cursor from the database, then live ones, in order, none missing, none twice.
   * Without a cursor it starts at the present. Ends when the signal aborts.
   * @throws INVALID_CURSOR, or FEED_INTERRUPTED (retryable, with the cursor to go on from) when the reader is too slow or the service stops.
   */
  follow(options: {
    key: string;
    after?: string | null | undefined;
    signal?: AbortSignal | undefined;
  }): AsyncIterable<RecordedEvent>;
  /** The cursor of an event, to be handed to clients. */
  cursorOf(event: RecordedEvent): string;
  /** The cursor of the present: following from it delivers everything that commits from now on. */
  currentCursor(): Promise<string>;
}
