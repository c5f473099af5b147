// The one place where an error becomes what a caller sees. Known failures keep their code; the rest is logged and hidden.
import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import type { Logger } from 'pino';
import { DomainError, isDomainError, type JsonObject } from '../errors.ts';

export interface ErrorExtensions {
  readonly code: string;
  readonly retryable?: boolean;
  readonly details?: JsonObject;
  readonly [key: string]: unknown;
}

/** Codes of failures that GraphQL itself finds: the operation is wrong, and the message says where. */
export const requestCodes: ReadonlySet<string> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

export interface ErrorFormatOptions {
  readonly log: Logger;
  readonly requestId: string;
}

/**
 * Turns any error of an operation into its public form: `extensions: { code, retryable, details }`.
 * Anything that is not a known failure is logged with the request id and answered `INTERNAL_SERVER_ERROR`.
 */
export function formatError(error: unknown, { log, requestId }: ErrorFormatOptions): GraphQLFormattedError {
  const graphqlError = error instanceof GraphQLError ? error : null;
  const place = {
    ...(graphqlError?.locations === undefined ? {} : { locations: graphqlError.locations }),
    ...(graphqlError?.path === undefined ? {} : { path: graphqlError.path }),
  };
  const original = rootCause(error);
  if (isDomainError(original)) return { message: original.message, ...place, extensions: domainExtensions(original) };

  const code = graphqlError?.extensions.code;
  if (graphqlError !== null && typeof code === 'string' && requestCodes.has(code)) {
    return { message: graphqlError.message, ...place, extensions: { code, retryable: false } };
  }
  if (graphqlError !== null && code === undefined && isCoercionFailure(graphqlError, original)) {
    return { message: graphqlError.message, ...place, extensions: { code: 'BAD_USER_INPUT', retryable: false } };
  }
  log.error({ error: original, requestId, path: graphqlError?.path?.join('.') }, 'An operation failed unexpectedly.');
  return {
    message: `Something went wrong on our side. Tell support the request id ${requestId}.`,
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false, requestId },
  };
}

export function domainExtensions(error: DomainError): ErrorExtensions {
  return { code: error.code, retryable: error.retryable, details: error.details };
}

/** GraphQL wraps what resolvers throw, at times more than once. */
function rootCause(error: unknown): unknown {
  let current = error;
  while (current instanceof GraphQLError && current.originalError !== undefined && current.originalError !== current)
    current = current.originalError;
  return current;
}

/**
 * Variables that do not fit their types. graphql-js gives no code: the failure has no path, or it points at a variable where a resolver's
 * or a scalar's own failure points at a field.
 */
function isCoercionFailure(error: GraphQLError, original: unknown): boolean {
  if (!(original instanceof GraphQLError)) return false;
  return error.path === undefined || original.nodes?.[0]?.kind === Kind.VARIABLE;
}
