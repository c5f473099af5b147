// The machinery of payouts without graph and bus: crashes, replicas, suspensions, and what the database itself refuses.
import { expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import { endpointWaitMsMax } from './endpoint.directory.ts';
import { payoutsPerStep } from './payout.runner.ts';
import { runningBatchesMax } from './payout.service.ts';
import { aDomain, fundsHeld, people, places, postingCompleted, screeningDecided, userSuspended } from './transaction.fixtures.ts';

const actor = { userId: people.alice, requestId: null };

describeEachDatabase('the runner of payouts', (open) => {
  async function start(count: number) {
    const database = await open<PrismaClient>('transaction');
    let crashAfter = Number.POSITIVE_INFINITY;
    // A process that dies in the middle of a commit: nothing of the transaction is there.
    const mortal: typeof database = {
      ...database,
      transaction: (work, options) =>
        database.transaction(async (tx) => {
          const result = await work(tx);
          crashAfter -= 1;
          if (crashAfter < 0) throw new Error('The process died.');
          return result;
        }, options),
    };
    const domain = await aDomain(mortal);
    const items = Array.from({ length: count }, () => ({
      destinationWalletId: places.bob,
      amount: { amount: '1', asset: 'USD' },
    }));
    const batch = await domain.payouts.create(actor, { idempotencyKey: 'k', sourceWalletId: places.alice, items });
    const made = () => database.client.transaction.findMany({ where: { originId: batch.id }, orderBy: { originItem: 'asc' } });
    const numbers = async () => (await made()).map(({ originItem }) => originItem);
    const dieAfter = (transactions: number) => {
      crashAfter = transactions;
    };
    const items1to = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
    return { ...domain, database, batch, made, numbers, dieAfter, items1to };
  }

  it('goes on where a crash left it, and pays nobody twice, with two replicas at work', async () => {
    const { payoutRunner, numbers, dieAfter, items1to, made, database } = await start(25);
    dieAfter(1);
    expect(await payoutRunner.run()).toBe(10);
    expect(await numbers()).toEqual(items1to(10));
    dieAfter(Number.POSITIVE_INFINITY);
    await Promise.all([payoutRunner.run(), payoutRunner.run()]);
    await payoutRunner.run();
    expect(await numbers()).toEqual(items1to(25));
    expect(new Set((await made()).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(25);
    expect(await payoutRunner.run()).toBe(0);
    expect(await database.client.payout.count({ where: { state: 'REQUESTED' } })).toBe(25);
  });

  it('waits for nobody: payees who are not there keep neither other batches nor the sweep from going on', async () => {
    const { payoutRunner, payouts, database, numbers, items1to, clock } = await start(3);
    const unknown = Array.from({ length: payoutsPerStep }, () => ({
      destinationWalletId: uuidIds.next(),
      amount: { amount: '1', asset: 'USD' },
    }));
    const ask = (idempotencyKey: string) =>
      payouts.create(actor, { idempotencyKey, sourceWalletId: places.alice, items: unknown });
    for (let nth = 1; nth < runningBatchesMax; nth += 1) await ask(`unknown-${nth}`);
    await expect(ask('one-too-many')).rejects.toMatchObject({ code: 'TOO_MANY_PAYOUT_BATCHES', retryable: true });
    while ((await numbers()).length < 3) await payoutRunner.run();
    expect(await numbers()).toEqual(items1to(3));
    // The wallets of the others may have been opened a moment ago: nothing has become of them yet.
    const failed = () => database.client.payout.count({ where: { state: 'FAILED', failureCode: 'WALLET_NOT_FOUND' } });
    expect(await failed()).toBe(0);
    clock.advance(endpointWaitMsMax);
    while ((await payoutRunner.run()) > 0);
    expect(await failed()).toBe(payoutsPerStep * (runningBatchesMax - 1));
  });

  it('pays nobody more once its owner is suspended, and finishes all the same', async () => {
    const { payoutRunner, learnStanding, take, made, batch, database, dieAfter, events } = await start(12);
    dieAfter(1);
    await payoutRunner.run();
    dieAfter(Number.POSITIVE_INFINITY);
    await learnStanding(userSuspended(people.alice));
    await payoutRunner.run();
    expect(await database.client.payout.count({ where: { failureCode: 'ACCOUNT_SUSPENDED' } })).toBe(2);
    for (const { id } of await made())
      for (const event of [fundsHeld(id), screeningDecided(id, 'CLEARED'), postingCompleted(id), postingCompleted(id)])
        await take(event);
    const done = await database.client.payoutBatch.findUnique({ where: { id: batch.id } });
    expect(done).toMatchObject({ state: 'FINISHED', paidCount: 10, failedCount: 2, nextItem: null });
    expect(events.filter(({ type }) => type === 'clawpurse.transaction.payout_settled.v1')).toHaveLength(12);
    const { client } = database;
    await expect(client.payout.updateMany({ data: { state: 'REQUESTED' } })).rejects.toThrow();
    await expect(client.payoutBatch.updateMany({ data: { state: 'RUNNING', version: { increment: 1 } } })).rejects.toThrow();
    await expect(client.payout.deleteMany()).rejects.toThrow();
  });
});
