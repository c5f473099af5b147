// The closed list of what can go wrong when a rule is changed.
import { defineErrors } from '../../platform/errors.ts';

export const ruleErrors = defineErrors({
  RULE_CHANGED_MEANWHILE: {
    message: (d: { code: string; expectedVersion: number; version: number }) =>
      `The rule ${d.code} is at version ${d.version}, not ${d.expectedVersion}: look at the change, then propose yours again.`,
  },
  RULE_CANNOT_BE_DISABLED: {
    message: (d: { code: string }) => `The rule ${d.code} is required by law and cannot be switched off, or put on trial.`,
  },
  RULE_PARAMETER_NOT_TAKEN: {
    message: (d: { code: string; parameter: string }) => `The rule ${d.code} takes no parameter "${d.parameter}".`,
  },
  RULE_LIMIT_INVALID: {
    message: (d: { code: string; asset: string; problem: string }) =>
      `The limit for ${d.asset} of the rule ${d.code} cannot be used: ${d.problem}.`,
  },
  RULE_CHANGE_NOT_FOUND: { message: (d: { changeId: string }) => `There is no rule change ${d.changeId}.` },
  RULE_CHANGE_ALREADY_DECIDED: {
    message: (d: { changeId: string; state: string }) =>
      `The rule change ${d.changeId} is ${d.state.toLowerCase()} already. A decision is final.`,
  },
  RULE_CHANGE_NEEDS_ANOTHER: {
    message: (d: { changeId: string }) => `You proposed the rule change ${d.changeId} yourself: somebody else must approve it.`,
  },
  RULE_CHANGE_NOT_YOURS: {
    message: (d: { changeId: string }) =>
      `The rule change ${d.changeId} was proposed by somebody else: reject it instead of withdrawing it.`,
  },
});
