// One WebSocket to a subgraph (graphql-transport-ws, as a client): opened for one token, shared by all subscriptions in its name.
import type { ExecutionResult } from 'graphql';
import { WebSocket } from 'ws';
import type { DomainError } from '../../platform/errors.ts';
import type { SubgraphRequest } from '../../platform/graph/subgraph.ts';
import { identityErrors } from '../../platform/identity/identity.errors.ts';
import { closeCodes } from '../../platform/server/websocket.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import { isResult } from '../graphql-result.ts';
import { createEventQueue, type EventQueue } from './event-queue.ts';

export interface SocketConnection {
  /** Starts a subscription once the socket is ready. */
  subscribe(request: SubgraphRequest): EventQueue;
  /** Brings a newer token of the same session, as a ping: the protocol has no word of its own for it, and subgraphs may not heed it. */
  renew(token: string): void;
  /** False when nothing can be subscribed to on it any more. */
  readonly isUsable: boolean;
  close(): void;
}

export interface SocketTimes {
  /** A socket stays this long after its last subscription, for the client that moves from one page to the next. */
  readonly idleCloseMs: number;
  readonly pingIntervalMs: number;
}

/** The server does not speak this protocol; it may speak another. */
export class UpgradeRefused extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`the upgrade to a WebSocket was refused with status ${status}`);
    this.name = 'UpgradeRefused';
    this.status = status;
  }
}

const acknowledgementTimeoutMs = 5000;
const payloadBytesMax = 64 * 1024 * 1024;
const normalClosure = 1000;

/** Resolves once the subgraph has acknowledged. @throws what kept it from that. */
export async function openSocket(
  url: string,
  hello: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
  times: SocketTimes,
): Promise<SocketConnection> {
  const socket = new WebSocket(url, 'graphql-transport-ws', {
    headers,
    handshakeTimeout: acknowledgementTimeoutMs,
    maxPayload: payloadBytesMax,
    perMessageDeflate: false,
  });
  await acknowledged(socket, hello);
  return followSocket(socket, times);
}

function acknowledged(socket: WebSocket, hello: Readonly<Record<string, unknown>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(new Error('no acknowledgement in time')), acknowledgementTimeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      // Whatever else it has to say while it ends concerns nobody.
      socket.on('error', () => {});
      socket.terminate();
      reject(error);
    };
    socket.once('unexpected-response', (_, response) => fail(new UpgradeRefused(response.statusCode ?? 0)));
    socket.once('error', fail);
    socket.once('close', (code, reason) => fail(closeError(code, String(reason))));
    socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: hello })));
    socket.on('message', (data) => {
      const { type } = read(String(data)) ?? {};
      if (type === 'ping') return socket.send('{"type":"pong"}');
      if (type !== 'connection_ack') return fail(new Error(`a message of type "${type}" instead of an acknowledgement`));
      clearTimeout(timer);
      socket.removeAllListeners();
      resolve();
    });
  });
}

function followSocket(socket: WebSocket, times: SocketTimes): SocketConnection {
  const streams = new Map<string, EventQueue>();
  let nextId = 1;
  let isUsable = true;
  let hasAnswered = true;
  let idleTimer: NodeJS.Timeout | undefined;

  const heartbeat = setInterval(() => {
    if (!hasAnswered) return socket.terminate();
    hasAnswered = false;
    socket.ping();
  }, times.pingIntervalMs);
  heartbeat.unref();

  function lose(error: Error): void {
    if (!isUsable && streams.size === 0) return;
    isUsable = false;
    clearInterval(heartbeat);
    clearTimeout(idleTimer);
    const lost = [...streams.values()];
    streams.clear();
    for (const stream of lost) stream.fail(error);
  }

  function closeIfIdle(): void {
    if (streams.size > 0 || !isUsable) return;
    clearTimeout(idleTimer);
    idleTimer = setTimeout(close, times.idleCloseMs);
    idleTimer.unref();
  }

  function close(): void {
    isUsable = false;
    clearInterval(heartbeat);
    clearTimeout(idleTimer);
    socket.close(normalClosure);
    for (const stream of [...streams.values()]) stream.end();
    streams.clear();
  }

  socket.on('pong', () => {
    hasAnswered = true;
  });
  socket.on('error', (error) => lose(gatewayErrors.SUBGRAPH_UNAVAILABLE({}, error)));
  socket.on('close', (code, reason) => lose(closeError(code, String(reason))));
  socket.on('message', (data) => {
    hasAnswered = true;
    const message = read(String(data));
    if (message === null) {
      socket.close(4400, 'Invalid message received');
      return;
    }
    const { type, id, payload } = message;
    if (type === 'ping') return socket.send('{"type":"pong"}');
    const stream = typeof id === 'string' ? streams.get(id) : undefined;
    if (stream === undefined || typeof id !== 'string') return;
    if (type === 'next') {
      if (isResult(payload)) stream.push(payload);
      else stream.fail(gatewayErrors.SUBGRAPH_INVALID_RESPONSE({}, new Error('an event that is no GraphQL result')));
    } else {
      streams.delete(id);
      // Errors are the subgraph's refusal of the operation: its only answer.
      if (type === 'error' && Array.isArray(payload)) stream.push({ errors: payload as ExecutionResult['errors'] & object });
      stream.end();
      closeIfIdle();
    }
  });

  return {
    get isUsable() {
      return isUsable;
    },
    subscribe({ query, variables, operationName, signal, onOpen }) {
      const id = String(nextId);
      nextId += 1;
      clearTimeout(idleTimer);
      const leave = () => void stream.return();
      const stream = createEventQueue(() => {
        signal?.removeEventListener('abort', leave);
        if (!streams.delete(id)) return;
        if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ id, type: 'complete' }));
        closeIfIdle();
      });
      streams.set(id, stream);
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables, operationName } }));
      // The protocol has no word for a subscription that was taken; the socket's acknowledgement has to do.
      onOpen?.();
      if (signal?.aborted) leave();
      else signal?.addEventListener('abort', leave, { once: true });
      return stream;
    },
    renew(token) {
      if (socket.readyState === socket.OPEN)
        socket.send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${token}` } }));
    },
    close,
  };
}

function closeError(code: number, reason: string): DomainError {
  const cause = new Error(`the socket was closed with ${code} ${reason}`.trim());
  if (code === closeCodes.tokenExpired && /expire/i.test(reason))
    return identityErrors.TOKEN_EXPIRED({ reason: 'expired' }, cause);
  if (code === closeCodes.unauthorized) return identityErrors.UNAUTHENTICATED({ reason: 'invalid' }, cause);
  return gatewayErrors.SUBGRAPH_UNAVAILABLE({}, cause);
}

function read(text: string): { readonly type?: unknown; readonly id?: unknown; readonly payload?: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}
