// Exchanges from the outside: the whole way in the graph, with every kind of token, and as the history and the live feed show them.
import { describe, expect, it } from 'vitest';
import { providers } from '../../platform/testing/databases.ts';
import { startTestSubgraph, type TestSubgraph } from '../../platform/testing/subgraph.ts';
import { walletModule } from './index.ts';

const openWallet = 'mutation ($input: OpenWalletInput!) { openWallet(input: $input) { wallet { id } } }';
const addExternalAccount =
  'mutation ($input: AddExternalAccountInput!) { addExternalAccount(input: $input) { externalAccount { id } } }';
const setExchangeRate = `mutation ($input: SetExchangeRateInput!) { setExchangeRate(input: $input) {
  exchangeRate { base { code } quote { code } rate spreadBasisPoints version } } }`;
const fundLiquidity =
  'mutation ($input: FundLiquidityInput!) { fundLiquidity(input: $input) { liquidity { asset { code } available { amount } } } }';
const liquidity = '{ exchangeLiquidity { asset { code } available { amount } } }';
const rates = '{ exchangeRates { base { code } quote { code } rate version } }';
const terms = `id sold { amount asset { code } } bought { amount asset { code } } fixed rate rateVersion spreadBasisPoints
  spread { amount } residue { amount asset { code } } createdAt wallet { id }`;
const quoteExchange = `mutation ($input: QuoteExchangeInput!) { quoteExchange(input: $input) { quote { ${terms} expiresAt } } }`;
const exchangeQuote = `mutation ($input: ExchangeInput!) { exchange(input: $input) { exchange { ${terms} } } }`;
const reverseExchange = `mutation ($input: ReverseExchangeInput!) { reverseExchange(input: $input) { exchange { id reversedAt wallet { id } } } }`;
const history = `query ($id: ID!) { wallet(id: $id) { balances { available { amount asset { code } } }
  entries { nodes { kind direction amount { amount asset { code } } transaction { id } exchange { id rate bought { amount } } } } } }`;
const follow = `subscription ($walletId: ID, $after: Cursor) { walletBalanceChanged(walletId: $walletId, after: $after) {
  change { amount asset { code } } cause { kind exchange { id } transaction { id } hold { id } } } }`;

/** As long as may be: on PostgreSQL quotes expire by its own clock, and a test machine may be slow. */
const quoteSeconds = 600;

async function aHouse(provider: TestSubgraph['database']['provider']) {
  const house = await startTestSubgraph(walletModule, { provider, env: { EXCHANGE_QUOTE_SECONDS: `${quoteSeconds}` } });
  const [alice, mallory] = [house.identity(), house.identity()];
  const operator = house.identity({ roles: ['CUSTOMER', 'OPERATOR'] });
  const administrator = house.identity({ roles: ['CUSTOMER', 'ADMINISTRATOR'] });
  const aBank = async (asset: string): Promise<string> => {
    const input = { name: 'Bank', holderName: 'Treasury', asset };
    return (await house.data(addExternalAccount, { input }, { as: operator })).addExternalAccount.externalAccount.id;
  };
  const { openWallet: opened } = await house.data(openWallet, { input: { name: 'Everyday' } }, { as: alice });
  const walletId: string = opened.wallet.id;
  const rate = { base: 'EUR', quote: 'USD', expectedVersion: 0, rate: '1.0845', spreadBasisPoints: 50 };
  const funding = { idempotencyKey: 'fund-1', externalAccountId: await aBank('EUR'), amount: { amount: '5000', asset: 'EUR' } };
  /** A hundred dollars for the wallet, as the transaction domain would have them posted. */
  const deposit = async () => {
    const data = {
      transactionId: house.ids.next(),
      kind: 'DEPOSIT',
      requestedBy: operator.userId,
      source: { type: 'EXTERNAL_ACCOUNT', id: await aBank('USD') },
      destination: { type: 'WALLET', id: walletId },
      asset: 'USD',
      units: '10000',
      memo: null,
    };
    await house.publish({ type: 'clawpurse.transaction.posting_started.v1', subject: data.transactionId, data });
  };
  const quoteInput = { walletId, side: 'SELL', amount: { amount: '50', asset: 'USD' }, counterAsset: 'EUR' };
  return { house, alice, mallory, operator, administrator, walletId, rate, funding, deposit, quoteInput };
}

