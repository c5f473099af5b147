// Subscriptions to one subgraph over the network: WebSockets, one per token and shared by all its subscriptions, or server-sent events for
// subgraphs that speak only those. Never reconnects on its own: `execution/upstream.ts` knows where a stream goes on.
import type { ExecutionResult } from 'graphql';
import type { Logger } from 'pino';
import { type DomainError, isDomainError } from '../../platform/errors.ts';
import { abortableStream } from '../../platform/graph/abortable-stream.ts';
import type { SubgraphRequest } from '../../platform/graph/subgraph.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import { createReplicas } from '../replicas.ts';
import { createEventStreamClient } from './event-stream-client.ts';
import { openSocket, type SocketConnection, type SocketTimes, UpgradeRefused } from './socket-connection.ts';

export interface SubgraphStreams {
  /** @throws when the stream breaks; returning from the iteration closes it upstream at once. */
  subscribe(request: SubgraphRequest): AsyncIterable<ExecutionResult>;
  close(): Promise<void>;
}

export interface SubgraphStreamsOptions {
  readonly name: string;
  readonly urls: readonly string[];
  readonly log: Logger;
  /** Headers of a request over HTTP. */
  readonly headersOf: (request: SubgraphRequest) => Record<string, string>;
  /** Known to speak server-sent events alone; others are found out. */
  readonly isOverEventStream?: boolean;
  readonly times?: Partial<SocketTimes>;
}

const defaultTimes: SocketTimes = { idleCloseMs: 3000, pingIntervalMs: 15_000 };

export function createSubgraphStreams(options: SubgraphStreamsOptions): SubgraphStreams {
  const { name, log, headersOf } = options;
  const replicas = createReplicas(options.urls);
  const eventStreams = createEventStreamClient(headersOf);
  const times = { ...defaultTimes, ...options.times };
  const sockets = new Map<string, Promise<SocketConnection>>();
  /** Sockets that were brought a newer token than they were opened with: the last one, and under which key they are. */
  const renewals = new WeakMap<SocketConnection, { readonly latest: string; readonly key: string }>();
  let isOverEventStream = options.isOverEventStream ?? false;

  /** One socket per identity: what a socket may see is decided when it opens. */
  async function socketFor(request: SubgraphRequest): Promise<SocketConnection> {
    const key = keyOf(request);
    const known = sockets.get(key);
    if (known !== undefined) {
      const socket = await known.catch(() => null);
      if (socket?.isUsable) return socket;
      if (sockets.get(key) !== known) return socketFor(request);
    }
    const opening = connect(request);
    sockets.set(key, opening);
    try {
      return await opening;
    } catch (error) {
      if (sockets.get(key) === opening) sockets.delete(key);
      throw error;
    }
  }

  async function connect(request: SubgraphRequest): Promise<SocketConnection> {
    forgetUnusable();
    let failure: unknown;
    for (const replica of replicas.inTurn()) {
      try {
        const url = replica.target.replace(/^http/, 'ws');
        const socket = await openSocket(url, helloOf(request), upgradeHeaders(request), times);
        replica.succeeded();
        return socket;
      } catch (error) {
        failure = error;
        if (error instanceof UpgradeRefused || (isDomainError(error) && !error.retryable)) break;
        replica.failed();
      }
    }
    throw failure;
  }

  /** Once for all streams on the socket; it is then found by those who come with the newer token. */
  function renew(socket: SocketConnection, request: SubgraphRequest, token: string): void {
    const { latest, key } = renewals.get(socket) ?? { latest: request.token, key: keyOf(request) };
    if (latest === token || !socket.isUsable) return;
    socket.renew(token);
    const opened = sockets.get(key);
    const newKey = keyOf({ ...request, token });
    const isFree = opened !== undefined && !sockets.has(newKey);
    renewals.set(socket, { latest: token, key: isFree ? newKey : key });
    if (!isFree) return;
    sockets.delete(key);
    sockets.set(newKey, opened);
  }

  function forgetUnusable(): void {
    for (const [key, opening] of sockets) {
      opening.then(
        (socket) => {
          if (!socket.isUsable && sockets.get(key) === opening) sockets.delete(key);
        },
        () => {},
      );
    }
  }

  /** The stream itself, once it is known over what. */
  async function open(request: SubgraphRequest): Promise<AsyncIterator<ExecutionResult>> {
    if (!isOverEventStream) {
      try {
        const socket = await socketFor(request);
        const stream = socket.subscribe(request);
        if (request.token !== null) request.onRenewable?.((token) => renew(socket, request, token));
        return stream;
      } catch (error) {
        if (!speaksNoWebSocket(error)) throw asDomainError(error);
        isOverEventStream = true;
        log.info({ error, subgraph: name }, 'The subgraph takes no WebSockets; it is subscribed to over server-sent events.');
      }
    }
    return abortableStream((signal) => overEventStream(request, signal), request.signal);
  }

  async function* overEventStream(request: SubgraphRequest, signal: AbortSignal) {
    let failure: unknown;
    for (const replica of replicas.inTurn()) {
      let hasBegun = false;
      try {
        for await (const event of eventStreams.subscribe(replica.target, request, signal)) {
          hasBegun = true;
          replica.succeeded();
          yield event;
        }
        return;
      } catch (error) {
        // Another replica is tried only before the first event: later, only the cursor knows what was missed.
        if (hasBegun || signal.aborted || (isDomainError(error) && !error.retryable)) throw asDomainError(error);
        replica.failed();
        failure = error;
      }
    }
    throw asDomainError(failure);
  }

  return {
    subscribe: (request) => ({ [Symbol.asyncIterator]: () => deferred(() => open(request)) }),
    async close() {
      const opening = [...sockets.values()];
      sockets.clear();
      for (const socket of await Promise.allSettled(opening)) if (socket.status === 'fulfilled') socket.value.close();
      await eventStreams.close();
    },
  };
}

/** Opens when it is first read; from then on it is the stream itself, without anything in between. */
function deferred(open: () => Promise<AsyncIterator<ExecutionResult>>): AsyncIterator<ExecutionResult> {
  const done: IteratorResult<ExecutionResult> = { done: true, value: undefined };
  let stream: AsyncIterator<ExecutionResult> | null = null;
  let isOver = false;

  async function first(): Promise<IteratorResult<ExecutionResult>> {
    if (isOver) return done;
    stream = await open();
    if (isOver) await stream.return?.();
    return stream.next();
  }

  return {
    next: () => (stream === null ? first() : stream.next()),
    async return() {
      isOver = true;
      await stream?.return?.();
      return done;
    },
  };
}

function asDomainError(error: unknown): DomainError {
  return isDomainError(error) ? error : gatewayErrors.SUBGRAPH_UNAVAILABLE({}, error);
}

/** Statuses of servers that know no upgrade at this URL; anything else may pass. */
function speaksNoWebSocket(error: unknown): boolean {
  return error instanceof UpgradeRefused && [200, 400, 404, 405, 406, 415, 426, 501].includes(error.status);
}

function keyOf({ token, headers }: Pick<SubgraphRequest, 'token' | 'headers'>): string {
  return JSON.stringify([token, headers]);
}

function helloOf({ token, client }: SubgraphRequest): Record<string, unknown> {
  return {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(client?.address ? { 'x-client-address': client.address } : {}),
    ...(client?.userAgent ? { 'x-client-user-agent': client.userAgent } : {}),
  };
}

/** What header rules say; the token is in `connection_init`. */
function upgradeHeaders({ headers = {} }: SubgraphRequest): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null));
}
