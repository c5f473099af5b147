// Subscriptions of a running subgraph over WebSocket: authenticates connection_init, runs operations, ends when the token does.
import type { Server } from 'node:http';
import { type ExecutionArgs, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { isDomainError } from '../errors.ts';
import { abortableStream } from '../graph/abortable-stream.ts';
import { failure, type OperationRequest } from '../graph/execution.ts';
import { bearerToken, createGraphContext, personFrom, requestIdFrom } from '../graph/request-context.ts';
import type { RunningSubgraph } from './subgraph-service.ts';
import { type TokenLife, watchTokenLife } from './token-life.ts';
import { attachWebSocket, closeCodes, type SocketExtra, type WebSocketFace } from './websocket.ts';

interface Connection extends SocketExtra {
  token: string | null;
  requestId: string;
  client: { readonly address: string | null; readonly userAgent: string | null };
  /** Null for anonymous connections. */
  life: TokenLife | null;
}

export function serveSubscriptions(
  server: Server,
  subgraph: RunningSubgraph,
  options: { readonly path: string; readonly messageBytesMax: number },
): WebSocketFace {
  return attachWebSocket<Connection>(server, {
    ...options,
    log: subgraph.log,
    extra: (base) => ({
      ...base,
      token: null,
      client: { address: null, userAgent: null },
      life: null,
      requestId: requestIdFrom(base.request.headers['x-request-id'], subgraph.ids),
    }),
    protocol: {
      onConnect: async ({ connectionParams = {}, extra }) => {
        extra.token = bearerToken(connectionParams.authorization);
        extra.client = personFrom(connectionParams);
        if (connectionParams['x-request-id'] !== undefined)
          extra.requestId = requestIdFrom(connectionParams['x-request-id'], subgraph.ids);
        return authenticate(extra, subgraph);
      },
      // The gateway brings the newer token of its caller, so that streams without cursors outlive the older.
      onPing: async ({ extra }, payload) => {
        const token = bearerToken(payload?.authorization);
        if (token !== null) await extra.life?.renew(token);
      },
      onSubscribe: (context, _id, payload) => toArgs({ ...payload }, context.extra),
      subscribe: ((args: ExecutionArgs) => open(args.contextValue as Operation, subgraph)) as never,
    },
  });
}

async function authenticate(connection: Connection, subgraph: RunningSubgraph): Promise<boolean> {
  if (connection.token === null) return true;
  try {
    const identity = await subgraph.verifier.verify(connection.token);
    const { socket } = connection;
    const onExpired = () => socket.close(closeCodes.tokenExpired, 'Token expired');
    const life = watchTokenLife({ identity, verifier: subgraph.verifier, clock: subgraph.clock, onExpired });
    socket.once('close', life.stop);
    connection.life = life;
    return true;
  } catch (error) {
    if (!isDomainError(error)) throw error;
    // The socket is closed here with its documented code; what the protocol would close it with comes too late to matter.
    if (error.code === 'TOKEN_EXPIRED') connection.socket.close(closeCodes.tokenExpired, 'Token expired');
    else if (error.retryable) connection.socket.close(1013, 'Try again later');
    else connection.socket.close(closeCodes.unauthorized, 'Unauthorized');
    return false;
  }
}

interface Operation {
  readonly request: OperationRequest;
  readonly connection: Connection;
}

/**
 * The protocol server wants to know the document to choose how to run it. Ours parses and checks it once, in the executor, and gives
 * every failure as a result, as in process; so each operation poses as a subscription here.
 */
const anySubscription = parse('subscription { any }');

function toArgs(request: OperationRequest, connection: Connection): ExecutionArgs {
  return {
    schema: null as unknown as GraphQLSchema,
    document: anySubscription,
    contextValue: { request, connection } satisfies Operation,
  };
}

function open({ request, connection }: Operation, subgraph: RunningSubgraph): AsyncGenerator<unknown, void, void> {
  return abortableStream((signal) => run(request, connection, subgraph, signal));
}

async function* run(request: OperationRequest, connection: Connection, subgraph: RunningSubgraph, signal: AbortSignal) {
  const { executor, metrics, name, log } = subgraph;
  const closed = metrics.subscriptionOpened(name);
  const { requestId } = connection;
  try {
    const context = await createGraphContext({ token: connection.token, requestId, signal, client: connection.client }, subgraph);
    if (isSubscription(request, subgraph)) yield* executor.subscribe(request, context);
    else yield await executor.execute(request, context);
  } catch (error) {
    if (error instanceof GraphQLError || !signal.aborted) yield failure(error, { log, requestId });
  } finally {
    closed();
  }
}

function isSubscription(request: OperationRequest, { executor }: RunningSubgraph): boolean {
  try {
    return executor.prepare(request).type === 'subscription';
  } catch {
    // The executor says again, as a result, what is wrong with it.
    return true;
  }
}
