// What counts as a GraphQL result, wherever it came from.
import type { ExecutionResult } from 'graphql';

/** Null when the text is not a GraphQL result: an object with `data`, or with a list of errors. */
export function parseResult(text: string): ExecutionResult | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isResult(value) ? value : null;
}

export function isResult(value: unknown): value is ExecutionResult {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { data, errors } = value as { data?: unknown; errors?: unknown };
  const hasErrors = Array.isArray(errors) && errors.length > 0;
  if (errors !== undefined && errors !== null && !Array.isArray(errors)) return false;
  if (data === undefined || data === null) return hasErrors;
  return typeof data === 'object' && !Array.isArray(data);
}
