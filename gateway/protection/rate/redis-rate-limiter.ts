// The rate limit that all gateways of an installation share, in Redis. While Redis is away each gateway limits on its own.
import type { Redis } from 'ioredis';
import { allowed, createMemoryRateLimiter, type Rate, type RateLimiter, type Taken } from './rate-limiter.ts';

/**
 * One step, so that no two gateways decide on the same number. By the clock of Redis, which is one clock for all. A key lives as long as it
 * says anything. KEYS[1] the caller; ARGV: amount, milliseconds per unit, window, whether it may be refused.
 */
const takeScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + ARGV[1] * ARGV[2]
local wait = full - ARGV[3] - now
if ARGV[4] == '1' and wait > 0 then return math.ceil(wait) end
if full <= now then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now)) end
return 0`;

type RateCommand = (key: string, amount: number, costMs: number, windowMs: number, mayRefuse: '0' | '1') => Promise<number>;

export interface RedisRateLimiterOptions {
  readonly redis: Redis;
  /** Begins the keys of this limit. */
  readonly prefix: string;
  readonly rate: Rate;
}

const commandName = 'clawpurseTakeRate';

export function createRedisRateLimiter({ redis, prefix, rate }: RedisRateLimiterOptions): RateLimiter {
  const { amount: burst, windowMs } = rate;
  const costMs = windowMs / burst;
  const own = createMemoryRateLimiter(rate);
  redis.defineCommand(commandName, { numberOfKeys: 1, lua: takeScript });
  const run: RateCommand = (...args) =>
    (redis as unknown as Record<string, RateCommand>)[commandName]?.(...args) as Promise<number>;

  return {
    take(caller, amount): Taken | Promise<Taken> {
      // Neither open nor closed: an outage of Redis must not stop the graph, and must not take its limits away.
      if (redis.status !== 'ready') return own.take(caller, amount);
      return run(prefix + caller, amount, costMs, windowMs, '1').then(
        (waitMs) => (waitMs === 0 ? allowed : { isAllowed: false, retryAfterMs: waitMs }),
        () => own.take(caller, amount),
      );
    },
    settle(caller, amount) {
      if (redis.status !== 'ready') return own.settle(caller, amount);
      run(prefix + caller, amount, costMs, windowMs, '0').catch(() => own.settle(caller, amount));
    },
  };
}
