// Exact exchange between two assets: a decimal rate as a fraction of whole numbers, integer arithmetic only, every rounding against the customer.
// What is quoted, and what the ledger check expects of a posted exchange, are computed here. No I/O, no clock.
import { isDomainError, type JsonObject } from '../../platform/errors.ts';
import { type AssetRegistry, assetRegistry } from '../../platform/money/assets.ts';
import { type Money, moneyErrors, requireAsset, unitDigitsMax, unitsMax } from '../../platform/money/money.ts';
import { exchangeErrors } from './exchange.errors.ts';

/** Hundredths of a percent in the whole. */
const basisPointsWhole = 10_000n;

/** What one unit of `base` is worth in `quote`, and how much less of it customers get. */
export interface ExchangeRate {
  readonly base: string;
  readonly quote: string;
  /** A plain decimal in its shortest form: "1.0845". */
  readonly rate: string;
  /** Hundredths of a percent. */
  readonly spreadBasisPoints: number;
}

/** The amount that the customer has fixed: what they sell, or what they buy. */
export const fixedSides = ['SELL', 'BUY'] as const;
export type FixedSide = (typeof fixedSides)[number];

/** One exchange, to the last unit. */
export interface ExchangeTerms extends ExchangeRate {
  readonly side: FixedSide;
  /** What the customer pays, spread and residue included. */
  readonly sold: Money;
  /** What the customer gets. */
  readonly bought: Money;
  /** In the sold asset: what the house earns beyond the rate. */
  readonly spreadUnits: bigint;
  /**
   * Whole units that the rounding leaves over, worth less than one unit of the other asset. SELL: of the sold asset, beyond the least that
   * buys as much. BUY: of the bought asset, what the same payment would buy beyond.
   */
  readonly residueUnits: bigint;
}

/** A positive fraction: units bought for one unit sold. */
interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A rate in its shortest form. @throws INVALID_RATE */
export function readRate(text: string): string {
  const match = /^([0-9]{1,18})(?:\.([0-9]{1,18}))?$/.exec(text);
  const whole = match?.[1]?.replace(/^0+(?=[0-9])/, '');
  const decimals = match?.[2]?.replace(/0+$/, '') ?? '';
  if (whole === undefined || (whole === '0' && decimals === ''))
    throw exchangeErrors.INVALID_RATE({ rate: text.length > 80 ? `${text.slice(0, 80)}…` : text });
  return decimals === '' ? whole : `${whole}.${decimals}`;
}

/**
 * What the customer pays and gets when they fix one of the two amounts.
 *
 * @example
 * computeExchange({ base: 'EUR', quote: 'USD', rate: '1.25', spreadBasisPoints: 0 }, { side: 'SELL', fixed: { units: 1000n, asset: 'USD' }, other: 'EUR' })
 * // sold 10.00 USD, bought 8.00 EUR
 * @throws UNKNOWN_ASSET, AMOUNT_TOO_SMALL, AMOUNT_TOO_LARGE
 */
export function computeExchange(
  rate: ExchangeRate,
  { side, fixed, other }: { side: FixedSide; fixed: Money; other: string },
  registry: AssetRegistry = assetRegistry,
): ExchangeTerms {
  const [soldAsset, boughtAsset] = side === 'SELL' ? [fixed.asset, other] : [other, fixed.asset];
  const middle = priceOf(rate, soldAsset, boughtAsset, registry);
  const price = withSpread(middle, rate.spreadBasisPoints);
  const bought = side === 'BUY' ? fixed.units : floorTimes(fixed.units, price);
  if (bought === 0n) throw exchangeErrors.AMOUNT_TOO_SMALL({ asset: boughtAsset });
  const leastSold = ceilOver(bought, price);
  const sold = side === 'SELL' ? fixed.units : leastSold;
  const residueUnits = side === 'SELL' ? sold - leastSold : floorTimes(sold, price) - bought;
  const paidOut = side === 'SELL' ? bought : bought + residueUnits;
  if (sold > unitsMax || paidOut > unitsMax) throw moneyErrors.AMOUNT_TOO_LARGE({ field: 'amount', digitsMax: unitDigitsMax });
  return {
    base: rate.base,
    quote: rate.quote,
    rate: rate.rate,
    spreadBasisPoints: rate.spreadBasisPoints,
    side,
    sold: { units: sold, asset: soldAsset },
    bought: { units: bought, asset: boughtAsset },
    spreadUnits: leastSold - ceilOver(paidOut, middle),
    residueUnits,
  };
}

