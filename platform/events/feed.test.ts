// Live feeds: what was missed first, then what happens, in order, none missing and none twice, whatever happens to the processes between.
import { setMaxListeners } from 'node:events';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { systemClock, uuidIds } from '../clock.ts';
import { describeEachDatabase } from '../testing/databases.ts';
import { anEvent, describeEachBus, type EventBus, type EventNode, eventually } from '../testing/event-bus.ts';
import { encodeCursor } from './cursor.ts';
import type { LiveFeed, RecordedEvent } from './event.ts';
import { createEventLog } from './event-log.ts';
import { createLiveFeed } from './feed.ts';
import { createLiveTail } from './live-tail.ts';
import { createOutbox } from './outbox.ts';

/** Follows until told to stop. */
function follow(feed: LiveFeed, key: string, after?: string | null) {
  const events: RecordedEvent[] = [];
  const stopping = new AbortController();
  const done = (async () => {
    for await (const event of feed.follow({ key, after, signal: stopping.signal })) events.push(event);
  })();
  done.catch(() => undefined);
  return {
    events,
    done,
    positions: () => events.map((event) => event.position),
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}

const onFeed = (key: string) => anEvent('wallet', { feeds: [key] });

/** Two replicas of one domain. In process they know of each other through the database alone. */
async function startReplicas(bus: EventBus): Promise<[EventNode, EventNode]> {
  return [await bus.start('wallet', { process: 'a' }), await bus.start('wallet', { process: 'b' })];
}

describeEachBus('a live feed', (bus) => {
  it('delivers the events of its key from now on, in every replica', async () => {
    const [a, b] = await startReplicas(bus());
    await a.append(onFeed('user:1'));
    await eventually(
      async () =>
        (await b.runtime.status()).lastPosition === 1 &&
        (await a.runtime.feed.currentCursor()) === (await b.runtime.feed.currentCursor()),
    );
    const followers = [follow(a.runtime.feed, 'user:1'), follow(b.runtime.feed, 'user:1')];
    await a.append(onFeed('user:1'), onFeed('user:2'));
    await b.append(onFeed('user:1'));
    for (const follower of followers) await eventually(() => follower.events.length === 2);
    for (const follower of followers) expect(follower.positions()).toEqual([2, 4]);
    await Promise.all(followers.map((follower) => follower.stop()));
    expect((await a.runtime.status()).followers).toBe(0);
  });

  it('replays what came after the cursor, then goes on live', async () => {
    const [a, b] = await startReplicas(bus());
    const start = await a.runtime.feed.currentCursor();
    for (let i = 0; i < 300; i += 50) await a.append(...Array.from({ length: 50 }, () => onFeed('user:1')));
    const first = follow(a.runtime.feed, 'user:1', start);
    await eventually(() => first.events.length === 300);
    await first.stop();

    const seen = first.events[99];
    if (!seen) throw new Error('There are 300 events.');
    const second = follow(b.runtime.feed, 'user:1', a.runtime.feed.cursorOf(seen));
    await b.append(onFeed('user:1'));
    await eventually(() => second.events.length === 201);
    expect(second.positions()).toEqual(Array.from({ length: 201 }, (_, index) => index + 101));
    await second.stop();
  });

  it('gives a cursor after which everything comes that commits from then on', async () => {
    const wallet = await bus().start('wallet');
    await wallet.append(onFeed('user:1'));
    const cursor = await wallet.runtime.feed.currentCursor();
    await wallet.append(onFeed('user:1'));
    await eventually(async () => (await wallet.runtime.status()).lastPosition === 2);
    const follower = follow(wallet.runtime.feed, 'user:1', cursor);
    await eventually(() => follower.positions().includes(2));
    await follower.stop();
  });

  it('misses and repeats nothing while others write and it reconnects at random cursors', async () => {
    const replicas = await startReplicas(bus());
    const start = await replicas[0].runtime.feed.currentCursor();
    let written = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            writer: fc.nat(1),
            count: fc.integer({ min: 1, max: 4 }),
            key: fc.constantFrom('even', 'odd'),
            reader: fc.nat(1),
            action: fc.constantFrom('go on', 'reconnect', 'go back'),
          }),
          { minLength: 5, maxLength: 25 },
        ),
        async (steps) => {
          let reader = 0;
          let cursor: string | null = start;
          const taken: RecordedEvent[] = [];
          let session = follow(replicas[0].runtime.feed, 'even', cursor);
          const writes: Promise<void>[] = [];
          for (const step of steps) {
            const writer = replicas[step.writer as 0 | 1];
            writes.push(writer.append(...Array.from({ length: step.count }, () => onFeed(step.key))));
            if (step.key === 'even') written += step.count;
            // Lets some of it happen, not all.
            await new Promise((resolve) => setImmediate(resolve));
            if (step.action === 'go on') continue;
            await session.stop();
            taken.push(...session.events);
            if (step.action === 'go back') taken.length = Math.floor(taken.length / 2);
            reader = step.reader;
            const feed = replicas[reader as 0 | 1].runtime.feed;
            const last = taken.at(-1);
            cursor = last ? feed.cursorOf(last) : start;
            session = follow(feed, 'even', cursor);
          }
          await Promise.all(writes);
          await eventually(() => taken.length + session.events.length >= written);
          await session.stop();
          taken.push(...session.events);
          const positions = taken.map((event) => event.position);
          expect(positions).toHaveLength(written);
          expect(positions).toEqual([...new Set(positions)].sort((x, y) => x - y));
        },
      ),
      { numRuns: 8 },
    );
  });

  it('ends quietly when the signal aborts or the reader leaves, and with an error when the runtime stops', async () => {
    const wallet = await bus().start('wallet');
    const quiet = follow(wallet.runtime.feed, 'user:1');
    await quiet.stop();
    const iterator = wallet.runtime.feed.follow({ key: 'user:1' })[Symbol.asyncIterator]();
    const waiting = iterator.next();
    await iterator.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });

    const cursor = await wallet.runtime.feed.currentCursor();
    const cut = follow(wallet.runtime.feed, 'user:1', cursor);
    await eventually(async () => (await wallet.runtime.status()).followers === 1);
    await wallet.stop();
    await expect(cut.done).rejects.toMatchObject({ code: 'FEED_INTERRUPTED', retryable: true, details: { cursor } });
  });

  it('ends a follower that is too slow, telling it where to go on', async () => {
    const wallet = await bus().start('wallet', { limits: { followerQueueMax: 20 } });
    const iterator = wallet.runtime.feed.follow({ key: 'user:1' })[Symbol.asyncIterator]();
    await wallet.append(...Array.from({ length: 5 }, () => onFeed('user:1')));
    for (let i = 1; i <= 3; i += 1) expect((await iterator.next()).value.position).toBe(i);
    await wallet.append(...Array.from({ length: 60 }, () => onFeed('user:1')));
    await eventually(async () => (await wallet.runtime.status()).followers === 0);

    const refusal = await iterator.next().then(
      () => null,
      (error: { code: string; retryable: boolean; details: { cursor: string } }) => error,
    );
    expect(refusal).toMatchObject({ code: 'FEED_INTERRUPTED', retryable: true });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    const again = follow(wallet.runtime.feed, 'user:1', refusal?.details.cursor);
    await eventually(() => again.events.length === 62);
    expect(again.positions()[0]).toBe(4);
    await again.stop();
  });
});

