// Drops cached answers when the domains' events say that something in them has changed.
import type { DomainName } from '../../../platform/domains.ts';
import type { LoggedEvent } from '../../../platform/events/logged-event.ts';
import type { EventTransport } from '../../../platform/events/transport.ts';
import type { LiveGraph } from '../../supergraph/live-graph.ts';
import type { ResponseCache } from './response-cache.ts';

/**
 * An event drops what tells of the entities that it names (its subject, and every id in its data), and every list of entity types of its
 * domain, into which it may have put something. Lists of other types are dropped by the audit records of actions on them. Events are heard from now on, without a log: a gap in their positions drops everything.
 */
export function dropOnEvents(
  cache: ResponseCache,
  live: LiveGraph,
  transport: Pick<EventTransport, 'listen'>,
  domains: readonly DomainName[],
): { stop(): Promise<void> } {
  const subscriptions = domains.map((domain) => {
    let position: number | null = null;

    async function take(events: readonly LoggedEvent[]): Promise<void> {
      const fresh = events.filter((event) => position === null || event.position > position);
      const [first] = fresh;
      const last = fresh.at(-1);
      if (first === undefined || last === undefined) return;
      const hasGap = position !== null && first.position > position + 1;
      position = last.position;
      if (hasGap) await cache.dropAll();
      else {
        const types = [...cache.typesOf(live.current, domain), ...fresh.flatMap(typesIn)];
        await cache.changed([...new Set(fresh.flatMap(idsIn))], [...new Set(types)]);
      }
    }
    return transport.listen(domain, (events) => void take(events));
  });
  return {
    async stop() {
      await Promise.all(subscriptions.map((subscription) => subscription.stop()));
    },
  };
}

/** The type that an audited action was on, as the graph names it. */
function typesIn({ data }: LoggedEvent): string[] {
  const { resourceType } = data as { readonly resourceType?: unknown };
  return typeof resourceType === 'string' ? [resourceType] : [];
}

const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function idsIn({ subject, data }: LoggedEvent): string[] {
  const ids: string[] = [subject];
  const look = (value: unknown): void => {
    if (typeof value === 'string') {
      if (idPattern.test(value)) ids.push(value);
    } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(look);
  };
  look(data);
  return ids;
}
