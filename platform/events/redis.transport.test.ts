// The Redis transport: replicas that share the work, and a Redis that is flushed, frozen, killed or replaced. The database remembers everything.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { providers } from '../testing/databases.ts';
import { type DisposableRedis, startDisposableRedis } from '../testing/disposable-redis.ts';
import { countEffects, createEffects, effectConsumer, expectEffectsOnceInOrder } from '../testing/effects.ts';
import { anEvent, createEventBus, type EventNode, eventually, useBus } from '../testing/event-bus.ts';
import { describeWithRedis } from '../testing/redis.ts';
import type { RecordedEvent } from './event.ts';

const subjectsOf = (count: number) => Array.from({ length: count }, () => randomUUID());

async function appendEach(node: EventNode, subjects: readonly string[], times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    await Promise.all(subjects.map((subject) => node.append(anEvent('wallet', { subject, feeds: ['all'] }))));
  }
}

function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

function followAll(node: EventNode): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  void (async () => {
    for await (const event of node.runtime.feed.follow({ key: 'all' })) events.push(event);
  })().catch(() => undefined);
  return events;
}

// On PostgreSQL only: SQLite's one writer leaves nothing to share.
describeWithRedis('replicas of a consumer', (redisUrl) => {
  const bus = useBus('postgresql', 'redis');

  it('share the work, and keep the order of each subject among them', async () => {
    const takenBy = { a: 0, b: 0, c: 0 };
    const wallet = await bus().start('wallet');
    const replicas = await Promise.all(
      (['a', 'b', 'c'] as const).map((name) =>
        bus().start('transaction', {
          process: name,
          // Few at a time, so that one replica cannot take everything.
          limits: { inFlightMax: 3 },
          consumers: [
            effectConsumer('wallet', async () => {
              takenBy[name] += 1;
              await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
            }),
          ],
        }),
      ),
    );
    const [first] = replicas;
    if (!first) throw new Error('There are three replicas.');
    await createEffects(first.database);
    // Fewer subjects than events in flight, so that successors often reach another replica than their predecessors.
    await appendEach(wallet, subjectsOf(4), 20);
    await eventually(async () => (await countEffects(first.database)) >= 80);
    await expectEffectsOnceInOrder(first.database, 80);
    expect(Math.min(...Object.values(takenBy))).toBeGreaterThan(5);
  });

  it('keep a parked subject in order, whichever of them meets it', async () => {
    let failuresLeft = 6;
    const wallet = await bus().start('wallet');
    const replicas = await Promise.all(
      ['a', 'b'].map((process) =>
        bus().start('transaction', {
          process,
          limits: { inFlightMax: 2, parking: { retryFirstMs: 5, retryMaxMs: 20, attemptsMax: 20 } },
          consumers: [
            effectConsumer('wallet', (event) => {
              if (event.position % 10 !== 0 || failuresLeft <= 0) return;
              failuresLeft -= 1;
              throw new Error('not yet');
            }),
          ],
        }),
      ),
    );
    const [first] = replicas;
    if (!first) throw new Error('There are two replicas.');
    await createEffects(first.database);
    await appendEach(wallet, subjectsOf(3), 20);
    await eventually(async () => (await countEffects(first.database)) >= 60);
    await expectEffectsOnceInOrder(first.database, 60);
    await eventually(async () => (await first.runtime.parked()) === 0);
  });

  it('take over what a dead one held, and leave alone what a slow one is still handling', async () => {
    let handledBySlow = 0;
    const gate = createGate();
    const wallet = await bus().start('wallet');
    const slow = await bus().start('transaction', {
      process: 'slow',
      claimIdleMs: 300,
      // Full with what it holds.
      limits: { inFlightMax: 2 },
      consumers: [
        effectConsumer('wallet', async () => {
          handledBySlow += 1;
          await gate.opened;
        }),
      ],
    });
    await createEffects(slow.database);
    await appendEach(wallet, ['one'], 2);
    await eventually(() => handledBySlow === 1);

    let handledByOther = 0;
    const other = await bus().start('transaction', {
      process: 'other',
      claimIdleMs: 300,
      consumers: [
        effectConsumer('wallet', () => {
          handledByOther += 1;
        }),
      ],
    });
    await appendEach(wallet, ['two'], 1);
    await eventually(() => handledByOther === 1);
    // Far longer than the idle time: the slow one gives signs of life.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(handledByOther).toBe(1);

    slow.crash();
    await new Promise((resolve) => setTimeout(resolve, 50));
    gate.open();
    await eventually(async () => (await countEffects(other.database)) === 3);
    await expectEffectsOnceInOrder(other.database, 3);
  });

  it('take over although they are full of what waits for the dead one', async () => {
    let isHolding = false;
    const gate = createGate();
    const wallet = await bus().start('wallet');
    const dying = await bus().start('transaction', {
      process: 'dying',
      limits: { inFlightMax: 2 },
      consumers: [
        effectConsumer('wallet', async () => {
          isHolding = true;
          await gate.opened;
        }),
      ],
    });
    await createEffects(dying.database);
    await appendEach(wallet, ['one'], 2);
    await eventually(() => isHolding);
    const full = await bus().start('transaction', {
      process: 'full',
      limits: { inFlightMax: 2 },
      consumers: [effectConsumer('wallet')],
    });
    await appendEach(wallet, ['one'], 4);
    dying.crash();
    gate.open();
    await eventually(async () => (await countEffects(full.database)) === 6);
    await expectEffectsOnceInOrder(full.database, 6);
  });

  it('hand over at once what they had not begun when they are stopped', async () => {
    let begun = 0;
    const gate = createGate();
    const wallet = await bus().start('wallet');
    const leaving = await bus().start('transaction', {
      process: 'leaving',
      claimIdleMs: 60_000,
      consumers: [
        effectConsumer('wallet', async () => {
          begun += 1;
          await gate.opened;
        }),
      ],
    });
    await createEffects(leaving.database);
    await appendEach(wallet, ['one'], 5);
    await eventually(() => begun === 1);
    const stopped = leaving.stop();
    gate.open();
    await stopped;
    expect(await countEffects(leaving.database)).toBe(1);

    const staying = await bus().start('transaction', {
      process: 'staying',
      claimIdleMs: 1_000,
      consumers: [effectConsumer('wallet')],
    });
    await eventually(async () => (await countEffects(staying.database)) === 5);
    await expectEffectsOnceInOrder(staying.database, 5);
  });

  it('have the stream trimmed only beneath what every group has taken', async () => {
    const client = new Redis(redisUrl);
    const wallet = await bus().start('wallet');
    const transaction = await bus().start('transaction', { process: 'one', consumers: [effectConsumer('wallet')] });
    const auth = await bus().start('auth', { process: 'two', consumers: [effectConsumer('wallet')] });
    await createEffects(transaction.database);
    await createEffects(auth.database);
    await appendEach(wallet, subjectsOf(30), 5);
    await eventually(async () => (await countEffects(auth.database)) === 150);
    auth.crash();
    await appendEach(wallet, subjectsOf(50), 5);
    await eventually(async () => (await countEffects(transaction.database)) === 400);
    await eventually(async () => (await wallet.runtime.status()).consumers.transaction === 400);
    const { consumers } = await wallet.runtime.status();
    expect(consumers.auth).toBeLessThanOrEqual(150);

    const back = await bus().start('auth', { process: 'three', consumers: [effectConsumer('wallet')] });
    await eventually(async () => (await countEffects(back.database)) === 400);
    await expectEffectsOnceInOrder(back.database, 400);
    // Whole nodes of a hundred entries go at once.
    await eventually(async () => (await wallet.runtime.status()).consumers.auth === 400);
    await eventually(async () => (await client.xlen(`${bus().prefix}:wallet`)) < 200);
    client.disconnect();
  });
});

