// What a change of a rule makes of it: a whole next version, or a refusal. No I/O, no clock.
import { platformErrors } from '../../platform/errors.ts';
import { parseUnits, requireAsset } from '../../platform/money/money.ts';
import { ruleErrors } from './rule.errors.ts';
import {
  type AmountLimit,
  countryParameters,
  kindParameters,
  type Limits,
  limitProblem,
  type NumberParameter,
  numberParameters,
  type ParameterName,
  type Rule,
  type RuleCode,
  type RuleMode,
  reviewersMax,
} from './rule.rules.ts';

export interface LimitChange {
  readonly asset: string;
  /** Null: no such threshold. */
  readonly reviewFrom?: string | null | undefined;
  readonly refuseAbove?: string | null | undefined;
  readonly twoReviewersFrom?: string | null | undefined;
}

type Numbers = { readonly [Name in NumberParameter]?: number | null | undefined };
type Countries = { readonly [Name in (typeof countryParameters)[number]]?: readonly string[] | null | undefined };

/** What is to be different; what is left out stays. */
export interface RuleChangeInput extends Numbers, Countries {
  readonly code: RuleCode;
  /** The version that the change was made against. */
  readonly expectedVersion: number;
  readonly isEnabled?: boolean | null | undefined;
  readonly mode?: RuleMode | null | undefined;
  readonly reviewersMin?: number | null | undefined;
  /** Replaces the thresholds of the named assets. */
  readonly limits?: readonly LimitChange[] | null | undefined;
  readonly note: string;
}

const numberNames = Object.keys(numberParameters) as NumberParameter[];
const allParameters: readonly ParameterName[] = [...numberNames, ...countryParameters, 'limits'];

/**
 * The next version of a rule.
 * @throws RULE_CANNOT_BE_DISABLED, RULE_PARAMETER_NOT_TAKEN, RULE_LIMIT_INVALID, BAD_USER_INPUT, and the errors of amounts
 */
export function applyChange(rule: Rule, change: RuleChangeInput): Rule {
  const { code, kind } = rule;
  if (change.note.trim() === '')
    throw platformErrors.BAD_USER_INPUT({ field: 'input.note', problem: 'say why the rule changes' });
  const isEnabled = change.isEnabled ?? rule.isEnabled;
  const mode = change.mode ?? rule.mode;
  if (kind === 'SANCTIONS' && (!isEnabled || mode === 'SHADOW')) throw ruleErrors.RULE_CANNOT_BE_DISABLED({ code });
  const taken: readonly ParameterName[] = kindParameters[kind];
  const given = allParameters.filter((name) => change[name] !== null && change[name] !== undefined);
  const stranger = given.find((name) => !taken.includes(name));
  if (stranger !== undefined) throw ruleErrors.RULE_PARAMETER_NOT_TAKEN({ code, parameter: stranger });
  const parameters: Record<string, unknown> = { ...rule.parameters };
  for (const name of given) {
    if (name === 'limits') parameters.limits = changeLimits(rule, change.limits ?? []);
    else if (name === 'reviewCountries' || name === 'refuseCountries') parameters[name] = readCountries(name, change[name] ?? []);
    else {
      const [min, max] = numberParameters[name];
      parameters[name] = within(name, change[name] as number, min, max);
    }
  }
  const reviewersMin = within('reviewersMin', change.reviewersMin ?? rule.reviewersMin, 1, reviewersMax);
  return { code, kind, version: rule.version + 1, isEnabled, mode, reviewersMin, parameters } as unknown as Rule;
}

function within(name: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw platformErrors.BAD_USER_INPUT({ field: `input.${name}`, problem: `must be from ${min} to ${max}` });
}

function readCountries(name: string, codes: readonly string[]): string[] {
  const bad = codes.find((code) => !/^[A-Z]{2}$/.test(code));
  if (bad !== undefined)
    throw platformErrors.BAD_USER_INPUT({ field: `input.${name}`, problem: `"${bad}" is no ISO 3166-1 alpha-2 code` });
  return [...new Set(codes)].sort();
}

function changeLimits({ code, kind, parameters }: Rule, inputs: readonly LimitChange[]): Limits {
  const next: Record<string, AmountLimit> = { ...('limits' in parameters ? parameters.limits : {}) };
  for (const [index, input] of inputs.entries()) {
    const field = `input.limits.${index}`;
    const asset = requireAsset(input.asset, `${field}.asset`);
    const units = (name: keyof AmountLimit) => {
      const amount = input[name];
      return amount === null || amount === undefined ? null : parseUnits(amount, asset, `${field}.${name}`);
    };
    const limit = {
      reviewFrom: units('reviewFrom'),
      refuseAbove: units('refuseAbove'),
      twoReviewersFrom: units('twoReviewersFrom'),
    };
    const problem = limitProblem(kind, limit);
    if (problem !== null) throw ruleErrors.RULE_LIMIT_INVALID({ code, asset: asset.code, problem });
    next[asset.code] = limit;
  }
  return next;
}
