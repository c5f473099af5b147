import { expect, it } from 'vitest';
import { demoExternalAccounts, demoUsers, demoWallets } from '../../platform/demo.ts';
import { silentLogger } from '../../platform/log.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import { accountAdded, aDomain, walletFrozen, walletOpened } from './transaction.fixtures.ts';
import { createDemoSeed } from './transaction.seed.ts';

describeEachDatabase('the demonstration’s opening deposits', (open) => {
  const start = async () => {
    const database = await open<PrismaClient>('transaction');
    const domain = await aDomain(database);
    const seed = (waitMs?: number) => {
      const created = createDemoSeed({ service: domain.service, endpoints: domain.endpoints, log: silentLogger(), waitMs });
      created.begin();
      return created;
    };
    const hearOfWallets = async () => {
      await domain.learn(walletOpened(demoWallets.alice, demoUsers.alice.id));
      await domain.learn(walletOpened(demoWallets.bob, demoUsers.bob.id));
      await domain.learn(accountAdded(demoExternalAccounts.treasuryBank, demoUsers.olivia.id));
    };
    return { database, ...domain, seed, hearOfWallets };
  };

  it('are made once the wallets are known, once for all replicas and restarts', async () => {
    const { database, seed, hearOfWallets } = await start();
    const replicas = [seed(), seed()];
    await hearOfWallets();
    await Promise.all(replicas.map((replica) => replica.settled()));
    await seed().settled();
    const deposits = await database.client.transaction.findMany({ orderBy: { idempotencyKey: 'asc' } });
    expect(deposits.map(({ kind, requestedBy, destinationId, asset }) => [kind, requestedBy, destinationId, asset])).toEqual([
      ['DEPOSIT', demoUsers.olivia.id, demoWallets.alice, 'USD'],
      ['DEPOSIT', demoUsers.olivia.id, demoWallets.bob, 'USD'],
    ]);
    expect(deposits.map(({ units }) => units.toString())).toEqual(['1000000', '250000']);
  });

  it('are given up when the wallets stay unknown, or when the service stops', async () => {
    const { database, seed } = await start();
    await seed(10).settled();
    await seed().stop();
    expect(await database.client.transaction.count()).toBe(0);
  });

  it('leave out a wallet that has been frozen', async () => {
    const { database, seed, hearOfWallets, learn } = await start();
    await hearOfWallets();
    await learn(walletFrozen(demoWallets.bob, demoUsers.bob.id));
    await seed().settled();
    expect(await database.client.transaction.findMany({ select: { destinationId: true } })).toEqual([
      { destinationId: demoWallets.alice },
    ]);
  });
});
