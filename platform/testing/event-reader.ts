// What the domain under test has published, read from its real log.
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { DomainName } from '../domains.ts';
import type { RecordedEvent } from '../events/event.ts';
import { createEventLog } from '../events/event-log.ts';
import type { EventTransport } from '../events/transport.ts';
import { withTimeout } from './time-limit.ts';

const waitDefaultMs = 10_000;

export interface EventReader {
  /** What the domain has published so far, oldest first. */
  emitted(type?: string): Promise<readonly RecordedEvent[]>;
  /** The first event of the type that fits, be it published already or yet to come. */
  waitForEvent(type: string, predicate?: (event: RecordedEvent) => boolean, timeoutMs?: number): Promise<RecordedEvent>;
}

export function createEventReader(
  domain: DomainName,
  { database, clock, transport }: { database: Database; clock: Clock; transport: EventTransport },
): EventReader {
  const log = createEventLog({ domain, database, clock });
  const emitted = async (type?: string): Promise<readonly RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for (;;) {
      const page = await log.read(events.length, 1000);
      if (page.length === 0) break;
      events.push(...page);
    }
    return type === undefined ? events : events.filter((event) => event.type === type);
  };

  async function waitForEvent(
    type: string,
    predicate: (event: RecordedEvent) => boolean = () => true,
    timeoutMs = waitDefaultMs,
  ) {
    const fits = (event: RecordedEvent) => event.type === type && predicate(event);
    let found: (event: RecordedEvent) => void = () => {};
    const upcoming = new Promise<RecordedEvent>((resolve) => {
      found = resolve;
    });
    // Listening first: what is published while the log is being read is then heard.
    const listening = transport.listen(domain, (events) => {
      const match = events.find(fits);
      if (match !== undefined) found(match);
    });
    try {
      const known = (await emitted(type)).find(fits);
      return known ?? (await withTimeout(upcoming, timeoutMs, `${domain} did not publish a fitting ${type}`));
    } finally {
      await listening.stop();
    }
  }

  return { emitted, waitForEvent };
}
