// GraphQL over WebSocket: subscriptions with fields from every subgraph, and queries and mutations as well. One identity per socket.
import { setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import type { ApolloServer } from '@apollo/server';
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { Logger } from 'pino';
import { type Ids, systemClock } from '../../platform/clock.ts';
import { isDomainError } from '../../platform/errors.ts';
import { abortableStream } from '../../platform/graph/abortable-stream.ts';
import { domainExtensions } from '../../platform/graph/error-format.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import type { TokenVerifier } from '../../platform/identity/token-verifier.ts';
import { closeAtExpiry } from '../../platform/server/subgraph-socket.ts';
import { attachWebSocket, closeCodes, type SocketExtra, type WebSocketFace } from '../../platform/server/websocket.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';
import type { OperationGate } from '../protection/operation-limits.ts';
import { toPublicError } from '../protection/public-errors.ts';
import type { GraphLease, LiveGraph } from '../supergraph/live-graph.ts';
import { identify, tokenFrom } from './admission.ts';
import { internalError } from './apollo-engine.ts';
import type { GatewayContext } from './gateway-context.ts';

export interface SocketEdgeOptions {
  readonly live: LiveGraph;
  readonly gate: OperationGate;
  readonly verifier: TokenVerifier | null;
  readonly metrics: GatewayMetrics;
  readonly introspection: boolean;
  readonly messageBytesMax: number;
  /** Runs queries and mutations, so that its plugins see them whatever way they came. */
  readonly apollo: ApolloServer<GatewayContext>;
  readonly ids: Ids;
  readonly log: Logger;
}

/** Operations that one socket may run at a time. */
const operationsPerSocketMax = 100;

interface Connection extends SocketExtra {
  identity: Identity | null;
  token: string | null;
  /** Aborted when the socket is gone. */
  readonly gone: AbortController;
}

/** One operation, from the message that starts it to its end. */
interface Operation {
  readonly lease: GraphLease;
  readonly document: DocumentNode;
  readonly payload: SubscribePayload;
  readonly context: GatewayContext;
}

export function serveSockets(server: Server, path: string, options: SocketEdgeOptions): WebSocketFace {
  const { live, gate, verifier, metrics, apollo, ids, log } = options;
  const rules: readonly ValidationRule[] = options.introspection
    ? specifiedRules
    : [...specifiedRules, NoSchemaIntrospectionCustomRule];

  async function connect(connection: Connection, authorization: unknown): Promise<boolean> {
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

  /** @returns errors when the operation is refused before it runs. */
  function begin(connection: Connection, openOperations: number, payload: SubscribePayload): ExecutionArgs | GraphQLError[] {
    if (openOperations > operationsPerSocketMax) {
      const refusal = gatewayErrors.TOO_MANY_OPERATIONS({ operationsMax: operationsPerSocketMax });
      return [new GraphQLError(refusal.message, { extensions: { ...domainExtensions(refusal) } })];
    }
    const document = admit(payload.query);
    if (Array.isArray(document)) return document;
    const lease = live.lease();
    const { schema } = lease.graph.engine;
    const errors = validate(schema, document, rules);
    if (errors.length > 0) {
      lease.release();
      return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
    }
    const requestId = ids.next();
    const { identity, token, request, gone } = connection;
    const context: GatewayContext = {
      identity,
      token,
      requestId,
      signal: gone.signal,
      client: { address: request.socket.remoteAddress ?? null, userAgent: request.headers['user-agent']?.slice(0, 512) ?? null },
      log,
    };
    const operation: Operation = { lease, document, payload, context };
    return { schema: schema as GraphQLSchema, document, operationName: payload.operationName, contextValue: operation };
  }

  function admit(query: string): DocumentNode | GraphQLError[] {
    try {
      return gate.admit(query);
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }

  async function execute({ lease, payload, context }: Operation): Promise<ExecutionResult> {
    const { query, operationName, variables, extensions } = payload;
    try {
      const { body } = await apollo.executeOperation(
        {
          query,
          operationName: operationName ?? undefined,
          variables: variables ?? undefined,
          extensions: extensions ?? undefined,
        },
        { contextValue: context },
      );
      return body.kind === 'single' ? (body.singleResult as ExecutionResult) : { errors: [internalError(body.kind, context)] };
    } finally {
      lease.release();
    }
  }

  function subscribe(operation: Operation): AsyncGenerator<ExecutionResult, void, void> {
    return abortableStream((signal) => follow(operation, signal), operation.context.signal);
  }

  async function* follow({ lease, document, payload, context }: Operation, signal: AbortSignal) {
    const closed = metrics.subscriptionOpened();
    try {
      const results = await lease.graph.engine.subscribe({
        document,
        operationName: payload.operationName ?? null,
        variables: payload.variables ?? {},
        documentKey: payload.query,
        call: { ...context, signal },
      });
      if (Symbol.asyncIterator in results) yield* results;
      else yield results;
    } catch (error) {
      if (!signal.aborted) yield { errors: [internalError(error, context)] };
    } finally {
      closed();
      lease.release();
    }
  }

  const face = attachWebSocket<Connection>(server, {
    path,
    messageBytesMax: options.messageBytesMax,
    log,
    extra: (base) => ({ ...base, identity: null, token: null, gone: new AbortController() }),
    protocol: {
      onConnect: ({ extra, connectionParams }) =>
        connect(extra, connectionParams?.authorization ?? connectionParams?.Authorization),
      onSubscribe: ({ extra, subscriptions }, _id, payload) => begin(extra, Object.keys(subscriptions).length, payload),
      execute: ((args: ExecutionArgs) => execute(args.contextValue as Operation)) as never,
      subscribe: ((args: ExecutionArgs) => subscribe(args.contextValue as Operation)) as never,
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

/** Errors come as instances from the engine and already formatted from Apollo Server. */
function publicForm(error: GraphQLError | ReturnType<GraphQLError['toJSON']>) {
  return toPublicError(error instanceof GraphQLError ? error.toJSON() : error);
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes } = error;
  return new GraphQLError(message, { nodes, extensions: { ...error.extensions, code, retryable: false } });
}
