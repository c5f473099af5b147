// Lets Apollo Server run operations on our engine: the GatewayInterface that @apollo/gateway would implement.
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { type ExecutionResult, GraphQLError, type GraphQLSchema } from 'graphql';
import type { EngineAnswer } from '../execution/engine.ts';
import type { LiveGraph, ServedGraph } from '../supergraph/live-graph.ts';
import type { GatewayContext } from './gateway-context.ts';

export function createApolloEngine(live: LiveGraph): GatewayInterface {
  /** Apollo validates a request against one schema; it has to run on the same graph, whatever has been loaded since. */
  const graphs = new WeakMap<GraphQLSchema, ServedGraph>();

  return {
    onSchemaLoadOrUpdate(callback) {
      const announce = (graph: ServedGraph) => {
        graphs.set(graph.engine.schema, graph);
        callback({ apiSchema: graph.engine.schema, coreSupergraphSdl: graph.supergraph.sdl });
      };
      announce(live.current);
      return live.onChange(announce);
    },
    async load() {
      return {
        async executor({ schema, document, request, queryHash, context, operation }) {
          if (operation?.operation === 'subscription') throw new Error('Subscriptions do not come this way.');
          const lease = live.lease(graphs.get(schema) ?? live.current);
          try {
            const call = context as GatewayContext;
            const answer = await lease.graph.engine.execute({
              document,
              operationName: request.operationName ?? null,
              variables: request.variables ?? {},
              documentKey: queryHash,
              call,
            });
            return asResult(answer);
          } catch (error) {
            throw internalError(error, context as GatewayContext);
          } finally {
            lease.release();
          }
        },
      };
    },
    async stop() {},
  };
}

/** What Apollo Server works with; refusals are bad requests. */
export function asResult(answer: EngineAnswer): ExecutionResult {
  const { errors, ...rest } = answer.result();
  if (errors === undefined) return rest;
  const http = answer.hasData ? {} : { http: { status: 400 } };
  return {
    ...rest,
    errors: errors.map(
      ({ message, path, extensions }) => new GraphQLError(message, { path, extensions: { ...extensions, ...http } }),
    ),
  };
}

/** A defect of ours: logged with all there is, answered with the request id alone. */
export function internalError(error: unknown, { log, requestId }: Pick<GatewayContext, 'log' | 'requestId'>): GraphQLError {
  log.error({ error, requestId }, 'An operation failed unexpectedly.');
  return new GraphQLError(`Something went wrong on our side. Tell support the request id ${requestId}.`, {
    extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false, requestId },
  });
}
