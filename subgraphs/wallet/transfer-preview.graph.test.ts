// What the graph tells of the money for a transfer that somebody thinks of: as the ledger would decide, and nothing to those who may not see the wallet.
import { describe, expect, it } from 'vitest';
import { providers } from '../../platform/testing/databases.ts';
import { startTestSubgraph } from '../../platform/testing/subgraph.ts';
import { walletModule } from './index.ts';

const entities = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on TransferPreview {
  funds { isCovered refusal { code } availableNow { amount asset { code } } availableAfter { amount } } } } }`;
const create = 'mutation ($input: CreatePostingsInput!) { createPostings(input: $input) { outcomes { status } } }';
const setLimit = 'mutation ($input: SetSpendingLimitInput!) { setSpendingLimit(input: $input) { spendingLimit { id } } }';

describe.each(providers)('the money for a transfer that somebody thinks of, on %s', (provider) => {
  it('is there or not, as the ledger would decide, and stays where it is', async () => {
    const domain = await startTestSubgraph(walletModule, { provider });
    const [alice, mallory] = [domain.identity(), domain.identity()];
    const olivia = domain.identity({ roles: ['OPERATOR'] });
    const openWallet = 'mutation ($input: OpenWalletInput!) { openWallet(input: $input) { wallet { id } } }';
    const walletId: string = (await domain.data(openWallet, { input: { name: 'Everyday' } }, { as: alice })).openWallet.wallet.id;
    const legs = [{ from: { house: 'ADJUSTMENTS' }, to: { walletId }, amount: { amount: '10', asset: 'USD' } }];
    await domain.data(create, { input: { idempotencyKey: 'k', postings: [{ legs, memo: 'Gift' }] } }, { as: olivia });
    const idOf = (...about: unknown[]) => Buffer.from(JSON.stringify(about)).toString('base64url');
    const funds = async (id: string, as = alice) =>
      (await domain.data(entities, { of: [{ __typename: 'TransferPreview', id }] }, { as }))._entities[0].funds;
    const of = (units: string, asset = 'USD') => funds(idOf(walletId, asset, units));
    const now = { amount: '10.00', asset: { code: 'USD' } };
    const covered = { isCovered: true, refusal: null, availableNow: now, availableAfter: { amount: '0.00' } };

    expect(await of('1000')).toEqual(covered);
    // Asked again and again: nothing has been set aside.
    expect(await of('1000')).toEqual(covered);
    const refused = { isCovered: false, availableNow: now, availableAfter: null };
    expect(await of('1001')).toEqual({ ...refused, refusal: { code: 'INSUFFICIENT_FUNDS' } });
    const euros = { availableNow: { amount: '0.00', asset: { code: 'EUR' } }, refusal: { code: 'INSUFFICIENT_FUNDS' } };
    expect(await of('1', 'EUR')).toEqual({ ...refused, ...euros });
    const limit = { walletId, period: 'DAY', limit: { amount: '4', asset: 'USD' } };
    await domain.data(setLimit, { input: limit }, { as: alice });
    expect(await of('401')).toEqual({ ...refused, refusal: { code: 'SPENDING_LIMIT_EXCEEDED' } });
    expect(await of('400')).toEqual({ ...covered, availableAfter: { amount: '6.00' } });

    for (const id of [idOf(walletId, 'USD', '1'), idOf('none', 'USD', '1'), idOf(walletId, 'USD', '-1'), 'nonsense'])
      expect(await funds(id, mallory)).toBeNull();
    // Staff see the wallet, and may not pay from it.
    expect(await funds(idOf(walletId, 'USD', '1'), olivia)).toMatchObject({
      isCovered: false,
      refusal: { code: 'WALLET_NOT_FOUND' },
    });
    const asked = { of: [{ __typename: 'TransferPreview', id: idOf(walletId, 'USD', '1') }] };
    expect((await domain.execute(entities, asked)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  });
});
