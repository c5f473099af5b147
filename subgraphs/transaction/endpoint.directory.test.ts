import { expect, it } from 'vitest';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import { endpointWaitMsMax } from './endpoint.directory.ts';
import { accountAdded, aDomain, aTransfer, people, places, walletOpened } from './transaction.fixtures.ts';

/** Nobody, on however slow a machine, waits this long for what has arrived. */
const longWaitMs = 60_000;

describeEachDatabase('endpoints that are not known yet', (open) => {
  const start = async (endpointWaitMs = endpointWaitMsMax) => {
    const database = await open<PrismaClient>('transaction');
    return { database, ...(await aDomain(database, { endpointWaitMs })) };
  };

  it('refuses a missing wallet and a foreign one alike, after the same wait', async () => {
    const domain = await start();
    const refusalOf = async (sourceId: string) => {
      const began = performance.now();
      const error = await domain.service.request({ ...aTransfer(), sourceId }).catch((reason: unknown) => reason);
      return { error: error as { code: string; message: string; details: object }, tookMs: performance.now() - began };
    };
    const [missing, foreign] = await Promise.all([refusalOf('wallet-nobodys'), refusalOf(places.mallory)]);
    expect(missing.error).toMatchObject({ code: 'WALLET_NOT_FOUND', details: { walletId: 'wallet-nobodys' } });
    expect(foreign.error).toMatchObject({ code: 'WALLET_NOT_FOUND', details: { walletId: places.mallory } });
    expect(foreign.error.message.replace(places.mallory, 'wallet-nobodys')).toBe(missing.error.message);
    for (const { tookMs } of [missing, foreign]) expect(tookMs).toBeGreaterThan(0.9 * endpointWaitMsMax);
    expect(await domain.database.client.transaction.count()).toBe(0);
    expect(domain.events).toEqual([]);
  });

  it('waits for wallets whose opening is on its way, and goes on as soon as the last one arrives', async () => {
    const { requestTransfer, learn } = await start(longWaitMs);
    const began = performance.now();
    const waiting = requestTransfer({ sourceId: 'wallet-new-1', destinationId: 'wallet-new-2' });
    await learn(walletOpened('wallet-new-2', people.bob));
    await learn(walletOpened('wallet-new-1', people.alice));
    expect((await waiting).state).toBe('REQUESTED');
    expect(performance.now() - began).toBeLessThan(longWaitMs / 2);
  });

  it('waits for an external account that has just been added', async () => {
    const { service, learn } = await start();
    const waiting = service.request({ ...aTransfer(), kind: 'WITHDRAWAL', destinationId: 'account-new' });
    await learn(accountAdded('account-new', people.alice));
    expect((await waiting).state).toBe('REQUESTED');
  });

  it('stops waiting when the caller has gone', async () => {
    const domain = await start(longWaitMs);
    const began = performance.now();
    const waiting = domain.requestTransfer({ sourceId: 'wallet-new', signal: AbortSignal.timeout(50) });
    await expect(waiting).rejects.toMatchObject({ code: 'WALLET_NOT_FOUND' });
    expect(performance.now() - began).toBeLessThan(longWaitMs / 2);
  });
});
