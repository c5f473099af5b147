// The gateway's own connection to Redis, for limits and stored documents. What uses it goes on without it.
import { Redis } from 'ioredis';
import type { Logger } from 'pino';

/** A request must not wait longer than this for what it can do without. */
const commandTimeoutMs = 250;

export function connectRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    connectionName: 'clawpurse-gateway',
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    retryStrategy: (attempts) => Math.min(50 * attempts, 1_000),
  });
  let isAway = false;
  redis.on('ready', () => {
    if (isAway) log.info('Redis is back; limits are shared again.');
    isAway = false;
  });
  redis.on('error', (error: Error) => {
    if (!isAway) log.warn({ error }, 'Redis cannot be reached; this gateway limits on its own until it can.');
    isAway = true;
  });
  return redis;
}
