// Text that no database should be asked about.
import { expect, it } from 'vitest';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { describeEachDatabase } from '../testing/databases.ts';

const refusal = { code: 'BAD_USER_INPUT', message: expect.stringContaining('NUL character'), retryable: false };

describeEachDatabase('text with a NUL character', (open) => {
  it('is refused wherever it is read by', async () => {
    const { client, transaction } = await open<PrismaClient>('wallet');
    const where = { id: 'wallet-\0' };
    const reads: [string, () => Promise<unknown>][] = [
      ['one', () => client.wallet.findUnique({ where })],
      ['several', () => client.wallet.findMany({ where: { id: { in: ['wallet-1', where.id] } } })],
      ['a cursor', () => client.wallet.findMany({ where: { id: { gt: where.id } }, take: 1 })],
      ['SQL', () => client.$queryRaw`SELECT * FROM wallet WHERE id = ${where.id}`],
      ['a transaction', () => transaction((tx) => tx.client.wallet.findFirst({ where }))],
    ];
    for (const [by, read] of reads) await expect(read(), by).rejects.toMatchObject(refusal);
  });

  it('is refused where it would be written, and takes back what was written with it', async () => {
    const { client, transaction } = await open<PrismaClient>('wallet');
    const wallet = (id: string, name: string) => ({
      id,
      ownerId: 'user-1',
      name,
      status: 'ACTIVE',
      createdAt: new Date(),
      updatedAt: new Date(),
    });
    const writing = transaction(async (tx) => {
      await tx.client.wallet.create({ data: wallet('wallet-1', 'Everyday') });
      await tx.client.wallet.create({ data: wallet('wallet-2', 'zero \0 byte') });
    });
    await expect(writing).rejects.toMatchObject(refusal);
    expect(await client.wallet.count()).toBe(0);
  });
});
