import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors.ts';
import { type Asset, assetRegistry, createAssetRegistry } from './assets.ts';
import { describeMoney, formatUnits, parseMoney, parseUnits, unitsFromRow, unitsMax } from './money.ts';
import { toMoneyType } from './money.types.ts';

const anAsset = (scale: number): Asset => ({ code: `X${scale}`, name: 'Test', kind: 'CRYPTO', scale, symbol: 'X' });
const registry = createAssetRegistry([0, 2, 6, 8, 9, 18].map(anAsset));

const anyScale = fc.integer({ min: 0, max: 18 });
const anyUnits = fc.bigInt({ min: 0n, max: unitsMax });

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('amounts', () => {
  it('survive being written and read, for every scale and up to 78 digits', () => {
    fc.assert(
      fc.property(anyScale, anyUnits, (scale, units) => {
        expect(parseUnits(formatUnits(units, { scale }), anAsset(scale))).toBe(units);
      }),
    );
  });

  it('are written as plain digits with the fewest decimals that lose nothing, but at least two where there are two', () => {
    fc.assert(
      fc.property(anyScale, fc.bigInt({ min: -unitsMax, max: unitsMax }), (scale, units) => {
        const text = formatUnits(units, { scale });
        expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/);
        const decimals = text.split('.')[1] ?? '';
        expect(decimals.length).toBeGreaterThanOrEqual(Math.min(scale, 2));
        expect(decimals.length).toBeLessThanOrEqual(scale);
        if (decimals.length > 2) expect(decimals).not.toMatch(/0$/);
      }),
    );
  });

  it('mean the same with leading and trailing zeros', () => {
    const zeros = fc.integer({ min: 0, max: 10 }).map((count) => '0'.repeat(count));
    fc.assert(
      fc.property(anyScale, fc.bigInt({ min: 0n, max: 10n ** 60n }), zeros, zeros, (scale, units, leading, trailing) => {
        const text = formatUnits(units, { scale });
        const padded = `${leading}${text}${text.includes('.') ? trailing : ''}`;
        expect(parseUnits(padded, anAsset(scale))).toBe(units);
      }),
    );
  });

  it('are refused, never rounded, when one decimal too precise', () => {
    fc.assert(
      fc.property(anyScale, fc.nat(), fc.integer({ min: 1, max: 9 }), (scale, whole, digit) => {
        const amount = `${whole}.${'0'.repeat(scale)}${digit}`;
        expect(codeOf(() => parseUnits(amount, anAsset(scale)))).toBe('AMOUNT_TOO_PRECISE');
      }),
    );
  });

  it('are never anything but digits and one point: any other text is refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        fc.pre(!/^-?[0-9]+(\.[0-9]+)?$/.test(text));
        expect(codeOf(() => parseMoney({ amount: text, asset: 'USD' }))).toBe('INVALID_AMOUNT');
      }),
    );
  });
});

