// Money of transactions beyond the plain transfer: set aside first, with fees, from an earlier day, taken back, linked, tried without effect.
import { expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { checkLedger } from './ledger.check.ts';
import type { LedgerCommand, PostTransaction } from './ledger.commands.ts';
import { aLedger, outcomeOf } from './ledger.fixtures.ts';

describeEachDatabase('the money of transactions', (open) => {
  async function aFundedLedger(units = 100n) {
    const ledger = aLedger(await open<PrismaClient>('wallet'));
    const [from, to, bank] = [await ledger.aWallet('alice'), await ledger.aWallet('bob'), await ledger.aBank()];
    await ledger.deposit(bank.id, from.id, units);
    const posting = (change: Partial<PostTransaction> = {}): PostTransaction => ({
      type: 'POST_TRANSACTION',
      transactionId: uuidIds.next(),
      kind: 'TRANSFER',
      requestedBy: 'alice',
      source: { type: 'WALLET', id: from.id },
      destination: { type: 'WALLET', id: to.id },
      asset: 'USD',
      units: 10n,
      memo: null,
      ...change,
    });
    const sound = async () => expect((await checkLedger(ledger.database)).offender).toBeNull();
    return { ledger, from, to, bank, posting, sound };
  }

  it('sets funds aside once, posts them with their fees out of the hold, and gives the rest back', async () => {
    const { ledger, from, to, posting, sound } = await aFundedLedger(100n);
    const transactionId = uuidIds.next();
    const reserve = () => ledger.reserve(transactionId, from.id, 80n);
    const [first, again] = await Promise.all([reserve(), reserve()]);
    if (first.status !== 'ACCEPTED') throw new Error(outcomeOf(first));
    expect(again).toEqual(first);
    expect(await ledger.balance(from.id)).toEqual({ posted: 100n, held: 80n, available: 20n });
    expect(outcomeOf(await ledger.transfer(from.id, to.id, 21n))).toBe('INSUFFICIENT_FUNDS');
    const command = posting({ transactionId, units: 70n, holdId: first.resultId, fees: [{ account: 'fees', units: 5n }] });
    expect(outcomeOf(await ledger.ask({ ...command, units: 76n, transactionId: uuidIds.next() }))).toBe('HOLD_NOT_FOUND');
    expect(outcomeOf(await ledger.ask(command))).toBe('ACCEPTED');
    expect(await ledger.balance(from.id)).toEqual({ posted: 25n, held: 0n, available: 25n });
    expect((await ledger.balance(to.id)).posted).toBe(70n);
    expect((await ledger.events('clawpurse.wallet.funds_reserved.v1')).map(({ data }) => data.holdId)).toEqual([
      first.resultId,
      first.resultId,
    ]);
    await sound();
  });

  it('takes no more out of a hold than it keeps, and nothing once it is given up', async () => {
    const { ledger, from, posting, sound } = await aFundedLedger(100n);
    const transactionId = uuidIds.next();
    const held = await ledger.reserve(transactionId, from.id, 50n);
    if (held.status !== 'ACCEPTED') throw new Error(outcomeOf(held));
    expect(outcomeOf(await ledger.ask(posting({ transactionId, units: 51n, holdId: held.resultId })))).toBe(
      'CAPTURE_EXCEEDS_HOLD',
    );
    expect(outcomeOf(await ledger.reserve(uuidIds.next(), from.id, 51n))).toBe('INSUFFICIENT_FUNDS');
    const release = { type: 'VOID_HOLD', holdId: held.resultId, heldFor: transactionId } as const;
    expect(outcomeOf(await ledger.ask({ ...release, heldFor: uuidIds.next() }, null))).toBe('HOLD_NOT_FOUND');
    expect(outcomeOf(await ledger.ask(release, null))).toBe('ACCEPTED');
    const late = posting({ transactionId: uuidIds.next(), units: 50n, holdId: held.resultId });
    expect(outcomeOf(await ledger.ask(late))).toBe('HOLD_ALREADY_RESOLVED');
    expect(await ledger.events('clawpurse.wallet.funds_refused.v1')).toHaveLength(1);
    await sound();
  });

  it('lets nobody but the transaction use or give back what it has set aside', async () => {
    const { ledger, from, sound } = await aFundedLedger(100n);
    const held = await ledger.reserve(uuidIds.next(), from.id, 50n);
    if (held.status !== 'ACCEPTED') throw new Error(outcomeOf(held));
    const elsewhere = await ledger.aWallet('mallory');
    const operator = ledger.by('olivia');
    const request = { idempotencyKey: 'mine', holdId: held.resultId };
    const refused = { code: 'HOLD_OF_TRANSACTION' };
    await expect(ledger.holds.capture(operator, { ...request, destinationWalletId: elsewhere.id })).rejects.toMatchObject(
      refused,
    );
    await expect(ledger.holds.void(operator, request)).rejects.toMatchObject(refused);
    expect(await ledger.balance(from.id)).toEqual({ posted: 100n, held: 50n, available: 50n });
    await sound();
  });

  it('takes a posting back as its exact mirror, once, however many ask', async () => {
    const { ledger, from, to, posting, sound } = await aFundedLedger(100n);
    const command = posting({ units: 60n, fees: [{ account: 'fees', units: 3n }] });
    const { transactionId } = command;
    const reversal = { type: 'REVERSE_TRANSACTION', transactionId, requestedBy: 'operator', reason: 'by mistake' } as const;
    expect(outcomeOf(await ledger.ask({ ...reversal, transactionId: uuidIds.next() }))).toBe('POSTING_NOT_FOUND');
    await ledger.ask(command);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ledger.ask(reversal)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(outcomeOf(await ledger.ask(reversal, 'another-key'))).toBe('ALREADY_REVERSED');
    expect([(await ledger.balance(from.id)).posted, (await ledger.balance(to.id)).posted]).toEqual([100n, 0n]);
    expect(await ledger.database.client.posting.count({ where: { kind: 'REVERSAL' } })).toBe(1);
    await sound();
  });

  it('does not take back what has been spent, until it is there again', async () => {
    const { ledger, from, to, posting, sound } = await aFundedLedger(100n);
    const command = posting({ units: 60n });
    await ledger.ask(command);
    await ledger.transfer(to.id, from.id, 1n, { requestedBy: 'bob' });
    const { transactionId } = command;
    const reversal = { type: 'REVERSE_TRANSACTION', transactionId, requestedBy: 'operator', reason: 'by mistake' } as const;
    const first = { ...reversal, attemptId: uuidIds.next() };
    expect(outcomeOf(await ledger.ask(first))).toBe('INSUFFICIENT_FUNDS');
    await ledger.transfer(from.id, to.id, 1n);
    // A refusal is final for its try, and for no other.
    expect(outcomeOf(await ledger.ask(first))).toBe('INSUFFICIENT_FUNDS');
    const second = { ...reversal, attemptId: uuidIds.next() };
    expect(outcomeOf(await ledger.ask(second))).toBe('ACCEPTED');
    expect(outcomeOf(await ledger.ask(second))).toBe('ACCEPTED');
    const told = (await ledger.events('clawpurse.wallet.reversal_refused.v1')).map(({ data }) => data.attemptId);
    expect(new Set(told)).toEqual(new Set([first.attemptId]));
    await sound();
  });

  it('does linked requests all or none, each seeing those before it', async () => {
    const { ledger, from, to, posting, sound } = await aFundedLedger(100n);
    const back = {
      requestedBy: 'bob',
      source: { type: 'WALLET', id: to.id },
      destination: { type: 'WALLET', id: from.id },
    } as const;
    const linked = (...commands: LedgerCommand[]) => ledger.ask({ type: 'LINKED', commands }, uuidIds.next());
    const [first, second] = [posting({ units: 90n }), posting({ ...back, units: 80n })];
    // The second spends what the first brings.
    expect(outcomeOf(await linked(first, second))).toBe('ACCEPTED');
    expect(outcomeOf(await linked(posting({ units: 90n }), posting({ ...back, units: 101n })))).toBe('INSUFFICIENT_FUNDS');
    expect(outcomeOf(await linked(posting({ units: 1n }), first))).toBe('IDEMPOTENCY_CONFLICT');
    expect([(await ledger.balance(from.id)).posted, (await ledger.balance(to.id)).posted]).toEqual([90n, 10n]);
    expect(await ledger.events('clawpurse.wallet.posting_completed.v1')).toHaveLength(3);
    await sound();
  });

  it('tells what would happen without letting it happen', async () => {
    const { ledger, from, posting, sound } = await aFundedLedger(100n);
    const before = (await ledger.events()).length;
    expect((await ledger.ask(posting({ units: 100n }), 'dry', true)).status).toBe('WOULD_BE_ACCEPTED');
    expect(outcomeOf(await ledger.ask(posting({ units: 101n }), 'dry', true))).toBe('INSUFFICIENT_FUNDS');
    expect([(await ledger.balance(from.id)).posted, (await ledger.events()).length]).toEqual([100n, before]);
    await sound();
  });

  it('counts a posting from an earlier day where that is asked, and never from a later one', async () => {
    const { ledger, from, posting, sound } = await aFundedLedger(100n);
    const now = ledger.clock.now();
    const day = (days: number) => new Date(now.getTime() + days * 86_400_000);
    const [yesterday, tomorrow] = [day(-1), day(1)];
    expect(outcomeOf(await ledger.ask(posting({ effectiveAt: tomorrow })))).toBe('EFFECTIVE_TIME_IN_FUTURE');
    expect(outcomeOf(await ledger.ask(posting({ effectiveAt: yesterday, metadata: { invoice: '7' } })))).toBe('ACCEPTED');
    const at = async (moment: Date, by: 'RECORDED' | 'EFFECTIVE') =>
      (await ledger.accounts.balancesAt(from.id, moment, by)).map(({ posted }) => posted);
    const noon = new Date(now.getTime() - 43_200_000);
    expect([await at(noon, 'RECORDED'), await at(noon, 'EFFECTIVE'), await at(now, 'RECORDED')]).toEqual([[0n], [-10n], [90n]]);
    await expect(at(tomorrow, 'RECORDED')).rejects.toMatchObject({ code: 'BALANCE_TIME_IN_FUTURE' });
    const entries = await ledger.database.client.entry.findMany({ where: { walletId: from.id }, orderBy: { version: 'asc' } });
    expect(entries.map(({ effectiveAt }) => effectiveAt)).toEqual([null, yesterday]);
    await sound();
  });

  it('knows what a balance was after every one of its entries', async () => {
    const { ledger, from, to } = await aFundedLedger(1_000n);
    const moments: { at: Date; posted: bigint }[] = [];
    for (let step = 1n; step <= 9n; step += 1n) {
      ledger.clock.advance(1_000);
      await ledger.transfer(from.id, to.id, step);
      moments.push({ at: ledger.clock.now(), posted: (await ledger.balance(from.id)).posted });
    }
    for (const { at, posted } of moments)
      expect((await ledger.accounts.balancesAt(from.id, at, 'RECORDED')).map((balance) => balance.posted)).toEqual([posted]);
  });

  it('lets an account go as far below zero as it was granted, and lets a frozen one do nothing', async () => {
    const { ledger, from, to, sound } = await aFundedLedger(100n);
    const staff = ledger.by('operator');
    const limit = (amount: string) =>
      ledger.accounts.grantOverdraft(staff, { walletId: from.id, limit: { amount, asset: 'USD' } });
    await limit('0.50');
    expect(outcomeOf(await ledger.transfer(from.id, to.id, 151n))).toBe('INSUFFICIENT_FUNDS');
    expect(outcomeOf(await ledger.transfer(from.id, to.id, 150n))).toBe('ACCEPTED');
    expect((await ledger.balance(from.id)).posted).toBe(-50n);
    await expect(limit('0.49')).rejects.toMatchObject({ code: 'OVERDRAFT_IN_USE' });
    await expect(
      ledger.accounts.grantOverdraft(ledger.by('alice'), { walletId: from.id, limit: { amount: '9', asset: 'USD' } }),
    ).rejects.toMatchObject({ code: 'OWN_WALLET' });
    const name = { walletId: from.id, asset: 'USD', reason: 'asked by the police' };
    await expect(ledger.accounts.freeze(staff, { ...name, asset: 'EUR' })).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' });
    await ledger.accounts.freeze(staff, name);
    expect(outcomeOf(await ledger.transfer(to.id, from.id, 1n, { requestedBy: 'bob' }))).toBe('DESTINATION_UNAVAILABLE');
    expect(outcomeOf(await ledger.transfer(from.id, to.id, 1n))).toBe('ACCOUNT_FROZEN');
    await ledger.accounts.unfreeze(staff, name);
    expect(outcomeOf(await ledger.transfer(to.id, from.id, 1n, { requestedBy: 'bob' }))).toBe('ACCEPTED');
    await sound();
  });
});
