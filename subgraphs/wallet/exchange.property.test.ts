// Generated quotes in assets of every scale, exchanged in parallel: no unit is made or lost, each goes where the quote says, and the check proves it.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { environment } from '../../platform/config/environment.ts';
import { isDomainError } from '../../platform/errors.ts';
import { formatUnits, requireAsset, unitsMax } from '../../platform/money/money.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { anExchange, settled } from './exchange.fixtures.ts';
import type { ExchangeQuote } from './exchange.repository.ts';
import { checkLedger } from './ledger.check.ts';
import { residueAsset } from './rate.rules.ts';

/** `npm run test:faults` goes deeper. */
const depth = environment().TEST_FAULTS === 'all' ? 20 : 1;
/** 0, 2, 8, 9 and 18 decimals. */
const assets = ['JPY', 'USD', 'BTC', 'SOL', 'ETH'] as const;
type Code = (typeof assets)[number];

const code = fc.constantFrom(...assets);
const pair = fc.tuple(code, code).filter(([one, other]) => one !== other);
const rate = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 9n }), fc.integer({ min: 0, max: 9 }))
  .map(([units, scale]) => formatUnits(units, { scale }));
const step = fc.record({
  pair,
  rate,
  spreadBasisPoints: fc.constantFrom(0, 1, 25, 333, 5_000),
  side: fc.constantFrom('SELL' as const, 'BUY' as const),
  units: fc.oneof(
    fc.bigInt({ min: 1n, max: 10_000n }),
    fc.bigInt({ min: 1n, max: 10n ** 24n }),
    fc.bigInt({ min: 1n, max: unitsMax }),
  ),
  /** How often it is sent at once, under one key. */
  copies: fc.integer({ min: 1, max: 3 }),
});
const opening = 10n ** 24n;

function text(units: bigint, asset: string) {
  return { amount: formatUnits(units, requireAsset(asset)), asset };
}

describeEachDatabase('generated exchanges', (open, provider) => {
  it(
    'conserve every asset to the unit',
    async () => {
      const house = anExchange(await open<PrismaClient>('wallet'));
      const holders = ['fx', 'fx-spread', 'fx-rounding'] as const;
      for (const asset of assets) await house.fund(asset, text(10n ** 60n, asset).amount);
      let accepted = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), async (steps) => {
          const owner = uuidIds.next();
          const { id } = await house.aWallet(owner);
          await Promise.all(assets.map((asset) => house.give(id, asset, opening)));
          const model = new Map<string, bigint>();
          for (const asset of assets) {
            model.set(`wallet ${asset}`, opening);
            for (const holder of holders) model.set(`${holder} ${asset}`, await house.house(holder, asset));
          }
          const move = (holder: string, asset: string, units: bigint) =>
            model.set(`${holder} ${asset}`, (model.get(`${holder} ${asset}`) ?? 0n) + units);
          const quotes: { quote: ExchangeQuote; copies: number }[] = [];
          for (const {
            pair: [one, other],
            side,
            units,
            copies,
            ...terms
          } of steps) {
            await house.setRate(one, other, terms.rate, terms.spreadBasisPoints);
            try {
              const quote = await house.quote(owner, { walletId: id, side, amount: text(units, one), counterAsset: other });
              quotes.push({ quote, copies });
            } catch (error) {
              if (!isDomainError(error)) throw error;
              expect(['AMOUNT_TOO_SMALL', 'AMOUNT_TOO_LARGE']).toContain(error.code);
            }
          }
          const outcomes = await Promise.all(
            quotes.map(({ quote, copies }) =>
              Promise.all(Array.from({ length: copies }, () => settled(house.execute(owner, quote.id, quote.id)))),
            ),
          );
          for (const [index, { quote }] of quotes.entries()) {
            const [outcome, ...again] = outcomes[index] ?? [];
            // Nobody else is in the way between the copies of one request: all have one answer.
            for (const other of again) expect(other).toBe(outcome);
            if (outcome !== 'ACCEPTED') {
              expect(['INSUFFICIENT_FUNDS', 'INSUFFICIENT_LIQUIDITY', 'BALANCE_LIMIT_EXCEEDED']).toContain(outcome);
              continue;
            }
            accepted += 1;
            const { sold, bought, spreadUnits, residueUnits, side } = quote;
            const [ofSold, ofBought] = side === 'SELL' ? [residueUnits, 0n] : [0n, residueUnits];
            move('wallet', sold.asset, -sold.units);
            move('wallet', bought.asset, bought.units);
            move('fx', sold.asset, sold.units - spreadUnits - ofSold);
            move('fx', bought.asset, -bought.units - ofBought);
            move('fx-spread', sold.asset, spreadUnits);
            move('fx-rounding', residueAsset(quote), residueUnits);
          }
          for (const asset of assets) {
            expect((await house.balance(id, asset)).posted).toBe(model.get(`wallet ${asset}`));
            for (const holder of holders) expect(await house.house(holder, asset)).toBe(model.get(`${holder} ${asset}`));
            expect((await house.house('fx', asset)) >= 0n).toBe(true);
          }
        }),
        { numRuns: (provider === 'sqlite' ? 5 : 3) * depth, endOnFailure: true },
      );
      expect(accepted).toBeGreaterThan(3);
      expect((await checkLedger(house.database)).offender).toBeNull();
    },
    120_000 * depth,
  );

  it.each<[string, { sell: Code; units: bigint; buy: Code; rate: string; bought: bigint; residue: bigint }]>([
    ['0 to 2 decimals', { sell: 'JPY', units: 101n, buy: 'USD', rate: '0.0066', bought: 66n, residue: 1n }],
    ['2 to 0 decimals', { sell: 'USD', units: 101n, buy: 'JPY', rate: '151.5', bought: 153n, residue: 0n }],
    ['8 to 18 decimals', { sell: 'BTC', units: 1n, buy: 'ETH', rate: '15.3', bought: 153_000_000_000n, residue: 0n }],
    ['9 to 0 decimals', { sell: 'SOL', units: 10n ** 9n, buy: 'JPY', rate: '20000.5', bought: 20_000n, residue: 24_999n }],
    [
      '18 to 2 decimals',
      { sell: 'ETH', units: 1_234_567_890_123_456_789n, buy: 'USD', rate: '2500', bought: 308_641n, residue: 3_890_123_456_789n },
    ],
    ['78 digits on both sides', { sell: 'ETH', units: unitsMax, buy: 'SOL', rate: '1000000000', bought: unitsMax, residue: 0n }],
  ])('post %s', async (_, { sell, units, buy, rate: value, bought, residue }) => {
    const house = anExchange(await open<PrismaClient>('wallet'));
    const { id } = await house.aWallet();
    await house.give(id, sell, units);
    await house.setRate(sell, buy, value);
    await house.fund(buy, text(bought, buy).amount);
    const quote = await house.quote('alice', { walletId: id, side: 'SELL', amount: text(units, sell), counterAsset: buy });
    await house.execute('alice', quote.id);
    expect((await house.balance(id, sell)).posted).toBe(0n);
    expect((await house.balance(id, buy)).posted).toBe(bought);
    expect(await house.house('fx-rounding', sell)).toBe(residue);
    expect(await house.house('fx', sell)).toBe(units - residue);
    expect(await house.house('fx', buy)).toBe(0n);
    expect((await checkLedger(house.database)).offender).toBeNull();
  });
});