/** True when the amounts are those that the rate gives: nobody has changed one of them. */
export function areTrueToRate(terms: ExchangeTerms, registry: AssetRegistry = assetRegistry): boolean {
  const [fixed, other] = terms.side === 'SELL' ? [terms.sold, terms.bought] : [terms.bought, terms.sold];
  if (fixed.units <= 0n || !canExchange(terms, fixed.asset, other.asset)) return false;
  try {
    const computed = computeExchange(terms, { side: terms.side, fixed, other: other.asset }, registry);
    return JSON.stringify(termsToJson(computed)) === JSON.stringify(termsToJson(terms));
  } catch (error) {
    if (isDomainError(error)) return false;
    throw error;
  }
}

/** True when the rate is between these two assets, whichever way. */
export function canExchange({ base, quote }: ExchangeRate, one: string, other: string): boolean {
  return (base === one && quote === other) || (base === other && quote === one);
}

/** True when a rate is more than so many percent above or below another one of the same pair, whichever way each is told. */
export function isJump(from: ExchangeRate, to: ExchangeRate, percentMax: number): boolean {
  const before = fractionOf(from.rate);
  const after = fractionOf(to.rate);
  const [same, other] = from.base === to.base ? [before.numerator, before.denominator] : [before.denominator, before.numerator];
  const [high, low] = [after.numerator * other, after.denominator * same];
  const limit = 100n + BigInt(percentMax);
  return high * 100n > low * limit || low * 100n > high * limit;
}

/** In which asset the residue is. */
export function residueAsset({ side, sold, bought }: Pick<ExchangeTerms, 'side' | 'sold' | 'bought'>): string {
  return side === 'SELL' ? sold.asset : bought.asset;
}

/** Terms as events and audit records carry them: amounts as digits. */
export function termsToJson({
  base,
  quote,
  rate,
  spreadBasisPoints,
  side,
  sold,
  bought,
  spreadUnits,
  residueUnits,
}: ExchangeTerms) {
  return {
    base,
    quote,
    rate,
    spreadBasisPoints,
    side,
    sold: { units: sold.units.toString(), asset: sold.asset },
    bought: { units: bought.units.toString(), asset: bought.asset },
    spreadUnits: spreadUnits.toString(),
    residueUnits: residueUnits.toString(),
  } satisfies JsonObject;
}

function priceOf(rate: ExchangeRate, sold: string, bought: string, registry: AssetRegistry): Fraction {
  if (!canExchange(rate, sold, bought))
    throw new Error(`The rate ${rate.base}/${rate.quote} is not between ${sold} and ${bought}.`);
  const scaleOf = (code: string) => 10n ** BigInt(requireAsset(code, 'asset', registry).scale);
  const { numerator: coefficient, denominator: scale } = fractionOf(rate.rate);
  const [value, inverse] = sold === rate.base ? [coefficient, scale] : [scale, coefficient];
  return { numerator: value * scaleOf(bought), denominator: inverse * scaleOf(sold) };
}

function fractionOf(rate: string): Fraction {
  const [whole = '', decimals = ''] = rate.split('.');
  return { numerator: BigInt(whole + decimals), denominator: 10n ** BigInt(decimals.length) };
}

function withSpread({ numerator, denominator }: Fraction, basisPoints: number): Fraction {
  return { numerator: numerator * (basisPointsWhole - BigInt(basisPoints)), denominator: denominator * basisPointsWhole };
}

function floorTimes(units: bigint, { numerator, denominator }: Fraction): bigint {
  return (units * numerator) / denominator;
}

function ceilOver(units: bigint, { numerator, denominator }: Fraction): bigint {
  return (units * denominator + numerator - 1n) / numerator;
}
