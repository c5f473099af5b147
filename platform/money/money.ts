// Exact amounts: integers of an asset's smallest unit, and their decimal text. No floating point ever.
import { defineErrors } from '../errors.ts';
import { type Asset, type AssetRegistry, assetRegistry } from './assets.ts';

export interface Money {
  /** Number of smallest units (cents, wei). */
  readonly units: bigint;
  /** Code of the asset. */
  readonly asset: string;
}

/** An amount as people type it: `{ amount: "12.50", asset: "USD" }`. */
export interface MoneyText {
  readonly amount: string;
  readonly asset: string;
}

/** Digits that a stored amount may have: NUMERIC(78,0), enough for any unsigned 256-bit number. */
export const unitDigitsMax = 78;
export const unitsMax = 10n ** BigInt(unitDigitsMax) - 1n;
/** Characters of the longest amount worth looking at: 78 digits, a point and 36 decimals. */
const amountLengthMax = 128;

/** Why an amount that somebody wrote cannot be taken. */
export const moneyErrors = defineErrors({
  UNKNOWN_ASSET: {
    message: (d: { field: string; asset: string; known: readonly string[] }) =>
      `${d.field}: "${d.asset}" is not an asset. Known assets: ${d.known.join(', ')}.`,
  },
  INVALID_AMOUNT: {
    message: (d: { field: string; amount: string }) =>
      `${d.field}: "${d.amount}" is not an amount. Write plain digits with at most one point, like "12.50".`,
  },
  AMOUNT_NOT_POSITIVE: {
    message: (d: { field: string; amount: string }) => `${d.field}: the amount must be more than zero, not "${d.amount}".`,
  },
  AMOUNT_TOO_PRECISE: {
    message: (d: { field: string; amount: string; asset: string; scale: number }) =>
      `${d.field}: ${d.asset} has at most ${d.scale} decimals; "${d.amount}" has more.`,
  },
  AMOUNT_TOO_LARGE: {
    message: (d: { field: string; digitsMax: number }) =>
      `${d.field}: the amount has more than ${d.digitsMax} digits in its smallest unit.`,
  },
});

/** @throws UNKNOWN_ASSET */
export function requireAsset(code: string, field = 'asset', registry: AssetRegistry = assetRegistry): Asset {
  const asset = registry.find(code);
  if (asset === undefined)
    throw moneyErrors.UNKNOWN_ASSET({ field, asset: excerpt(code), known: registry.all.map((known) => known.code) });
  return asset;
}

/**
 * Reads an amount of money that somebody wants to move: more than zero, exactly representable.
 *
 * @example
 * parseMoney({ amount: '12.50', asset: 'USD' }, 'input.amount') // { units: 1250n, asset: 'USD' }
 * @throws UNKNOWN_ASSET, INVALID_AMOUNT, AMOUNT_NOT_POSITIVE, AMOUNT_TOO_PRECISE, AMOUNT_TOO_LARGE
 */
export function parseMoney(input: MoneyText, field = 'amount', registry: AssetRegistry = assetRegistry): Money {
  const asset = requireAsset(input.asset, field, registry);
  const units = parseUnits(input.amount, asset, field);
  if (units <= 0n) throw moneyErrors.AMOUNT_NOT_POSITIVE({ field, amount: excerpt(input.amount) });
  return { units, asset: asset.code };
}

/**
 * Decimal text to smallest units. Zero is allowed; trailing zeros beyond the scale are not an error, since they lose nothing.
 *
 * @throws INVALID_AMOUNT, AMOUNT_NOT_POSITIVE (for a minus sign), AMOUNT_TOO_PRECISE, AMOUNT_TOO_LARGE
 */
export function parseUnits(amount: string, asset: Asset, field = 'amount'): bigint {
  // A negative number is well-formed but never wanted; saying so teaches more than "not an amount".
  if (/^-[0-9]{1,128}(?:\.[0-9]{1,128})?$/.test(amount))
    throw moneyErrors.AMOUNT_NOT_POSITIVE({ field, amount: excerpt(amount) });
  const match = /^([0-9]+)(?:\.([0-9]+))?$/.exec(amount);
  if (match === null) throw moneyErrors.INVALID_AMOUNT({ field, amount: excerpt(amount) });
  if (amount.length > amountLengthMax) throw moneyErrors.AMOUNT_TOO_LARGE({ field, digitsMax: unitDigitsMax });
  const [, whole = '0', decimals = ''] = match;
  const significant = decimals.replace(/0+$/, '');
  if (significant.length > asset.scale)
    throw moneyErrors.AMOUNT_TOO_PRECISE({ field, amount: excerpt(amount), asset: asset.code, scale: asset.scale });
  const units = BigInt(whole + significant.padEnd(asset.scale, '0'));
  if (units > unitsMax) throw moneyErrors.AMOUNT_TOO_LARGE({ field, digitsMax: unitDigitsMax });
  return units;
}

/**
 * Smallest units to plain decimal text: trailing zeros trimmed, but at least two decimals where the asset has them.
 *
 * @example
 * formatUnits(1250n, { scale: 2 }) // "12.50"
 * formatUnits(-123n, { scale: 3 }) // "-0.123"
 */
export function formatUnits(units: bigint, asset: Pick<Asset, 'scale'>): string {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(asset.scale + 1, '0');
  const whole = digits.slice(0, digits.length - asset.scale);
  const decimals = digits.slice(digits.length - asset.scale);
  const shown = decimals.replace(/0+$/, '').padEnd(Math.min(asset.scale, 2), '0');
  return shown === '' ? `${sign}${whole}` : `${sign}${whole}.${shown}`;
}

/** `{ units: 1250n, asset: 'USD' }` to "12.50 USD", for messages. */
export function describeMoney(money: Money, registry: AssetRegistry = assetRegistry): string {
  return `${formatUnits(money.units, requireAsset(money.asset, 'asset', registry))} ${money.asset}`;
}

/**
 * An amount as a database row or an event gives it: text on SQLite, Prisma's Decimal on PostgreSQL, or a bigint from the driver.
 *
 * @throws {TypeError} when it is not a whole number: the row is damaged, which is no caller's fault.
 */
export function unitsFromRow(value: string | bigint | { toFixed(): string }): bigint {
  if (typeof value === 'bigint') return value;
  // Decimal's toString switches to exponents for large numbers; toFixed never does.
  const digits = typeof value === 'string' ? value : value.toFixed();
  if (typeof value === 'number' || !/^-?[0-9]+$/.test(digits))
    throw new TypeError(`An amount in the database is not a whole number: ${excerpt(digits)}`);
  return BigInt(digits);
}

function excerpt(value: string): string {
  return value.length > 80 ? `${value.slice(0, 80)}…` : value;
}
