// Follows the stream of one subgraph through its outages and the graph's replacement: what is lost or moved goes on after the last cursor.
import type { ExecutionResult } from 'graphql';
import { isDomainError } from '../../platform/errors.ts';
import type { SubgraphClient } from '../../platform/graph/subgraph.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { SubscriptionEvents } from './engine.ts';
import type { CallContext } from './execution.ts';
import { type CursorNames, cursorOf, goOnAfter, type ResumePoint, startOf, type UpstreamOperation } from './resume-point.ts';

/** Where the events come from: one operation of one subgraph, as one graph has it planned. */
export interface UpstreamSource {
  readonly client: SubgraphClient;
  readonly events: SubscriptionEvents;
  readonly point: ResumePoint;
}

export interface UpstreamOptions {
  readonly source: UpstreamSource;
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
  /** What is to be done with it: of the source that it came from. */
  readonly events: SubscriptionEvents;
}

/** Followed by one reader, who asks for the next event when done with the one before. */
export interface Upstream {
  /** The next event, each once and in their order; null when the source has ended, or nobody wants it any more. */
  next(): Promise<UpstreamEvent | null>;
  /**
   * Goes on with another source: at once and with the stream that is open, where that is asked the same; else with a new one after the last
   * cursor. False when neither can be, and nothing was changed.
   */
  move(to: UpstreamSource): boolean;
  /** Brings the caller's newer token to the stream that is open, as far as its transport can. */
  renew(): void;
}

const firstDelayMs = 100;
const delayMsMax = 5000;

/**
 * Opens the stream when the first event is asked for. The signal closes it at once, also while it is quiet.
 *
 * Asking rejects with what broke the stream when it cannot go on without a gap: no cursor is known, it was refused, or it took too long.
 */
export function followUpstream(options: UpstreamOptions): Upstream {
  const { names, signal, resumeMs } = options;
  let { source } = options;
  let operation: UpstreamOperation =
    options.after === null ? source.events : goOnAfter(source.events, source.point, options.after, names);
  let cursor = options.after ?? startOf(source.point, source.events.variables);
  let iterator: AsyncIterator<ExecutionResult> | null = null;
  /** Ends the stream that is open, also while it waits: returning alone may wait with it. */
  let ending = new AbortController();
  let token: string | null = null;
  let renewOpen: ((token: string) => void) | null = null;
  let lostAtMs: number | null = null;
  let attempt = 0;
  let isOver = false;

  signal.addEventListener('abort', end, { once: true });

  function end(): void {
    isOver = true;
    close();
  }

  function close(): void {
    // What a source throws while it is being put away has nobody to hear it.
    iterator?.return?.().catch(() => {});
    iterator = null;
    ending.abort();
  }

  function open(): AsyncIterator<ExecutionResult> {
    const call = options.call();
    const { client, events } = source;
    token = call.token;
    const opened = new AbortController();
    ending = opened;
    renewOpen = null;
    const upstream = client.subscribe({
      query: operation.query,
      ...(events.operationName === undefined ? {} : { operationName: events.operationName }),
      variables: operation.variables,
      token: call.token,
      requestId: call.requestId,
      signal: opened.signal,
      onRenewable(renew) {
        if (ending !== opened) return;
        renewOpen = renew;
        // The caller may have had a newer one before the stream was open.
        if (options.call().token !== call.token) renewUpstream();
      },
      client: call.client,
      headers: call.headers?.to(client.name),
    });
    return upstream[Symbol.asyncIterator]();
  }

  function renewUpstream(): void {
    const { token: newest } = options.call();
    if (newest !== null) renewOpen?.(newest);
  }

  /** Waits for the next attempt. @throws the error when there is none. */
  async function recover(error: unknown): Promise<void> {
    lostAtMs ??= Date.now();
    const mayRetry = !isRefusal(error) || (isExpiry(error) && options.call().token !== token);
    const willResume = mayRetry && canResume(source.point, cursor) && Date.now() - lostAtMs < resumeMs;
    options.onLost?.(error, willResume);
    if (!willResume || cursor === null) throw error;
    await pause(delayOf(attempt), signal);
    attempt += 1;
    operation = goOnAfter(source.events, source.point, cursor, names);
  }

  /** The next event of the stream that is open; undefined when it was given up for another meanwhile. */
  async function read(stream: AsyncIterator<ExecutionResult>): Promise<UpstreamEvent | null | undefined> {
    try {
      const { done, value } = await stream.next();
      if (stream !== iterator) return undefined;
      if (done === true) return null;
      const { point, events } = source;
      if (value.errors !== undefined && isInterruption(value) && canResume(point, cursor))
        throw gatewayErrors.SUBSCRIPTION_INTERRUPTED({}, value.errors);
      // Where no event says where it stands, the cursor that the stream began after is outdated by the first.
      cursor = point.cursorKey === null ? null : (cursorOf(point, value) ?? cursor);
      lostAtMs = null;
      attempt = 0;
      return { result: value, cursor, events };
    } catch (error) {
      if (stream !== iterator) return undefined;
      close();
      await recover(error);
      return undefined;
    }
  }

  return {
    async next() {
      while (!isOver) {
        iterator ??= open();
        const event = await read(iterator);
        if (event !== undefined) return event;
      }
      return null;
    },
    move(to) {
      if (isOver) return true;
      if (isSameStream(source, to)) {
        source = to;
        return true;
      }
      if (cursor === null || !canResume(to.point, cursor)) return false;
      source = to;
      operation = goOnAfter(to.events, to.point, cursor, names);
      close();
      return true;
    },
    renew: renewUpstream,
  };
}

/** True when both would open the very same stream, so that the one that is open serves both. */
export function isSameStream(left: UpstreamSource, right: UpstreamSource): boolean {
  const [one, other] = [left.events, right.events];
  return (
    left.client === right.client &&
    one.query === other.query &&
    one.operationName === other.operationName &&
    JSON.stringify(one.variables) === JSON.stringify(other.variables)
  );
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
