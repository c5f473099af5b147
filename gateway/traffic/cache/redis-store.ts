// Answers kept in Redis, shared by all gateways of an installation. Redis that cannot be reached is a cache that has nothing.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { CachedAnswer, CacheStore } from './cache-store.ts';

export interface RedisStoreOptions {
  readonly url: string;
  readonly log: Logger;
  readonly prefix?: string;
}

/** A cache that is slower than this is no help. */
const commandTimeoutMs = 250;
const connectPatienceMs = 2000;
/** Above any entry's age: tags live as long as the longest of their entries. */
const tagMarginSeconds = 60;

interface StoredAnswer extends CachedAnswer {
  /** What `dropAll` counts up; entries of an older epoch are not there any more. */
  readonly epoch: string;
}

/** Waits for the connection, but not for long: a gateway starts without its cache as well. */
export async function openRedisStore({ url, log, prefix = 'clawpurse:answers' }: RedisStoreOptions): Promise<CacheStore> {
  const redis = new Redis(url, {
    connectionName: 'clawpurse-answers',
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: commandTimeoutMs,
    retryStrategy: (attempts) => Math.min(50 * attempts, 1000),
  });
  let isAway = false;
  redis.on('ready', () => {
    isAway = false;
  });
  redis.on('error', (error: Error) => {
    if (!isAway) log.warn({ error }, 'The response cache cannot be reached; requests are answered without it.');
    isAway = true;
  });
  await once(redis, 'ready', { signal: AbortSignal.timeout(connectPatienceMs) }).catch(() => undefined);
  const keyOf = (key: string) => `${prefix}:${createHash('sha256').update(key).digest('base64url')}`;
  const tagOf = (tag: string) => `${prefix}:tag:${tag}`;
  const epochKey = `${prefix}:epoch`;
  const unlessAway = <T>(work: Promise<T>): Promise<T | null> =>
    work.catch((error: unknown) => {
      if (!isAway) log.warn({ error }, 'A command of the response cache failed.');
      return null;
    });

  return {
    async find(keys) {
      const [epoch, ...texts] = (await unlessAway(redis.mget(epochKey, ...keys.map(keyOf)))) ?? [];
      for (const text of texts) {
        if (text === null || text === undefined) continue;
        const answer = JSON.parse(text) as StoredAnswer;
        if (answer.epoch === (epoch ?? '0')) return answer;
      }
      return null;
    },
    async keep(key, answer) {
      const epoch = await unlessAway(redis.get(epochKey).then((text) => text ?? '0'));
      if (epoch === null) return;
      const stored = keyOf(key);
      const seconds = Math.max(1, Math.ceil(answer.maxAgeSeconds));
      const commands = redis.multi().set(stored, JSON.stringify({ ...answer, epoch } satisfies StoredAnswer), 'EX', seconds);
      for (const tag of answer.tags) {
        // By their expiry, so that those that are gone do not stay in the set of a tag that is always in use.
        commands.zremrangebyscore(tagOf(tag), 0, answer.storedAt);
        commands.zadd(tagOf(tag), answer.storedAt + seconds * 1000, stored);
        commands.expire(tagOf(tag), seconds + tagMarginSeconds, 'NX');
        commands.expire(tagOf(tag), seconds + tagMarginSeconds, 'GT');
      }
      await unlessAway(commands.exec());
    },
    async drop(tags) {
      if (tags.length === 0) return;
      const members = await unlessAway(redis.zunion(tags.length, ...tags.map(tagOf)));
      if (members !== null && members.length > 0) await unlessAway(redis.unlink(...members));
    },
    async dropAll() {
      await unlessAway(redis.incr(epochKey));
    },
    bytes: null,
    close: () => redis.disconnect(),
  };
}
