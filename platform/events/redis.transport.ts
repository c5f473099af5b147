// Events between processes: one Redis stream per domain's log, one consumer group per consuming domain, pub/sub for those who only watch.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { type Ids, uuidIds } from '../clock.ts';
import type { DomainName } from '../domains.ts';
import { decodeEvents, type LoggedEvent } from './logged-event.ts';
import { createRedisConsumer } from './redis-consumer.ts';
import { createRedisPublisher } from './redis-publisher.ts';
import { createStreamScripts } from './redis-scripts.ts';
import type { EventTransport } from './transport.ts';

export interface RedisTransportDeps {
  readonly url: string;
  readonly log: Logger;
  readonly ids?: Ids;
  /** Begins the name of every key, for several installations on one Redis. */
  readonly prefix?: string;
  /** After this time without a sign of life, what a replica holds is taken over by another. */
  readonly claimIdleMs?: number;
}

const prefixDefault = 'clawpurse:events';
const claimIdleDefaultMs = 6_000;
const commandTimeoutMs = 5_000;
/** Above the blocking time of a read, and low enough to notice a dead connection. */
const blockingTimeoutMs = 8_000;

// Commands fail with the connection attempt they wait for: whoever issued them tries again, and knows what is still worth sending.
const connectionOptions: RedisOptions = {
  maxRetriesPerRequest: 0,
  commandTimeout: commandTimeoutMs,
  connectTimeout: 5_000,
  keepAlive: 10_000,
  retryStrategy: (attempts) => Math.min(50 * attempts, 1_000),
};

export function createRedisTransport(deps: RedisTransportDeps): EventTransport {
  const { url, log, ids = uuidIds, prefix = prefixDefault, claimIdleMs = claimIdleDefaultMs } = deps;
  const reader = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const connections = new Set<Redis>();

  function connect(purpose: string, options: RedisOptions = {}): Redis {
    const connection = new Redis(url, { ...connectionOptions, connectionName: `clawpurse-${purpose}`, ...options });
    connections.add(connection);
    let isAway = false;
    connection.on('ready', () => {
      if (isAway) log.info({ purpose }, 'Redis is back');
      isAway = false;
    });
    connection.on('error', (error: Error) => {
      if (!isAway) log.warn({ purpose, err: error }, 'Redis cannot be reached; the connection is tried again until it works');
      isAway = true;
    });
    return connection;
  }

  const client = connect('commands');
  const scripts = createStreamScripts(client);
  const streamOf = (source: DomainName) => `${prefix}:${source}`;
  const keysOf = (source: DomainName) => ({
    stream: streamOf(source),
    meta: `${streamOf(source)}:meta`,
    channel: `${streamOf(source)}:live`,
  });

  // Made when the first one listens.
  let subscriber: Redis | null = null;
  const listeners = new Map<string, Set<(events: readonly LoggedEvent[]) => void>>();

  function connectSubscriber(): Redis {
    // Subscribing waits for the connection, and ioredis subscribes again after each reconnection.
    const connection = connect('live', { maxRetriesPerRequest: null, commandTimeout: undefined });
    connection.on('message', (channel: string, message: string) => {
      try {
        const events = decodeEvents(message);
        for (const listener of listeners.get(channel) ?? []) listener(events);
      } catch (error) {
        log.error({ channel, err: error }, 'A live message cannot be read; its events are read from the log');
      }
    });
    return connection;
  }

  return {
    connectLog: (eventLog) => createRedisPublisher({ client, scripts, keys: keysOf(eventLog.domain), eventLog, ids, log }),
    consume: (consumption) => {
      if (consumption.sources.length === 0) return { stop: async () => {} };
      const blocking = connect(`read-${consumption.consumer}`, { commandTimeout: blockingTimeoutMs });
      const consumer = createRedisConsumer({ client, blocking, scripts, consumption, streamOf, reader, claimIdleMs, log });
      return {
        stop: async () => {
          await consumer.stop();
          connections.delete(blocking);
        },
      };
    },
    listen: (source, onEvents) => {
      const { channel } = keysOf(source);
      const known = listeners.get(channel) ?? new Set();
      listeners.set(channel, known.add(onEvents));
      subscriber ??= connectSubscriber();
      // Without Redis the listener finds what it misses in the log.
      if (known.size === 1)
        subscriber.subscribe(channel).catch((error: unknown) => log.warn({ channel, err: error }, 'Subscribing failed'));
      return {
        stop: async () => {
          known.delete(onEvents);
          if (known.size > 0) return;
          listeners.delete(channel);
          // Without a connection there is nothing to unsubscribe from, and the command would wait for one.
          if (subscriber?.status === 'ready') await subscriber.unsubscribe(channel).catch(() => undefined);
        },
      };
    },
    status: () => ({ kind: 'redis', isConnected: client.status === 'ready' }),
    close: async () => {
      for (const connection of connections) connection.disconnect();
      connections.clear();
    },
  };
}
