// Publishes events of domains that do not run in a test, through the real transport, and tells when they have been taken.
import type { Clock, Ids } from '../clock.ts';
import { type DomainName, domainNames } from '../domains.ts';
import type { RecordedEvent } from '../events/event.ts';
import type { Consumption, EventTransport } from '../events/transport.ts';
import { createForeignLog, type ForeignEvent, type ForeignLog } from './foreign-log.ts';
import { withTimeout } from './time-limit.ts';

const deliveryMsMax = 10_000;

export interface WatchedTransport extends EventTransport {
  consumes(consumer: DomainName, source: DomainName): boolean;
  /** Resolves when the consumer needs the event no more. */
  settled(eventId: string): Promise<void>;
}

/** The real transport, with a note of what has been delivered. */
export function watchDeliveries(transport: EventTransport): WatchedTransport {
  const consumptions: Consumption[] = [];
  const waiting = new Map<string, (() => void)[]>();
  return {
    ...transport,
    consume(consumption) {
      consumptions.push(consumption);
      return transport.consume({
        ...consumption,
        async take(event) {
          const outcome = await consumption.take(event);
          for (const wake of waiting.get(event.id) ?? []) wake();
          waiting.delete(event.id);
          return outcome;
        },
      });
    },
    consumes: (consumer, source) => consumptions.some((known) => known.consumer === consumer && known.sources.includes(source)),
    settled: (eventId) => new Promise((resolve) => waiting.set(eventId, [...(waiting.get(eventId) ?? []), resolve])),
  };
}

/** The other domains' logs belong to the transport, so that several domains in one test see the same ones. */
const logsOfTransports = new WeakMap<EventTransport, Map<DomainName, { log: ForeignLog; publish(): Promise<void> }>>();

export type ForeignLogs = (domain: DomainName) => { log: ForeignLog; publish(): Promise<void> };

export function foreignLogs(transport: EventTransport, deps: { clock: Clock; ids: Ids }): ForeignLogs {
  const logs = logsOfTransports.get(transport) ?? new Map();
  logsOfTransports.set(transport, logs);
  return (domain) => {
    const known = logs.get(domain);
    if (known !== undefined) return known;
    const log = createForeignLog(domain, deps);
    const publisher = transport.connectLog(log);
    const created = {
      log,
      publish: async () => publisher.publish(await log.read(Math.max(0, (await log.head()).lastPosition - 1), 1)),
    };
    logs.set(domain, created);
    return created;
  };
}

export async function publishForeign(
  event: ForeignEvent,
  transport: WatchedTransport,
  { module, logs }: { module: DomainName; logs: ForeignLogs },
): Promise<RecordedEvent> {
  const source = domainNames.find((domain) => event.type.startsWith(`clawpurse.${domain}.`));
  if (source === undefined) throw new Error(`No domain publishes "${event.type}"; types read clawpurse.<domain>.<fact>.v1.`);
  if (source === module) throw new Error(`${event.type} is an event of the domain under test; make it happen instead.`);
  const { log, publish } = logs(source);
  const logged = log.append(event);
  const isDelivered = transport.consumes(module, source) ? transport.settled(logged.id) : Promise.resolve();
  await publish();
  await withTimeout(isDelivered, deliveryMsMax, `${module} did not take ${event.type}`);
  return logged;
}
