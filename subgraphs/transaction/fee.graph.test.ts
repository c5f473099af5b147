// Fees as the graph shows them: quotes, who may set them, who pays, and who sees that somebody did.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providers } from '../../platform/testing/databases.ts';
import type { TestSubgraph } from '../../platform/testing/subgraph.ts';
import { fundsHeld, postingCompleted, screeningDecided } from './transaction.fixtures.ts';
import { aStage, startTransactions, tell } from './transaction.harness.ts';

const setFee = `mutation ($input: SetFeeScheduleInput!) {
  setFeeSchedule(input: $input) { feeSchedule { kind version fixed { amount } basisPoints min { amount } max { amount } } }
}`;
const quote = `query ($amount: MoneyInput!, $kind: ChargedTransactionKind! = TRANSFER) {
  quoteTransfer(amount: $amount, kind: $kind) { amount { amount } fee { amount asset { code } } total { amount } scheduleVersion }
}`;
const feeOf = 'query ($id: ID!) { transaction(id: $id) { amount { amount } fee { amount asset { code } } } }';

describe.each(providers)('fees in the graph on %s', (provider) => {
  let shared: TestSubgraph;
  beforeAll(async () => {
    shared = await startTransactions({ provider });
    const as = { roles: ['ADMINISTRATOR' as const] };
    // EUR costs 0.10 and one percent, at least 0.20 and at most 5; the other assets are free.
    const terms = { fixed: '0.10', basisPoints: 100, min: '0.20', max: '5.00' };
    await shared.data(setFee, { input: { kind: 'TRANSFER', asset: 'EUR', expectedVersion: 0, ...terms } }, { as });
  });
  afterAll(() => shared.stop());
  const start = () => aStage(shared);
  const euros = (amount: string) => ({ amount, asset: 'EUR' });

  it.each([
    ['12.50', 'TRANSFER', '0.23', '12.73', 1],
    ['0.01', 'TRANSFER', '0.20', '0.21', 1],
    ['490.00', 'TRANSFER', '5.00', '495.00', 1],
    ['490.01', 'TRANSFER', '5.00', '495.01', 1],
    ['12.50', 'WITHDRAWAL', '0.00', '12.50', null],
  ])('quotes for %s as a %s a fee of %s', async (amount, kind, fee, total, scheduleVersion) => {
    const { domain, mallory } = await start();
    const { quoteTransfer } = await domain.data(quote, { amount: euros(amount), kind }, { as: mallory });
    expect(quoteTransfer).toEqual({
      amount: { amount },
      fee: { amount: fee, asset: { code: 'EUR' } },
      total: { amount: total },
      scheduleVersion,
    });
  });

  it.each([
    ['no amount', '0', 'AMOUNT_NOT_POSITIVE'],
    ['a debt', '-1', 'AMOUNT_NOT_POSITIVE'],
    ['a tenth of a cent', '0.001', 'AMOUNT_TOO_PRECISE'],
    ['words', 'five', 'INVALID_AMOUNT'],
  ])('does not quote for %s', async (_, amount, code) => {
    const { domain, alice } = await start();
    expect(await domain.refusal(quote, { amount: euros(amount) }, { as: alice })).toMatchObject({ code });
  });

  it('tells what would come of a transfer: its fee, and what would refuse it, in the words of the refusal', async () => {
    const { domain, alice, mallory, places, accounts } = await start();
    const preview = async (as: typeof alice, change: object = {}) => {
      const input = { sourceWalletId: places.alice, destinationId: places.bob, amount: euros('12.50'), ...change };
      const query = `query ($input: PreviewTransferInput!) { previewTransfer(input: $input) {
        id amount { amount } fee { amount } total { amount } refusal { code message } } }`;
      return (await domain.data(query, { input }, { as })).previewTransfer;
    };
    expect(await preview(alice)).toEqual({
      id: expect.any(String),
      amount: { amount: '12.50' },
      fee: { amount: '0.23' },
      total: { amount: '12.73' },
      refusal: null,
    });
    expect(await domain.database.client.$queryRaw`SELECT id FROM "transaction" WHERE idempotency_key = 'preview'`).toEqual([]);
    // Somebody else's wallet refuses as one that is not there, whatever it costs.
    const [foreign, missing] = [await preview(mallory), await preview(mallory, { sourceWalletId: 'none' })];
    expect(foreign).toMatchObject({ fee: { amount: '0.23' }, refusal: { code: 'WALLET_NOT_FOUND' } });
    expect(missing.refusal.message).toBe(foreign.refusal.message.replace(places.alice, 'none'));
    expect((await preview(alice, { destinationId: 'none' })).refusal.code).toBe('WALLET_NOT_FOUND');
    const withdrawal = { kind: 'WITHDRAWAL', destinationId: places.bob };
    expect((await preview(alice, withdrawal)).refusal.code).toBe('EXTERNAL_ACCOUNT_NOT_FOUND');
    const own = { kind: 'WITHDRAWAL', destinationId: accounts.alice };
    expect((await preview(alice, own)).refusal.code).toBe('EXTERNAL_ACCOUNT_ASSET_MISMATCH');
    const free = { fee: { amount: '0.00' }, total: { amount: '3.00' }, refusal: null };
    expect(await preview(alice, { ...own, amount: { amount: '3', asset: 'USD' } })).toMatchObject(free);
    await expect(preview(alice, { destinationId: places.alice })).rejects.toThrow('TRANSFER_TO_SELF');
  });

  it('asks who wants a quote for a token, and who sets a price for the permission', async () => {
    const { domain, alice, olivia } = await start();
    expect(await domain.refusal(quote, { amount: euros('1') })).toMatchObject({ code: 'UNAUTHENTICATED' });
    const input = { kind: 'TRANSFER', asset: 'EUR', expectedVersion: 1, fixed: '0' };
    for (const as of [alice, olivia])
      expect(await domain.refusal(setFee, { input }, { as })).toMatchObject({ code: 'FORBIDDEN' });
  });

  it.each([
    ['a share above the whole', { basisPoints: 10_001 }, 'INVALID_FEE_SCHEDULE'],
    ['a share below nothing', { basisPoints: -1 }, 'INVALID_FEE_SCHEDULE'],
    ['a limit below the least', { min: '2', max: '1' }, 'INVALID_FEE_SCHEDULE'],
    ['a negative price', { fixed: '-0.01' }, 'AMOUNT_NOT_POSITIVE'],
    ['an asset nobody knows', { asset: 'XYZ' }, 'UNKNOWN_ASSET'],
    ['a version that is not the last', { expectedVersion: 7 }, 'FEE_SCHEDULE_CHANGED'],
  ])('refuses %s', async (_, change, code) => {
    const { domain } = await start();
    const input = { kind: 'WITHDRAWAL', asset: 'EUR', expectedVersion: 0, ...change };
    expect(await domain.refusal(setFee, { input }, { as: { roles: ['ADMINISTRATOR'] } })).toMatchObject({ code });
  });

  it('charges the payer on top, shows it to the payer and to staff, and to nobody else', async () => {
    const { domain, alice, bob, mallory, ada, movement } = await start();
    const { transaction } = await movement('createTransfer', alice, { amount: euros('12.50'), quotedFee: euros('0.23') });
    const { id } = transaction;
    await tell(domain, fundsHeld(id), screeningDecided(id, 'CLEARED'), postingCompleted(id));
    const asked = await domain.waitForEvent('clawpurse.transaction.funds_requested.v1', ({ subject }) => subject === id);
    expect(asked.data).toMatchObject({ asset: 'EUR', units: '1273' });
    const ordered = await domain.waitForEvent('clawpurse.transaction.posting_started.v1', ({ subject }) => subject === id);
    expect(ordered.data).toMatchObject({ units: '1250', fees: [{ account: 'fees', units: '23' }] });
    const seen = async (as: typeof alice) => (await domain.data(feeOf, { id }, { as })).transaction;
    const charged = { amount: { amount: '12.50' }, fee: { amount: '0.23', asset: { code: 'EUR' } } };
    expect([await seen(alice), await seen(ada)]).toEqual([charged, charged]);
    expect(await seen(bob)).toEqual({ amount: { amount: '12.50' }, fee: null });
    expect(await domain.refusal(feeOf, { id }, { as: mallory })).toMatchObject({ code: 'TRANSACTION_NOT_FOUND' });
  });

  it('refuses a stale quote and records nothing, so that the same key serves for the right one', async () => {
    const { domain, alice, movement, places } = await start();
    const input = {
      idempotencyKey: 'quoted',
      sourceWalletId: places.alice,
      destinationWalletId: places.bob,
      amount: euros('12.50'),
      quotedFee: euros('0.22'),
    };
    const mutation = 'mutation ($input: CreateTransferInput!) { createTransfer(input: $input) { cursor } }';
    const stale = await domain.refusal(mutation, { input }, { as: alice });
    expect(stale).toMatchObject({ code: 'FEE_CHANGED', details: { fee: '0.23 EUR', quoted: '0.22 EUR' } });
    const otherAsset = { ...input, quotedFee: { amount: '0.23', asset: 'USD' } };
    expect(await domain.refusal(mutation, { input: otherAsset }, { as: alice })).toMatchObject({ code: 'FEE_CHANGED' });
    const right = { ...input, quotedFee: euros('0.23'), memo: null };
    const first = await movement('createTransfer', alice, right);
    expect(await movement('createTransfer', alice, right)).toEqual(first);
    const unquoted = { ...right, quotedFee: null };
    expect(await domain.refusal(mutation, { input: unquoted }, { as: alice })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });
});
