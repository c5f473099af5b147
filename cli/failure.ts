// How a failed command tells what went wrong: known problems in their own words, anything else with its stack.
import { ConfigError } from '../platform/config/config.ts';
import { isDomainError } from '../platform/errors.ts';

/** A problem that the person at the terminal can mend; shown without a stack. */
export class CommandError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
  }
}

const plainErrors = new Set(['CompositionError', 'SupergraphError']);

export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ConfigError || error instanceof CommandError || plainErrors.has(error.name)) return error.message;
  if (isDomainError(error)) return `${error.message}\n(${rootCode(error)})`;
  return error.stack ?? error.message;
}

/** The code of the failure behind the failure: `START_FAILED` says less than `DATABASE_DAMAGED`. */
function rootCode(error: Error & { code: string }): string {
  const { cause } = error;
  return isDomainError(cause) ? rootCode(cause) : error.code;
}
