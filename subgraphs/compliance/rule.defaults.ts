// The rules that a new installation starts with. Officers change them at run time; editing this file changes no existing installation.
import { parseUnits, requireAsset } from '../../platform/money/money.ts';
import type { AmountLimit, Rule } from './rule.rules.ts';

/** Review from, refuse above, two reviewers from; in whole units of the asset. A dash: no such threshold. */
type Thresholds = readonly [reviewFrom: string | '-', refuseAbove?: string | '-', twoReviewersFrom?: string | '-'];

function limits(byAsset: Readonly<Record<string, Thresholds>>): Record<string, AmountLimit> {
  const units = (amount: string, code: string) => (amount === '-' ? null : parseUnits(amount, requireAsset(code)));
  return Object.fromEntries(
    Object.entries(byAsset).map(([code, [reviewFrom, refuseAbove = '-', twoReviewersFrom = '-']]) => [
      code,
      {
        reviewFrom: units(reviewFrom, code),
        refuseAbove: units(refuseAbove, code),
        twoReviewersFrom: units(twoReviewersFrom, code),
      },
    ]),
  );
}

const dayMinutes = 24 * 60;
const enforced = { version: 1, isEnabled: true, mode: 'ENFORCED', reviewersMin: 1 } as const;
/** On trial: without a history there is nothing to tune their thresholds by. An officer looks at what they would have held, and enforces them. */
const onTrial = { ...enforced, mode: 'SHADOW' } as const;

// Crypto limits are worth roughly what the dollar limits are; they follow no price.
export const defaultRules: readonly Rule[] = [
  {
    code: 'TRANSACTION_LIMIT',
    kind: 'AMOUNT',
    ...enforced,
    parameters: {
      limits: limits({
        USD: ['5000', '50000', '25000'],
        EUR: ['5000', '50000', '25000'],
        USDC: ['5000', '50000', '25000'],
        JPY: ['750000', '7500000', '3750000'],
        BTC: ['0.1', '1', '0.5'],
        ETH: ['2', '20', '10'],
        SOL: ['25', '250', '125'],
        NTMPI: ['50000', '500000', '250000'],
      }),
    },
  },
  {
    code: 'DEPOSIT_LIMIT',
    kind: 'AMOUNT',
    ...enforced,
    parameters: {
      limits: limits({
        USD: ['250000', '5000000'],
        EUR: ['250000', '5000000'],
        USDC: ['250000', '5000000'],
        JPY: ['37500000', '750000000'],
        BTC: ['5', '100'],
        ETH: ['100', '2000'],
        SOL: ['1250', '25000'],
        NTMPI: ['2500000', '50000000'],
      }),
    },
  },
  {
    code: 'DAILY_LIMIT',
    kind: 'ROLLING_AMOUNT',
    ...enforced,
    parameters: {
      windowMinutes: dayMinutes,
      limits: limits({
        USD: ['-', '100000'],
        EUR: ['-', '100000'],
        USDC: ['-', '100000'],
        JPY: ['-', '15000000'],
        BTC: ['-', '2'],
        ETH: ['-', '40'],
        SOL: ['-', '500'],
        NTMPI: ['-', '1000000'],
      }),
    },
  },
  {
    code: 'DAILY_DEPOSIT_LIMIT',
    kind: 'ROLLING_AMOUNT',
    ...enforced,
    parameters: {
      windowMinutes: dayMinutes,
      limits: limits({
        USD: ['-', '20000000'],
        EUR: ['-', '20000000'],
        USDC: ['-', '20000000'],
        JPY: ['-', '3000000000'],
        BTC: ['-', '400'],
        ETH: ['-', '8000'],
        SOL: ['-', '100000'],
        NTMPI: ['-', '200000000'],
      }),
    },
  },
  { code: 'VELOCITY', kind: 'VELOCITY', ...enforced, parameters: { windowMinutes: 10, transactionsMax: 100 } },
  {
    code: 'DEPOSIT_VELOCITY',
    kind: 'VELOCITY',
    ...enforced,
    parameters: { windowMinutes: 10, transactionsMax: 1_000 },
  },
  // The same name is refused; one that resembles a listed one is held, and released by two.
  {
    code: 'SANCTIONED_NAME',
    kind: 'SANCTIONS',
    ...enforced,
    reviewersMin: 2,
    parameters: { reviewFromPercent: 88, refuseFromPercent: 100 },
  },
  {
    code: 'STRUCTURING',
    kind: 'STRUCTURING',
    ...onTrial,
    parameters: { windowMinutes: dayMinutes, countMin: 3, percent: 15, limits: reviewed('5000', '0.1', '2', '50000', '25') },
  },
  {
    code: 'RAPID_IN_OUT',
    kind: 'RAPID_IN_OUT',
    ...onTrial,
    parameters: { windowMinutes: dayMinutes, percent: 90, limits: reviewed('1000', '0.02', '0.4', '10000', '5') },
  },
  {
    code: 'DORMANT_ACCOUNT',
    kind: 'DORMANT',
    ...onTrial,
    parameters: { days: 180, limits: reviewed('500', '0.01', '0.2', '5000', '2.5') },
  },
  { code: 'NEW_PAYEE', kind: 'NEW_PAYEE', ...onTrial, parameters: { limits: reviewed('2000', '0.04', '0.8', '20000', '10') } },
  {
    code: 'ROUND_AMOUNTS',
    kind: 'ROUND_AMOUNTS',
    ...onTrial,
    parameters: { windowMinutes: dayMinutes, countMin: 3, limits: reviewed('1000', '0.1', '1', '10000', '10') },
  },
  // Countries under a call for action of the FATF (KP, IR, MM, October 2025). A house adds what its regulator asks for.
  { code: 'RISKY_COUNTRY', kind: 'COUNTRY', ...enforced, parameters: { reviewCountries: ['IR', 'MM'], refuseCountries: ['KP'] } },
];

/** One threshold for the currencies of about a dollar, 150 times as much in yen, and one each for the others. */
function reviewed(currency: string, btc: string, eth: string, ntmpi: string, sol: string): Record<string, AmountLimit> {
  const dollars = { USD: [currency], EUR: [currency], USDC: [currency] } as const;
  const yen = (BigInt(currency) * 150n).toString();
  return limits({ ...dollars, JPY: [yen], BTC: [btc], ETH: [eth], SOL: [sol], NTMPI: [ntmpi] });
}
