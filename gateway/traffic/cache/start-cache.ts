// Starts the response cache as it is configured, with the events that keep it true.
import type { Logger } from 'pino';
import type { Config } from '../../../platform/config/config.ts';
import { domainNames } from '../../../platform/domains.ts';
import type { EventTransport } from '../../../platform/events/transport.ts';
import type { Stage } from '../../edge/pipeline.ts';
import type { LiveGraph } from '../../supergraph/live-graph.ts';
import { createMemoryStore } from './cache-store.ts';
import { dropOnEvents } from './event-invalidation.ts';
import { type CacheOutcome, createResponseCache } from './response-cache.ts';

export interface StartCacheOptions {
  readonly config: Config['gateway']['responseCache'];
  readonly redisUrl: string | null;
  readonly live: LiveGraph;
  /** Without it, answers live as long as their age allows. */
  readonly events: Pick<EventTransport, 'listen'> | undefined;
  readonly observe: (outcome: CacheOutcome) => void;
  readonly log: Logger;
}

export interface StartedCache {
  readonly stage: Stage;
  /** Null where the store is not this process's own. */
  readonly bytes: number | null;
  stop(): Promise<void>;
}

/** Null when it is off. */
export async function startResponseCache(options: StartCacheOptions): Promise<StartedCache | null> {
  const { config, redisUrl, live, events, observe, log } = options;
  if (config.store === 'off') return null;
  const store = await openStore();
  const cache = createResponseCache({ store, maxAgeSecondsMax: config.maxAgeSecondsMax, observe });
  const dropping = events === undefined ? null : dropOnEvents(cache, live, events, domainNames);
  // What a store of others has kept may have changed while nobody here was listening.
  if (config.store === 'redis') await cache.dropAll();
  return {
    stage: cache.stage,
    get bytes() {
      return store.bytes;
    },
    async stop() {
      await dropping?.stop();
      await store.close();
    },
  };

  async function openStore() {
    if (config.store === 'memory') return createMemoryStore(config.bytesMax);
    // Its library is loaded only where there is a Redis.
    const { openRedisStore } = await import('./redis-store.ts');
    return openRedisStore({ url: redisUrl ?? '', log });
  }
}
