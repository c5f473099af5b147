// Follows the stream of one subgraph through its outages: lost upstreams are tried again and go on after the last cursor.
import type { ExecutionResult } from 'graphql';
import { isDomainError } from '../../platform/errors.ts';
import type { SubgraphClient } from '../../platform/graph/subgraph.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { SubscriptionEvents } from './engine.ts';
import type { CallContext } from './execution.ts';
import { type CursorNames, cursorOf, goOnAfter, type ResumePoint, startOf } from './resume-point.ts';

export interface UpstreamOptions {
  readonly client: SubgraphClient;
  readonly events: Pick<SubscriptionEvents, 'query' | 'operationName' | 'variables'>;
  readonly point: ResumePoint;
  readonly names: CursorNames;
  /** Who asks: read again at every attempt, since tokens are renewed. */
  readonly call: () => CallContext;
  readonly signal: AbortSignal;
  /** A cursor to begin after, in place of the operation's own. */
  readonly after: string | null;
  /** How long a lost upstream is tried again. */
  readonly resumeMs: number;
  readonly onLost?: (error: unknown, willResume: boolean) => void;
}

export interface UpstreamEvent {
  readonly result: ExecutionResult;
  readonly cursor: string | null;
}

const firstDelayMs = 100;
const delayMsMax = 5000;

/** Gives the next event, each once and in their order; null when the source has ended, or nobody wants it any more. */
export type NextEvent = () => Promise<UpstreamEvent | null>;

/**
 * Opens the stream when the first event is asked for. The signal closes it at once, also while it is quiet.
 *
 * Asking rejects with what broke the stream when it cannot go on without a gap: no cursor is known, it was refused, or it took too long.
 */
export function followUpstream(options: UpstreamOptions): NextEvent {
  const { client, events, point, names, signal, resumeMs } = options;
  let operation = options.after === null ? events : goOnAfter(events, point, options.after, names);
  let cursor = options.after ?? startOf(point, events.variables);
  let iterator: AsyncIterator<ExecutionResult> | null = null;
  let token: string | null = null;
  let lostAtMs: number | null = null;
  let attempt = 0;
  let isOver = false;

  signal.addEventListener('abort', end, { once: true });

  function end(): void {
    isOver = true;
    // What a source throws while it is being put away has nobody to hear it.
    iterator?.return?.().catch(() => {});
  }

  function open(): AsyncIterator<ExecutionResult> {
    const call = options.call();
    token = call.token;
    const upstream = client.subscribe({
      query: operation.query,
      ...(events.operationName === undefined ? {} : { operationName: events.operationName }),
      variables: operation.variables,
      token: call.token,
      requestId: call.requestId,
      signal,
      client: call.client,
      headers: call.headers?.to(client.name),
    });
    return upstream[Symbol.asyncIterator]();
  }

  /** Waits for the next attempt. @throws the error when there is none. */
  async function recover(error: unknown): Promise<void> {
    lostAtMs ??= Date.now();
    const mayRetry = !isRefusal(error) || (isExpiry(error) && options.call().token !== token);
    const willResume = mayRetry && canResume(point, cursor) && Date.now() - lostAtMs < resumeMs;
    options.onLost?.(error, willResume);
    if (!willResume || cursor === null) throw error;
    await pause(delayOf(attempt), signal);
    attempt += 1;
    operation = goOnAfter(events, point, cursor, names);
  }

  return async () => {
    while (!isOver) {
      try {
        iterator ??= open();
        const { done, value } = await iterator.next();
        if (done === true) return null;
        if (value.errors !== undefined && isInterruption(value) && canResume(point, cursor))
          throw gatewayErrors.SUBSCRIPTION_INTERRUPTED({}, value.errors);
        cursor = cursorOf(point, value) ?? cursor;
        lostAtMs = null;
        attempt = 0;
        return { result: value, cursor: point.cursorKey === null ? null : cursor };
      } catch (error) {
        iterator?.return?.().catch(() => {});
        iterator = null;
        if (isOver) return null;
        await recover(error);
      }
    }
    return null;
  };
}

function canResume({ takesCursor }: ResumePoint, cursor: string | null): boolean {
  return takesCursor && cursor !== null;
}

function isRefusal(error: unknown): boolean {
  return isDomainError(error) && !error.retryable;
}

function isExpiry(error: unknown): boolean {
  return isDomainError(error) && error.code === 'TOKEN_EXPIRED';
}

/** The subgraph's own word that the stream broke, as a last result before its end. */
function isInterruption({ data, errors }: ExecutionResult): boolean {
  if ((data !== undefined && data !== null) || errors === undefined || errors.length === 0) return false;
  return errors.every(({ extensions }) => extensions?.retryable === true);
}

/** Doubles, and spreads those who lost the same upstream over the whole time. */
function delayOf(attempt: number): number {
  return Math.random() * Math.min(delayMsMax, firstDelayMs * 2 ** attempt);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
