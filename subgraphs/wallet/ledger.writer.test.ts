// The ledger's writer on real databases: what it posts and refuses, once each, alone and under fire.
import { expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { describeEachDatabase, type OpenForTest } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { checkLedger } from './ledger.check.ts';
import { ledgerEventTypes } from './ledger.events.ts';
import { aLedger, operatorId, outcomeOf, type TestLedger } from './ledger.fixtures.ts';

async function anEconomy(open: OpenForTest, opening = 1_000n) {
  const ledger = aLedger(await open<PrismaClient>('wallet'));
  const [alice, bob] = [await ledger.aWallet('alice'), await ledger.aWallet('bob')];
  const bank = await ledger.aBank();
  if (opening > 0n) expect(outcomeOf(await ledger.deposit(bank.id, alice.id, opening))).toBe('ACCEPTED');
  return { ledger, alice, bob, bank };
}

async function expectSound(ledger: TestLedger) {
  const report = await checkLedger(ledger.database);
  expect(report.offender).toBeNull();
  return report;
}

describeEachDatabase('the ledger', (open, provider) => {
  it('posts a deposit, a transfer and a withdrawal as entries in pairs', async () => {
    const { ledger, alice, bob } = await anEconomy(open);
    const home = await ledger.aBank('bob');
    expect(outcomeOf(await ledger.transfer(alice.id, bob.id, 300n, { memo: 'Rent' }))).toBe('ACCEPTED');
    expect(outcomeOf(await ledger.withdraw(bob.id, home.id, 120n, { requestedBy: 'bob' }))).toBe('ACCEPTED');
    expect((await ledger.balance(alice.id)).available).toBe(700n);
    expect((await ledger.balance(bob.id)).available).toBe(180n);
    const report = await expectSound(ledger);
    expect(report).toMatchObject({ accounts: 4, postings: 3, entries: 6 });
  });

  it('tells the outcome, each touched balance and the audit trail in the same transaction', async () => {
    const { ledger, alice, bob } = await anEconomy(open);
    const transactionId = uuidIds.next();
    await ledger.transfer(alice.id, bob.id, 300n, { transactionId });
    const events = (await ledger.events()).filter(({ data }) => JSON.stringify(data).includes(transactionId));
    expect(events.map(({ type, subject }) => [type, subject])).toEqual([
      [ledgerEventTypes.balanceChanged, alice.id],
      [ledgerEventTypes.balanceChanged, bob.id],
      [ledgerEventTypes.postingCompleted, transactionId],
      [ledgerEventTypes.audit, transactionId],
    ]);
    expect(events[0]).toMatchObject({
      feeds: [`wallet:${alice.id}`, 'user:alice'],
      data: {
        walletId: alice.id,
        ownerId: 'alice',
        asset: 'USD',
        posted: '700',
        pending: '0',
        available: '700',
        changeUnits: '-300',
        cause: transactionId,
      },
    });
  });

  it('refuses without leaving a posting, but remembers and tells the refusal', async () => {
    const { ledger, alice, bob } = await anEconomy(open);
    const transactionId = uuidIds.next();
    const refused = await ledger.transfer(alice.id, bob.id, 1_001n, { transactionId });
    expect(outcomeOf(refused)).toBe('INSUFFICIENT_FUNDS');
    expect(await ledger.events(ledgerEventTypes.postingRefused)).toMatchObject([
      {
        subject: transactionId,
        data: { transactionId, code: 'INSUFFICIENT_FUNDS', message: expect.stringContaining('10.01 USD') },
      },
    ]);
    await ledger.deposit((await ledger.aBank()).id, alice.id, 5_000n);
    expect(outcomeOf(await ledger.transfer(alice.id, bob.id, 1_001n, { transactionId }))).toBe('INSUFFICIENT_FUNDS');
    expect((await expectSound(ledger)).postings).toBe(2);
  });

  it('checks owner, place, asset and state of both ends', async () => {
    const { ledger, alice, bob, bank } = await anEconomy(open);
    const euroBank = await ledger.aBank(operatorId, 'EUR');
    const bobsBank = await ledger.aBank('bob');
    const outcome = async (answer: ReturnType<TestLedger['transfer']>) => outcomeOf(await answer);
    expect(await outcome(ledger.transfer(bob.id, alice.id, 1n))).toBe('WALLET_NOT_FOUND');
    expect(await outcome(ledger.transfer('missing', alice.id, 1n))).toBe('WALLET_NOT_FOUND');
    expect(await outcome(ledger.transfer(alice.id, 'missing', 1n))).toBe('WALLET_NOT_FOUND');
    expect(await outcome(ledger.transfer(alice.id, bank.id, 1n))).toBe('WALLET_NOT_FOUND');
    expect(await outcome(ledger.transfer(alice.id, alice.id, 1n))).toBe('TRANSFER_TO_SELF');
    expect(await outcome(ledger.transfer(alice.id, bob.id, 1n, { asset: 'DOGE' }))).toBe('UNKNOWN_ASSET');
    expect(await outcome(ledger.transfer(alice.id, bob.id, 0n))).toBe('AMOUNT_NOT_POSITIVE');
    expect(await outcome(ledger.transfer(alice.id, bob.id, 10n ** 78n))).toBe('AMOUNT_TOO_LARGE');
    expect(await outcome(ledger.deposit('missing', alice.id, 1n))).toBe('EXTERNAL_ACCOUNT_NOT_FOUND');
    expect(await outcome(ledger.deposit(bobsBank.id, alice.id, 1n))).toBe('EXTERNAL_ACCOUNT_NOT_FOUND');
    expect(await outcome(ledger.deposit(euroBank.id, alice.id, 1n))).toBe('EXTERNAL_ACCOUNT_ASSET_MISMATCH');
    expect(await outcome(ledger.withdraw(alice.id, bobsBank.id, 1n))).toBe('EXTERNAL_ACCOUNT_NOT_FOUND');
    await ledger.externalAccounts.remove(ledger.by(operatorId), { externalAccountId: bank.id });
    expect(await outcome(ledger.deposit(bank.id, alice.id, 1n))).toBe('EXTERNAL_ACCOUNT_NOT_FOUND');
    expect(await outcome(ledger.deposit(bobsBank.id, bob.id, 1n))).toBe('ACCEPTED');
  });

  it('lets a frozen wallet neither pay nor receive, and only its owner learns why', async () => {
    const { ledger, alice, bob, bank } = await anEconomy(open);
    await ledger.transfer(alice.id, bob.id, 10n);
    await ledger.wallets.freeze(ledger.by(operatorId), { walletId: bob.id, reason: 'Court order' });
    expect(outcomeOf(await ledger.transfer(bob.id, alice.id, 1n, { requestedBy: 'bob' }))).toBe('WALLET_FROZEN');
    expect(outcomeOf(await ledger.transfer(alice.id, bob.id, 1n))).toBe('DESTINATION_UNAVAILABLE');
    expect(outcomeOf(await ledger.deposit(bank.id, bob.id, 1n))).toBe('DESTINATION_UNAVAILABLE');
    await ledger.wallets.unfreeze(ledger.by(operatorId), { walletId: bob.id, reason: 'Lifted' });
    expect(outcomeOf(await ledger.transfer(bob.id, alice.id, 1n, { requestedBy: 'bob' }))).toBe('ACCEPTED');
  });

  it('gives the first answer again, and tells it again, without a second effect', async () => {
    const { ledger, alice, bob } = await anEconomy(open);
    const transactionId = uuidIds.next();
    const first = await ledger.transfer(alice.id, bob.id, 300n, { transactionId });
    expect(await ledger.transfer(alice.id, bob.id, 300n, { transactionId })).toEqual(first);
    expect(outcomeOf(await ledger.transfer(alice.id, bob.id, 301n, { transactionId }))).toBe('IDEMPOTENCY_CONFLICT');
    const told = (await ledger.events(ledgerEventTypes.postingCompleted)).filter(({ subject }) => subject === transactionId);
    expect(told).toHaveLength(2);
    expect((await ledger.balance(bob.id)).posted).toBe(300n);
  });

  it('takes the event behind a request once, even within one batch', async () => {
    const { ledger, alice, bob } = await anEconomy(open);
    const request = (transactionId: string) => ({
      key: `transaction:${transactionId}`,
      idempotencyKey: transactionId,
      command: {
        type: 'POST_TRANSACTION' as const,
        transactionId,
        kind: 'TRANSFER' as const,
        requestedBy: 'alice',
        source: { type: 'WALLET' as const, id: alice.id },
        destination: { type: 'WALLET' as const, id: bob.id },
        asset: 'USD',
        units: 5n,
        memo: null,
      },
      origin: { actorId: 'system', requestId: null },
      claim: { consumer: 'wallet' as const, eventId: 'event-1' },
    });
    const answers = await Promise.all([ledger.writer.submit(request('t1')), ledger.writer.submit(request('t1'))]);
    expect(answers.map(outcomeOf)).toEqual(['ACCEPTED', 'ALREADY_CONSUMED']);
    expect(outcomeOf(await ledger.writer.submit(request('t1')))).toBe('ALREADY_CONSUMED');
    expect((await ledger.balance(bob.id)).posted).toBe(5n);
  });

  it('makes one effect of fifty parallel duplicates', async () => {
    const { ledger, alice, bob } = await anEconomy(open);
    const transactionId = uuidIds.next();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ledger.transfer(alice.id, bob.id, 7n, { transactionId })));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect((await ledger.balance(bob.id)).posted).toBe(7n);
    await expectSound(ledger);
  });

  it('lets exactly one of many parallel spends of the whole balance win', async () => {
    const { ledger, alice, bob } = await anEconomy(open);
    const answers = await Promise.all(Array.from({ length: 40 }, () => ledger.transfer(alice.id, bob.id, 1_000n)));
    expect(answers.map(outcomeOf).filter((outcome) => outcome === 'ACCEPTED')).toHaveLength(1);
    expect(answers.map(outcomeOf).filter((outcome) => outcome === 'INSUFFICIENT_FUNDS')).toHaveLength(39);
    await expectSound(ledger);
  });

  it.runIf(provider === 'postgresql')('keeps a request that cannot be stored from failing its neighbours', async () => {
    const { ledger, alice, bob } = await anEconomy(open);
    // PostgreSQL stores no zero byte: it spoils the statement that carries the whole batch.
    const poison = ledger.transfer(alice.id, bob.id, 1n, { memo: 'zero \u0000 byte' });
    const neighbours = Array.from({ length: 20 }, () => ledger.transfer(alice.id, bob.id, 1n));
    const [spoilt, ...others] = await Promise.allSettled([poison, ...neighbours]);
    expect(others.map((other) => other.status === 'fulfilled' && outcomeOf(other.value))).toEqual(Array(20).fill('ACCEPTED'));
    expect(spoilt?.status).toBe('rejected');
    await expectSound(ledger);
  });

  it('refuses new requests, retryably, while its queue is full', async () => {
    const database = await open<PrismaClient>('wallet');
    const ledger = aLedger(database, { limits: { batchSizeMax: 2, queueSizeMax: 4, batchTimeoutMs: 15_000, lanesMax: 1 } });
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => ledger.transfer('a', 'b', 1n)));
    expect(results.map(({ status }) => status)).toEqual([...Array(4).fill('fulfilled'), ...Array(2).fill('rejected')]);
    expect(results[5]).toMatchObject({ reason: { code: 'LEDGER_BUSY', retryable: true } });
  });

  it('answers what it took before it stops, and takes no more', async () => {
    const { ledger, alice, bob } = await anEconomy(open);
    const taken = ledger.transfer(alice.id, bob.id, 1n);
    await ledger.writer.stop();
    expect(outcomeOf(await taken)).toBe('ACCEPTED');
    await expect(ledger.transfer(alice.id, bob.id, 1n)).rejects.toMatchObject({ code: 'LEDGER_STOPPED', retryable: true });
  });

  it('counts amounts of 78 digits exactly, and refuses what no longer fits', async () => {
    const { ledger, alice, bob, bank } = await anEconomy(open, 0n);
    const most = 10n ** 78n - 1n;
    expect(outcomeOf(await ledger.deposit(bank.id, alice.id, most))).toBe('ACCEPTED');
    expect(outcomeOf(await ledger.transfer(alice.id, bob.id, most))).toBe('ACCEPTED');
    expect((await ledger.balance(bob.id)).available).toBe(most);
    expect(outcomeOf(await ledger.deposit(bank.id, alice.id, 1n))).toBe('BALANCE_LIMIT_EXCEEDED');
    await expectSound(ledger);
  });

  it('never lets the time of an account go back, whatever the clocks say', async () => {
    const { ledger, alice, bob } = await anEconomy(open);
    ledger.clock.advance(-3_600_000);
    await ledger.transfer(alice.id, bob.id, 1n);
    const entries = await ledger.database.client.entry.findMany({ where: { walletId: alice.id }, orderBy: { version: 'asc' } });
    expect(entries.map(({ createdAt }) => createdAt.toISOString())).toEqual(Array(2).fill('2026-11-01T12:00:00.000Z'));
  });

  it('lets nobody change or delete what has been posted', async () => {
    const { ledger, alice, bob } = await anEconomy(open);
    await ledger.transfer(alice.id, bob.id, 1n);
    const forbidden = [
      `UPDATE entry SET units = '2'`,
      'DELETE FROM entry',
      `UPDATE posting SET memo = 'changed'`,
      'DELETE FROM posting',
      `UPDATE ledger_request SET outcome = 'REFUSED'`,
      'DELETE FROM ledger_request',
      'DELETE FROM account',
      `UPDATE account SET credits_posted = '0'`,
      `UPDATE account SET asset = 'EUR'`,
      `UPDATE account SET debits_posted = '-1'`,
      ...(provider === 'postgresql'
        ? ['TRUNCATE entry', `UPDATE account SET debits_posted = credits_posted + 1 WHERE holder_type = 'WALLET'`]
        : []),
    ];
    for (const statement of forbidden) {
      const change = ledger.database.transaction((tx) => tx.client.$executeRawUnsafe(statement));
      await expect(change, statement).rejects.toThrow(/append-only|only grow|not negative|violates check/);
    }
    await expectSound(ledger);
  });
});

