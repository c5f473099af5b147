// Automatic persisted queries: texts that clients sent once and name by their SHA-256 from then on. In memory, and in Redis for all gateways.
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { sha256 } from './manifest.ts';

export interface PersistedQueries {
  find(hash: string): string | undefined | Promise<string | undefined>;
  /** Remembers a text under its hash, which was checked. Never fails. */
  add(hash: string, text: string): void;
}

/** Characters of all texts together in one process; anybody may register ever new ones. */
const lengthsMax = 5_000_000;
/** Longer texts are not remembered, and sent each time. */
const lengthMax = 50_000;
/** Texts that nobody has asked for in this time are forgotten by Redis. */
const redisTtlSeconds = 86_400;
const redisPrefix = 'clawpurse:apq:';

export function createPersistedQueries(redis: Redis | null): PersistedQueries {
  const known = new LRUCache<string, string>({
    maxSize: lengthsMax,
    maxEntrySize: lengthMax,
    sizeCalculation: (text) => Math.max(1, text.length),
  });

  async function findShared(shared: Redis, hash: string): Promise<string | undefined> {
    const text = await shared.getex(redisPrefix + hash, 'EX', redisTtlSeconds).catch(() => null);
    // Redis may hold what others wrote: a text counts only under its own hash.
    if (text === null || sha256(text) !== hash) return undefined;
    known.set(hash, text);
    return text;
  }

  return {
    find: (hash) => known.get(hash) ?? (redis?.status === 'ready' ? findShared(redis, hash) : undefined),
    add(hash, text) {
      if (text.length > lengthMax || known.has(hash)) return;
      known.set(hash, text);
      if (redis?.status === 'ready') redis.set(redisPrefix + hash, text, 'EX', redisTtlSeconds).catch(() => {});
    },
  };
}
