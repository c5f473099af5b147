// The catalogue of screening rules: which there are, what each looks at, and which parameters it takes.
// No I/O, no clock; how a rule judges is in screening.rules.ts.
import { z } from 'zod';

/** Money that a customer sends, and money that an operator confirms, are counted apart. */
export const flows = ['OUTGOING', 'DEPOSIT'] as const;
export type Flow = (typeof flows)[number];

export const ruleKinds = ['AMOUNT', 'ROLLING_AMOUNT', 'VELOCITY', 'SANCTIONS'] as const;
export type RuleKind = (typeof ruleKinds)[number];

export const ruleCodes = [
  'TRANSACTION_LIMIT',
  'DEPOSIT_LIMIT',
  'DAILY_LIMIT',
  'DAILY_DEPOSIT_LIMIT',
  'VELOCITY',
  'DEPOSIT_VELOCITY',
  'SANCTIONED_NAME',
] as const;
export type RuleCode = (typeof ruleCodes)[number];

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
} as const satisfies Record<RuleCode, RuleDefinition>;

/** Thresholds in smallest units. Null: no such threshold. */
export interface AmountLimit {
  /** This much, or more, is held for review. */
  readonly reviewFrom: bigint | null;
  /** More than this is refused. */
  readonly refuseAbove: bigint | null;
}

export interface RuleParameters {
  AMOUNT: { readonly limits: Readonly<Record<string, AmountLimit>> };
  ROLLING_AMOUNT: { readonly windowMinutes: number; readonly limits: Readonly<Record<string, AmountLimit>> };
  VELOCITY: { readonly windowMinutes: number; readonly transactionsMax: number };
  SANCTIONS: Readonly<Record<string, never>>;
}

/** One version of a rule, with the parameters that its kind takes. */
export type Rule = {
  [Kind in RuleKind]: {
    readonly code: RuleCode;
    readonly kind: Kind;
    readonly version: number;
    readonly isEnabled: boolean;
    readonly parameters: RuleParameters[Kind];
  };
}[RuleKind];

/** Longest window a rule may look back over: 31 days. */
export const windowMinutesMax = 31 * 24 * 60;
export const transactionsMaxMax = 1_000_000;

const units = z
  .string()
  .regex(/^[0-9]{1,78}$/)
  .transform(BigInt)
  .nullable();
const limits = z.record(z.string(), z.strictObject({ reviewFrom: units, refuseAbove: units }));
const windowMinutes = z.int().min(1).max(windowMinutesMax);

const parameterSchemas = {
  AMOUNT: z.strictObject({ limits }),
  ROLLING_AMOUNT: z.strictObject({ windowMinutes, limits }),
  VELOCITY: z.strictObject({ windowMinutes, transactionsMax: z.int().min(0).max(transactionsMaxMax) }),
  SANCTIONS: z.strictObject({}),
} satisfies Record<RuleKind, z.ZodType>;

/** A rule from its stored text. @throws when the text is not of the rule's kind: the row is damaged. */
export function readRule(row: { code: RuleCode; version: number; isEnabled: boolean; parameters: string }): Rule {
  const { kind } = ruleCatalogue[row.code];
  const parameters = parameterSchemas[kind].parse(JSON.parse(row.parameters));
  return { code: row.code, kind, version: row.version, isEnabled: row.isEnabled, parameters } as Rule;
}

/** The text that `readRule` reads back. */
export function writeParameters(parameters: RuleParameters[RuleKind]): string {
  return JSON.stringify(parameters, (_key, value) => (typeof value === 'bigint' ? value.toString() : value));
}

/** Why the thresholds cannot be used, or null. A refusal that starts below the review would leave nothing to review. */
export function limitProblem({ reviewFrom, refuseAbove }: AmountLimit): string | null {
  if (reviewFrom !== null && refuseAbove !== null && reviewFrom > refuseAbove)
    return 'the review must not start above the refusal';
  return null;
}
