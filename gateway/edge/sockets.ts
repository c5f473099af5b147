// GraphQL over WebSocket: subscriptions with fields from every subgraph, and queries and mutations as well. One identity per socket.
import { setMaxListeners } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { all as addressesOf } from '@fastify/proxy-addr';
import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { type Ids, systemClock } from '../../platform/clock.ts';
import { isDomainError } from '../../platform/errors.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import type { TokenVerifier } from '../../platform/identity/token-verifier.ts';
import { closeAtExpiry } from '../../platform/server/subgraph-socket.ts';
import { attachWebSocket, closeCodes, type SocketExtra, type WebSocketFace } from '../../platform/server/websocket.ts';
import { toPublicError } from '../protection/public-errors.ts';
import { identify, tokenFrom } from './admission.ts';
import type { GatewayContext } from './gateway-context.ts';
import { createSocketOperations, type SocketOperationsOptions } from './socket-operations.ts';

export interface SocketEdgeOptions extends SocketOperationsOptions {
  readonly verifier: TokenVerifier | null;
  readonly messageBytesMax: number;
  /** Time that a client has to send `connection_init`. */
  readonly initTimeoutMs?: number | undefined;
  /** Whether a peer's X-Forwarded-For is believed; the same decision as for HTTP. */
  readonly trustProxy: (address: string, hop: number) => boolean;
  readonly ids: Ids;
  readonly log: Logger;
}

interface Connection extends SocketExtra {
  identity: Identity | null;
  token: string | null;
  readonly client: GatewayContext['client'];
  /** Aborted when the socket is gone. */
  readonly gone: AbortController;
}

export function serveSockets(server: Server, path: string, options: SocketEdgeOptions): WebSocketFace {
  const { verifier, metrics, log, ids, initTimeoutMs } = options;
  const operations = createSocketOperations(options);
  const face = attachWebSocket<Connection>(server, {
    path,
    messageBytesMax: options.messageBytesMax,
    log,
    extra: (base) => ({
      ...base,
      identity: null,
      token: null,
      client: clientOf(base.request, options.trustProxy),
      gone: new AbortController(),
    }),
    protocol: {
      ...(initTimeoutMs === undefined ? {} : { connectionInitWaitTimeout: initTimeoutMs }),
      onConnect: ({ extra, connectionParams }) =>
        authenticate(extra, verifier, connectionParams?.authorization ?? connectionParams?.Authorization),
      onSubscribe: ({ extra, subscriptions }, _id, payload) =>
        operations.begin(payload, Object.keys(subscriptions).length, contextOf(extra, ids.next(), log)),
      execute: operations.execute as never,
      subscribe: operations.subscribe as never,
      onNext: (_context, _id, _payload, _args, { data, errors }) =>
        errors === undefined ? { data } : ({ data, errors: errors.map(publicForm) } as never),
      onError: (_context, _id, _payload, errors) => errors.map(publicForm),
    },
  });
  const forget = metrics.watchSockets(() => face.connectionCount);
  return {
    get connectionCount() {
      return face.connectionCount;
    },
    async stop(graceMs) {
      await face.stop(graceMs);
      forget();
    },
  };
}

async function authenticate(connection: Connection, verifier: TokenVerifier | null, authorization: unknown): Promise<boolean> {
  const { socket, gone } = connection;
  // Every operation of the socket listens to it, and every fetch of each.
  setMaxListeners(0, gone.signal);
  socket.once('close', () => gone.abort(new Error('The client has gone.')));
  connection.token = tokenFrom(verifier, authorization);
  try {
    connection.identity = await identify(verifier, connection.token);
    if (connection.identity !== null) closeAtExpiry(connection, connection.identity, systemClock);
    return true;
  } catch (error) {
    if (!isDomainError(error)) throw error;
    // What the protocol would close it with comes after this and is too late to matter.
    if (error.code === 'TOKEN_EXPIRED') socket.close(closeCodes.tokenExpired, 'Token expired');
    else if (error.retryable) socket.close(1013, 'Try again later');
    else socket.close(closeCodes.unauthorized, 'Unauthorized');
    return false;
  }
}

function clientOf(request: IncomingMessage, trustProxy: SocketEdgeOptions['trustProxy']): GatewayContext['client'] {
  const userAgent = request.headers['user-agent'];
  return {
    address: addressesOf(request, trustProxy).at(-1) ?? null,
    userAgent: userAgent === undefined ? null : userAgent.slice(0, 512),
  };
}

function contextOf({ identity, token, client, gone }: Connection, requestId: string, log: Logger): GatewayContext {
  return { identity, token, requestId, signal: gone.signal, client, log };
}

/** Errors come as instances from the engine and already formatted from Apollo Server. */
function publicForm(error: GraphQLError | ReturnType<GraphQLError['toJSON']>) {
  return toPublicError(error instanceof GraphQLError ? error.toJSON() : error);
}
