// What every consumer may rely on, on each database and each transport: once, in order, and never lost.
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { countEffects, createEffects, expectEffectsOnceInOrder, recordEffect } from '../testing/effects.ts';
import { anEvent, describeEachBus, eventually, recordingConsumer } from '../testing/event-bus.ts';
import type { EventConsumer, RecordedEvent } from './event.ts';
import { claimInbox } from './inbox.ts';

function expectInOrder(taken: readonly RecordedEvent[]): void {
  const last = new Map<string, number>();
  for (const event of taken) {
    expect(event.position).toBeGreaterThan(last.get(event.subject) ?? 0);
    last.set(event.subject, event.position);
  }
}

describeEachBus('event delivery', (bus) => {
  it('delivers what was committed and nothing of what was rolled back', async () => {
    const { taken, consumer } = recordingConsumer('wallet');
    const wallet = await bus().start('wallet');
    await bus().start('transaction', { consumers: [consumer] });

    const failing = wallet.database.transaction(async (tx) => {
      await wallet.runtime.outbox.append(tx, [anEvent('wallet', { subject: 'never' })]);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await wallet.append(
      anEvent('wallet', { subject: 'always', correlationId: 'a request', feeds: ['user:1', 'user:1', 'wallet:2'] }),
    );

    await eventually(() => taken.length === 1);
    expect(taken[0]).toMatchObject({
      source: 'wallet',
      type: 'clawpurse.wallet.happened.v1',
      kind: 'domain',
      subject: 'always',
      position: 1,
      correlationId: 'a request',
      causationId: null,
      feeds: ['user:1', 'wallet:2'],
    });
    expect(taken[0]?.time).toBeInstanceOf(Date);
  });

  it('lets the effect and the inbox row live or die together', async () => {
    const seen: string[] = [];
    const consumer: EventConsumer = {
      types: ['clawpurse.wallet.happened.v1'],
      handler: {
        mode: 'transaction',
        handle: async (event, tx) => {
          await recordEffect(event, tx);
          seen.push(event.id);
          if (seen.length === 1) throw new Error('after the effect');
        },
      },
    };
    const wallet = await bus().start('wallet');
    const transaction = await bus().start('transaction', {
      consumers: [consumer],
      limits: { parking: { retryFirstMs: 1, retryMaxMs: 1, attemptsMax: 5 } },
    });
    await createEffects(transaction.database);
    await wallet.append(anEvent('wallet'));

    await eventually(async () => (await countEffects(transaction.database)) === 1);
    await eventually(async () => (await transaction.runtime.parked()) === 0);
    expect(seen).toHaveLength(2);
    expect(await countEffects(transaction.database)).toBe(1);
  });

  it('keeps the order of each subject while subjects run side by side', async () => {
    const subjects = Array.from({ length: 8 }, () => randomUUID());
    let running = 0;
    let runningMost = 0;
    const { taken, consumer } = recordingConsumer('wallet', async () => {
      running += 1;
      runningMost = Math.max(runningMost, running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running -= 1;
    });
    const wallet = await bus().start('wallet');
    await bus().start('transaction', { consumers: [consumer] });
    await Promise.all(
      subjects.map(async (subject) => {
        for (let i = 0; i < 10; i += 1) await wallet.append(anEvent('wallet', { subject }), anEvent('wallet', { subject }));
      }),
    );

    await eventually(() => taken.length === 160);
    expectInOrder(taken);
    if (bus().provider === 'postgresql') expect(runningMost).toBeGreaterThan(1);
  });

  it('gives a consumer that comes later everything from the first event on', async () => {
    const early = recordingConsumer('wallet');
    const late = recordingConsumer('wallet');
    const wallet = await bus().start('wallet');
    await bus().start('transaction', { consumers: [early.consumer] });
    for (let i = 0; i < 30; i += 1) await wallet.append(anEvent('wallet'));
    await eventually(() => early.taken.length === 30);
    // Far enough for the transport to have forgotten them.
    await eventually(async () => (await wallet.runtime.status()).consumers.transaction === 30);

    await bus().start('auth', { consumers: [late.consumer] });
    await eventually(() => late.taken.length === 30);
    expectInOrder(late.taken);
    expect(early.taken).toHaveLength(30);
  });

  it('delivers by kind too, from every domain, its own included', async () => {
    const taken: string[] = [];
    const consumer: EventConsumer = {
      kinds: ['audit'],
      handler: { mode: 'transaction', handle: async (event, tx) => tx.onCommit(() => taken.push(event.source)) },
    };
    const transaction = await bus().start('transaction', { consumers: [consumer] });
    const wallet = await bus().start('wallet');
    await wallet.append(anEvent('wallet'), anEvent('wallet', { kind: 'audit' }));
    await transaction.append(anEvent('transaction', { kind: 'audit' }));
    await eventually(() => taken.length === 2);
    expect(taken.sort()).toEqual(['transaction', 'wallet']);
  });

  it('lets a claim handler write the claim in a batch of its own', async () => {
    const batches: number[] = [];
    let waiting: { event: RecordedEvent; claim: { consumer: 'transaction'; eventId: string }; done: () => void }[] = [];
    const wallet = await bus().start('wallet');
    const transaction = await bus().start('transaction', {
      consumers: [
        {
          types: ['clawpurse.wallet.happened.v1'],
          handler: {
            mode: 'claim',
            handle: (event, claim) =>
              new Promise((resolve) => {
                waiting.push({ event, claim: { consumer: 'transaction', eventId: claim.eventId }, done: resolve });
                if (waiting.length === 1) setTimeout(() => void write(), 20);
              }),
          },
        },
      ],
    });
    await createEffects(transaction.database);
    async function write(): Promise<void> {
      const batch = waiting;
      waiting = [];
      batches.push(batch.length);
      await transaction.database.transaction(async (tx) => {
        const fresh = await claimInbox(
          tx,
          batch.map((each) => each.claim),
        );
        for (const { event } of batch) if (fresh.has(event.id)) await recordEffect(event, tx);
      });
      for (const { done } of batch) done();
    }

    await wallet.append(...Array.from({ length: 40 }, () => anEvent('wallet')));
    await eventually(async () => (await countEffects(transaction.database)) === 40);
    expect(Math.max(...batches)).toBeGreaterThan(5);
    await expectEffectsOnceInOrder(transaction.database, 40);
  });
});

describeEachBus('a poison event', (bus) => {
  it('is parked with the later events of its subject, blocks nobody else, and resumes in order', async () => {
    let isBroken = true;
    const { taken, consumer } = recordingConsumer('wallet', (event) => {
      if (isBroken && event.subject === 'poisoned' && event.data.poison === true) throw new Error('cannot digest this');
    });
    const wallet = await bus().start('wallet');
    const transaction = await bus().start('transaction', {
      consumers: [consumer],
      limits: { parking: { retryFirstMs: 10, retryMaxMs: 10, attemptsMax: 3 } },
    });
    const poisoned = { subject: 'poisoned' };
    await wallet.append(anEvent('wallet', poisoned), anEvent('wallet', { ...poisoned, data: { poison: true } }));
    for (let i = 0; i < 5; i += 1) await wallet.append(anEvent('wallet', poisoned), anEvent('wallet', { subject: 'healthy' }));

    await eventually(() => taken.filter((event) => event.subject === 'healthy').length === 5);
    await eventually(async () => (await transaction.runtime.status()).exhausted === 1);
    await eventually(async () => (await transaction.runtime.parked()) === 6);
    expect(taken.filter((event) => event.subject === 'poisoned')).toHaveLength(1);
    const [first, second] = await transaction.runtime.listParked();
    expect(first).toMatchObject({ attempts: 3, nextAttemptAt: null, event: { position: 2, data: { poison: true } } });
    expect(first?.error).toContain('cannot digest this');
    expect(second).toMatchObject({ attempts: 0, error: '' });
    const [check] = transaction.runtime.checks;
    expect(await check?.check()).toEqual({
      status: 'warning',
      message: '6 events are parked, 1 of them for an operator to look at',
    });

    isBroken = false;
    expect(await transaction.runtime.retryParked([first?.event.id ?? ''])).toBe(1);
    await eventually(() => taken.filter((event) => event.subject === 'poisoned').length === 7);
    expectInOrder(taken);
    await eventually(async () => (await transaction.runtime.parked()) === 0);
    expect(await check?.check()).toEqual({ status: 'ok' });
  });

  it('recovers by itself when the handler works again before the attempts are used up', async () => {
    let failuresLeft = 4;
    const { taken, consumer } = recordingConsumer('wallet', () => {
      if (failuresLeft > 0) {
        failuresLeft -= 1;
        throw new Error('not yet');
      }
    });
    const wallet = await bus().start('wallet');
    const transaction = await bus().start('transaction', {
      consumers: [consumer],
      limits: { parking: { retryFirstMs: 5, retryMaxMs: 20, attemptsMax: 10 } },
    });
    await wallet.append(...Array.from({ length: 20 }, () => anEvent('wallet', { subject: 'same' })));
    await eventually(() => taken.length === 20);
    expectInOrder(taken);
    await eventually(async () => (await transaction.runtime.parked()) === 0);
  });

  it('keeps a failing claim handler in order as well', async () => {
    let failuresLeft = 3;
    const order: number[] = [];
    const wallet = await bus().start('wallet');
    const transaction = await bus().start('transaction', {
      limits: { parking: { retryFirstMs: 5, retryMaxMs: 20, attemptsMax: 10 } },
      consumers: [
        {
          types: ['clawpurse.wallet.happened.v1'],
          handler: {
            mode: 'claim',
            handle: async (event, claim) => {
              if (failuresLeft > 0) {
                failuresLeft -= 1;
                throw new Error('not yet');
              }
              await transaction.database.transaction(async (tx) => {
                const fresh = await claimInbox(tx, [claim]);
                if (fresh.has(event.id)) tx.onCommit(() => order.push(event.position));
              });
            },
          },
        },
      ],
    });
    await wallet.append(...Array.from({ length: 10 }, () => anEvent('wallet', { subject: 'same' })));
    await eventually(() => order.length === 10);
    expect(order).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});
