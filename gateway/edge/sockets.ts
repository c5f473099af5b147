// WebSockets of clients: upgrades, limits, heartbeats and the end. What is said on a socket is the session's.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { closeCodes, type WebSocketFace } from '../../platform/server/websocket.ts';
import { createOutbox, type OutboxLimits } from './outbox.ts';
import { holderOf, type Quota } from './quotas.ts';
import { boundedUserAgent } from './request-context.ts';
import { createSocketSession, type SessionOptions } from './socket-session.ts';

export interface SocketEdgeOptions extends SessionOptions {
  readonly messageBytesMax: number;
  readonly heartbeatMs: number;
  readonly limits: OutboxLimits;
  readonly connections: Quota;
  readonly connectionsMax: number;
  /** The address of the person, through the proxies that are believed. */
  readonly addressOf: (request: IncomingMessage) => string | null;
}

/** The client has been told to go and may not be listening. */
const closeGraceMs = 5000;

export function serveSockets(server: Server, path: string, options: SocketEdgeOptions): WebSocketFace {
  const { log, heartbeatMs } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: options.messageBytesMax,
    handleProtocols,
    // Frames are written past the library, which must therefore not compress them.
    perMessageDeflate: false,
  });
  /** Sockets that have been heard of since the last heartbeat. */
  const alive = new WeakSet<WebSocket>();
  const closers = new WeakMap<WebSocket, (code: number, reason: string) => void>();
  let isStopping = false;

  function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => stream.destroy());
    const { url = '' } = request;
    const mark = url.indexOf('?');
    if ((mark < 0 ? url : url.slice(0, mark)) !== path) refuse(stream, 404, 'Not Found');
    else if (isStopping || sockets.clients.size >= options.connectionsMax) refuse(stream, 503, 'Service Unavailable');
    else sockets.handleUpgrade(request, stream, head, (socket) => open(socket, stream, request));
  }

  function open(socket: WebSocket, stream: Duplex, request: IncomingMessage): void {
    // Broken frames and resets are the client's affair; ws closes the socket itself.
    socket.on('error', (error) => log.debug({ error }, 'A WebSocket broke.'));
    if (socket.protocol !== 'graphql-transport-ws') {
      socket.close(4406, 'Subprotocol not acceptable');
      return;
    }
    const { headers } = request;
    const client = { address: options.addressOf(request), userAgent: boundedUserAgent(headers['user-agent']) };
    let leave = () => {};
    const outbox = createOutbox(stream, options.limits, () => {
      for (const message of session.overflow()) stream.write(message);
      close(closeCodes.tooSlow, 'Client too slow');
    });
    const close = (code: number, reason: string) => {
      socket.close(code, reason);
      // Nothing may follow a close frame.
      session.closed();
      setTimeout(() => socket.terminate(), closeGraceMs).unref();
    };
    const session = createSocketSession(
      {
        headers,
        client,
        outbox,
        close,
        admit(identity) {
          const place = options.connections.take(holderOf({ identity, token: null, client }));
          if (typeof place !== 'function') return false;
          leave = place;
          return true;
        },
      },
      options,
    );
    closers.set(socket, close);
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    socket.on('message', (data, isBinary) => {
      alive.add(socket);
      if (isBinary) close(4400, 'Messages must be text');
      else session.receive(String(data));
    });
    socket.once('close', () => {
      leave();
      session.closed();
    });
  }

  const beats = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!alive.delete(socket)) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.ping();
    }
  }, heartbeatMs);
  beats.unref();
  server.on('upgrade', upgrade);

  return {
    get connectionCount() {
      return sockets.clients.size;
    },
    async stop(graceMs) {
      isStopping = true;
      clearInterval(beats);
      for (const socket of sockets.clients) closers.get(socket)?.(closeCodes.goingAway, 'Going away');
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
