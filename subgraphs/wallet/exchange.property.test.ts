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
  isReversed: fc.boolean(),
});
/** Surely exchanged and surely taken back, sold as well as bought, whatever else is generated: worth fifteen yen, and not less than one. */
const plain = {
  pair: ['BTC', 'JPY'] as [Code, Code],
  rate: '150000.5',
  spreadBasisPoints: 25,
  units: 10_001n,
  copies: 2,
  isReversed: true,
};
const plainSteps = (['SELL', 'BUY'] as const).map((side) => ({ ...plain, side }));
const holders = ['fx', 'fx-spread', 'fx-rounding'] as const;
const opening = 10n ** 24n;

function text(units: bigint, asset: string) {
  return { amount: formatUnits(units, requireAsset(asset)), asset };
}

/** Balances in a table, and what is set aside; the answers that follow from them. */
function createModel(held: ReadonlyMap<string, bigint>) {
  const posted = new Map<string, bigint>();
  const balance = (holder: string, asset: string) => posted.get(`${holder} ${asset}`) ?? 0n;
  const add = (holder: string, asset: string, units: bigint) => posted.set(`${holder} ${asset}`, balance(holder, asset) + units);

  /** Each account that the exchange moves, and by how much. */
  function changesOf({ sold, bought, spreadUnits, residueUnits, side }: ExchangeQuote): [string, string, bigint][] {
    const [ofSold, ofBought] = side === 'SELL' ? [residueUnits, 0n] : [0n, residueUnits];
    return [
      ['fx', sold.asset, sold.units - spreadUnits - ofSold],
      ['fx-spread', sold.asset, spreadUnits],
      ['wallet', sold.asset, -sold.units],
      ['wallet', bought.asset, bought.units],
      ['fx', bought.asset, -bought.units - ofBought],
      ['fx-rounding', side === 'SELL' ? sold.asset : bought.asset, residueUnits],
    ];
  }

  /** In the order in which the ledger looks: the wallet that pays, then the house; the other way round when it is taken back. */
  function decide(quote: ExchangeQuote, sign: 1n | -1n): string {
    const changes = changesOf(quote).map(([holder, asset, units]) => [holder, asset, units * sign] as const);
    for (const [holder, asset, units] of changes) {
      const free = balance(holder, asset) - (holder === 'wallet' ? (held.get(asset) ?? 0n) : 0n);
      if (units < 0n && free + units < 0n && ['wallet', 'fx'].includes(holder))
        return holder === 'wallet' ? 'INSUFFICIENT_FUNDS' : 'INSUFFICIENT_LIQUIDITY';
    }
    for (const [holder, asset, units] of changes) add(holder, asset, units);
    return 'ACCEPTED';
  }
  return { balance, add, decide };
}

describeEachDatabase('generated exchanges', (open, provider) => {
  it(
    'are answered and counted as the model does, to the unit, and taken back to the unit',
    async () => {
      const house = anExchange(await open<PrismaClient>('wallet'));
      for (const asset of assets) await house.fund(asset, text(10n ** 60n, asset).amount);
      let [accepted, reversed] = [0, 0];
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), pair, async (steps, [heldAsset]) => {
          const owner = uuidIds.next();
          const { id } = await house.aWallet(owner);
          await Promise.all(assets.map((asset) => house.give(id, asset, opening)));
          const hold = { idempotencyKey: id, walletId: id, amount: text(opening / 2n, heldAsset) };
          await house.holds.place(house.by('staff'), hold);
          const model = createModel(new Map([[heldAsset, opening / 2n]]));
          for (const asset of assets) {
            model.add('wallet', asset, opening);
            for (const holder of holders) model.add(holder, asset, await house.house(holder, asset));
          }
          const quotes: { quote: ExchangeQuote; copies: number; isReversed: boolean }[] = [];
          for (const { pair: two, side, units, copies, isReversed, ...terms } of steps) {
            const [one, other] = two;
            await house.setRate(one, other, terms.rate, terms.spreadBasisPoints);
            try {
              const quote = await house.quote(owner, { walletId: id, side, amount: text(units, one), counterAsset: other });
              quotes.push({ quote, copies, isReversed });
            } catch (error) {
              if (!isDomainError(error)) throw error;
              expect(['AMOUNT_TOO_SMALL', 'AMOUNT_TOO_LARGE']).toContain(error.code);
            }
          }
          // The copies of one request have one answer: nobody else is between them.
          const expected = quotes.map(({ quote, copies }) => Array<string>(copies).fill(model.decide(quote, 1n)));
          const outcomes = await Promise.all(
            quotes.map(({ quote, copies }) =>
              Promise.all(Array.from({ length: copies }, () => settled(house.execute(owner, quote.id, quote.id)))),
            ),
          );
          expect(outcomes).toEqual(expected);
          const posted = quotes.filter((_, index) => outcomes[index]?.[0] === 'ACCEPTED');
          const regretted = posted.filter(({ isReversed }) => isReversed).map(({ quote }) => quote);
          const reversals = regretted.map((quote) => model.decide(quote, -1n));
          const reverse = ({ id: exchangeId }: ExchangeQuote) =>
            settled(house.exchanges.reverse(house.by('staff'), { exchangeId, idempotencyKey: exchangeId, reason: 'Test' }));
          expect(await Promise.all(regretted.map(reverse))).toEqual(reversals);
          accepted += posted.length;
          reversed += reversals.filter((outcome) => outcome === 'ACCEPTED').length;
          for (const asset of assets) {
            expect((await house.balance(id, asset)).posted).toBe(model.balance('wallet', asset));
            for (const holder of holders) expect(await house.house(holder, asset)).toBe(model.balance(holder, asset));
          }
        }),
        { numRuns: (provider === 'sqlite' ? 5 : 3) * depth, examples: [[plainSteps, ['ETH', 'SOL']]], endOnFailure: true },
      );
      expect([accepted > 1, reversed > 1]).toEqual([true, true]);
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
