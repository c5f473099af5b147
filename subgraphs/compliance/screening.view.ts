// Screenings as the graph shows them.
import { toMoneyType } from '../../platform/money/money.types.ts';
import { RuleCodeEnum } from './rule.types.ts';
import type { RecordedOutcome, Screening } from './screening.repository.ts';
import { type RuleOutcomeType, RuleResultEnum, ScreeningDecision, ScreeningType } from './screening.types.ts';

export function toScreeningType(screening: Screening): ScreeningType {
  const { id, transactionId, requestedBy, units, asset, decision, outcomes, requestedAt, screenedAt, review } = screening;
  return Object.assign(new ScreeningType(), {
    id,
    transaction: { id: transactionId },
    requestedBy: { id: requestedBy },
    amount: toMoneyType({ units, asset }),
    decision: ScreeningDecision[decision],
    outcomes: outcomes.map(toOutcomeType),
    requestedAt,
    screenedAt,
    // Nobody, when the time was up.
    reviewedBy: review === null || review.by === 'system' ? null : { id: review.by },
    reviewedAt: review?.at ?? null,
    reviewNote: review?.note ?? null,
  });
}

export function toOutcomeType(outcome: RecordedOutcome): RuleOutcomeType {
  const { ruleCode, ruleVersion, result, isShadow, explanation, inputs } = outcome;
  return {
    ruleCode: RuleCodeEnum[ruleCode],
    ruleVersion,
    result: RuleResultEnum[result],
    isShadow,
    explanation,
    inputs: JSON.stringify(inputs),
  };
}
