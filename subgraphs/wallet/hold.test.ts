// Holds on real databases: what they set aside, that they resolve once, and what they refuse.
import { expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { describeEachDatabase, type OpenForTest } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { checkLedger } from './ledger.check.ts';
import { ledgerEventTypes } from './ledger.events.ts';
import { aLedger, operatorId } from './ledger.fixtures.ts';

async function aFundedWallet(open: OpenForTest, opening = 10_000n) {
  const ledger = aLedger(await open<PrismaClient>('wallet'));
  const [alice, bob] = [await ledger.aWallet('alice'), await ledger.aWallet('bob')];
  const bank = await ledger.aBank();
  await ledger.deposit(bank.id, alice.id, opening);
  const operator = ledger.by(operatorId);
  const place = (amount: string, change: Partial<Parameters<typeof ledger.holds.place>[1]> = {}) =>
    ledger.holds.place(operator, {
      idempotencyKey: uuidIds.next(),
      walletId: alice.id,
      amount: { amount, asset: 'USD' },
      ...change,
    });
  const capture = (holdId: string, amount?: string, change: Partial<Parameters<typeof ledger.holds.capture>[1]> = {}) =>
    ledger.holds.capture(operator, {
      idempotencyKey: uuidIds.next(),
      holdId,
      destinationWalletId: bob.id,
      amount: amount === undefined ? null : { amount, asset: 'USD' },
      ...change,
    });
  const voidHold = (holdId: string, idempotencyKey = uuidIds.next()) => ledger.holds.void(operator, { idempotencyKey, holdId });
  const soundness = async () => expect((await checkLedger(ledger.database)).offender).toBeNull();
  return { ledger, alice, bob, operator, place, capture, voidHold, soundness };
}

describeEachDatabase('a hold', (open) => {
  it('makes money unavailable without moving it', async () => {
    const { ledger, alice, bob, place, soundness } = await aFundedWallet(open);
    const hold = await place('60.00', { memo: 'Hotel' });
    expect(hold).toMatchObject({ status: 'PENDING', units: 6_000n, memo: 'Hotel', walletId: alice.id });
    expect(await ledger.balance(alice.id)).toEqual({ posted: 10_000n, held: 6_000n, available: 4_000n });
    expect(await ledger.transfer(alice.id, bob.id, 4_001n)).toMatchObject({ refusal: { code: 'INSUFFICIENT_FUNDS' } });
    await expect(place('40.01')).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
    await soundness();
  });

  it('is captured as a posting, and gives back what is not captured', async () => {
    const { ledger, alice, bob, place, capture, soundness } = await aFundedWallet(open);
    const hold = await place('60.00');
    const captured = await capture(hold.id, '25.00');
    expect(captured).toMatchObject({ status: 'CAPTURED', capturedUnits: 2_500n, destinationWalletId: bob.id });
    expect(await ledger.balance(alice.id)).toEqual({ posted: 7_500n, held: 0n, available: 7_500n });
    expect((await ledger.balance(bob.id)).available).toBe(2_500n);
    await soundness();
  });

  it('is captured whole when no amount is named', async () => {
    const { ledger, bob, place, capture } = await aFundedWallet(open);
    await capture((await place('60.00')).id);
    expect((await ledger.balance(bob.id)).posted).toBe(6_000n);
  });

  it('is voided and gives everything back', async () => {
    const { ledger, alice, place, voidHold, soundness } = await aFundedWallet(open);
    const hold = await place('60.00');
    expect(await voidHold(hold.id)).toMatchObject({ status: 'VOIDED', capturedUnits: null });
    expect((await ledger.balance(alice.id)).available).toBe(10_000n);
    await soundness();
  });

  it('expires by the clock, once the sweeper sees it, and cannot be captured after its time', async () => {
    const { ledger, alice, place, capture, soundness } = await aFundedWallet(open);
    const expiresAt = new Date(ledger.clock.now().getTime() + 60_000);
    const hold = await place('60.00', { expiresAt });
    expect(await ledger.sweeper.sweep()).toBe(0);
    ledger.clock.advance(60_000);
    await expect(capture(hold.id)).rejects.toMatchObject({ code: 'HOLD_EXPIRED' });
    const replica = aLedger(ledger.database, { clock: ledger.clock });
    const expired = await Promise.all([ledger.sweeper.sweep(), replica.sweeper.sweep()]);
    expect(expired[0] + expired[1]).toBe(1);
    expect((await ledger.balance(alice.id)).available).toBe(10_000n);
    expect(await ledger.events(ledgerEventTypes.holdExpired)).toMatchObject([{ subject: alice.id, data: { holdId: hold.id } }]);
    await soundness();
  });

  it('resolves once, however many try at the same time', async () => {
    const { ledger, alice, bob, place, capture, voidHold, soundness } = await aFundedWallet(open);
    const hold = await place('60.00');
    const attempts = Array.from({ length: 20 }, (_, index) => (index % 2 ? capture(hold.id) : voidHold(hold.id)));
    const results = await Promise.allSettled(attempts);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'HOLD_ALREADY_RESOLVED' });
    }
    const total = (await ledger.balance(alice.id)).posted + (await ledger.balance(bob.id)).posted;
    expect(total).toBe(10_000n);
    await soundness();
  });

  it('answers a repeated request with the first hold, and a changed one with a conflict', async () => {
    const { ledger, alice, place, voidHold } = await aFundedWallet(open);
    const first = await place('60.00', { idempotencyKey: 'key-1' });
    expect((await place('60.00', { idempotencyKey: 'key-1' })).id).toBe(first.id);
    await expect(place('61.00', { idempotencyKey: 'key-1' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect((await ledger.balance(alice.id)).held).toBe(6_000n);
    // Another caller's key of the same name is another key, and so is another operation's.
    const other = await ledger.holds.place(ledger.by('someone'), {
      idempotencyKey: 'key-1',
      walletId: alice.id,
      amount: { amount: '1.00', asset: 'USD' },
    });
    expect(other.id).not.toBe(first.id);
    await voidHold(first.id, 'key-1');
    expect((await voidHold(first.id, 'key-1')).status).toBe('VOIDED');
  });

  it('may be tried again with the same key after a refusal, which left nothing behind', async () => {
    const { ledger, alice, place } = await aFundedWallet(open);
    const before = (await ledger.events()).length;
    await expect(place('100.01', { idempotencyKey: 'again' })).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
    expect(await ledger.events()).toHaveLength(before);
    await ledger.deposit((await ledger.aBank()).id, alice.id, 1n);
    expect((await place('100.01', { idempotencyKey: 'again' })).status).toBe('PENDING');
  });

  it('refuses what cannot be', async () => {
    const { ledger, alice, bob, operator, place, capture, voidHold, soundness } = await aFundedWallet(open);
    const hold = await place('60.00');
    const past = ledger.clock.now();
    const refusals: [() => Promise<unknown>, string][] = [
      [() => place('1.00', { walletId: 'missing' }), 'WALLET_NOT_FOUND'],
      [() => place('0'), 'AMOUNT_NOT_POSITIVE'],
      [() => place('0.001'), 'AMOUNT_TOO_PRECISE'],
      [() => place('ten'), 'INVALID_AMOUNT'],
      [() => place('1', { amount: { amount: '1', asset: 'DOGE' } }), 'UNKNOWN_ASSET'],
      [() => place('1', { expiresAt: past }), 'HOLD_EXPIRY_IN_PAST'],
      [() => place('1', { memo: 'two\nlines' }), 'INVALID_HOLD_MEMO'],
      [() => place('1', { idempotencyKey: '' }), 'INVALID_IDEMPOTENCY_KEY'],
      [() => place('1', { idempotencyKey: 'with space' }), 'INVALID_IDEMPOTENCY_KEY'],
      [() => capture(hold.id, '60.01'), 'CAPTURE_EXCEEDS_HOLD'],
      [() => capture(hold.id, undefined, { amount: { amount: '1', asset: 'EUR' } }), 'CAPTURE_ASSET_MISMATCH'],
      [() => capture(hold.id, undefined, { destinationWalletId: alice.id }), 'TRANSFER_TO_SELF'],
      [() => capture(hold.id, undefined, { destinationWalletId: 'missing' }), 'WALLET_NOT_FOUND'],
      [() => capture('missing'), 'HOLD_NOT_FOUND'],
      [() => voidHold('missing'), 'HOLD_NOT_FOUND'],
    ];
    for (const [refused, code] of refusals) await expect(refused(), code).rejects.toMatchObject({ code });
    await ledger.wallets.freeze(operator, { walletId: bob.id, reason: 'Suspicion' });
    await expect(capture(hold.id)).rejects.toMatchObject({ code: 'WALLET_FROZEN' });
    await ledger.wallets.freeze(operator, { walletId: alice.id, reason: 'Suspicion' });
    await expect(place('1.00')).rejects.toMatchObject({ code: 'WALLET_FROZEN' });
    expect((await voidHold(hold.id)).status).toBe('VOIDED');
    await soundness();
  });

  it('neither pays nor frees its manager’s own wallet', async () => {
    const { ledger, alice, operator, place, capture, voidHold } = await aFundedWallet(open);
    const own = await ledger.aWallet(operatorId);
    const hold = await place('60.00');
    await expect(capture(hold.id, undefined, { destinationWalletId: own.id })).rejects.toMatchObject({
      code: 'OWN_WALLET',
      details: { walletId: own.id },
    });
    expect(await ledger.balance(alice.id)).toEqual({ posted: 10_000n, held: 6_000n, available: 4_000n });
    await ledger.deposit((await ledger.aBank('colleague')).id, own.id, 500n, { requestedBy: 'colleague' });
    const amount = { amount: '1.00', asset: 'USD' };
    const byColleague = { idempotencyKey: uuidIds.next(), walletId: own.id, amount };
    const kept = await ledger.holds.place(ledger.by('colleague'), byColleague);
    await expect(voidHold(kept.id)).rejects.toMatchObject({ code: 'OWN_WALLET' });
    const voided = await ledger.holds.void(ledger.by('colleague'), { idempotencyKey: uuidIds.next(), holdId: kept.id });
    expect(voided.status).toBe('VOIDED');
    const mine = await ledger.holds.place(operator, { idempotencyKey: uuidIds.next(), walletId: own.id, amount });
    expect((await voidHold(mine.id)).status).toBe('VOIDED');
  });

  it('that is resolved cannot be changed or deleted in the database either', async () => {
    const { ledger, place, voidHold } = await aFundedWallet(open);
    await voidHold((await place('60.00')).id);
    const forbidden = ["UPDATE hold SET status = 'CAPTURED'", 'DELETE FROM hold'];
    for (const statement of forbidden) {
      await expect(ledger.database.transaction((tx) => tx.client.$executeRawUnsafe(statement))).rejects.toThrow(
        /append-only|resolves once/,
      );
    }
  });
});
