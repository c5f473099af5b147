// Appends events to the domain's outbox inside the business transaction. They exist if, and only if, it commits.
import type { Clock, Ids } from '../clock.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import { type ColumnsOf, insertRows } from '../database/insert-rows.ts';
import type { DomainName } from '../domains.ts';
import type { EventKind, NewEvent, Outbox } from './event.ts';
import type { LoggedEvent } from './logged-event.ts';

/** Larger facts belong in a table, with the event naming them: every event travels through Redis and to live subscribers. */
export const eventDataBytesMax = 256 * 1024;
const rowsPerStatementMax = 5_000;

const eventKinds: readonly EventKind[] = ['domain', 'integration', 'system', 'audit'];

export interface OutboxDeps {
  readonly domain: DomainName;
  readonly ids: Ids;
  readonly clock: Clock;
  /** Puts what is pending in the log within this very transaction; the relay does it when this is absent, or gives nothing. */
  readonly sequenceWithin?: (tx: DatabaseTransaction) => Promise<LoggedEvent[]>;
  /** Called after a transaction that appended something has committed, with those of its events that are in the log already. */
  readonly onCommitted?: (sequenced: readonly LoggedEvent[]) => void;
}

export function createOutbox({ domain, ids, clock, sequenceWithin, onCommitted }: OutboxDeps): Outbox {
  const typePattern = new RegExp(`^clawpurse\\.${domain}\\.[a-z][a-z0-9_]*\\.v[1-9][0-9]*$`);
  // One announcement per transaction, however often it appends.
  const announced = new WeakMap<DatabaseTransaction, LoggedEvent[]>();

  async function announce(tx: DatabaseTransaction): Promise<void> {
    const known = announced.get(tx);
    const sequenced = known ?? [];
    // SQLite's transaction is the only one that writes, so the order of commits is known before the commit. It saves a second one.
    if (tx.provider === 'sqlite' && sequenceWithin) sequenced.push(...(await sequenceWithin(tx)));
    if (known) return;
    announced.set(tx, sequenced);
    if (onCommitted) tx.onCommit(() => onCommitted(sequenced));
  }

  return {
    append: async (tx, events) => {
      const time = clock.now();
      const columns: ColumnsOf<NewEvent> = {
        id: ['text', () => ids.next()],
        type: ['text', ({ type }) => type],
        kind: ['text', ({ kind }) => kind],
        subject: ['text', ({ subject }) => subject],
        data: ['text', (event) => dataOf(event, typePattern)],
        feeds: ['text', ({ feeds }) => (feeds === undefined ? '[]' : JSON.stringify([...new Set(feeds)]))],
        time: ['timestamptz', () => time],
        correlation_id: ['text', ({ correlationId }) => correlationId ?? null],
        causation_id: ['text', ({ causationId }) => causationId ?? null],
      };
      for (let start = 0; start < events.length; start += rowsPerStatementMax) {
        await insertRows(tx, 'outbox_pending', columns, events.slice(start, start + rowsPerStatementMax));
      }
      if (events.length > 0) await announce(tx);
    },
  };
}

// A malformed event is a fault of the program: it must fail the transaction that writes it, not its consumers.
function dataOf(event: NewEvent, typePattern: RegExp): string {
  if (!typePattern.test(event.type)) throw new Error(`The event type "${event.type}" does not match ${typePattern}.`);
  if (!eventKinds.includes(event.kind)) throw new Error(`The event kind "${event.kind}" is not one of ${eventKinds.join(', ')}.`);
  if (event.subject === '') throw new Error(`An event ${event.type} needs a subject.`);
  const data = JSON.stringify(event.data);
  // A character has at most three bytes in UTF-8, so short texts need no counting.
  const bytes = data.length * 3 > eventDataBytesMax ? Buffer.byteLength(data) : data.length;
  if (bytes > eventDataBytesMax)
    throw new Error(`The data of ${event.type} has ${bytes} bytes; at most ${eventDataBytesMax} are allowed.`);
  return data;
}
