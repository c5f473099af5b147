// The log of a domain that does not run in a test, in memory, so that tests can publish its events through the real transport.
import type { Clock, Ids } from '../clock.ts';
import type { DomainName } from '../domains.ts';
import type { EventKind, NewEvent } from '../events/event.ts';
import type { EventLog } from '../events/event-log.ts';
import type { LoggedEvent } from '../events/logged-event.ts';

/** An event of another domain. The domain is read from the type; the kind is `integration` unless given. */
export type ForeignEvent = Omit<NewEvent, 'kind'> & { readonly kind?: EventKind; readonly id?: string };

export interface ForeignLog extends EventLog {
  /** Adds an event and gives it its place. The same id twice is the same event, at its place of old. */
  append(event: ForeignEvent): LoggedEvent;
}

export function createForeignLog(domain: DomainName, { clock, ids }: { clock: Clock; ids: Ids }): ForeignLog {
  const events: LoggedEvent[] = [];
  const positions = new Map<string, number>();
  const lastOfSubject = new Map<string, number>();
  const logId = ids.next();
  const head = async () => ({ logId, lastPosition: events.length });

  return {
    domain,
    append(event) {
      const known = events.find((earlier) => earlier.id === event.id);
      if (known !== undefined) return known;
      const logged: LoggedEvent = {
        id: event.id ?? ids.next(),
        source: domain,
        position: events.length + 1,
        previousPosition: lastOfSubject.get(event.subject) ?? 0,
        type: event.type,
        kind: event.kind ?? 'integration',
        subject: event.subject,
        data: event.data,
        feeds: event.feeds ?? [],
        time: clock.now(),
        correlationId: event.correlationId ?? null,
        causationId: event.causationId ?? null,
      };
      lastOfSubject.set(logged.subject, logged.position);
      events.push(logged);
      return logged;
    },
    ensureHead: head,
    head,
    sequence: async () => [],
    sequenceWithin: async () => [],
    hasPending: async () => false,
    countPending: async () => 0,
    read: async (after, limit) => events.slice(after, after + limit),
    readFeed: async (key, after, upTo, limit) =>
      events.filter((event) => event.feeds.includes(key) && event.position > after && event.position <= upTo).slice(0, limit),
    consumerPositions: async () => new Map(positions),
    recordConsumerPositions: async (recorded) => {
      for (const [consumer, position] of recorded) positions.set(consumer, Math.max(position, positions.get(consumer) ?? 0));
    },
  };
}
