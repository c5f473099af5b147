// The demonstration's wallets: there once, whoever seeds them and how often.
import { expect, it } from 'vitest';
import { demoExternalAccounts, demoUsers, demoWallets } from '../../platform/demo.ts';
import { providers } from '../../platform/testing/databases.ts';
import { startTestSubgraph } from '../../platform/testing/subgraph.ts';
import { walletModule } from './index.ts';

it.each(providers)('seeds the demonstration once on %s, however often it is asked', async (provider) => {
  const wallet = await startTestSubgraph(walletModule, { provider, env: { CLAWPURSE_DEMO: 'true' } });
  await startTestSubgraph(walletModule, { provider, env: { CLAWPURSE_DEMO: 'true' }, database: wallet.database });
  const alice = { userId: demoUsers.alice.id };
  const { wallets, externalAccounts } = await wallet.data(
    '{ wallets { nodes { id } } externalAccounts { nodes { id } } }',
    {},
    { as: alice },
  );
  expect(wallets.nodes).toEqual([{ id: demoWallets.alice }]);
  expect(externalAccounts.nodes).toEqual([{ id: demoExternalAccounts.aliceBank }]);
  await wallet.waitForEvent(
    'clawpurse.wallet.external_account_added.v1',
    ({ subject }) => subject === demoExternalAccounts.aliceBank,
  );
  expect(await wallet.emitted('clawpurse.wallet.wallet_opened.v1')).toHaveLength(2);
  const operator = wallet.identity({ roles: ['CUSTOMER', 'OPERATOR'] });
  const house = '{ exchangeRates { rate version } exchangeLiquidity { available { amount asset { code } } } }';
  expect(await wallet.data(house, {}, { as: operator })).toEqual({
    exchangeRates: [{ rate: '1.0845', version: 1 }],
    exchangeLiquidity: ['EUR', 'USD'].map((code) => ({ available: { amount: '100000.00', asset: { code } } })),
  });
});