describeEachDatabase('replicas of the ledger', (open, provider) => {
  it('stay right together under a storm between two wallets', async () => {
    const { ledger, alice, bob, bank } = await anEconomy(open, 100n);
    await ledger.deposit(bank.id, bob.id, 100n);
    const replica = aLedger(ledger.database);
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) => {
        const writer = index % 2 === 0 ? ledger : replica;
        return index % 3 === 0
          ? writer.transfer(alice.id, bob.id, BigInt(1 + (index % 30)))
          : writer.transfer(bob.id, alice.id, BigInt(1 + (index % 30)), { requestedBy: 'bob' });
      }),
    );
    expect(new Set(answers.map(outcomeOf))).toEqual(new Set(['ACCEPTED', 'INSUFFICIENT_FUNDS']));
    const [a, b] = [await ledger.balance(alice.id), await ledger.balance(bob.id)];
    expect(a.posted + b.posted).toBe(200n);
    await expectSound(ledger);
  });

  it('open one account between them, and make one effect of duplicates sent to both', async () => {
    const { ledger, alice } = await anEconomy(open);
    const replica = aLedger(ledger.database);
    for (let round = 0; round < 5; round += 1) {
      const fresh = await ledger.aWallet('bob');
      const transactionId = uuidIds.next();
      const answers = await Promise.all(
        [ledger, replica, ledger, replica].map((writer) => writer.transfer(alice.id, fresh.id, 3n, { transactionId })),
      );
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      const both = [ledger.transfer(alice.id, fresh.id, 1n), replica.transfer(alice.id, fresh.id, 1n)];
      expect((await Promise.all(both)).map(outcomeOf)).toEqual(['ACCEPTED', 'ACCEPTED']);
      expect((await ledger.balance(fresh.id)).posted).toBe(5n);
    }
    await expectSound(ledger);
  });

  it.runIf(provider === 'postgresql')('converge on one effect each when their connections are cut', async () => {
    const { ledger, alice, bob } = await anEconomy(open, 10_000n);
    const replica = aLedger(ledger.database);
    const requests = Array.from({ length: 150 }, (_, index) => ({
      transactionId: uuidIds.next(),
      via: index % 2 ? ledger : replica,
    }));
    const send = ({ transactionId, via }: (typeof requests)[number]) => via.transfer(alice.id, bob.id, 3n, { transactionId });
    const cutter = ledger.database.client;
    const cuts = Array.from({ length: 6 }, () =>
      cutter.$queryRawUnsafe(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      ),
    );
    const first = await Promise.allSettled(requests.map(send));
    await Promise.allSettled(cuts);
    for (const result of first) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
    }
    const second = await Promise.all(requests.map(send));
    expect(new Set(second.map(outcomeOf))).toEqual(new Set(['ACCEPTED']));
    expect((await ledger.balance(bob.id)).posted).toBe(450n);
    await expectSound(ledger);
  });

  it('see a freeze that has been answered', async () => {
    const { ledger, alice, bob } = await anEconomy(open, 10_000n);
    const replica = aLedger(ledger.database);
    const storm = Array.from({ length: 200 }, (_, index) => (index % 2 ? ledger : replica).transfer(alice.id, bob.id, 1n));
    const frozen = ledger.wallets
      .freeze(ledger.by(operatorId), { walletId: alice.id, reason: 'Suspicion' })
      .then(() => replica.transfer(alice.id, bob.id, 1n));
    expect(outcomeOf(await frozen)).toBe('WALLET_FROZEN');
    const after = await ledger.balance(bob.id);
    await Promise.all(storm);
    const late = await Promise.all(Array.from({ length: 5 }, () => ledger.transfer(alice.id, bob.id, 1n)));
    expect(late.map(outcomeOf)).toEqual(Array(5).fill('WALLET_FROZEN'));
    expect((await ledger.balance(bob.id)).posted).toBe(after.posted);
    await expectSound(ledger);
  });
});
