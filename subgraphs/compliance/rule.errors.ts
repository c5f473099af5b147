// The closed list of what can go wrong when a rule is changed.
import { defineErrors } from '../../platform/errors.ts';

export const ruleErrors = defineErrors({
  RULE_CHANGED_MEANWHILE: {
    message: (d: { code: string; expectedVersion: number; version: number }) =>
      `The rule ${d.code} is at version ${d.version}, not ${d.expectedVersion}: look at the change, then send yours again.`,
  },
  RULE_CANNOT_BE_DISABLED: {
    message: (d: { code: string }) => `The rule ${d.code} is required by law and cannot be switched off.`,
  },
  RULE_PARAMETER_NOT_TAKEN: {
    message: (d: { code: string; parameter: string }) => `The rule ${d.code} takes no parameter "${d.parameter}".`,
  },
  RULE_LIMIT_INVALID: {
    message: (d: { code: string; asset: string; problem: string }) =>
      `The limit for ${d.asset} of the rule ${d.code} cannot be used: ${d.problem}.`,
  },
});
