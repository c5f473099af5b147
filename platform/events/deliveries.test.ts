// The order of deliveries, with every interleaving that replicas can produce.
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createDeliveries } from './deliveries.ts';
import type { LoggedEvent } from './logged-event.ts';

const log = pino({ level: 'silent' });

function eventAt(position: number, subject: string, previousPosition: number): LoggedEvent {
  return {
    id: `event ${position}`,
    source: 'wallet',
    type: 'clawpurse.wallet.happened.v1',
    kind: 'domain',
    subject,
    data: {},
    feeds: [],
    position,
    previousPosition,
    time: new Date(0),
    correlationId: null,
    causationId: null,
  };
}

/** A log of events with the given subjects. */
function logOf(subjects: readonly string[]): LoggedEvent[] {
  const last = new Map<string, number>();
  return subjects.map((subject, index) => {
    const event = eventAt(index + 1, subject, last.get(subject) ?? 0);
    last.set(subject, event.position);
    return event;
  });
}

describe('deliveries', () => {
  it('keep the order of every subject among replicas that share a log in any way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 }),
        fc.infiniteStream(fc.nat(2)),
        fc.infiniteStream(fc.nat(3)),
        async (subjects, replicaOf, slowness) => {
          const events = logOf(subjects);
          const settled = new Set<number>();
          const taken: LoggedEvent[] = [];
          const replicas = [0, 1, 2].map(() =>
            createDeliveries({
              inFlightMax: 10,
              log,
              isUnsettledElsewhere: async (_, position) => !settled.has(position),
              take: async (event) => {
                for (let turns = slowness.next().value ?? 0; turns > 0; turns -= 1)
                  await new Promise((resolve) => setImmediate(resolve));
                taken.push(event);
              },
            }),
          );
          await Promise.all(
            events.map(async (event) => {
              if (await replicas[replicaOf.next().value ?? 0]?.submit(event)) settled.add(event.position);
            }),
          );
          expect(taken).toHaveLength(events.length);
          for (const subject of new Set(subjects)) {
            const positions = taken.filter((event) => event.subject === subject).map((event) => event.position);
            expect(positions).toEqual([...positions].sort((x, y) => x - y));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('answer a repeated delivery with the one that runs', async () => {
    let takes = 0;
    let release = () => {};
    const deliveries = createDeliveries({
      inFlightMax: 10,
      log,
      isUnsettledElsewhere: async () => false,
      take: () => {
        takes += 1;
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      },
    });
    const event = eventAt(1, 'a', 0);
    const both = [deliveries.submit(event), deliveries.submit(event)];
    await new Promise((resolve) => setImmediate(resolve));
    release();
    expect(await Promise.all(both)).toEqual([true, true]);
    expect(takes).toBe(1);
  });

  it('let a predecessor pass that arrives after its successor', async () => {
    const taken: number[] = [];
    const settled = new Set<number>();
    const deliveries = createDeliveries({
      inFlightMax: 10,
      log,
      isUnsettledElsewhere: async (_, position) => !settled.has(position),
      take: async (event) => {
        taken.push(event.position);
        settled.add(event.position);
      },
    });
    const [first, second] = logOf(['a', 'a']);
    if (!first || !second) throw new Error('There are two events.');
    const later = deliveries.submit(second);
    await new Promise((resolve) => setImmediate(resolve));
    await deliveries.submit(first);
    await later;
    expect(taken).toEqual([1, 2]);
  });

  it('ask nobody about a predecessor that was settled here, until its place means another event', async () => {
    const asked: number[] = [];
    const deliveries = createDeliveries({
      inFlightMax: 10,
      log,
      isUnsettledElsewhere: async (_, position) => {
        asked.push(position);
        return false;
      },
      take: async () => undefined,
    });
    const [first, second, third] = logOf(['a', 'a', 'a']);
    if (!first || !second || !third) throw new Error('There are three events.');
    await deliveries.submit(first);
    await deliveries.submit(second);
    expect(asked).toEqual([]);
    // The log was restored from a backup, and went on with other events.
    await deliveries.submit({ ...first, id: 'another', subject: 'b' });
    await deliveries.submit(third);
    expect(asked).toEqual([2]);
  });

  it('try again what can neither be handled nor parked, and hold up its subject only', async () => {
    let failuresLeft = 2;
    const taken: number[] = [];
    const deliveries = createDeliveries({
      inFlightMax: 10,
      log,
      isUnsettledElsewhere: async () => false,
      take: async (event) => {
        if (event.subject === 'a' && failuresLeft > 0) {
          failuresLeft -= 1;
          throw new Error('the database is away');
        }
        taken.push(event.position);
      },
    });
    const results = await Promise.all(logOf(['a', 'b', 'a']).map((event) => deliveries.submit(event)));
    expect(results).toEqual([true, true, true]);
    expect(taken).toEqual([2, 1, 3]);
  });

  it('finish what runs when they are stopped, and give up the rest', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const deliveries = createDeliveries({ inFlightMax: 2, log, isUnsettledElsewhere: async () => false, take: () => gate });
    const [first, second, third] = logOf(['a', 'a', 'a']).map((event) => deliveries.submit(event));
    expect(deliveries.room()).toBe(0);
    const roomAwaited = deliveries.waitForRoom();
    await new Promise((resolve) => setImmediate(resolve));
    const stopped = deliveries.stop();
    await roomAwaited;
    release();
    await stopped;
    expect(await Promise.all([first, second, third])).toEqual([true, false, false]);
  });
});
