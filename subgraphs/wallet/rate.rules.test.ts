// The arithmetic of exchanges, against hand-computed rows and against generated rates, scales and amounts.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDomainError } from '../../platform/errors.ts';
import { createAssetRegistry } from '../../platform/money/assets.ts';
import { unitsMax } from '../../platform/money/money.ts';
import {
  areTrueToRate,
  computeExchange,
  type ExchangeRate,
  type ExchangeTerms,
  type FixedSide,
  isJump,
  readRate,
  residueAsset,
} from './rate.rules.ts';

const scales = [0, 2, 8, 9, 18] as const;
const registry = createAssetRegistry(
  scales.flatMap((scale) =>
    ['A', 'B'].map((name) => ({
      code: `${name}${scale}`,
      name: `${name} with ${scale} decimals`,
      kind: 'FIAT' as const,
      scale,
      symbol: 'X',
    })),
  ),
);

const exchange = (rate: ExchangeRate, side: FixedSide, units: bigint, asset: string, other: string): ExchangeTerms =>
  computeExchange(rate, { side, fixed: { units, asset }, other }, registry);

function codeOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (isDomainError(error)) return error.code;
    throw error;
  }
}

describe('an exchange', () => {
  // rate: of one A in B. The middle price, then the spread, then the roundings, as one does it by hand.
  it.each<
    [string, string, number, FixedSide, bigint, string, string, Partial<Record<'sold' | 'bought' | 'spread' | 'residue', bigint>>]
  >([
    ['2 to 2 decimals, without a remainder', '0.9', 0, 'SELL', 1000n, 'A2', 'B2', { bought: 900n, spread: 0n, residue: 0n }],
    ['2 to 2 decimals, a remainder below both units', '0.9', 0, 'SELL', 999n, 'A2', 'B2', { bought: 899n, residue: 0n }],
    ['the same rate the other way', '0.8', 0, 'SELL', 1000n, 'B2', 'A2', { bought: 1250n, residue: 0n }],
    ['the same rate the other way, which does not end', '0.9', 0, 'SELL', 1000n, 'B2', 'A2', { bought: 1111n, residue: 0n }],
    ['2 to 0 decimals', '151.5', 0, 'SELL', 101n, 'A2', 'B0', { bought: 153n, residue: 0n }],
    ['0 to 2 decimals, one unit left over', '0.0066', 0, 'SELL', 101n, 'A0', 'B2', { bought: 66n, residue: 1n }],
    [
      '9 to 0 decimals, many units left over',
      '20000.5',
      0,
      'SELL',
      1_000_000_000n,
      'A9',
      'B0',
      { bought: 20_000n, residue: 24_999n },
    ],
    [
      '18 to 2 decimals',
      '2500',
      0,
      'SELL',
      1_234_567_890_123_456_789n,
      'A18',
      'B2',
      { bought: 308_641n, residue: 3_890_123_456_789n },
    ],
    ['8 to 18 decimals', '15.3', 0, 'SELL', 1n, 'A8', 'B18', { bought: 153_000_000_000n, residue: 0n }],
    ['a spread of a quarter of a percent', '1', 25, 'SELL', 10_000n, 'A2', 'B2', { bought: 9975n, spread: 25n, residue: 0n }],
    ['a bought amount, rounded up', '0.9', 0, 'BUY', 100n, 'B2', 'A2', { sold: 112n, residue: 0n }],
    ['a bought amount that the least payment exceeds', '151.5', 0, 'BUY', 100n, 'B0', 'A2', { sold: 67n, residue: 1n }],
    ['a bought amount with a spread', '2', 100, 'BUY', 198n, 'B2', 'A2', { sold: 100n, spread: 1n, residue: 0n }],
    ['78 digits', '1', 0, 'SELL', unitsMax, 'A18', 'B18', { bought: unitsMax, residue: 0n }],
    ['78 digits at half', '0.5', 0, 'SELL', unitsMax, 'A18', 'B18', { bought: (unitsMax - 1n) / 2n, residue: 1n }],
  ])('%s', (_, rate, spreadBasisPoints, side, units, asset, other, expected) => {
    const [base, quote] = [asset, other].sort();
    const terms = exchange({ base: base ?? '', quote: quote ?? '', rate, spreadBasisPoints }, side, units, asset, other);
    const { sold, bought, spreadUnits, residueUnits } = terms;
    const found = { sold: sold.units, bought: bought.units, spread: spreadUnits, residue: residueUnits };
    expect(found).toMatchObject(expected);
    expect(side === 'SELL' ? sold : bought).toEqual({ units, asset });
    expect(areTrueToRate(terms, registry)).toBe(true);
  });

  it.each([
    ['less than a unit of what is bought', '0.009', 'SELL', 1n, 'A2', 'B2', 'AMOUNT_TOO_SMALL'],
    ['more than 78 digits of what is bought', '2', 'SELL', unitsMax, 'A2', 'B2', 'AMOUNT_TOO_LARGE'],
    ['more than 78 digits of what is sold', '0.5', 'BUY', unitsMax, 'B2', 'A2', 'AMOUNT_TOO_LARGE'],
  ] as const)('refuses %s', (_, rate, side, units, asset, other, code) => {
    expect(codeOf(() => exchange({ base: 'A2', quote: 'B2', rate, spreadBasisPoints: 0 }, side, units, asset, other))).toBe(code);
  });
});

