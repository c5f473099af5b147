// The catalogue of screening rules: which there are, what each looks at, and which parameters it takes.
// No I/O, no clock; how a rule judges is in screening.rules.ts and behaviour.rules.ts.
import { z } from 'zod';

/** Money that a customer sends, and money that an operator confirms, are counted apart. */
export const flows = ['OUTGOING', 'DEPOSIT'] as const;
export type Flow = (typeof flows)[number];

export const ruleModes = ['ENFORCED', 'SHADOW'] as const;
/** SHADOW: judges and is recorded, and changes no decision. */
export type RuleMode = (typeof ruleModes)[number];

export const ruleCodes = [
  'TRANSACTION_LIMIT',
  'DEPOSIT_LIMIT',
  'DAILY_LIMIT',
  'DAILY_DEPOSIT_LIMIT',
  'VELOCITY',
  'DEPOSIT_VELOCITY',
  'SANCTIONED_NAME',
  'STRUCTURING',
  'RAPID_IN_OUT',
  'DORMANT_ACCOUNT',
  'NEW_PAYEE',
  'ROUND_AMOUNTS',
  'RISKY_COUNTRY',
] as const;
export type RuleCode = (typeof ruleCodes)[number];

/** Thresholds in smallest units. Null: no such threshold. */
export interface AmountLimit {
  /** This much, or more, is held for review. For other kinds than limits: the amount from which the rule looks at all. */
  readonly reviewFrom: bigint | null;
  /** More than this is refused. */
  readonly refuseAbove: bigint | null;
  /** This much, or more, is released by two people. */
  readonly twoReviewersFrom: bigint | null;
}

export type Limits = Readonly<Record<string, AmountLimit>>;

export interface RuleParameters {
  AMOUNT: { readonly limits: Limits };
  ROLLING_AMOUNT: { readonly windowMinutes: number; readonly limits: Limits };
  VELOCITY: { readonly windowMinutes: number; readonly transactionsMax: number };
  SANCTIONS: { readonly reviewFromPercent: number; readonly refuseFromPercent: number };
  /** Several amounts of at most `percent` below the threshold. */
  STRUCTURING: { readonly windowMinutes: number; readonly countMin: number; readonly percent: number; readonly limits: Limits };
  /** At least `percent` of what came in goes out again. */
  RAPID_IN_OUT: { readonly windowMinutes: number; readonly percent: number; readonly limits: Limits };
  DORMANT: { readonly days: number; readonly limits: Limits };
  NEW_PAYEE: { readonly limits: Limits };
  /** Several whole multiples of the threshold. */
  ROUND_AMOUNTS: { readonly windowMinutes: number; readonly countMin: number; readonly limits: Limits };
  COUNTRY: { readonly reviewCountries: readonly string[]; readonly refuseCountries: readonly string[] };
}
export type RuleKind = keyof RuleParameters;

interface RuleDefinition {
  readonly kind: RuleKind;
  /** Null: the rule judges every transaction. */
  readonly flow: Flow | null;
  readonly title: string;
}

export const ruleCatalogue = {
  TRANSACTION_LIMIT: { kind: 'AMOUNT', flow: 'OUTGOING', title: 'Amount of one transfer or withdrawal' },
  DEPOSIT_LIMIT: { kind: 'AMOUNT', flow: 'DEPOSIT', title: 'Amount of one deposit' },
  DAILY_LIMIT: {
    kind: 'ROLLING_AMOUNT',
    flow: 'OUTGOING',
    title: 'Transfers and withdrawals of one user and asset in a rolling window',
  },
  DAILY_DEPOSIT_LIMIT: {
    kind: 'ROLLING_AMOUNT',
    flow: 'DEPOSIT',
    title: 'Deposits confirmed by one operator in one asset in a rolling window',
  },
  VELOCITY: { kind: 'VELOCITY', flow: 'OUTGOING', title: 'Number of transfers and withdrawals of one user in a rolling window' },
  DEPOSIT_VELOCITY: {
    kind: 'VELOCITY',
    flow: 'DEPOSIT',
    title: 'Number of deposits confirmed by one operator in a rolling window',
  },
  SANCTIONED_NAME: { kind: 'SANCTIONS', flow: null, title: 'Names of all parties against the sanctions lists' },
  STRUCTURING: { kind: 'STRUCTURING', flow: 'OUTGOING', title: 'Several amounts just below a threshold' },
  RAPID_IN_OUT: { kind: 'RAPID_IN_OUT', flow: 'OUTGOING', title: 'Money that goes out soon after it came in' },
  DORMANT_ACCOUNT: { kind: 'DORMANT', flow: 'OUTGOING', title: 'A user who moves money after a long silence' },
  NEW_PAYEE: { kind: 'NEW_PAYEE', flow: 'OUTGOING', title: 'A large amount to somebody who was never paid before' },
  ROUND_AMOUNTS: { kind: 'ROUND_AMOUNTS', flow: 'OUTGOING', title: 'Several round amounts' },
  RISKY_COUNTRY: { kind: 'COUNTRY', flow: null, title: 'Countries of all parties' },
} as const satisfies Record<RuleCode, RuleDefinition>;

