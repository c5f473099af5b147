// A caller gets the rate and one burst, no more and no less; all gateways together, and each on its own while Redis is away.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../platform/log.ts';
import { type DisposableRedis, startDisposableRedis } from '../../../platform/testing/disposable-redis.ts';
import { untilPasses } from '../../../platform/testing/until-passes.ts';
import { sha256 } from '../documents/manifest.ts';
import { createPersistedQueries } from '../documents/persisted-queries.ts';
import { connectRedis } from '../redis.ts';
import { addressCaller } from './rate.stage.ts';
import { createMemoryRateLimiter, type Taken } from './rate-limiter.ts';
import { createRedisRateLimiter } from './redis-rate-limiter.ts';

const rate = { amount: 10, windowMs: 1000 };

describe('a rate limit in memory', () => {
  const steps = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 400 }), amount: fc.integer({ min: 1, max: 6 }) }), {
    minLength: 1,
    maxLength: 60,
  });

  it('never gives more than a burst and the rate, in any stretch of time', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let nowMs = 1_000_000;
        const limiter = createMemoryRateLimiter(rate, { now: () => new Date(nowMs) });
        const given: { readonly atMs: number; readonly amount: number }[] = [];
        for (const { waitMs, amount } of all) {
          nowMs += waitMs;
          if ((limiter.take('a', amount) as Taken).isAllowed) given.push({ atMs: nowMs, amount });
        }
        const excesses = given.flatMap(({ atMs }, index) => {
          let sum = 0;
          return given.slice(index).map((later) => {
            sum += later.amount;
            return sum - rate.amount - ((later.atMs - atMs) * rate.amount) / rate.windowMs;
          });
        });
        return Math.max(0, ...excesses) < 1e-6;
      }),
    );
  });

  it('tells truly when to come back: then, and not a moment before', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let nowMs = 5000;
        const limiter = createMemoryRateLimiter(rate, { now: () => new Date(nowMs) });
        for (const { waitMs, amount } of all) {
          nowMs += waitMs;
          const { isAllowed, retryAfterMs } = limiter.take('a', amount) as Taken;
          if (isAllowed) continue;
          nowMs += retryAfterMs - 1;
          if ((limiter.take('a', amount) as Taken).isAllowed) return false;
          nowMs += 1;
          if (!(limiter.take('a', amount) as Taken).isAllowed) return false;
        }
        return true;
      }),
    );
  });

  it('keeps callers apart, and settles what was taken too much or too little', () => {
    const limiter = createMemoryRateLimiter(rate, { now: () => new Date(0) });
    const take = (caller: string, amount: number) => (limiter.take(caller, amount) as Taken).isAllowed;
    expect([take('a', 10), take('a', 1), take('b', 10)]).toEqual([true, false, true]);
    limiter.settle('a', -4);
    expect([take('a', 4), take('a', 1)]).toEqual([true, false]);
    limiter.settle('c', 12);
    expect([take('c', 1), limiter.take('c', 1)]).toEqual([false, { isAllowed: false, retryAfterMs: 300 }]);
    expect(take('d', 11)).toBe(false);
  });
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [null, null],
])('counts %s for %s', (address, caller) => {
  expect(addressCaller({ client: { address, userAgent: null } })).toBe(caller);
});

const redisServer = await startDisposableRedis();

describe.skipIf(redisServer === null)('in Redis', () => {
  const server = redisServer as DisposableRedis;
  const log = silentLogger();
  const connections = [0, 1].map(() => connectRedis(server.url, log));
  const ready = () => untilPasses(() => expect(connections.map(({ status }) => status)).toEqual(['ready', 'ready']));
  beforeAll(ready);
  afterAll(async () => {
    for (const connection of connections) connection.disconnect();
    await server.stop();
  });

  it('limits are shared by all gateways, and each limits on its own while Redis is away', async () => {
    const slow = { amount: 10, windowMs: 600_000 };
    const limiters = connections.map((redis) => createRedisRateLimiter({ redis, prefix: 'test:', rate: slow }));
    const takeAll = async () => {
      const taken = await Promise.all(Array.from({ length: 30 }, (_, index) => limiters[index % 2]?.take('a', 1)));
      return taken.filter((each) => each?.isAllowed === true).length;
    };
    expect(await takeAll()).toBe(10);
    const refused = await limiters[0]?.take('a', 1);
    expect(refused?.retryAfterMs).toBeGreaterThan(50_000);
    expect(refused?.retryAfterMs).toBeLessThanOrEqual(60_000);
    limiters[1]?.settle('a', -3);
    await untilPasses(async () => expect((await limiters[0]?.take('a', 3))?.isAllowed).toBe(true));
    expect(Number(await server.command('PTTL', 'test:a'))).toBeGreaterThan(500_000);

    await server.kill();
    await untilPasses(() => expect(connections.some(({ status }) => status === 'ready')).toBe(false));
    expect(await takeAll()).toBe(20);
    await server.restart();
    await ready();
    expect(await takeAll()).toBe(10);
  });

  it('documents that one gateway was sent are known to all, and only under their own hash', async () => {
    const [one, other] = connections.map((redis) => createPersistedQueries(redis));
    const text = '{ people { name } }';
    one?.add(sha256(text), text);
    await untilPasses(async () => expect(await other?.find(sha256(text))).toBe(text));
    const poisoned = sha256('{ people { id } }');
    await server.command('SET', `clawpurse:apq:${poisoned}`, '{ everything }');
    expect(await other?.find(poisoned)).toBeUndefined();
    expect(Number(await server.command('TTL', `clawpurse:apq:${sha256(text)}`))).toBeGreaterThan(86_000);
  });
});