describeEachBus('a cursor', (bus) => {
  it('is refused when it is malformed, foreign, of another log, or ahead of the log', async () => {
    const wallet = await bus().start('wallet');
    await wallet.append(onFeed('user:1'));
    const log = createEventLog({ domain: 'wallet', database: wallet.database, clock: systemClock });
    await eventually(async () => (await log.head()).lastPosition === 1);
    const { logId } = await log.head();
    const refused = async (after: string) => {
      const attempt = wallet.runtime.feed.follow({ key: 'user:1', after })[Symbol.asyncIterator]().next();
      await expect(attempt).rejects.toMatchObject({ code: 'INVALID_CURSOR', retryable: false });
    };
    await refused('');
    await refused('nonsense');
    await refused('x'.repeat(10_000));
    await refused(Buffer.from('wallet:1').toString('base64url'));
    await refused(`${encodeCursor({ domain: 'wallet', logId, position: 1 })}=`);
    await refused(encodeCursor({ domain: 'auth', logId, position: 1 }));
    await refused(encodeCursor({ domain: 'wallet', logId: '01930000-0000-7000-8000-000000000000', position: 1 }));
    await refused(encodeCursor({ domain: 'wallet', logId, position: 2 }));
    await refused(encodeCursor({ domain: 'wallet', logId, position: 999_999_999_999_999 }));
    const follower = follow(wallet.runtime.feed, 'user:1', encodeCursor({ domain: 'wallet', logId, position: 0 }));
    await eventually(() => follower.events.length === 1);
    await follower.stop();
  });
});