/** One version of a rule, with the parameters that its kind takes. */
export type Rule = {
  [Kind in RuleKind]: {
    readonly code: RuleCode;
    readonly kind: Kind;
    readonly version: number;
    readonly isEnabled: boolean;
    readonly mode: RuleMode;
    /** How many people must agree to release what the rule holds: 1 or 2. */
    readonly reviewersMin: number;
    readonly parameters: RuleParameters[Kind];
  };
}[RuleKind];

/** Longest window a rule may look back over: 31 days. */
export const windowMinutesMax = 31 * 24 * 60;
export const transactionsMaxMax = 1_000_000;
export const reviewersMax = 2;
const countriesMax = 300;

/** Parameters that are whole numbers, and the range of each. */
export const numberParameters = {
  windowMinutes: [1, windowMinutesMax],
  transactionsMax: [0, transactionsMaxMax],
  countMin: [2, 20],
  percent: [1, 100],
  days: [1, 3_650],
  reviewFromPercent: [80, 100],
  refuseFromPercent: [80, 101],
} as const satisfies Record<string, readonly [min: number, max: number]>;
export type NumberParameter = keyof typeof numberParameters;
export const countryParameters = ['reviewCountries', 'refuseCountries'] as const;
export type CountryParameter = (typeof countryParameters)[number];
export type ParameterName = NumberParameter | CountryParameter | 'limits';

/** Which parameters the rules of a kind take. */
export const kindParameters = {
  AMOUNT: ['limits'],
  ROLLING_AMOUNT: ['windowMinutes', 'limits'],
  VELOCITY: ['windowMinutes', 'transactionsMax'],
  SANCTIONS: ['reviewFromPercent', 'refuseFromPercent'],
  STRUCTURING: ['windowMinutes', 'countMin', 'percent', 'limits'],
  RAPID_IN_OUT: ['windowMinutes', 'percent', 'limits'],
  DORMANT: ['days', 'limits'],
  NEW_PAYEE: ['limits'],
  ROUND_AMOUNTS: ['windowMinutes', 'countMin', 'limits'],
  COUNTRY: countryParameters,
} as const satisfies Record<RuleKind, readonly ParameterName[]>;

const units = z
  .string()
  .regex(/^[0-9]{1,78}$/)
  .transform(BigInt)
  .nullable();
const limit = z.strictObject({ reviewFrom: units, refuseAbove: units, twoReviewersFrom: units.default(null) });
const countries = z.array(z.string().regex(/^[A-Z]{2}$/)).max(countriesMax);

function schemaOf(name: ParameterName): z.ZodType {
  if (name === 'limits') return z.record(z.string(), limit);
  if (name === 'reviewCountries' || name === 'refuseCountries') return countries;
  const [min, max] = numberParameters[name];
  return z.int().min(min).max(max);
}

/** Versions that were written before their kind had the parameter. */
const formerDefaults: Partial<Record<RuleKind, Readonly<Record<string, unknown>>>> = {
  SANCTIONS: { reviewFromPercent: 100, refuseFromPercent: 100 },
};

const parameterSchemas = Object.fromEntries(
  Object.entries(kindParameters).map(([kind, names]) => [
    kind,
    z.strictObject(Object.fromEntries(names.map((name) => [name, schemaOf(name)]))),
  ]),
) as unknown as Record<RuleKind, z.ZodType<object>>;

interface RuleRow {
  readonly code: RuleCode;
  readonly version: number;
  readonly isEnabled: boolean;
  readonly mode: string;
  readonly reviewersMin: number;
  readonly parameters: string;
}

/** A rule from its stored text. @throws when the text is not of the rule's kind: the row is damaged. */
export function readRule({ code, version, isEnabled, mode, reviewersMin, parameters }: RuleRow): Rule {
  const { kind } = ruleCatalogue[code];
  const read = parameterSchemas[kind].parse({ ...formerDefaults[kind], ...JSON.parse(parameters) });
  return { code, kind, version, isEnabled, mode: mode as RuleMode, reviewersMin, parameters: read } as Rule;
}

/** The text that `readRule` reads back. */
export function writeParameters(parameters: Rule['parameters']): string {
  return JSON.stringify(parameters, (_key, value) => (typeof value === 'bigint' ? value.toString() : value));
}

/** Why the thresholds cannot be used, or null. A refusal that starts below the review would leave nothing to review. */
export function limitProblem(kind: RuleKind, { reviewFrom, refuseAbove, twoReviewersFrom }: AmountLimit): string | null {
  if (kind !== 'AMOUNT' && twoReviewersFrom !== null) return 'only limits of one amount ask for two reviewers by the amount';
  if (kind !== 'AMOUNT' && kind !== 'ROLLING_AMOUNT' && refuseAbove !== null) return 'this rule refuses nothing by itself';
  if (reviewFrom !== null && refuseAbove !== null && reviewFrom > refuseAbove)
    return 'the review must not start above the refusal';
  return null;
}
