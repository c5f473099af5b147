// Where answers are kept: the contract of both stores, and the one in memory, bounded by bytes.
import { LRUCache } from 'lru-cache';

export interface CachedAnswer {
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
  readonly maxAgeSeconds: number;
  readonly scope: 'PUBLIC' | 'PRIVATE';
  readonly tags: readonly string[];
}

/** Losing an entry costs a fetch; an entry that should have been dropped costs a wrong answer. */
export interface CacheStore {
  /** The first of the keys that is there. Never rejects. */
  find(keys: readonly string[]): Promise<CachedAnswer | null> | CachedAnswer | null;
  keep(key: string, answer: CachedAnswer): Promise<void> | void;
  /** Drops every answer that has one of the tags. */
  drop(tags: readonly string[]): Promise<void> | void;
  dropAll(): Promise<void> | void;
  /** Null where the store is not this process's own. */
  readonly bytes: number | null;
  close(): Promise<void> | void;
}

/** Bookkeeping per entry and per tag beyond the text, as measured on Node 20. */
const entryOverheadBytes = 400;
const tagOverheadBytes = 150;

export function createMemoryStore(bytesMax: number): CacheStore {
  const keysOf = new Map<string, Set<string>>();
  const entries = new LRUCache<string, CachedAnswer>({
    maxSize: bytesMax,
    // V8 keeps text of Latin-1 in one byte a character; the rest in two.
    sizeCalculation: ({ body, tags }, key) =>
      2 * (body.length + key.length) + entryOverheadBytes + tags.length * tagOverheadBytes,
    dispose({ tags }, key) {
      for (const tag of tags) {
        const keys = keysOf.get(tag);
        keys?.delete(key);
        if (keys?.size === 0) keysOf.delete(tag);
      }
    },
  });
  return {
    find(keys) {
      for (const key of keys) {
        const found = entries.get(key);
        if (found !== undefined) return found;
      }
      return null;
    },
    keep(key, answer) {
      entries.set(key, answer, { ttl: answer.maxAgeSeconds * 1000 });
      if (!entries.has(key)) return;
      for (const tag of answer.tags) {
        const keys = keysOf.get(tag) ?? new Set();
        keysOf.set(tag, keys.add(key));
      }
    },
    drop(tags) {
      for (const tag of tags) for (const key of [...(keysOf.get(tag) ?? [])]) entries.delete(key);
    },
    dropAll: () => entries.clear(),
    get bytes() {
      return entries.calculatedSize;
    },
    close: () => entries.clear(),
  };
}
