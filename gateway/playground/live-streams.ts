// The subscriptions that the reader has started. They belong to the page, not to a tab: GraphiQL would end one as soon as another tab is
// opened, and then nobody could watch a transfer that is made in the tab beside. Knows nothing of React.
import type { ExecutionResult } from 'graphql';
import { CloseCode, createClient } from 'graphql-ws';

/** Whoever started a stream; asked again at every reconnect, so that an expired token is replaced by the fresh one. */
export interface Follower {
  /** Null when nobody was signed in. */
  readonly name: string | null;
  accessToken(): string | null;
  /** False once the person has left or another has taken the seat: the token is then not renewed any more. */
  isSignedIn(): boolean;
}

export interface LiveRequest {
  readonly operationName: string | undefined;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  /** What the reader typed into the Headers editor: goes along at `connection_init`, where a browser cannot send headers. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly follower: Follower;
}

export interface LiveEvent {
  /** Counts from 1 in its stream. */
  readonly number: number;
  readonly receivedAt: Date;
  readonly result: ExecutionResult;
}

export interface LiveStream {
  readonly id: string;
  readonly name: string;
  readonly followerName: string | null;
  readonly state: 'connecting' | 'live' | 'reconnecting' | 'ended';
  /** Why it ended; null before. */
  readonly ending: string | null;
  /** Newest first, at most `eventsMax`. */
  readonly events: readonly LiveEvent[];
  readonly eventCount: number;
}

export interface LiveStreams {
  /** Starts a stream, or starts it anew when the same person runs the same thing again. Resolves when it is live or has failed once. */
  start(request: LiveRequest): Promise<void>;
  stop(id: string): void;
  /** Stops what this person follows: for sign-out. */
  stopOf(followerName: string): void;
  /** Takes an ended stream off the list. */
  remove(id: string): void;
  /** For `useSyncExternalStore`. */
  subscribe(listener: () => void): () => void;
  snapshot(): readonly LiveStream[];
}

const eventsMax = 200;
const retryDelayMsMax = 5_000;

export function createLiveStreams(graphqlUrl: URL): LiveStreams {
  const url = new URL(graphqlUrl);
  url.protocol = graphqlUrl.protocol === 'https:' ? 'wss:' : 'ws:';
  const listeners = new Set<() => void>();
  const closers = new Map<string, () => void>();
  let streams: readonly LiveStream[] = [];

  function publish(next: readonly LiveStream[]): void {
    streams = next;
    for (const listener of listeners) listener();
  }

  function update(id: string, change: (stream: LiveStream) => Partial<LiveStream>): void {
    publish(streams.map((stream) => (stream.id === id && stream.state !== 'ended' ? { ...stream, ...change(stream) } : stream)));
  }

  function end(id: string, ending: string): void {
    closers.get(id)?.();
    closers.delete(id);
    update(id, () => ({ state: 'ended', ending }));
  }

  return {
    start(request) {
      const { operationName, query, variables, follower } = request;
      const id = JSON.stringify([follower.name, operationName, query, variables]);
      end(id, 'Started anew.');
      const fresh: LiveStream = {
        id,
        name: operationName ?? 'subscription',
        followerName: follower.name,
        state: 'connecting',
        ending: null,
        events: [],
        eventCount: 0,
      };
      publish([fresh, ...streams.filter((stream) => stream.id !== id)]);
      return new Promise((settled) => {
        const close = follow(url.href, request, {
          changed(state) {
            update(id, () => ({ state }));
            settled();
          },
          received: (result) => update(id, (stream) => withEvent(stream, result)),
          ended(reason) {
            end(id, reason);
            settled();
          },
        });
        closers.set(id, close);
      });
    },
    stop: (id) => end(id, 'Stopped.'),
    stopOf(followerName) {
      for (const { id } of streams.filter((stream) => stream.followerName === followerName)) end(id, 'Stopped: signed out.');
    },
    remove: (id) => publish(streams.filter((stream) => stream.id !== id)),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => streams,
  };
}

function withEvent({ events, eventCount }: LiveStream, result: ExecutionResult): Partial<LiveStream> {
  const event: LiveEvent = { number: eventCount + 1, receivedAt: new Date(), result };
  return { state: 'live', events: [event, ...events].slice(0, eventsMax), eventCount: event.number };
}

interface Watcher {
  changed(state: 'live' | 'reconnecting'): void;
  received(result: ExecutionResult): void;
  ended(reason: string): void;
}

/** Follows one subscription over a socket of its own, across dropped sockets and expired tokens. Gives what ends it. */
function follow(url: string, { query, operationName, variables, headers, follower }: LiveRequest, watcher: Watcher): () => void {
  let cursor: string | null = null;
  let isInterrupted = false;
  let ending = 'The stream is complete.';
  let isClosed = false;
  // A closed socket still says so; by then the stream may have been started anew under the same id.
  const tell = (news: () => void) => {
    if (!isClosed) news();
  };
  const client = createClient({
    url,
    lazyCloseTimeout: 0,
    connectionParams: () => {
      const token = follower.accessToken();
      return { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers };
    },
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (event) => closeCode(event) !== CloseCode.Forbidden || follower.isSignedIn(),
    retryWait: (retries) => pause(Math.random() * Math.min(retryDelayMsMax, 200 * 2 ** Math.min(retries, 10))),
    on: {
      connected: () => tell(() => watcher.changed('live')),
      closed: () => tell(() => watcher.changed('reconnecting')),
    },
  });
  const payload = {
    query,
    operationName,
    // Read when the client (re)sends the payload: an operation that takes $after goes on where it was.
    get variables() {
      return cursor !== null && /\$after\b/.test(query) ? { ...variables, after: cursor } : variables;
    },
  };

  function subscribe(): void {
    isInterrupted = false;
    client.subscribe(payload, {
      next(result) {
        cursor = cursorOf(result) ?? cursor;
        ending = result.errors ? 'It ended with this error.' : 'The stream is complete.';
        isInterrupted = result.errors?.some((error) => error.extensions?.code === 'SUBSCRIPTION_INTERRUPTED') ?? false;
        tell(() => (isInterrupted ? watcher.changed('reconnecting') : watcher.received(result as ExecutionResult)));
      },
      error: (error) => tell(() => watcher.ended(explain(error, follower))),
      complete: () => tell(() => (isInterrupted ? subscribe() : watcher.ended(ending))),
    });
  }
  subscribe();
  return () => {
    isClosed = true;
    void client.dispose();
  };
}

/** The cursor of an event, where its one root field has one. */
function cursorOf({ data }: { readonly data?: Readonly<Record<string, unknown>> | null }): string | null {
  const [root] = Object.values(data ?? {});
  const cursor = (root as { readonly cursor?: unknown } | null | undefined)?.cursor;
  return typeof cursor === 'string' ? cursor : null;
}

function closeCode(event: unknown): number | null {
  const code = (event as { readonly code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : null;
}

function explain(error: unknown, follower: Follower): string {
  if (Array.isArray(error)) return error.map((entry: { message: string }) => entry.message).join(' ');
  if (error instanceof Error) return error.message;
  if (closeCode(error) === CloseCode.Forbidden)
    return `The session of ${follower.name ?? 'nobody'} has ended. Sign in and run it again.`;
  const { code, reason } = error as { readonly code?: number; readonly reason?: string };
  return `The gateway closed the socket: ${reason || 'no reason given'} (${code ?? 'no code'}).`;
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
