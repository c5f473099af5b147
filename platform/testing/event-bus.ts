// Event runtimes for tests: several domains, several replicas as if in processes of their own, on both databases and both transports.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterEach, beforeAll, describe } from 'vitest';
import { systemClock, uuidIds } from '../clock.ts';
import { environment } from '../config/environment.ts';
import type { Database, DatabaseProvider, DatabaseTransaction } from '../database/database.ts';
import { openTarget } from '../database/open.ts';
import type { DatabaseTarget } from '../database/target.ts';
import { type DomainName, domainNames } from '../domains.ts';
import type { EventConsumer, NewEvent, RecordedEvent } from '../events/event.ts';
import { createInProcessTransport } from '../events/in-process.transport.ts';
import { createRedisTransport } from '../events/redis.transport.ts';
import { createEventRuntime, type EventLimits, type EventRuntime } from '../events/runtime.ts';
import type { EventTransport } from '../events/transport.ts';
import { createTestTarget, providers } from './databases.ts';
import { howToGetRedis, testRedisUrl } from './redis.ts';

const log = pino({ level: environment().TEST_LOG_LEVEL ?? 'silent' });

/** One runtime of one domain: a replica. */
export interface EventNode {
  readonly domain: DomainName;
  readonly runtime: EventRuntime;
  readonly database: Database;
  readonly transport: EventTransport;
  /** Appends in one transaction of its own. */
  append(...events: NewEvent[]): Promise<void>;
  stop(): Promise<void>;
  /** As a kill would: nothing more reaches the database or the transport, and nothing is handed over. */
  crash(): void;
}

export interface NodeOptions {
  readonly consumers?: readonly EventConsumer[];
  readonly limits?: Partial<EventLimits>;
  /** Nodes of one process share a transport. */
  readonly process?: string;
  /** Puts something between the runtime and its transport. */
  readonly wrapTransport?: (transport: EventTransport) => EventTransport;
  readonly redisUrl?: string;
  readonly claimIdleMs?: number;
}

export type TransportKind = 'in-process' | 'redis';

/** A set of domains that meet on one bus. Nodes of one domain share its database. */
export interface EventBus {
  readonly provider: DatabaseProvider;
  readonly transport: TransportKind;
  /** Begins the names of its keys in Redis. */
  readonly prefix: string;
  start(domain: DomainName, options?: NodeOptions): Promise<EventNode>;
  /** Stops and closes everything that was started. */
  close(): Promise<void>;
}

/** Buses with one prefix meet in Redis. */
export function createEventBus(
  provider: DatabaseProvider,
  transport: TransportKind,
  { prefix = `test:${randomUUID()}` }: { prefix?: string } = {},
): EventBus {
  const targets = new Map<DomainName, Promise<DatabaseTarget>>();
  const transports = new Map<string, EventTransport>();
  const nodes: EventNode[] = [];
  const databases: Database[] = [];

  function targetOf(domain: DomainName): Promise<DatabaseTarget> {
    const known = targets.get(domain) ?? createTestTarget(domain, provider);
    targets.set(domain, known);
    return known;
  }

  function transportOf({ process = 'main', redisUrl, claimIdleMs = 400 }: NodeOptions): EventTransport {
    const known = transports.get(process);
    if (known) return known;
    const url = redisUrl ?? testRedisUrl() ?? 'redis://none';
    const created =
      transport === 'redis' ? createRedisTransport({ url, log, prefix, claimIdleMs }) : createInProcessTransport({ log });
    transports.set(process, created);
    return created;
  }

  return {
    provider,
    transport,
    prefix,
    start: async (domain, options = {}) => {
      const opened = await openTarget({ domain, target: await targetOf(domain) });
      databases.push(opened);
      const mortal = createMortalDatabase(opened);
      const { database } = mortal;
      const shared = transportOf(options);
      const used = options.wrapTransport?.(shared) ?? shared;
      const runtime = createEventRuntime({
        domain,
        database,
        transport: used,
        clock: systemClock,
        ids: uuidIds,
        log,
        limits: { livePollMs: 100, sweepMs: 50, ...options.limits },
      });
      runtime.consume(options.consumers ?? []);
      await runtime.start();
      const node: EventNode = {
        domain,
        runtime,
        database,
        transport: used,
        append: (...events) => database.transaction((tx) => runtime.outbox.append(tx, events)),
        stop: () => runtime.stop(),
        crash: () => {
          mortal.die();
          void shared.close();
          transports.delete(options.process ?? 'main');
        },
      };
      nodes.push(node);
      return node;
    },
    close: async () => {
      await Promise.all(nodes.map((node) => node.stop().catch(() => undefined)));
      await Promise.all([...transports.values()].map((each) => each.close()));
      if (transport === 'redis') await removeKeys(testRedisUrl(), prefix);
      await Promise.all(databases.map((database) => database.close()));
    },
  };
}