for (const provider of providers) {
  describeWithRedis(`a Redis that misbehaves, on ${provider}`, () => {
    let redis: DisposableRedis | null = null;
    beforeAll(async () => {
      redis = await startDisposableRedis();
    });
    afterAll(() => redis?.stop());
    const bus = useBus(provider, 'redis');

    /** A producer with a follower in another replica, and a consumer. */
    async function startSystem(onHandle: (event: RecordedEvent) => Promise<void> | void = () => {}) {
      if (!redis) throw new Error('These tests start their own redis-server, and there is none on the PATH.');
      const redisUrl = redis.url;
      const wallet = await bus().start('wallet', { process: 'a', redisUrl });
      const watcher = await bus().start('wallet', { process: 'b', redisUrl });
      const transaction = await bus().start('transaction', {
        process: 'c',
        redisUrl,
        consumers: [effectConsumer('wallet', onHandle)],
      });
      await createEffects(transaction.database);
      return { wallet, watcher, transaction, redis };
    }

    it('loses nothing when it is flushed under load', async () => {
      const { wallet, watcher, transaction, redis } = await startSystem(() => new Promise((resolve) => setTimeout(resolve, 1)));
      const seen = followAll(watcher);
      const writing = appendEach(wallet, subjectsOf(8), 20);
      for (const at of [20, 60, 100]) {
        await eventually(async () => (await countEffects(transaction.database)) >= at);
        await redis.command('FLUSHALL');
      }
      await writing;
      await eventually(async () => (await countEffects(transaction.database)) >= 160, 15_000);
      await expectEffectsOnceInOrder(transaction.database, 160);
      await eventually(() => seen.length === 160);
      expect(seen.map((event) => event.position)).toEqual(Array.from({ length: 160 }, (_, index) => index + 1));
    });

    it('loses nothing when it is flushed while nobody writes and handlers are busy', async () => {
      let begun = 0;
      const gate = createGate();
      const { wallet, transaction, redis } = await startSystem(async () => {
        begun += 1;
        await gate.opened;
      });
      await appendEach(wallet, ['one', 'two'], 3);
      await eventually(() => begun >= 1);
      await redis.command('FLUSHALL');
      await eventually(async () => Number(await redis.command('DBSIZE')) > 0);
      gate.open();
      await eventually(async () => (await countEffects(transaction.database)) >= 6);
      await eventually(async () => (await wallet.runtime.status()).consumers.transaction === 6);
      await expectEffectsOnceInOrder(transaction.database, 6);
    });

    it('delays events but neither producers nor followers while it sleeps', async () => {
      const { wallet, watcher, transaction, redis } = await startSystem();
      await appendEach(wallet, ['one'], 1);
      await eventually(async () => (await countEffects(transaction.database)) === 1);
      const seen = followAll(watcher);
      let isAsleep = true;
      const woken = redis.command('DEBUG', 'SLEEP', 3).finally(() => {
        isAsleep = false;
      });
      await appendEach(wallet, subjectsOf(5), 4);
      await eventually(() => seen.length === 20);
      expect(isAsleep).toBe(true);
      await woken;
      await redis.command('CLIENT', 'PAUSE', 500, 'ALL');
      await appendEach(wallet, subjectsOf(5), 2);
      await eventually(async () => (await countEffects(transaction.database)) >= 31, 20_000);
      await expectEffectsOnceInOrder(transaction.database, 31);
    });

    it('may be killed and restarted empty, and may be away when everything starts', async () => {
      const before = await startSystem();
      const { wallet, watcher, transaction, redis } = before;
      await appendEach(wallet, ['one', 'two'], 5);
      await eventually(async () => (await countEffects(transaction.database)) === 10);
      const seen = followAll(watcher);
      await redis.kill();
      await appendEach(wallet, ['one', 'two'], 5);
      await eventually(() => seen.length === 10);
      await eventually(async () => !(await wallet.runtime.status()).isTransportConnected);
      const [check] = wallet.runtime.checks;
      expect(await check?.check()).toMatchObject({ status: 'warning' });
      // While Redis is away, a replica can start.
      const late = await bus().start('wallet', { process: 'late', redisUrl: redis.url });
      await appendEach(late, ['one', 'two'], 5);
      await redis.restart();
      await eventually(async () => (await countEffects(transaction.database)) >= 30, 15_000);
      await appendEach(wallet, ['one', 'two'], 5);
      await eventually(async () => (await countEffects(transaction.database)) >= 40, 15_000);
      await expectEffectsOnceInOrder(transaction.database, 40);
      await eventually(() => seen.length === 30);
      expect((await wallet.runtime.status()).isTransportConnected).toBe(true);
      await late.stop();
    });

    it('may come back as it was some time ago, or without the stream', async () => {
      const { wallet, transaction, redis } = await startSystem();
      const stream = `${bus().prefix}:wallet`;
      const client = new Redis(redis.url);
      await appendEach(wallet, ['one'], 5);
      await eventually(async () => (await countEffects(transaction.database)) === 5);
      await transaction.stop();

      const old = await client.dumpBuffer(stream);
      await appendEach(wallet, ['one'], 5);
      await eventually(async () => (await wallet.runtime.lag()) === 0);
      await client.restore(stream, 0, old, 'REPLACE');
      await appendEach(wallet, ['one'], 1);
      await eventually(async () => (await wallet.runtime.lag()) === 0);
      await client.del(stream);
      await appendEach(wallet, ['one'], 1);
      client.disconnect();

      const back = await bus().start('transaction', { process: 'd', redisUrl: redis.url, consumers: [effectConsumer('wallet')] });
      await eventually(async () => (await countEffects(back.database)) >= 12);
      await expectEffectsOnceInOrder(back.database, 12);
    });

    it('may hold the stream of a database that was since made anew', async () => {
      if (!redis) throw new Error('These tests start their own redis-server.');
      const prefix = `test:${randomUUID()}`;
      const old = createEventBus(provider, 'redis', { prefix });
      const oldWallet = await old.start('wallet', { redisUrl: redis.url });
      await appendEach(oldWallet, ['one'], 8);
      await eventually(async () => (await oldWallet.runtime.lag()) === 0);
      await old.close();

      const fresh = createEventBus(provider, 'redis', { prefix });
      try {
        const wallet = await fresh.start('wallet', { redisUrl: redis.url });
        const transaction = await fresh.start('transaction', { redisUrl: redis.url, consumers: [effectConsumer('wallet')] });
        await createEffects(transaction.database);
        await appendEach(wallet, ['two'], 3);
        await eventually(async () => (await countEffects(transaction.database)) === 3);
        await expectEffectsOnceInOrder(transaction.database, 3);
      } finally {
        await fresh.close();
      }
    });

    it('may run ahead of a log that was restored from a backup', async () => {
      const { wallet, transaction } = await startSystem();
      await appendEach(wallet, ['one'], 6);
      await eventually(async () => (await countEffects(transaction.database)) === 6);
      await wallet.database.transaction(async (tx) => {
        await tx.client.$executeRaw`DELETE FROM outbox_event WHERE position > 2`;
        await tx.client.$executeRaw`DELETE FROM outbox_event_feed WHERE position > 2`;
        await tx.client.$executeRaw`UPDATE outbox_head SET last_position = 2 WHERE id = 1`;
        await tx.client.$executeRaw`UPDATE outbox_consumer SET position = 2`;
      });
      // The upkeep notices within its pause; what is written afterwards takes the positions anew.
      await eventually(async () => (await wallet.runtime.status()).publishedTo === 2);
      await appendEach(wallet, ['two'], 2);
      await eventually(async () => (await countEffects(transaction.database)) === 8);
    });
  });
}
