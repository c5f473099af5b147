// GraphQL over HTTP: Apollo Server does the protocol and runs its plugins, our engine does the work.
import { setMaxListeners } from 'node:events';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { domainExtensions } from '../../platform/graph/error-format.ts';
import type { TokenVerifier } from '../../platform/identity/token-verifier.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';
import type { OperationGate } from '../protection/operation-limits.ts';
import { toPublicError } from '../protection/public-errors.ts';
import type { LiveGraph } from '../supergraph/live-graph.ts';
import { identify, refusedToken, tokenFrom } from './admission.ts';
import { createApolloEngine } from './apollo-engine.ts';
import type { GatewayContext } from './gateway-context.ts';

export interface HttpEdgeOptions {
  readonly live: LiveGraph;
  readonly gate: OperationGate;
  readonly verifier: TokenVerifier | null;
  readonly metrics: GatewayMetrics;
  readonly introspection: boolean;
  readonly tokensMax: number;
  readonly plugins: readonly ApolloServerPlugin<GatewayContext>[];
  readonly log: Logger;
}

/** Registers the route and gives the server, which also runs queries and mutations that come over sockets. */
export async function serveHttp(
  app: FastifyInstance,
  path: string,
  options: HttpEdgeOptions,
): Promise<ApolloServer<GatewayContext>> {
  const apollo = new ApolloServer<GatewayContext>({
    gateway: createApolloEngine(options.live),
    introspection: options.introspection,
    parseOptions: { maxTokens: options.tokensMax },
    formatError: toPublicError,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    stringifyResult: (result) => JSON.stringify(result),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      refuseSubscriptions,
      observeOperations(options.metrics),
      ...options.plugins,
    ],
    logger: apolloLogger(options.log),
  });
  await apollo.start();
  const answer = fastifyApolloHandler<GatewayContext>(apollo as never, {
    context: (request, reply) => admit(request, reply, options),
  });
  app.route({
    method: ['GET', 'POST'],
    url: path,
    async handler(request, reply) {
      // Held from before the schema is chosen until the answer is written, so that no graph goes while it is in use.
      const lease = options.live.lease();
      reply.raw.once('close', lease.release);
      return (answer as unknown as (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>).call(app, request, reply);
    },
  });
  return apollo;
}

async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  { gate, verifier, log }: HttpEdgeOptions,
): Promise<GatewayContext> {
  const query = queryOf(request);
  if (query !== null) {
    try {
      gate.admit(query);
    } catch (error) {
      throw error instanceof GraphQLError ? withStatus(error, 400) : error;
    }
  }
  const gone = new AbortController();
  // Every fetch of the request listens to it.
  setMaxListeners(0, gone.signal);
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('The client has gone.'));
  });
  const token = tokenFrom(verifier, request.headers.authorization);
  const identity = await identify(verifier, token).catch((error) => {
    throw refusedToken(error);
  });
  const userAgent = request.headers['user-agent'];
  return {
    identity,
    token,
    requestId: request.id,
    signal: gone.signal,
    client: { address: request.ip, userAgent: userAgent === undefined ? null : userAgent.slice(0, 512) },
    log,
  };
}

function queryOf({ body, query }: FastifyRequest): string | null {
  for (const holder of [body, query]) {
    if (typeof holder === 'object' && holder !== null && 'query' in holder && typeof holder.query === 'string')
      return holder.query;
  }
  return null;
}

function withStatus(error: GraphQLError, status: number): GraphQLError {
  const { message, nodes, source, positions, originalError, extensions } = error;
  return new GraphQLError(message, { nodes, source, positions, originalError, extensions: { ...extensions, http: { status } } });
}

const refuseSubscriptions: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation?.operation !== 'subscription') return;
        const refusal = gatewayErrors.SUBSCRIPTION_NEEDS_WEBSOCKET({});
        throw new GraphQLError(refusal.message, { extensions: { ...domainExtensions(refusal), http: { status: 400 } } });
      },
    };
  },
};

function observeOperations(metrics: GatewayMetrics): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart() {
      const startedAt = performance.now();
      return {
        async willSendResponse({ operation, response }) {
          const errors = response.body.kind === 'single' ? response.body.singleResult.errors : undefined;
          metrics.operationFinished(operation?.operation ?? 'unknown', errors, (performance.now() - startedAt) / 1000);
        },
      };
    },
  };
}

function apolloLogger(log: Logger) {
  const write = (level: 'debug' | 'warn' | 'error') => (message?: unknown) => log[level](String(message));
  return { debug: write('debug'), info: write('debug'), warn: write('warn'), error: write('error') };
}
