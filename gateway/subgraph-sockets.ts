// WebSockets to one subgraph (graphql-transport-ws): one socket per token, shared by all its subscriptions. Never reconnects on its
// own: when the upstream is lost the stream fails, and the client resumes from its cursor (see docs/reference/close-codes.md).
import type { ExecutionResult } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import type { SubgraphRequest } from '../platform/graph/subgraph.ts';
import { gatewayErrors } from './gateway.errors.ts';
import { isResult } from './http-subgraph.ts';
import { createReplicas, type Replicas } from './replicas.ts';

export interface SubgraphSockets {
  subscribe(request: SubgraphRequest): AsyncIterable<ExecutionResult>;
  close(): Promise<void>;
}

/** A socket stays this long after its last subscription, for the client that moves from one page to the next. */
const idleCloseMs = 3000;
const acknowledgementTimeoutMs = 5000;
const pingIntervalMs = 15_000;
const pongTimeoutMs = 5000;
/** Events that wait for a slow reader before its stream is ended. */
const queueMax = 1000;

export function createSubgraphSockets(options: {
  readonly name: string;
  readonly urls: readonly string[];
  readonly log: Logger;
}): SubgraphSockets {
  const { name, log } = options;
  const replicas = createReplicas(options.urls.map((url) => url.replace(/^http/, 'ws')));
  const clients = new Map<string, Client>();

  /** One socket per identity: what a socket may see is decided when it opens. */
  function clientFor(request: SubgraphRequest): Client {
    const key = request.token ?? '';
    const known = clients.get(key);
    if (known !== undefined) return known;
    const client = connect(name, replicas, request, () => {
      if (clients.get(key) === client) clients.delete(key);
    });
    clients.set(key, client);
    return client;
  }

  function subscribe(request: SubgraphRequest): AsyncIterable<ExecutionResult> {
    return {
      [Symbol.asyncIterator]: () =>
        openStream(request, clientFor(request), (error) => {
          log.warn({ error, subgraph: name, requestId: request.requestId }, 'A subscription to a subgraph was lost.');
        }),
    };
  }

  return {
    subscribe,
    async close() {
      await Promise.all([...clients.values()].map((client) => client.dispose()));
      clients.clear();
    },
  };
}

/** One socket; `forget` is called when it is of no more use. */
function connect(name: string, replicas: Replicas<string>, request: SubgraphRequest, forget: () => void): Client {
  const attempts = [...replicas.inTurn()];
  let attempt = attempts[0];
  let hasConnected = false;
  let pongTimer: NodeJS.Timeout | undefined;
  const client = createClient({
    url: () => {
      attempt = attempts.shift() ?? attempt;
      if (attempt === undefined) throw new Error(`Subgraph ${name} has no URL.`);
      return attempt.target;
    },
    webSocketImpl: WebSocket,
    connectionParams: connectionParams(request),
    // Another replica is tried only before the first has answered: later, events may have been missed, and only the client's
    // cursor knows which.
    retryAttempts: attempts.length - 1,
    retryWait: async () => {},
    shouldRetry: () => !hasConnected,
    lazyCloseTimeout: idleCloseMs,
    connectionAckWaitTimeout: acknowledgementTimeoutMs,
    keepAlive: pingIntervalMs,
    on: {
      connected: () => {
        hasConnected = true;
        attempt?.succeeded();
      },
      ping: (isReceived) => {
        if (!isReceived) pongTimer = setTimeout(() => client.terminate(), pongTimeoutMs);
      },
      pong: (isReceived) => {
        if (isReceived) clearTimeout(pongTimer);
      },
      error: () => attempt?.failed(),
      closed: () => {
        clearTimeout(pongTimer);
        if (hasConnected || attempts.length === 0) forget();
      },
    },
  });
  return client;
}

function connectionParams({ token, client }: SubgraphRequest): Record<string, unknown> {
  return {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(client?.address ? { 'x-client-address': client.address } : {}),
    ...(client?.userAgent ? { 'x-client-user-agent': client.userAgent } : {}),
  };
}

function openStream(request: SubgraphRequest, client: Client, onLost: (error: unknown) => void): AsyncIterator<ExecutionResult> {
  const queue: ExecutionResult[] = [];
  let failure: Error | null = null;
  let isOver = false;
  let wake = () => {};

  const fail = (error: unknown) => {
    if (isOver) return;
    onLost(error);
    failure = gatewayErrors.SUBGRAPH_UNAVAILABLE({}, error);
    end();
  };
  const { query, variables, operationName } = request;
  const unsubscribe = client.subscribe(
    { query, variables: variables === undefined ? undefined : { ...variables }, operationName },
    {
      next(result) {
        if (isOver) return;
        if (!isResult(result)) fail(new Error('an event that is no GraphQL result'));
        else if (queue.length >= queueMax) fail(new Error(`more than ${queueMax} events wait for a slow reader`));
        else {
          queue.push(result as ExecutionResult);
          wake();
        }
      },
      // A list of GraphQL errors is the subgraph's refusal of the operation; anything else is a lost connection.
      error(error) {
        if (!Array.isArray(error)) return fail(error);
        if (!isOver) queue.push({ errors: error as ExecutionResult['errors'] });
        end();
      },
      complete: () => end(),
    },
  );
  const abort = () => {
    queue.length = 0;
    end();
  };
  function end(): void {
    if (isOver) return;
    isOver = true;
    request.signal?.removeEventListener('abort', abort);
    unsubscribe();
    wake();
  }
  if (request.signal?.aborted) abort();
  else request.signal?.addEventListener('abort', abort, { once: true });

  return {
    async next() {
      while (queue.length === 0 && !isOver) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const event = queue.shift();
      if (event !== undefined) return { done: false, value: event };
      if (failure !== null) {
        const error = failure;
        failure = null;
        throw error;
      }
      return { done: true, value: undefined };
    },
    async return() {
      abort();
      return { done: true, value: undefined };
    },
  };
}
