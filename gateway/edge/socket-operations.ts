// Runs the operations that come over a socket: admits them, gives queries and mutations to Apollo Server, subscriptions to the engine.
import { createHash } from 'node:crypto';
import type { ApolloServer } from '@apollo/server';
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { abortableStream } from '../../platform/graph/abortable-stream.ts';
import { domainExtensions } from '../../platform/graph/error-format.ts';
import { isAnswer } from '../execution/engine.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';
import type { OperationGate } from '../protection/operation-limits.ts';
import type { GraphLease, LiveGraph } from '../supergraph/live-graph.ts';
import { asResult, internalError } from './apollo-engine.ts';
import type { GatewayContext } from './gateway-context.ts';

export interface SocketOperationsOptions {
  readonly live: LiveGraph;
  readonly gate: OperationGate;
  readonly metrics: GatewayMetrics;
  readonly introspection: boolean;
  /** Runs queries and mutations, so that its plugins see them whatever way they came. */
  readonly apollo: ApolloServer<GatewayContext>;
}

/** One operation, from the message that starts it to its end. */
interface SocketOperation {
  readonly lease: GraphLease;
  readonly document: DocumentNode;
  readonly payload: SubscribePayload;
  readonly context: GatewayContext;
}

export interface SocketOperations {
  /** @returns errors when the operation is refused before it runs. */
  begin(payload: SubscribePayload, openOperations: number, context: GatewayContext): ExecutionArgs | GraphQLError[];
  execute(args: ExecutionArgs): Promise<ExecutionResult>;
  subscribe(args: ExecutionArgs): AsyncGenerator<ExecutionResult, void, void>;
}

/** Operations that one socket may run at a time. */
const operationsPerSocketMax = 100;

export function createSocketOperations(options: SocketOperationsOptions): SocketOperations {
  const { live, gate, metrics, apollo } = options;
  const rules = options.introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];

  function begin(payload: SubscribePayload, openOperations: number, context: GatewayContext): ExecutionArgs | GraphQLError[] {
    if (openOperations > operationsPerSocketMax) {
      const refusal = gatewayErrors.TOO_MANY_OPERATIONS({ operationsMax: operationsPerSocketMax });
      return [new GraphQLError(refusal.message, { extensions: { ...domainExtensions(refusal) } })];
    }
    const document = admit(gate, payload.query);
    if (Array.isArray(document)) return document;
    const lease = live.lease();
    const { schema } = lease.graph.engine;
    const errors = validate(schema, document, rules);
    if (errors.length > 0) {
      lease.release();
      return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
    }
    const operation: SocketOperation = { lease, document, payload, context };
    return { schema, document, operationName: payload.operationName, contextValue: operation };
  }

  async function execute({ contextValue }: ExecutionArgs): Promise<ExecutionResult> {
    const { lease, payload, context } = contextValue as SocketOperation;
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

  async function* follow({ lease, document, payload, context }: SocketOperation, signal: AbortSignal) {
    const closed = metrics.subscriptionOpened();
    try {
      const results = await lease.graph.engine.subscribe({
        document,
        operationName: payload.operationName ?? null,
        variables: payload.variables ?? {},
        // As Apollo Server does for the others; the text itself may be a megabyte of comment.
        documentKey: createHash('sha256').update(payload.query).digest('hex'),
        call: { ...context, signal },
      });
      if (isAnswer(results)) yield asResult(results);
      else for await (const answer of results) yield asResult(answer);
    } catch (error) {
      if (!signal.aborted) yield { errors: [internalError(error, context)] };
    } finally {
      closed();
      lease.release();
    }
  }

  return {
    begin,
    execute,
    subscribe({ contextValue }) {
      const operation = contextValue as SocketOperation;
      return abortableStream((signal) => follow(operation, signal), operation.context.signal);
    },
  };
}

function admit(gate: OperationGate, query: string): DocumentNode | GraphQLError[] {
  try {
    return gate.admit(query);
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes } = error;
  return new GraphQLError(message, { nodes, extensions: { ...error.extensions, code, retryable: false } });
}
