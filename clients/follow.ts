// Follows a subscription for as long as the caller likes: whatever happens to the socket, it resumes from the last cursor.
import { CloseCode, createClient } from 'graphql-ws';
import { GraphError, type GraphErrorEntry, type TypedDocument } from './graph-client.ts';

export interface FollowOptions<Result, Variables extends { after?: string | null }> {
  /** The gateway's WebSocket endpoint, for example `ws://localhost:4000/graphql`. */
  readonly url: string;
  readonly document: TypedDocument<Result, Variables>;
  /** `after` is where to begin; ask for the feed's present cursor, or take it from a mutation's payload. */
  readonly variables: Variables & { after: string };
  /** Where the cursor is in a result. */
  readonly cursorOf: (result: Result) => string;
  /** Called at every connect, so that an expired token is replaced by a fresh one. */
  readonly accessToken: () => string | Promise<string>;
  readonly signal?: AbortSignal;
  /** WebSocket class, for runtimes without a global one (Node 20). */
  readonly webSocketImpl?: unknown;
  /** Longest pause between two attempts to reconnect, in milliseconds. */
  readonly retryDelayMsMax?: number;
}

/** Close codes after which the same client can never succeed: the protocol was broken, or the token is no token. */
const finalCloseCodes: readonly number[] = [
  CloseCode.BadRequest,
  CloseCode.Unauthorized,
  CloseCode.SubprotocolNotAcceptable,
  CloseCode.SubscriberAlreadyExists,
  CloseCode.TooManyInitialisationRequests,
];

/**
 * Yields every event once and in order, across dropped sockets, restarted gateways and expired tokens.
 * Ends when the signal aborts.
 * @throws GraphError when the graph refuses the subscription for good.
 */
export async function* follow<Result, Variables extends { after?: string | null }>(
  options: FollowOptions<Result, Variables>,
): AsyncGenerator<Result, void, undefined> {
  let after = options.variables.after;
  for (let failures = 0; options.signal?.aborted !== true; ) {
    const socket = openSocket(options);
    const close = () => void socket.dispose();
    options.signal?.addEventListener('abort', close, { once: true });
    try {
      const events = socket.iterate<Result>({ query: options.document.toString(), variables: { ...options.variables, after } });
      for await (const { data, errors } of events) {
        if (errors !== undefined && errors.length > 0) throw new GraphError(errors as readonly GraphErrorEntry[]);
        if (data === undefined || data === null) continue;
        failures = 0;
        after = options.cursorOf(data);
        yield data;
      }
    } catch (error) {
      if (isFinal(error)) throw toError(error);
    } finally {
      options.signal?.removeEventListener('abort', close);
      await socket.dispose();
    }
    failures += 1;
    await pause(retryDelayMs(failures, options.retryDelayMsMax ?? 5_000), options.signal);
  }
}

function openSocket<Result, Variables extends { after?: string | null }>(options: FollowOptions<Result, Variables>) {
  return createClient({
    url: options.url,
    connectionParams: async () => ({ authorization: `Bearer ${await options.accessToken()}` }),
    // Resuming needs the newest cursor, which the library's own retry would not send.
    retryAttempts: 0,
    ...(options.webSocketImpl === undefined ? {} : { webSocketImpl: options.webSocketImpl }),
  });
}

/** Exponential with full jitter, so that a restarted gateway is not met by all of its clients at once. */
function retryDelayMs(failures: number, delayMsMax: number): number {
  return Math.random() * Math.min(delayMsMax, 100 * 2 ** Math.min(failures, 16));
}

function isFinal(error: unknown): boolean {
  if (error instanceof GraphError) return error.errors.every((entry) => entry.extensions?.retryable !== true);
  // graphql-ws hands over the bare list when the operation itself was refused.
  if (Array.isArray(error)) return isFinal(new GraphError(error as GraphErrorEntry[]));
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' && finalCloseCodes.includes(code);
}

function toError(error: unknown): Error {
  if (error instanceof Error) return error;
  if (Array.isArray(error)) return new GraphError(error as GraphErrorEntry[]);
  const { code, reason } = error as { code?: number; reason?: string };
  return new Error(`The gateway closed the socket with ${code ?? 'no code'}: ${reason ?? 'no reason given'}`);
}

function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal?.addEventListener('abort', done, { once: true });
  });
}
