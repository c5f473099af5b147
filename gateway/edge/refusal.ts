// Turns what a stage threw into the answer that the client gets. Known failures keep their code, anything else is logged and hidden.
import { GraphQLError } from 'graphql';
import { type DomainError, isDomainError } from '../../platform/errors.ts';
import { domainExtensions } from '../../platform/graph/error-format.ts';
import { refusal } from '../execution/answer.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { Answer, AnswerHead } from './pipeline.ts';

/** A refusal for which HTTP has a status, whatever media type the client reads. */
export class Refusal extends Error {
  readonly errors: readonly GraphQLError[];
  readonly head: AnswerHead;

  constructor(errors: readonly GraphQLError[], head: AnswerHead = {}) {
    super(errors[0]?.message ?? 'refused');
    this.name = 'Refusal';
    this.errors = errors;
    this.head = head;
  }
}

/** @example throw refuse(gatewayErrors.RATE_LIMITED({ …, retryAfterSeconds: 3 }), { status: 429 }) // with `retry-after: 3` */
export function refuse(error: DomainError, head: AnswerHead = {}): Refusal {
  return new Refusal([domainError(error)], withRetryAfter(error, head));
}

/** A bad request that has no domain: a body that is no JSON, a parameter of the wrong type. */
export function badRequest(message: string, status = 400, code = 'BAD_REQUEST', headers: Record<string, string> = {}): Refusal {
  return new Refusal([new GraphQLError(message, { extensions: { code, retryable: false } })], { status, headers });
}

export function answerTo(error: unknown, context: Pick<GatewayContext, 'log' | 'requestId'>): Answer {
  if (error instanceof Refusal) return { ...refusal(error.errors), head: error.head };
  if (isDomainError(error))
    return { ...refusal([domainError(error)]), head: error.retryable ? withRetryAfter(error, { status: 503 }) : {} };
  if (error instanceof GraphQLError) return refusal([error]);
  context.log.error({ error, requestId: context.requestId }, 'An operation failed unexpectedly.');
  const hidden = new GraphQLError(`Something went wrong on our side. Tell support the request id ${context.requestId}.`, {
    extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false, requestId: context.requestId },
  });
  return { ...refusal([hidden]), head: { status: 500 } };
}

/** Clients that know HTTP alone have to know when to come again: as long as the error says, else a second. */
function withRetryAfter({ details }: DomainError, head: AnswerHead): AnswerHead {
  if (head.status !== 429 && head.status !== 503) return head;
  const { retryAfterSeconds, retryAfterMs } = details;
  const seconds = typeof retryAfterMs === 'number' ? Math.ceil(retryAfterMs / 1000) : retryAfterSeconds;
  return { ...head, headers: { 'retry-after': String(typeof seconds === 'number' ? Math.max(1, seconds) : 1), ...head.headers } };
}

function domainError(error: DomainError): GraphQLError {
  return new GraphQLError(error.message, { originalError: error, extensions: { ...domainExtensions(error) } });
}
