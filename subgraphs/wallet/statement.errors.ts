// The closed list of what can be wrong with a statement that somebody asks for.
import { defineErrors } from '../../platform/errors.ts';

export const statementErrors = defineErrors({
  INVALID_STATEMENT_PERIOD: {
    message: (d: { from: string; to: string; problem: string }) =>
      `A statement from ${d.from} to ${d.to} cannot be made: ${d.problem}.`,
  },
});
