// What a transaction costs, as pure arithmetic on whole units.
import { type Money, type MoneyText, moneyErrors, parseUnits, requireAsset, unitsMax } from '../../platform/money/money.ts';

/** Kinds that can cost something. A deposit costs nothing: whoever confirms it is not the one who would pay. */
export const chargedKinds = ['TRANSFER', 'WITHDRAWAL'] as const;
export type ChargedKind = (typeof chargedKinds)[number];

/** Hundredths of a percent in the whole. */
export const basisPointsWhole = 10_000;

/** A price: a fixed part and a share of the amount, together at least and at most so much. Amounts in smallest units. */
export interface FeeTerms {
  readonly fixedUnits: bigint;
  /** 0 to 10,000. */
  readonly basisPoints: number;
  readonly minUnits: bigint;
  /** Null: no limit. */
  readonly maxUnits: bigint | null;
}

/** The fee on an amount; the share is rounded to the nearest smallest unit, halves up. */
export function feeOn(units: bigint, { fixedUnits, basisPoints, minUnits, maxUnits }: FeeTerms): bigint {
  const whole = BigInt(basisPointsWhole);
  const share = (units * BigInt(basisPoints) + whole / 2n) / whole;
  const fee = fixedUnits + share;
  const atLeast = fee < minUnits ? minUnits : fee;
  const limit = maxUnits ?? unitsMax;
  return atLeast > limit ? limit : atLeast;
}

/** An amount that may be zero, unlike what can be moved. @throws UNKNOWN_ASSET, INVALID_AMOUNT, AMOUNT_TOO_PRECISE, AMOUNT_TOO_LARGE, AMOUNT_NOT_POSITIVE */
export function parseFee(input: MoneyText, field: string): Money {
  const asset = requireAsset(input.asset, field);
  const units = parseUnits(input.amount, asset, field);
  if (units < 0n) throw moneyErrors.AMOUNT_NOT_POSITIVE({ field, amount: input.amount.slice(0, 100) });
  return { units, asset: asset.code };
}
