// The usual way from Node: one interactive Prisma transaction per transfer, with the same rows written as our ledger writes.
import { uuidIds } from '../../platform/clock.ts';
import { openTarget } from '../../platform/database/open.ts';
import { createSemaphore } from '../../platform/events/semaphore.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { transactionKey } from '../../subgraphs/wallet/ledger.commands.ts';
import { asset, ownerId, walletId } from './data.ts';
import type { Pair } from './load.ts';
import { connectionsFor, type SystemKind, transferUnits } from './system.ts';

type Transaction = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

export const prismaTransaction: SystemKind = {
  name: 'prisma-transaction',
  description: 'one interactive Prisma transaction per transfer, same rows',
  async open(url, callers) {
    const target = { provider: 'postgresql', url, poolSize: connectionsFor(callers) } as const;
    const database = await openTarget<PrismaClient>({ domain: 'wallet', target });
    // Callers beyond the connections wait here: the pool itself gives up on them after five seconds.
    const connections = createSemaphore(target.poolSize);
    return {
      transfer: (pair) => connections.run(() => database.transaction((tx) => transfer(tx.client, pair), { timeoutMs: 60_000 })),
      close: () => database.close(),
    };
  },
};

async function transfer(client: Transaction, pair: Pair): Promise<void> {
  const transactionId = uuidIds.next();
  const postingId = uuidIds.next();
  const createdAt = new Date();
  const [fromWallet, toWallet] = [walletId(pair.from), walletId(pair.to)];
  const accounts = await client.$queryRaw<{ id: string; holder_id: string; balance: string; version: bigint }[]>`
    SELECT a.id, a.holder_id, a.version, (a.credits_posted - a.debits_posted - a.debits_pending)::text AS balance
    FROM account a JOIN wallet w ON w.id = a.holder_id
    WHERE a.holder_type = 'WALLET' AND a.holder_id IN (${fromWallet}, ${toWallet}) AND a.asset = ${asset} AND w.status = 'ACTIVE'
    ORDER BY a.id FOR UPDATE OF a`;
  const source = accounts.find((account) => account.holder_id === fromWallet);
  const destination = accounts.find((account) => account.holder_id === toWallet);
  if (!source || !destination || BigInt(source.balance) < transferUnits) throw new Error('The transfer cannot be made.');
  const units = transferUnits.toString();
  await client.ledgerRequest.create({
    data: { key: transactionKey(transactionId), fingerprint: transactionId, outcome: 'ACCEPTED', resultId: postingId, createdAt },
  });
  await client.account.update({
    where: { id: source.id },
    data: { debitsPosted: { increment: units }, version: { increment: 1 }, updatedAt: createdAt },
  });
  await client.account.update({
    where: { id: destination.id },
    data: { creditsPosted: { increment: units }, version: { increment: 1 }, updatedAt: createdAt },
  });
  await client.posting.create({ data: { id: postingId, kind: 'TRANSFER', transactionId, createdAt } });
  const side = (account: typeof source, direction: 'DEBIT' | 'CREDIT', change: bigint) => ({
    id: uuidIds.next(),
    postingId,
    leg: 0,
    accountId: account.id,
    walletId: account.holder_id,
    direction,
    units,
    version: account.version + 1n,
    balanceAfter: (BigInt(account.balance) + change).toString(),
    createdAt,
  });
  await client.entry.createMany({ data: [side(source, 'DEBIT', -transferUnits), side(destination, 'CREDIT', transferUnits)] });
  await client.outboxPending.createMany({ data: eventRows(transactionId, postingId, [fromWallet, toWallet], createdAt) });
}

function eventRows(transactionId: string, postingId: string, wallets: readonly string[], time: Date) {
  const event = (type: string, kind: string, subject: string, data: Record<string, unknown>) => ({
    id: uuidIds.next(),
    type: `clawpurse.wallet.${type}.v1`,
    kind,
    subject,
    data: JSON.stringify(data),
    feeds: '[]',
    time,
  });
  return [
    ...wallets.map((id) => event('balance_changed', 'domain', id, { walletId: id, ownerId, asset, cause: transactionId })),
    event('posting_completed', 'integration', transactionId, { transactionId, postingId }),
    event('audit', 'audit', transactionId, { actorId: 'system', action: 'transaction.post', resourceId: transactionId }),
  ];
}
