// Processes that die at the worst moments: nothing is lost, and nothing takes effect twice.
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { countEffects, createEffects, effectConsumer, expectEffectsOnceInOrder } from '../testing/effects.ts';
import { anEvent, describeEachBus, type EventBus, type EventNode, eventually } from '../testing/event-bus.ts';
import type { RecordedEvent } from './event.ts';
import type { EventTransport } from './transport.ts';

/** Something that happens between the relay and its transport. */
function aroundPublishing(around: (publish: () => Promise<void>) => Promise<void>) {
  return (transport: EventTransport): EventTransport => ({
    ...transport,
    connectLog: (log) => {
      const publisher = transport.connectLog(log);
      return {
        ...publisher,
        // A relay that starts publishes what it missed, here nothing, and may still be at it when the test goes on.
        publish: (recent) => (recent.length === 0 ? publisher.publish(recent) : around(() => publisher.publish(recent))),
      };
    },
  });
}

interface ProcessOptions {
  readonly onPublish?: (publish: () => Promise<void>, crash: () => void) => Promise<void>;
  readonly onHandle?: (
    event: RecordedEvent,
    crash: () => void,
    afterCommit: (action: () => void) => void,
  ) => Promise<void> | void;
}

/** Both domains in one process, which dies as a whole. */
async function startProcess(bus: EventBus, { onPublish, onHandle }: ProcessOptions = {}) {
  const nodes: EventNode[] = [];
  const crash = () => {
    for (const node of nodes) node.crash();
  };
  const name = randomUUID();
  const wrapTransport = onPublish && aroundPublishing((publish) => onPublish(publish, crash));
  const consumer = effectConsumer('wallet', (event, tx) => onHandle?.(event, crash, (action) => tx.onCommit(action)));
  const wallet = await bus.start('wallet', { process: name, wrapTransport });
  const transaction = await bus.start('transaction', { process: name, consumers: [consumer] });
  nodes.push(wallet, transaction);
  return { wallet, transaction, crash };
}

async function expectAllAfterRestart(bus: EventBus, count: number): Promise<void> {
  const { transaction, wallet } = await startProcess(bus);
  await eventually(async () => (await countEffects(transaction.database)) >= count);
  // A marker event, so that repeats of earlier ones would have arrived.
  await wallet.append(anEvent('wallet', { subject: 'marker' }));
  await eventually(async () => (await countEffects(transaction.database)) > count);
  await expectEffectsOnceInOrder(transaction.database, count + 1);
}

describeEachBus('after a crash', (bus) => {
  it('between commit and sequencing, the event is delivered', async () => {
    const { wallet, transaction, crash } = await startProcess(bus());
    await createEffects(transaction.database);
    await wallet.database.transaction(async (tx) => {
      tx.onCommit(crash);
      await wallet.runtime.outbox.append(tx, [anEvent('wallet')]);
    });
    await expectAllAfterRestart(bus(), 1);
  });

  it('between sequencing and publishing, the event is delivered', async () => {
    let isArmed = false;
    const first = await startProcess(bus(), {
      onPublish: async (publish, crash) => {
        if (isArmed) crash();
        else await publish();
      },
    });
    await createEffects(first.transaction.database);
    isArmed = true;
    await first.wallet.append(anEvent('wallet', { subject: 'one' }), anEvent('wallet', { subject: 'one' }));
    await expectAllAfterRestart(bus(), 2);
  });

  it('right after publishing, the event takes effect once', async () => {
    let isArmed = false;
    const first = await startProcess(bus(), {
      onPublish: async (publish, crash) => {
        await publish();
        if (isArmed) crash();
      },
    });
    await createEffects(first.transaction.database);
    isArmed = true;
    await first.wallet.append(anEvent('wallet', { subject: 'one' }), anEvent('wallet', { subject: 'one' }));
    await expectAllAfterRestart(bus(), 2);
  });

  it('in the middle of a handler, the event takes effect once', async () => {
    let isCrashed = false;
    const first = await startProcess(bus(), {
      onHandle: (event, crash) => {
        if (event.position !== 3) return;
        isCrashed = true;
        crash();
      },
    });
    await createEffects(first.transaction.database);
    await first.wallet.append(...Array.from({ length: 6 }, () => anEvent('wallet', { subject: 'one' })));
    await eventually(() => isCrashed);
    await expectAllAfterRestart(bus(), 6);
  });

  it('between handling and acknowledging, the event takes effect once', async () => {
    let isCrashed = false;
    const first = await startProcess(bus(), {
      onHandle: (event, crash, afterCommit) => {
        if (event.position !== 3) return;
        afterCommit(() => {
          isCrashed = true;
          crash();
        });
      },
    });
    await createEffects(first.transaction.database);
    await first.wallet.append(...Array.from({ length: 6 }, () => anEvent('wallet', { subject: 'one' })));
    await eventually(() => isCrashed);
    await expectAllAfterRestart(bus(), 6);
  });

  it('again and again under load, every event takes effect once and in order', async () => {
    const subjects = Array.from({ length: 6 }, () => randomUUID());
    let committed = 0;
    let handled = 0;
    for (let round = 0; round < 4; round += 1) {
      const crashAt = handled + 5 + round * 3;
      let isCrashed = false;
      const { wallet, transaction } = await startProcess(bus(), {
        onHandle: (_, crash, afterCommit) => {
          handled += 1;
          if (handled !== crashAt) return;
          isCrashed = true;
          // In turns before and after the commit.
          if (round % 2 === 0) crash();
          else afterCommit(crash);
        },
      });
      // Later on the table is there, and what a dead process left behind may crash this one before it could be asked for.
      if (round === 0) await createEffects(transaction.database);
      const write = async (subject: string) => {
        for (let i = 0; i < 5; i += 1) {
          await wallet.append(anEvent('wallet', { subject })).then(
            () => {
              committed += 1;
            },
            () => undefined,
          );
        }
      };
      await Promise.all(subjects.map(write));
      await eventually(() => isCrashed);
    }
    expect(committed).toBeGreaterThan(30);
    const { transaction, wallet } = await startProcess(bus());
    // What failed for its writer may have committed all the same: the log knows.
    await eventually(async () => (await wallet.runtime.lag()) === 0);
    const { lastPosition } = await wallet.runtime.status();
    expect(lastPosition).toBeGreaterThanOrEqual(committed);
    await eventually(async () => (await countEffects(transaction.database)) >= lastPosition);
    await expectEffectsOnceInOrder(transaction.database, lastPosition);
  });
});
