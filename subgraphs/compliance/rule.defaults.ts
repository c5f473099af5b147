// The rules that a new installation starts with. Officers change them at run time; editing this file changes no existing installation.
import { parseUnits, requireAsset } from '../../platform/money/money.ts';
import type { AmountLimit, Rule } from './rule.rules.ts';

/** Review from, refuse above; in whole units of the asset. A dash: no such threshold. */
type Thresholds = readonly [reviewFrom: string | '-', refuseAbove: string | '-'];

function limits(byAsset: Readonly<Record<string, Thresholds>>): Record<string, AmountLimit> {
  const units = (amount: string, code: string) => (amount === '-' ? null : parseUnits(amount, requireAsset(code)));
  return Object.fromEntries(
    Object.entries(byAsset).map(([code, [reviewFrom, refuseAbove]]) => [
      code,
      { reviewFrom: units(reviewFrom, code), refuseAbove: units(refuseAbove, code) },
    ]),
  );
}

const dayMinutes = 24 * 60;

// Crypto limits are worth roughly what the dollar limits are; they follow no price.
export const defaultRules: readonly Rule[] = [
  {
    code: 'TRANSACTION_LIMIT',
    kind: 'AMOUNT',
    version: 1,
    isEnabled: true,
    parameters: {
      limits: limits({
        USD: ['5000', '50000'],
        EUR: ['5000', '50000'],
        USDC: ['5000', '50000'],
        BTC: ['0.1', '1'],
        ETH: ['2', '20'],
        NTMPI: ['50000', '500000'],
      }),
    },
  },
  {
    code: 'DEPOSIT_LIMIT',
    kind: 'AMOUNT',
    version: 1,
    isEnabled: true,
    parameters: {
      limits: limits({
        USD: ['250000', '5000000'],
        EUR: ['250000', '5000000'],
        USDC: ['250000', '5000000'],
        BTC: ['5', '100'],
        ETH: ['100', '2000'],
        NTMPI: ['2500000', '50000000'],
      }),
    },
  },
  {
    code: 'DAILY_LIMIT',
    kind: 'ROLLING_AMOUNT',
    version: 1,
    isEnabled: true,
    parameters: {
      windowMinutes: dayMinutes,
      limits: limits({
        USD: ['-', '100000'],
        EUR: ['-', '100000'],
        USDC: ['-', '100000'],
        BTC: ['-', '2'],
        ETH: ['-', '40'],
        NTMPI: ['-', '1000000'],
      }),
    },
  },
  {
    code: 'DAILY_DEPOSIT_LIMIT',
    kind: 'ROLLING_AMOUNT',
    version: 1,
    isEnabled: true,
    parameters: {
      windowMinutes: dayMinutes,
      limits: limits({
        USD: ['-', '20000000'],
        EUR: ['-', '20000000'],
        USDC: ['-', '20000000'],
        BTC: ['-', '400'],
        ETH: ['-', '8000'],
        NTMPI: ['-', '200000000'],
      }),
    },
  },
  { code: 'VELOCITY', kind: 'VELOCITY', version: 1, isEnabled: true, parameters: { windowMinutes: 10, transactionsMax: 100 } },
  {
    code: 'DEPOSIT_VELOCITY',
    kind: 'VELOCITY',
    version: 1,
    isEnabled: true,
    parameters: { windowMinutes: 10, transactionsMax: 1_000 },
  },
  { code: 'SANCTIONED_NAME', kind: 'SANCTIONS', version: 1, isEnabled: true, parameters: {} },
];
