import { expect, it } from 'vitest';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import { accounts, aDomain, aTransfer, people, places, walletFrozen } from './transaction.fixtures.ts';
import type { MovementRequest } from './transaction.intent.ts';

describeEachDatabase('a request under an idempotency key', (open) => {
  const start = async () => {
    const database = await open<PrismaClient>('transaction');
    return { database, ...(await aDomain(database)) };
  };

  it('answers the same request under the same key with the first transaction', async () => {
    const { service, database, events } = await start();
    const request = aTransfer();
    const first = await service.request(request);
    const again = await service.request({
      ...request,
      amount: { amount: '12.5', asset: 'USD' },
      memo: ' Lunch ',
      requestId: 'request-2',
    });
    expect(again).toEqual(first);
    expect(await database.client.transaction.count()).toBe(1);
    expect(events).toHaveLength(3);
  });

  it('answers a repeat even when the wallet has been frozen since', async () => {
    const { service, learn } = await start();
    const request = aTransfer();
    const first = await service.request(request);
    await learn(walletFrozen(places.alice, people.alice));
    expect((await service.request(request)).id).toBe(first.id);
  });

  it('refuses a used key for another request', async () => {
    const { service, database } = await start();
    const request = aTransfer();
    await service.request(request);
    const changes: [what: string, change: Partial<MovementRequest>][] = [
      ['amount', { amount: { amount: '12.51', asset: 'USD' } }],
      ['asset', { amount: { amount: '12.50', asset: 'EUR' } }],
      ['memo', { memo: 'Dinner' }],
      ['recipient', { destinationId: places.mallory }],
      ['kind', { kind: 'WITHDRAWAL', destinationId: accounts.alice }],
    ];
    const refusal = { code: 'IDEMPOTENCY_CONFLICT', details: { idempotencyKey: request.idempotencyKey } };
    for (const [what, change] of changes)
      await expect(service.request({ ...request, ...change }), what).rejects.toMatchObject(refusal);
    expect(await database.client.transaction.count()).toBe(1);
  });

  it('keeps the keys of two people apart', async () => {
    const { service, database } = await start();
    await service.request({ ...aTransfer(), idempotencyKey: 'same' });
    await service.request({
      ...aTransfer(),
      idempotencyKey: 'same',
      requestedBy: people.bob,
      sourceId: places.bob,
      destinationId: places.alice,
    });
    expect(await database.client.transaction.count()).toBe(2);
  });

  it('makes one transaction of 50 parallel duplicates', async () => {
    const { service, database, events } = await start();
    const request = aTransfer();
    const answers = await Promise.all(Array.from({ length: 50 }, () => service.request(request)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await database.client.transaction.count()).toBe(1);
    expect(await database.client.transactionStep.count()).toBe(1);
    expect(events.filter(({ kind }) => kind === 'domain')).toHaveLength(1);
  });

  it('makes one transaction of parallel requests that disagree, and refuses the others', async () => {
    const { service, database } = await start();
    const request = aTransfer();
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        service.request({ ...request, amount: { amount: `${1 + (index % 2)}`, asset: 'USD' } }),
      ),
    );
    expect(await database.client.transaction.count()).toBe(1);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    for (const answer of answers)
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });
});