describe('generated exchanges', () => {
  const anyScale = fc.constantFrom(...scales);
  const anyRate = fc
    .tuple(fc.bigInt({ min: 1n, max: 10n ** 18n - 1n }), fc.integer({ min: 0, max: 18 }))
    .map(([coefficient, decimals]) => {
      const text = coefficient.toString().padStart(decimals + 1, '0');
      const point = text.length - decimals;
      return decimals === 0 ? text : readRate(`${text.slice(0, point)}.${text.slice(point)}`);
    });
  const anyUnits = fc.oneof(
    fc.bigInt({ min: 1n, max: 10_000n }),
    fc.bigInt({ min: 1n, max: 10n ** 30n }),
    fc.bigInt({ min: 1n, max: unitsMax }),
  );
  const anything = fc.record({
    scaleA: anyScale,
    scaleB: anyScale,
    rate: anyRate,
    spreadBasisPoints: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5000 })),
    side: fc.constantFrom<FixedSide>('SELL', 'BUY'),
    isSellingBase: fc.boolean(),
    units: anyUnits,
  });

  /** Checks a property on every generated exchange that is not too small or too large to be one. */
  function holds(
    check: (
      terms: ExchangeTerms,
      again: (side: FixedSide, units: bigint) => ExchangeTerms,
      back: (units: bigint) => ExchangeTerms,
    ) => void,
  ) {
    let exchanges = 0;
    fc.assert(
      fc.property(anything, ({ scaleA, scaleB, rate, spreadBasisPoints, side, isSellingBase, units }) => {
        const [base, quote] = [`A${scaleA}`, `B${scaleB}`];
        const [sold, bought] = isSellingBase ? [base, quote] : [quote, base];
        const terms = { base, quote, rate, spreadBasisPoints };
        const again = (which: FixedSide, amount: bigint) =>
          which === 'SELL' ? exchange(terms, 'SELL', amount, sold, bought) : exchange(terms, 'BUY', amount, bought, sold);
        let first: ExchangeTerms;
        try {
          first = again(side, units);
        } catch (error) {
          if (isDomainError(error)) return;
          throw error;
        }
        exchanges += 1;
        check(first, again, (amount) => exchange(terms, 'SELL', amount, bought, sold));
      }),
      { numRuns: 2_000 },
    );
    expect(exchanges).toBeGreaterThan(500);
  }

  /** Units bought for one sold, as a fraction, straight from the definition. */
  function priceOf({ base, rate, spreadBasisPoints, sold, bought }: ExchangeTerms): [numerator: bigint, denominator: bigint] {
    const [whole = '', decimals = ''] = rate.split('.');
    const [top, bottom] = [BigInt(whole + decimals), 10n ** BigInt(decimals.length)];
    const scale = (code: string) => 10n ** BigInt(code.slice(1));
    const [value, inverse] = base === sold.asset ? [top, bottom] : [bottom, top];
    return [value * scale(bought.asset) * BigInt(10_000 - spreadBasisPoints), inverse * scale(sold.asset) * 10_000n];
  }

  it('give away nothing: what is paid covers what is got, and every part is whole and not negative', () => {
    holds((terms) => {
      const [numerator, denominator] = priceOf(terms);
      expect(terms.sold.units * numerator >= terms.bought.units * denominator).toBe(true);
      expect(terms.spreadUnits >= 0n && terms.residueUnits >= 0n).toBe(true);
      const residueOfSold = terms.side === 'SELL' ? terms.residueUnits : 0n;
      expect(terms.sold.units - terms.spreadUnits - residueOfSold > 0n).toBe(true);
    });
  });

  it('leave a residue that is worth less than one unit of the other asset', () => {
    holds((terms) => {
      const [numerator, denominator] = priceOf(terms);
      if (terms.side === 'SELL') expect(terms.residueUnits * numerator < denominator).toBe(true);
      else expect(terms.residueUnits * denominator < numerator).toBe(true);
      expect(residueAsset(terms)).toBe(terms.side === 'SELL' ? terms.sold.asset : terms.bought.asset);
    });
  });

  it('agree from both sides: the residue is the whole difference between a sell quote and a buy quote', () => {
    holds((terms, again) => {
      if (terms.side === 'SELL') {
        const counter = again('BUY', terms.bought.units);
        expect(counter.sold.units).toBe(terms.sold.units - terms.residueUnits);
      } else {
        const counter = again('SELL', terms.sold.units);
        expect(counter.bought.units).toBe(terms.bought.units + terms.residueUnits);
      }
    });
  });

  it('never gain by going there and back', () => {
    holds((terms, _, back) => {
      try {
        expect(back(terms.bought.units).bought.units <= terms.sold.units).toBe(true);
      } catch (error) {
        if (!isDomainError(error)) throw error;
      }
    });
  });

  it('show when one unit was moved', () => {
    holds((terms) => {
      expect(areTrueToRate(terms, registry)).toBe(true);
      const other = terms.side === 'SELL' ? 'bought' : 'sold';
      expect(areTrueToRate({ ...terms, [other]: { ...terms[other], units: terms[other].units + 1n } }, registry)).toBe(false);
      expect(areTrueToRate({ ...terms, residueUnits: terms.residueUnits + 1n }, registry)).toBe(false);
      expect(areTrueToRate({ ...terms, spreadUnits: terms.spreadUnits + 1n }, registry)).toBe(false);
    });
  });
});

