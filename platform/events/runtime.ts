// One domain's events in one process: its outbox, relay and live feeds, and its consumption of other domains. Wires, decides nothing.
import type { Logger } from 'pino';
import type { Clock, Ids } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../database/database.ts';
import type { DomainName } from '../domains.ts';
import type { EventConsumer, LiveFeed, Outbox } from './event.ts';
import { createEventLog } from './event-log.ts';
import { createLiveFeed } from './feed.ts';
import { createHandlers } from './handlers.ts';
import { createInProcessTransport } from './in-process.transport.ts';
import { createInbox } from './inbox.ts';
import { createLiveTail } from './live-tail.ts';
import { createOutbox } from './outbox.ts';
import { createParking, type ParkedEvent, type Parking, type ParkingLimits, parkingLimitsDefault } from './parking.ts';
import { createRelay } from './relay.ts';
import type { EventTransport, Subscription } from './transport.ts';
import { createWorker, type Worker } from './worker.ts';

export interface EventRuntimeStatus {
  /** Started, and not stopping. Does not depend on Redis: without it events wait in the database and feeds poll. */
  readonly isReady: boolean;
  readonly transport: 'in-process' | 'redis';
  readonly isTransportConnected: boolean;
  /** End of the domain's log. */
  readonly lastPosition: number;
  /** Up to which position consumers can get the log; null while Redis has not answered yet. */
  readonly publishedTo: number | null;
  /** Per consuming domain, the position up to which it is recorded to have taken this log. */
  readonly consumers: Readonly<Record<string, number>>;
  /** Events of other domains that failed here, or wait behind one that did. */
  readonly parked: number;
  /** Of those, the ones that only an operator can set going again. */
  readonly exhausted: number;
  readonly followers: number;
}

export interface EventCheck {
  readonly name: string;
  /** @throws when this domain's events do not work. */
  check(): Promise<{ readonly status: 'ok' | 'warning'; readonly message?: string }>;
}

export interface EventRuntime {
  readonly outbox: Outbox;
  readonly feed: LiveFeed;
  /** Declares what this domain consumes. Once, before `start`. */
  consume(consumers: readonly EventConsumer[]): void;
  /** After migrations. Does not wait for Redis. */
  start(): Promise<void>;
  /** Takes nothing new, lets running handlers finish, publishes what is committed. The database and the transport stay open. */
  stop(): Promise<void>;
  status(): Promise<EventRuntimeStatus>;
  /** For readiness. What only delays events is a warning: it must not take the service away from its callers. */
  readonly checks: readonly EventCheck[];
  /** Events that are committed but not yet available to consumers. */
  lag(): Promise<number>;
  /** How many events of other domains are parked here. */
  parked(): Promise<number>;
  /** The parked events, oldest first. */
  listParked(limit?: number): Promise<ParkedEvent[]>;
  /** Tries parked events again, all or the named ones, with fresh attempts. Gives how many. */
  retryParked(eventIds?: readonly string[]): Promise<number>;
}

export interface EventRuntimeDeps {
  readonly domain: DomainName;
  readonly database: Database;
  /** Shared by the domains of one process. */
  readonly transport: EventTransport;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly limits?: Partial<EventLimits>;
}

export interface EventLimits {
  readonly parking: ParkingLimits;
  /** Most events of other domains that are being handled at once. */
  readonly inFlightMax: number;
  /** Most live events that wait for one follower. */
  readonly followerQueueMax: number;
  /** How often the log is asked for what nobody announced. */
  readonly livePollMs: number;
  /** How often parked events are looked at. */
  readonly sweepMs: number;
}

const limitsDefault: EventLimits = {
  parking: parkingLimitsDefault,
  inFlightMax: 500,
  followerQueueMax: 1_000,
  livePollMs: 500,
  sweepMs: 1_000,
};

/** Transactions of event handlers at once: PostgreSQL's pool is shared with requests, SQLite has one writer. */
const handlerTransactionsMax = { postgresql: 6, sqlite: 1 } as const;

/** The transport that the configuration asks for. Made once per process. */
export async function createEventTransport(config: Pick<Config, 'redisUrl'>, log: Logger): Promise<EventTransport> {
  if (config.redisUrl === null) return createInProcessTransport({ log });
  // Its libraries are loaded only where there is a Redis.
  const { createRedisTransport } = await import('./redis.transport.ts');
  return createRedisTransport({ url: config.redisUrl, log });
}

/**
 * @example
 * const runtime = createEventRuntime({ domain: 'wallet', database, transport, clock, ids, log });
 * runtime.consume(service.consumers ?? []);
 * await runtime.start();
 */
