// The log of one domain: gapless positions whoever writes and however many relays sequence, and what the outbox refuses.
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { systemClock, uuidIds } from '../clock.ts';
import { describeEachDatabase } from '../testing/databases.ts';
import { anEvent, eventually, useBus } from '../testing/event-bus.ts';
import type { NewEvent } from './event.ts';
import { createEventLog, type EventLog } from './event-log.ts';
import type { LoggedEvent } from './logged-event.ts';
import { createOutbox, eventDataBytesMax } from './outbox.ts';

async function readAll(log: EventLog): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for (let page = await log.read(0, 100); page.length > 0; page = await log.read(events.length, 100)) events.push(...page);
  return events;
}

describeEachDatabase('the event log', (open, provider) => {
  const bus = useBus(provider, 'in-process');

  it('gives gapless, unique positions under concurrent writers and several relays', async () => {
    const replicas = await Promise.all(['a', 'b', 'c'].map((process) => bus().start('wallet', { process })));
    const subjects = Array.from({ length: 5 }, () => randomUUID());
    await Promise.all(
      replicas.flatMap((replica, index) =>
        [0, 1].map(async () => {
          for (let i = 0; i < 20; i += 1) {
            const subject = subjects[(index + i) % subjects.length] ?? '';
            await replica.append(anEvent('wallet', { subject, feeds: [`wallet:${subject}`] }), anEvent('wallet', { subject }));
          }
        }),
      ),
    );
    const [first] = replicas;
    if (!first) throw new Error('There are three replicas.');
    const log = createEventLog({ domain: 'wallet', database: first.database, clock: systemClock });
    await eventually(async () => (await log.head()).lastPosition === 240);

    const events = await readAll(log);
    expect(events.map((event) => event.position)).toEqual(Array.from({ length: 240 }, (_, index) => index + 1));
    expect(new Set(events.map((event) => event.id)).size).toBe(240);
    const previous = new Map<string, number>();
    for (const event of events) {
      expect(event.previousPosition).toBe(previous.get(event.subject) ?? 0);
      previous.set(event.subject, event.position);
    }
    const inFeeds = await Promise.all(subjects.map((subject) => log.readFeed(`wallet:${subject}`, 0, 240, 500)));
    expect(inFeeds.flat()).toHaveLength(120);
    expect(await log.countPending()).toBe(0);
  });

  it('keeps the order in which writers of one aggregate took their turns', async () => {
    const database = await open('wallet');
    const outbox = createOutbox({ domain: 'wallet', ids: uuidIds, clock: systemClock });
    const log = createEventLog({ domain: 'wallet', database, clock: systemClock });
    await log.ensureHead(randomUUID());
    await database.transaction(async (tx) => {
      await tx.client.$executeRawUnsafe('CREATE TABLE aggregate (id INTEGER PRIMARY KEY, version INTEGER NOT NULL)');
      await tx.client.$executeRawUnsafe('INSERT INTO aggregate VALUES (1, 0)');
    });
    const write = () =>
      database.transaction(async (tx) => {
        await tx.client.$executeRawUnsafe('UPDATE aggregate SET version = version + 1 WHERE id = 1');
        const [row] = await tx.client.$queryRawUnsafe<{ version: number }[]>('SELECT version FROM aggregate');
        await outbox.append(tx, [anEvent('wallet', { subject: 'one', data: { version: Number(row?.version) } })]);
      });
    await Promise.all([...Array.from({ length: 30 }, write), log.sequence(7), log.sequence(7)]);
    while ((await log.sequence(7)).length > 0);
    expect((await readAll(log)).map((event) => event.data.version)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  it('takes in what was appended before it had a head, and on SQLite puts later events in place within their transaction', async () => {
    const database = await open('wallet');
    const log = createEventLog({ domain: 'wallet', database, clock: systemClock });
    const announced: number[][] = [];
    const outbox = createOutbox({
      domain: 'wallet',
      ids: uuidIds,
      clock: systemClock,
      sequenceWithin: log.sequenceWithin,
      onCommitted: (sequenced) => announced.push(sequenced.map((event) => event.position)),
    });
    await database.transaction((tx) => outbox.append(tx, [anEvent('wallet')]));
    await log.ensureHead(randomUUID());
    expect(await log.sequence(10)).toHaveLength(1);
    await database.transaction(async (tx) => {
      await outbox.append(tx, [anEvent('wallet'), anEvent('wallet')]);
      await outbox.append(tx, [anEvent('wallet')]);
    });
    const undone = database.transaction(async (tx) => {
      await outbox.append(tx, [anEvent('wallet')]);
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    await database.transaction((tx) => outbox.append(tx, [anEvent('wallet')]));

    const isInPlace = provider === 'sqlite';
    expect(announced).toEqual(isInPlace ? [[], [2, 3, 4], [5]] : [[], [], []]);
    expect(await log.countPending()).toBe(isInPlace ? 0 : 4);
    await log.sequence(10);
    expect((await readAll(log)).map((event) => event.position)).toEqual([1, 2, 3, 4, 5]);
  });

  it('reads a feed in pages and within bounds', async () => {
    const database = await open('wallet');
    const log = createEventLog({ domain: 'wallet', database, clock: systemClock });
    const outbox = createOutbox({ domain: 'wallet', ids: uuidIds, clock: systemClock });
    await log.ensureHead(randomUUID());
    const events = Array.from({ length: 30 }, (_, index) =>
      anEvent('wallet', { feeds: index % 3 === 0 ? ['third', 'all'] : ['all'] }),
    );
    await database.transaction((tx) => outbox.append(tx, events));
    await log.sequence(100);
    const positions = async (...args: Parameters<EventLog['readFeed']>) =>
      (await log.readFeed(...args)).map((event) => event.position);
    expect(await positions('third', 0, 30, 4)).toEqual([1, 4, 7, 10]);
    expect(await positions('third', 10, 20, 10)).toEqual([13, 16, 19]);
    expect(await positions('nothing', 0, 30, 10)).toEqual([]);
  });

  it('never moves a consumer back', async () => {
    const log = createEventLog({ domain: 'wallet', database: await open('wallet'), clock: systemClock });
    await log.recordConsumerPositions(new Map([['auth', 5]]));
    await log.recordConsumerPositions(
      new Map([
        ['auth', 3],
        ['compliance', 1],
      ]),
    );
    expect(await log.consumerPositions()).toEqual(
      new Map([
        ['auth', 5],
        ['compliance', 1],
      ]),
    );
  });

  it('keeps its name for ever', async () => {
    const log = createEventLog({ domain: 'wallet', database: await open('wallet'), clock: systemClock });
    await expect(log.head()).rejects.toThrow('start the event runtime');
    const heads = await Promise.all(['a', 'b', 'c'].map((name) => log.ensureHead(name)));
    expect(new Set(heads.map((head) => head.logId)).size).toBe(1);
    expect(await log.ensureHead('d')).toEqual(heads[0]);
  });
});

describeEachDatabase('the outbox', (open) => {
  it('wakes the relay once per transaction, and only after the commit', async () => {
    const database = await open('wallet');
    let wakes = 0;
    const outbox = createOutbox({
      domain: 'wallet',
      ids: uuidIds,
      clock: systemClock,
      onCommitted: () => {
        wakes += 1;
      },
    });
    await database.transaction(async (tx) => {
      await outbox.append(tx, [anEvent('wallet')]);
      await outbox.append(tx, [anEvent('wallet'), anEvent('wallet')]);
      await outbox.append(tx, []);
      expect(wakes).toBe(0);
    });
    expect(wakes).toBe(1);
    await expect(
      database.transaction(async (tx) => {
        await outbox.append(tx, [anEvent('wallet')]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(wakes).toBe(1);
    await database.transaction((tx) =>
      outbox.append(
        tx,
        Array.from({ length: 1_200 }, () => anEvent('wallet')),
      ),
    );
    expect(wakes).toBe(2);
    expect(await createEventLog({ domain: 'wallet', database, clock: systemClock }).countPending()).toBe(1_203);
  });

  it.each<[string, Partial<NewEvent>, string]>([
    ['of another domain', { type: 'clawpurse.auth.user_registered.v1' }, 'does not match'],
    ['without a version', { type: 'clawpurse.wallet.opened' }, 'does not match'],
    ['of no known kind', { kind: 'other' as 'domain' }, 'is not one of'],
    ['without a subject', { subject: '' }, 'needs a subject'],
    ['that is too large', { data: { text: 'x'.repeat(eventDataBytesMax) } }, 'bytes'],
  ])('refuses an event %s, and with it the transaction', async (_, given, complaint) => {
    const database = await open('wallet');
    const outbox = createOutbox({ domain: 'wallet', ids: uuidIds, clock: systemClock });
    const log = createEventLog({ domain: 'wallet', database, clock: systemClock });
    await expect(database.transaction((tx) => outbox.append(tx, [anEvent('wallet'), anEvent('wallet', given)]))).rejects.toThrow(
      complaint,
    );
    expect(await log.countPending()).toBe(0);
  });
});