describeEachDatabase('a process whose tail lags behind the log', (open) => {
  async function openFeed(pollMs: number) {
    const database = await open('wallet');
    const eventLog = createEventLog({ domain: 'wallet', database, clock: systemClock });
    const { logId } = await eventLog.ensureHead('01930000-0000-7000-8000-00000000000f');
    const outbox = createOutbox({ domain: 'wallet', ids: uuidIds, clock: systemClock });
    const write = async (count: number) => {
      await database.transaction((tx) =>
        outbox.append(
          tx,
          Array.from({ length: count }, () => onFeed('all')),
        ),
      );
      return eventLog.sequence(count);
    };
    const tail = createLiveTail({ eventLog, pollMs, onError: () => undefined });
    const feed = createLiveFeed({ domain: 'wallet', eventLog, tail, logId: Promise.resolve(logId), queueMax: 100 });
    tail.start(0);
    return { logId, write, tail, feed };
  }

  it('accepts the cursor of one that is further, and starts behind it', async () => {
    const { logId, write, tail, feed } = await openFeed(60_000);
    const known = await write(5);
    const follower = follow(feed, 'all', encodeCursor({ domain: 'wallet', logId, position: 4 }));
    await eventually(() => tail.followers() === 1);
    tail.offer(known);
    tail.offer(await write(1));
    await eventually(() => follower.events.length === 2);
    expect(follower.positions()).toEqual([5, 6]);
    await follower.stop();
    await tail.stop();
  });

  it('reads what a message leaves out, and takes repeated messages once', async () => {
    const { write, tail, feed } = await openFeed(20);
    const follower = follow(feed, 'all');
    await eventually(() => tail.followers() === 1);
    const events = await write(6);
    tail.offer(events.slice(2, 3));
    tail.offer([...events.slice(0, 2), ...events.slice(4)]);
    tail.offer(events);
    await eventually(() => follower.events.length >= 6);
    tail.offer(events.slice(3));
    tail.offer(await write(1));
    await eventually(() => follower.events.length >= 7);
    expect(follower.positions()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await follower.stop();
    await tail.stop();
  });
});

describeEachDatabase('the live tail', (open) => {
  it('asks the database once for all followers', async () => {
    const database = await open('wallet');
    let queries = 0;
    const counting = new Proxy(database.client, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (name === '$queryRaw') queries += 1;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const eventLog = createEventLog({ domain: 'wallet', database: { ...database, client: counting }, clock: systemClock });
    const { logId } = await eventLog.ensureHead('01930000-0000-7000-8000-00000000000f');
    const tail = createLiveTail({ eventLog, pollMs: 60_000, onError: () => undefined });
    const feed = createLiveFeed({ domain: 'wallet', eventLog, tail, logId: Promise.resolve(logId), queueMax: 100 });
    tail.start(0);
    await eventually(() => queries === 1);
    await Promise.resolve();
    const received = Array.from({ length: 2_000 }, () => 0);
    const stopping = new AbortController();
    setMaxListeners(0, stopping.signal);
    const followers = received.map(async (_, index) => {
      for await (const _event of feed.follow({ key: 'all', signal: stopping.signal }))
        received[index] = (received[index] ?? 0) + 1;
    });
    await eventually(() => tail.followers() === 2_000);

    const outbox = createOutbox({ domain: 'wallet', ids: uuidIds, clock: systemClock });
    await database.transaction((tx) =>
      outbox.append(
        tx,
        Array.from({ length: 10 }, () => onFeed('all')),
      ),
    );
    const events = await eventLog.sequence(10);
    queries = 0;
    tail.offer(events.slice(0, 5));
    await eventually(() => received.every((count) => count === 5));
    expect(queries).toBe(0);
    // The sixth is missing: it is read, with what follows it, once.
    tail.offer(events.slice(6));
    await eventually(() => received.every((count) => count === 10));
    expect(queries).toBe(2);
    stopping.abort();
    await Promise.all(followers);
    await tail.stop();
  });
});
