// The claim that makes an effect happen once, and which handlers an event reaches.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeEachDatabase } from '../testing/databases.ts';
import type { EventConsumer, InboxClaim } from './event.ts';
import { createHandlers } from './handlers.ts';
import { claimInbox } from './inbox.ts';
import type { LoggedEvent } from './logged-event.ts';

const claimsOf = (count: number): InboxClaim[] =>
  Array.from({ length: count }, () => ({ consumer: 'wallet', eventId: randomUUID() }));

describeEachDatabase('claiming in the inbox', (open) => {
  it('gives each event to one batch, however often it comes', async () => {
    const database = await open('wallet');
    const claims = claimsOf(2_500);
    const first = await database.transaction((tx) => claimInbox(tx, [...claims, ...claims.slice(0, 3)]));
    expect(first).toEqual(new Set(claims.map((claim) => claim.eventId)));
    const more = claimsOf(2);
    expect(await database.transaction((tx) => claimInbox(tx, [...claims, ...more]))).toEqual(
      new Set(more.map((claim) => claim.eventId)),
    );
    expect(await database.transaction((tx) => claimInbox(tx, []))).toEqual(new Set());
  });

  it('gives nothing to a batch that rolls back', async () => {
    const database = await open('wallet');
    const claims = claimsOf(3);
    const failing = database.transaction(async (tx) => {
      await claimInbox(tx, claims);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await database.transaction((tx) => claimInbox(tx, claims))).size).toBe(3);
  });

  it('shares the events out among batches that run at once', async () => {
    const database = await open('wallet');
    const claims = claimsOf(60);
    const shuffled = () => [...claims].sort(() => Math.random() - 0.5);
    const batches = await Promise.all(Array.from({ length: 6 }, () => database.transaction((tx) => claimInbox(tx, shuffled()))));
    expect(batches.reduce((sum, batch) => sum + batch.size, 0)).toBe(60);
    expect(new Set(batches.flatMap((batch) => [...batch])).size).toBe(60);
  });

  it('keeps the consumers apart', async () => {
    const database = await open('wallet');
    const eventId = randomUUID();
    const both = await database.transaction(async (tx) => [
      await claimInbox(tx, [{ consumer: 'wallet', eventId }]),
      await claimInbox(tx, [{ consumer: 'auth', eventId }]),
    ]);
    expect(both.map((claimed) => claimed.size)).toEqual([1, 1]);
  });
});

describe('event handlers', () => {
  const event = (type: string, kind: LoggedEvent['kind'] = 'domain'): LoggedEvent => ({
    id: randomUUID(),
    source: 'wallet',
    type,
    kind,
    subject: 's',
    data: {},
    feeds: [],
    position: 1,
    previousPosition: 0,
    time: new Date(0),
    correlationId: null,
    causationId: null,
  });
  const transaction = (given: Partial<EventConsumer>): EventConsumer => ({
    handler: { mode: 'transaction', handle: async () => {} },
    ...given,
  });
  const claim = (given: Partial<EventConsumer>): EventConsumer => ({
    handler: { mode: 'claim', handle: async () => {} },
    ...given,
  });

  it('need the logs of the domains that their types name, and those of all for a kind', () => {
    expect(createHandlers([]).sources).toEqual([]);
    expect(createHandlers([transaction({ types: ['clawpurse.wallet.a.v1', 'clawpurse.auth.b.v1'] })]).sources).toEqual([
      'auth',
      'wallet',
    ]);
    expect(createHandlers([transaction({ kinds: ['audit'] })]).sources).toEqual(['auth', 'wallet', 'transaction', 'compliance']);
    expect(() => createHandlers([transaction({ types: [] })])).toThrow('names no types and no kinds');
  });

  it('get an event by type or by kind, several in one transaction', () => {
    const handlers = createHandlers([
      transaction({ types: ['clawpurse.wallet.a.v1'] }),
      transaction({ kinds: ['audit'] }),
      claim({ types: ['clawpurse.wallet.b.v1'] }),
    ]);
    expect(handlers.handlingOf(event('clawpurse.wallet.c.v1')).mode).toBe('none');
    expect(handlers.handlingOf(event('clawpurse.wallet.a.v1'))).toMatchObject({ mode: 'transaction', handlers: [{}] });
    expect(handlers.handlingOf(event('clawpurse.wallet.a.v1', 'audit'))).toMatchObject({
      mode: 'transaction',
      handlers: [{}, {}],
    });
    expect(handlers.handlingOf(event('clawpurse.wallet.b.v1')).mode).toBe('claim');
    expect(() => handlers.handlingOf(event('clawpurse.wallet.b.v1', 'audit'))).toThrow('one of them claims it');
  });
});