describe('isJump', () => {
  const told = (base: string, quote: string, rate: string): ExchangeRate => ({ base, quote, rate, spreadBasisPoints: 0 });

  it.each<[string, ExchangeRate, ExchangeRate, boolean]>([
    ['the same', told('A2', 'B2', '2'), told('A2', 'B2', '2'), false],
    ['ten percent up', told('A2', 'B2', '2'), told('A2', 'B2', '2.2'), false],
    ['more than that', told('A2', 'B2', '2'), told('A2', 'B2', '2.200001'), true],
    ['ten percent down, from above', told('A2', 'B2', '2.2'), told('A2', 'B2', '2'), false],
    ['half', told('A2', 'B2', '2'), told('A2', 'B2', '1'), true],
    ['the same, told the other way', told('A2', 'B2', '2'), told('B2', 'A2', '0.5'), false],
    ['the same number, told the other way', told('A2', 'B2', '2'), told('B2', 'A2', '2'), true],
  ])('tells %s', (_, from, to, expected) => {
    expect(isJump(from, to, 10)).toBe(expected);
  });
});

describe('readRate', () => {
  it.each([
    ['1', '1'],
    ['1.0', '1'],
    ['001.0845000', '1.0845'],
    ['0.000000000000000001', '0.000000000000000001'],
    ['999999999999999999.999999999999999999', '999999999999999999.999999999999999999'],
  ])('shortens %s to %s', (text, shortest) => {
    expect(readRate(text)).toBe(shortest);
  });

  it.each(['0', '0.0', '', '1.', '.5', '-1', '1e3', '1,5', 'NaN', '1/3', '1234567890123456789', '0.1234567890123456789', '１'])(
    'does not take %j for a rate',
    (text) => {
      expect(codeOf(() => readRate(text))).toBe('INVALID_RATE');
    },
  );
});