describe.each(providers)('exchanges on %s', (provider) => {
  it('are quoted, executed once, and shown in the history and live', async () => {
    const { house, alice, operator, administrator, walletId, rate, funding, deposit, quoteInput } = await aHouse(provider);
    const as = { as: alice };
    expect((await house.data(setExchangeRate, { input: rate }, { as: administrator })).setExchangeRate.exchangeRate).toEqual({
      base: { code: 'EUR' },
      quote: { code: 'USD' },
      rate: '1.0845',
      spreadBasisPoints: 50,
      version: 1,
    });
    const filled = { asset: { code: 'EUR' }, available: { amount: '5000.00' } };
    expect((await house.data(fundLiquidity, { input: funding }, { as: operator })).fundLiquidity.liquidity).toEqual(filled);
    expect((await house.data(liquidity, {}, { as: operator })).exchangeLiquidity).toEqual([filled]);
    expect((await house.data(rates, {}, as)).exchangeRates).toMatchObject([{ rate: '1.0845', version: 1 }]);
    await deposit();

    const { quote } = (await house.data(quoteExchange, { input: quoteInput }, as)).quoteExchange;
    // 50 / 1.0845 is 46.1041…, less half a percent 45.8736….
    expect(quote).toMatchObject({
      sold: { amount: '50.00', asset: { code: 'USD' } },
      bought: { amount: '45.87', asset: { code: 'EUR' } },
      fixed: 'SELL',
      rateVersion: 1,
      spread: { amount: '0.25' },
      residue: { amount: '0.00', asset: { code: 'USD' } },
      wallet: { id: walletId },
    });
    expect(Date.parse(quote.expiresAt) - Date.parse(quote.createdAt)).toBe(quoteSeconds * 1_000);

    const live = house.subscribe(follow, { walletId }, as);
    await house.whenFollowed();
    const input = { quoteId: quote.id, idempotencyKey: 'exchange-1' };
    const { exchange } = (await house.data(exchangeQuote, { input }, as)).exchange;
    const { expiresAt: _, createdAt: __, ...same } = quote;
    expect(exchange).toMatchObject(same);
    expect((await house.data(exchangeQuote, { input }, as)).exchange.exchange).toEqual(exchange);
    const again = { ...input, idempotencyKey: 'exchange-2' };
    expect(await house.refusal(exchangeQuote, { input: again }, as)).toMatchObject({ code: 'QUOTE_ALREADY_USED' });

    const cause = { kind: 'EXCHANGE', exchange: { id: quote.id }, transaction: null, hold: null };
    for (const change of [
      { amount: '-50.00', asset: { code: 'USD' } },
      { amount: '45.87', asset: { code: 'EUR' } },
    ])
      expect((await live.next()).value?.data?.walletBalanceChanged).toEqual({ change, cause });
    await live.return();
    const { wallet } = await house.data(history, { id: walletId }, as);
    expect(wallet.balances).toEqual([
      { available: { amount: '45.87', asset: { code: 'EUR' } } },
      { available: { amount: '50.00', asset: { code: 'USD' } } },
    ]);
    const entries = wallet.entries.nodes.filter(({ kind }: { kind: string }) => kind === 'EXCHANGE');
    expect(entries).toHaveLength(3);
    for (const entry of entries)
      expect(entry).toMatchObject({ transaction: null, exchange: { id: quote.id, rate: '1.0845', bought: { amount: '45.87' } } });
    const reversal = { exchangeId: quote.id, idempotencyKey: 'reverse-1', reason: 'Asked for by the customer' };
    expect(await house.refusal(reverseExchange, { input: reversal }, as)).toMatchObject({ code: 'FORBIDDEN' });
    const { reverseExchange: reversed } = await house.data(reverseExchange, { input: reversal }, { as: operator });
    expect(reversed.exchange).toMatchObject({ id: quote.id, wallet: { id: walletId }, reversedAt: expect.any(String) });
    const { wallet: restored } = await house.data(history, { id: walletId }, as);
    expect(restored.balances[1]).toEqual({ available: { amount: '100.00', asset: { code: 'USD' } } });
    expect(restored.entries.nodes[0]).toMatchObject({ kind: 'REVERSAL', exchange: { id: quote.id } });

    const audit = await house.waitForEvent('clawpurse.wallet.audit.v1', ({ data }) => data.action === 'exchange.execute');
    expect(audit).toMatchObject({ subject: quote.id, data: { actorId: alice.userId, resourceType: 'Exchange' } });
  });

  it('are for who was given the quote: to everybody else neither the wallet nor the quote is there', async () => {
    const { house, alice, mallory, operator, administrator, walletId, rate, quoteInput } = await aHouse(provider);
    await house.data(setExchangeRate, { input: rate }, { as: administrator });
    const { quote } = (await house.data(quoteExchange, { input: quoteInput }, { as: alice })).quoteExchange;
    for (const as of [mallory, operator]) {
      const wallets = [walletId, house.ids.next()];
      const [foreign, missing] = await Promise.all(
        wallets.map(async (id) => {
          const refusal = await house.refusal(quoteExchange, { input: { ...quoteInput, walletId: id } }, { as });
          return { ...refusal, message: refusal.message.replace(id, 'ID'), details: null };
        }),
      );
      expect(foreign).toMatchObject({ code: 'WALLET_NOT_FOUND' });
      expect(foreign).toEqual(missing);
      const [used, unknown] = await Promise.all(
        [quote.id, house.ids.next()].map(async (quoteId) => {
          const refusal = await house.refusal(exchangeQuote, { input: { quoteId, idempotencyKey: 'key' } }, { as });
          return { ...refusal, message: refusal.message.replace(quoteId, 'ID'), details: null };
        }),
      );
      expect(used).toMatchObject({ code: 'QUOTE_NOT_FOUND' });
      expect(used).toEqual(unknown);
    }
    // Both refusals above left the quote as it was: it lacks funds, and nothing else.
    expect(
      await house.refusal(exchangeQuote, { input: { quoteId: quote.id, idempotencyKey: 'key' } }, { as: alice }),
    ).toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
  });

  it('have rates and liquidity that only their staff set and see', async () => {
    const { house, alice, operator, administrator, rate, funding, quoteInput } = await aHouse(provider);
    for (const as of [alice, operator])
      expect(await house.refusal(setExchangeRate, { input: rate }, { as })).toMatchObject({ code: 'FORBIDDEN' });
    for (const as of [alice, administrator]) {
      expect(await house.refusal(fundLiquidity, { input: funding }, { as })).toMatchObject({ code: 'FORBIDDEN' });
      expect(await house.refusal(liquidity, {}, { as })).toMatchObject({ code: 'FORBIDDEN' });
    }
    for (const [document, input] of [
      [quoteExchange, quoteInput],
      [exchangeQuote, { quoteId: house.ids.next(), idempotencyKey: 'key' }],
      [setExchangeRate, rate],
    ] as const)
      expect(await house.refusal(document, { input })).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
