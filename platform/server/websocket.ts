// GraphQL over WebSocket (graphql-transport-ws) on the port of an HTTP server. Knows the socket's life; what operations do is the caller's.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConnectionInitMessage } from 'graphql-ws';
import { handleProtocols, makeServer, type ServerOptions } from 'graphql-ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';

/** Close codes that clients may rely on. Those of the protocol itself are in the graphql-transport-ws specification. */
export const closeCodes = {
  /** The server is stopping: connect again and resume from the last cursor. */
  goingAway: 1001,
  /** The token in `connection_init` is not valid: sign in again. */
  unauthorized: 4401,
  /** The token expired: refresh it, connect again and resume from the last cursor. */
  tokenExpired: 4403,
  /** Events came faster than the client read them: connect again and resume from the last cursor. */
  tooSlow: 4410,
} as const;

export interface SocketExtra extends Record<PropertyKey, unknown> {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
}

export interface WebSocketOptions<Extra extends SocketExtra> {
  readonly path: string;
  readonly messageBytesMax: number;
  readonly connectionsMax?: number;
  readonly log: Logger;
  readonly protocol: ServerOptions<ConnectionInitMessage['payload'], Extra>;
  /** Adds to each connection what the protocol's hooks need. */
  extra(base: SocketExtra): Extra;
}

export interface WebSocketFace {
  readonly connectionCount: number;
  /** Closes every socket with 1001 "Going away"; resolves when all are closed. */
  stop(graceMs: number): Promise<void>;
}

const keepAliveMs = 12_000;
const connectionsDefaultMax = 10_000;
const initTimeoutMs = 10_000;
/** Bytes that may wait in a socket's buffer: a client that reads slower than this is cut and resumes from its cursor. */
const bufferedBytesMax = 8 * 1024 * 1024;

export function attachWebSocket<Extra extends SocketExtra>(server: Server, options: WebSocketOptions<Extra>): WebSocketFace {
  const { log } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.messageBytesMax, handleProtocols });
  const protocol = makeServer<ConnectionInitMessage['payload'], Extra>({
    connectionInitWaitTimeout: initTimeoutMs,
    ...options.protocol,
  });
  let isStopping = false;

  function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => stream.destroy());
    const path = (request.url ?? '').split('?')[0];
    const isFull = sockets.clients.size >= (options.connectionsMax ?? connectionsDefaultMax);
    if (path !== options.path) refuse(stream, 404, 'Not Found');
    else if (isStopping || isFull) refuse(stream, 503, 'Service Unavailable');
    else sockets.handleUpgrade(request, stream, head, (socket) => open(socket, request));
  }

  function open(socket: WebSocket, request: IncomingMessage): void {
    const stopKeepAlive = keepAlive(socket);
    // Broken frames and resets are the client's affair; ws closes the socket itself.
    socket.on('error', (error) => log.debug({ error }, 'A WebSocket broke.'));
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => {
          socket.on('message', (data, isBinary) => {
            if (isBinary) return socket.close(4400, 'Messages must be text');
            handle(String(data)).catch((error: unknown) => {
              log.error({ error }, 'A WebSocket message could not be handled.');
              socket.close(4500, 'Internal server error');
            });
          });
        },
      },
      options.extra({ socket, request }),
    );
    socket.once('close', (code, reason) => {
      stopKeepAlive();
      closed(code, String(reason)).catch((error: unknown) => log.error({ error }, 'A WebSocket could not be put away.'));
    });
  }

  server.on('upgrade', upgrade);
  return {
    get connectionCount() {
      return sockets.clients.size;
    },
    async stop(graceMs) {
      isStopping = true;
      for (const socket of sockets.clients) socket.close(closeCodes.goingAway, 'Going away');
      const cut = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
      }, graceMs);
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
      clearTimeout(cut);
    },
  };
}

function refuse(stream: Duplex, status: number, text: string): void {
  stream.end(`HTTP/1.1 ${status} ${text}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/** Resolves when the message has left; so a stream is read no faster than its socket sends. */
function send(socket: WebSocket, text: string): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  if (socket.bufferedAmount > bufferedBytesMax) {
    socket.terminate();
    return Promise.resolve();
  }
  return new Promise((resolve) => socket.send(text, () => resolve()));
}

function keepAlive(socket: WebSocket): () => void {
  let isAlive = true;
  socket.on('pong', () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, keepAliveMs);
  return () => clearInterval(timer);
}
