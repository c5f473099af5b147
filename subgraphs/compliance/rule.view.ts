// Rules and their changes as the graph shows them.
import { requireAsset } from '../../platform/money/money.ts';
import { toAssetType, toMoneyType } from '../../platform/money/money.types.ts';
import type { Backtest } from './rule.backtest.ts';
import { type RuleBacktest, RuleChangeStateEnum, RuleChangeType } from './rule.change.types.ts';
import type { RuleChange, RuleVersion } from './rule.repository.ts';
import { type Limits, type Rule, ruleCatalogue } from './rule.rules.ts';
import { RuleCodeEnum, type RuleLimit, RuleModeEnum, type RuleTerms, type RuleType, type RuleVersionType } from './rule.types.ts';
import { ScreeningDecision } from './screening.types.ts';
import { toOutcomeType, toScreeningType } from './screening.view.ts';

export function toRuleType(version: RuleVersion): RuleType {
  const { code } = version.rule;
  return { code: RuleCodeEnum[code], title: ruleCatalogue[code].title, current: toRuleVersionType(version) };
}

export function toRuleVersionType(version: RuleVersion): RuleVersionType {
  const { rule, note, changedBy, approvedBy, createdAt, supersededAt } = version;
  return {
    ...toTerms(rule),
    version: rule.version,
    note,
    changedBy: changedBy === 'system' ? null : { id: changedBy },
    approvedBy: approvedBy === null ? null : { id: approvedBy },
    createdAt,
    supersededAt,
  };
}

export function toRuleChangeType(change: RuleChange): RuleChangeType {
  const { id, rule, note, proposedBy, proposedAt, state, decision } = change;
  return Object.assign(new RuleChangeType(), {
    id,
    code: RuleCodeEnum[rule.code],
    baseVersion: rule.version - 1,
    terms: toTerms(rule),
    note,
    proposedBy: { id: proposedBy },
    proposedAt,
    state: RuleChangeStateEnum[state],
    decidedBy: decision && { id: decision.by },
    decidedAt: decision?.at ?? null,
    decisionNote: decision?.note ?? null,
  });
}

export function toBacktestType(backtest: Backtest): RuleBacktest {
  const decisions = ({ from, to }: { from: keyof typeof ScreeningDecision; to: keyof typeof ScreeningDecision }) => ({
    from: ScreeningDecision[from],
    to: ScreeningDecision[to],
  });
  return {
    ...backtest,
    transitions: backtest.transitions.map(({ count, ...rest }) => ({ count, ...decisions(rest) })),
    examples: backtest.examples.map(({ screening, outcome, ...rest }) => ({
      screening: toScreeningType(screening),
      outcome: outcome && toOutcomeType(outcome),
      ...decisions(rest),
    })),
  };
}

function toTerms({ isEnabled, mode, reviewersMin, parameters }: Rule): RuleTerms {
  const all = parameters as Readonly<Record<string, unknown>>;
  const number = (name: string) => (all[name] as number | undefined) ?? null;
  const list = (name: string) => (all[name] as string[] | undefined) ?? null;
  return {
    isEnabled,
    mode: RuleModeEnum[mode],
    reviewersMin,
    limits: 'limits' in parameters ? toLimits(parameters.limits) : [],
    windowMinutes: number('windowMinutes'),
    transactionsMax: number('transactionsMax'),
    countMin: number('countMin'),
    percent: number('percent'),
    days: number('days'),
    reviewFromPercent: number('reviewFromPercent'),
    refuseFromPercent: number('refuseFromPercent'),
    reviewCountries: list('reviewCountries'),
    refuseCountries: list('refuseCountries'),
  };
}

function toLimits(limits: Limits): RuleLimit[] {
  return Object.entries(limits).map(([asset, { reviewFrom, refuseAbove, twoReviewersFrom }]) => {
    const money = (units: bigint | null) => (units === null ? null : toMoneyType({ units, asset }));
    return {
      asset: toAssetType(requireAsset(asset)),
      reviewFrom: money(reviewFrom),
      refuseAbove: money(refuseAbove),
      twoReviewersFrom: money(twoReviewersFrom),
    };
  });
}