async function removeKeys(url: string | null, prefix: string): Promise<void> {
  if (url === null) return;
  const client = new Redis(url, { maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  const keys = domainNames.flatMap((domain) => [`${prefix}:${domain}`, `${prefix}:${domain}:meta`]);
  await client.unlink(...keys).catch(() => undefined);
  client.disconnect();
}

/** A database that a process can lose its grip on: what was not committed when it died never is. */
function createMortalDatabase(database: Database): { database: Database; die(): void } {
  let isDead = false;
  const assertAlive = () => {
    if (isDead) throw new Error('This process is dead.');
  };
  const client = new Proxy(database.client, {
    get: (target, name) => {
      assertAlive();
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const mortal =
    (run: Database['transaction']): Database['transaction'] =>
    async (work, options) => {
      assertAlive();
      return run(async (tx) => {
        const result = await work({ ...tx, onCommit: (action) => tx.onCommit(() => !isDead && action()) });
        assertAlive();
        return result;
      }, options);
    };
  return {
    database: {
      ...database,
      client,
      transaction: mortal(database.transaction),
      batchTransaction: mortal(database.batchTransaction),
    },
    die: () => {
      isDead = true;
    },
  };
}

/** Runs the same tests on every pair of database and transport. Everything that a test starts is stopped after it. */
export function describeEachBus(name: string, suite: (bus: () => EventBus) => void): void {
  const kinds: readonly TransportKind[] = ['in-process', 'redis'];
  for (const provider of providers) {
    for (const kind of kinds) {
      const title = `${name} on ${provider}, ${kind}`;
      if (kind === 'redis' && testRedisUrl() === null) describe.skip(`${title} (${howToGetRedis})`, () => suite(noBus));
      else describe(title, () => suite(useBus(provider, kind)));
    }
  }
}

/** A bus per test. */
export function useBus(provider: DatabaseProvider, transport: TransportKind): () => EventBus {
  let bus: EventBus | null = null;
  // Servers start and templates are migrated before the first test's time runs.
  beforeAll(async () => {
    for (const domain of ['wallet', 'transaction', 'auth'] as const) await createTestTarget(domain, provider);
  });
  afterEach(async () => {
    const used = bus;
    bus = null;
    await used?.close();
  });
  return () => {
    bus ??= createEventBus(provider, transport);
    return bus;
  };
}

function noBus(): EventBus {
  throw new Error(howToGetRedis);
}

/** Waits for a condition. @throws when it does not come true in time. */
export async function eventually(condition: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Still not true after ${timeoutMs} ms: ${condition}`);
    await sleep(5);
  }
}

let counter = 0;

/** An event of the domain with a running number in its data. */
export function anEvent(domain: DomainName, given: Partial<NewEvent> = {}): NewEvent {
  counter += 1;
  return { type: `clawpurse.${domain}.happened.v1`, kind: 'domain', subject: randomUUID(), data: { number: counter }, ...given };
}

/** Consumes everything of a domain into a list, each event in a transaction. */
export function recordingConsumer(
  source: DomainName,
  onEvent: (event: RecordedEvent, tx: DatabaseTransaction) => Promise<void> | void = () => {},
) {
  const taken: RecordedEvent[] = [];
  const consumer: EventConsumer = {
    types: [`clawpurse.${source}.happened.v1`],
    handler: {
      mode: 'transaction',
      handle: async (event, tx) => {
        await onEvent(event, tx);
        tx.onCommit(() => taken.push(event));
      },
    },
  };
  return { taken, consumer };
}