export function createEventRuntime(deps: EventRuntimeDeps): EventRuntime {
  const { domain, database, transport, clock, ids, log } = deps;
  const limits = { ...limitsDefault, ...deps.limits };
  const eventLog = createEventLog({ domain, database, clock });
  const tail = createLiveTail({
    eventLog,
    pollMs: limits.livePollMs,
    onError: (error, failures) => failures === 1 && log.warn({ err: error }, 'Following the event log failed; it is tried again'),
  });
  let nameLog: (logId: string) => void = () => {};
  const logId = new Promise<string>((resolve) => {
    nameLog = resolve;
  });
  const feed = createLiveFeed({ domain, eventLog, tail, logId, queueMax: limits.followerQueueMax });
  const publisher = transport.connectLog(eventLog);
  const relay = createRelay({ eventLog, publisher, onSequenced: (events) => tail.offer(events), log });
  const outbox = createOutbox({ domain, ids, clock, sequenceWithin: eventLog.sequenceWithin, onCommitted: relay.onCommitted });

  let consumption = createConsumption([]);
  let running: Subscription[] = [];
  let isReady = false;

  function createConsumption(consumers: readonly EventConsumer[]): {
    parking: Parking;
    sweeping: Worker;
    subscribe(): Subscription;
  } {
    const handlers = createHandlers(consumers);
    const parking = createParking({
      domain,
      database,
      handlers,
      clock,
      log,
      limits: limits.parking,
      onDue: () => sweeping.wake(),
    });
    const sweeping: Worker = createWorker({
      run: () => parking.sweep(),
      pauseMs: limits.sweepMs,
      onError: (error, failures) =>
        failures === 1 && log.warn({ err: error }, 'Retrying parked events failed; it is tried again'),
    });
    const transactionsMax = handlerTransactionsMax[database.provider];
    const inbox = createInbox({ domain, database, handlers, parking, transactionsMax });
    const subscribe = () =>
      transport.consume({
        consumer: domain,
        sources: handlers.sources,
        take: (event) => inbox.take(event),
        inFlightMax: limits.inFlightMax,
      });
    return { parking, sweeping, subscribe };
  }

  async function status(): Promise<EventRuntimeStatus> {
    const [{ lastPosition }, consumers, counts] = await Promise.all([
      eventLog.head(),
      eventLog.consumerPositions(),
      consumption.parking.counts(),
    ]);
    const { kind, isConnected } = transport.status();
    return {
      isReady,
      transport: kind,
      isTransportConnected: isConnected,
      lastPosition,
      publishedTo: publisher.publishedTo(),
      consumers: Object.fromEntries(consumers),
      ...counts,
      followers: tail.followers(),
    };
  }

  return {
    outbox,
    feed,
    consume: (consumers) => {
      if (isReady) throw new Error(`The event consumers of ${domain} must be declared before its event runtime starts.`);
      consumption = createConsumption(consumers);
    },
    start: async () => {
      const head = await eventLog.ensureHead(ids.next());
      tail.start(head.lastPosition);
      nameLog(head.logId);
      relay.start();
      consumption.sweeping.start();
      running = [transport.listen(domain, (events) => tail.offer(events)), consumption.subscribe()];
      isReady = true;
    },
    stop: async () => {
      isReady = false;
      feed.stop();
      await Promise.all([...running.map((subscription) => subscription.stop()), consumption.sweeping.stop()]);
      await relay.stop();
      await Promise.all([publisher.stop(), tail.stop()]);
    },
    status,
    checks: [{ name: 'events', check: async () => checkStatus(await status()) }],
    lag: async () => {
      const [{ lastPosition }, pending] = await Promise.all([eventLog.head(), eventLog.countPending()]);
      return pending + lastPosition - (publisher.publishedTo() ?? lastPosition);
    },
    parked: async () => (await consumption.parking.counts()).parked,
    listParked: (limit = 100) => consumption.parking.list(limit),
    retryParked: (eventIds) => consumption.parking.retry(eventIds),
  };
}

function checkStatus(status: EventRuntimeStatus): Awaited<ReturnType<EventCheck['check']>> {
  if (!status.isReady) throw new Error('The event runtime does not run.');
  const warnings = [];
  if (!status.isTransportConnected) warnings.push('Redis does not answer; events wait in the database');
  if (status.parked > 0)
    warnings.push(`${status.parked} events are parked, ${status.exhausted} of them for an operator to look at`);
  return warnings.length === 0 ? { status: 'ok' } : { status: 'warning', message: warnings.join('; ') };
}