describe('parseMoney', () => {
  it.each([
    ['0 decimals', '7', 'X0', 7n],
    ['2 decimals', '12.50', 'X2', 1250n],
    ['6 decimals', '0.000001', 'X6', 1n],
    ['8 decimals', '21000000', 'X8', 2_100_000_000_000_000n],
    ['9 decimals', '1.5', 'X9', 1_500_000_000n],
    ['18 decimals', '0.000000000000000001', 'X18', 1n],
    ['zeros beyond the scale', '1.5000', 'X2', 150n],
    ['leading zeros', '007', 'X0', 7n],
  ])('reads %s', (_, amount, asset, units) => {
    expect(parseMoney({ amount, asset }, 'amount', registry)).toEqual({ units, asset });
  });

  it.each([
    ...[
      '',
      ' ',
      '1.',
      '.5',
      '.',
      '1..2',
      '1.2.3',
      '1e3',
      '1E3',
      '1e-3',
      '0x10',
      '0b1',
      '1_000',
      '1,000',
      '1,5',
      "1'000",
      '1 000',
    ],
    ...[
      ' 1',
      '1 ',
      '1\n',
      '\t1',
      '+1',
      '--1',
      '- 1',
      '−1',
      '1-',
      '$1',
      '1 USD',
      'NaN',
      'Infinity',
      'null',
      '1n',
      '１２',
      '١٢',
      '1.٥',
      '½',
      '1\u0000',
      '1\u200b',
    ],
  ])('does not take %j for an amount', (amount) => {
    expect(codeOf(() => parseMoney({ amount, asset: 'USD' }))).toBe('INVALID_AMOUNT');
  });

  it.each(['0', '0.00', '00', '-1', '-0.01', '-0'])('refuses %j, which is not more than zero', (amount) => {
    expect(codeOf(() => parseMoney({ amount, asset: 'USD' }))).toBe('AMOUNT_NOT_POSITIVE');
  });

  it.each([
    ['the largest 78 digits in the smallest unit', unitsMax.toString(), 'X0', 'accepted'],
    ['one more than that', (unitsMax + 1n).toString(), 'X0', 'AMOUNT_TOO_LARGE'],
    ['a whole number that outgrows it through its decimals', '9'.repeat(77), 'X2', 'AMOUNT_TOO_LARGE'],
    ['a megabyte of digits', '9'.repeat(1_000_000), 'X2', 'AMOUNT_TOO_LARGE'],
    ['a fraction of a unit', '0.5', 'X0', 'AMOUNT_TOO_PRECISE'],
    ['half a cent', '0.005', 'X2', 'AMOUNT_TOO_PRECISE'],
  ])('%s: %s', (_, amount, asset, code) => {
    expect(codeOf(() => parseMoney({ amount, asset }, 'amount', registry))).toBe(code);
  });

  it.each(['usd', 'XXX', '', 'USD ', '__proto__', 'constructor'])('does not know an asset %j', (asset) => {
    expect(codeOf(() => parseMoney({ amount: '1', asset }))).toBe('UNKNOWN_ASSET');
  });

  it('names the field, the value and the rule', () => {
    expect(() => parseMoney({ amount: '1.234', asset: 'USD' }, 'input.amount')).toThrow(
      'input.amount: USD has at most 2 decimals; "1.234" has more.',
    );
    expect(() => parseMoney({ amount: '1', asset: 'DOGE' }, 'input.amount')).toThrow(
      'Known assets: USD, EUR, JPY, BTC, ETH, SOL, USDC, NTMPI.',
    );
  });
});

describe('formatUnits', () => {
  it.each([
    [1250n, 2, '12.50'],
    [5n, 2, '0.05'],
    [0n, 2, '0.00'],
    [-1n, 2, '-0.01'],
    [7n, 0, '7'],
    [123n, 3, '0.123'],
    [100_000_000n, 8, '1.00'],
    [123_456_789n, 8, '1.23456789'],
    [1n, 18, '0.000000000000000001'],
    [5n, 1, '0.5'],
  ])('writes %s with scale %s as %s', (units, scale, text) => {
    expect(formatUnits(units, { scale })).toBe(text);
  });
});

describe('unitsFromRow', () => {
  it.each([
    ['text of SQLite', '12345678901234567890123456789', 12345678901234567890123456789n],
    ['a bigint of the driver', 5n, 5n],
    [
      "Prisma's Decimal, whose toString would use an exponent",
      { toString: () => '1e+21', toFixed: () => '1000000000000000000000' },
      10n ** 21n,
    ],
    ['a negative balance', '-5', -5n],
  ])('reads %s', (_, value, units) => {
    expect(unitsFromRow(value)).toBe(units);
  });

  it.each(['', '1.5', '1e5', 'x', ' 1', 1.5 as never, 1 as never])('does not read %j, which is a damaged row', (value) => {
    expect(() => unitsFromRow(value)).toThrow(TypeError);
  });
});

describe('the assets', () => {
  it('are those of the platform, with their scales', () => {
    expect(assetRegistry.all.map(({ code, scale }) => `${code} ${scale}`)).toEqual([
      'USD 2',
      'EUR 2',
      'JPY 0',
      'BTC 8',
      'ETH 18',
      'SOL 9',
      'USDC 6',
      'NTMPI 8',
    ]);
  });

  it('cannot have one code twice or an impossible scale', () => {
    expect(() => createAssetRegistry([anAsset(2), anAsset(2)])).toThrow('same code');
    expect(() => createAssetRegistry([anAsset(1.5)])).toThrow('scale');
  });

  it('read well in messages and in the graph', () => {
    expect(describeMoney({ units: 1250n, asset: 'USD' })).toBe('12.50 USD');
    expect(toMoneyType({ units: 10n ** 18n, asset: 'ETH' })).toEqual({
      amount: '1.00',
      asset: { code: 'ETH', name: 'Ether', kind: 'CRYPTO', scale: 18, symbol: 'Ξ' },
    });
  });
});
