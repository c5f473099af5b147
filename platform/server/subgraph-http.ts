// Serves a running subgraph to the gateway: Apollo Server over HTTP, subscriptions over WebSocket on the same path, JWKS where there are keys.
import type { IncomingHttpHeaders } from 'node:http';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { Config } from '../config/config.ts';
import { isDomainError } from '../errors.ts';
import type { GraphContext } from '../graph/context.ts';
import { downloadsPath } from '../graph/download.ts';
import { formatError } from '../graph/error-format.ts';
import { bearerToken, createGraphContext, personFrom } from '../graph/request-context.ts';
import { serveDownloads } from './downloads.ts';
import { createHttpServer } from './http-server.ts';
import { serveKeySet } from './key-set.ts';
import { codeOf, outcomeOf } from './metrics.ts';
import type { RunningSubgraph } from './subgraph-service.ts';
import { serveSubscriptions } from './subgraph-socket.ts';

export const graphqlPath = '/graphql';

export interface SubgraphServer {
  readonly url: string;
  /** Stops accepting, lets requests finish, ends subscriptions, then stops the subgraph itself. */
  stop(): Promise<void>;
}

export interface ServeSubgraphOptions {
  readonly config: Pick<Config, 'limits' | 'metrics' | 'shutdownGraceMs'>;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** Listens; the subgraph must have been started. Stopping the server stops the subgraph. */
export async function serveSubgraph(
  subgraph: RunningSubgraph,
  { config, host, port }: ServeSubgraphOptions,
): Promise<SubgraphServer> {
  const { log, ids, metrics, checks } = subgraph;
  const http = createHttpServer({
    log,
    ids,
    metrics: config.metrics ? metrics : null,
    checks,
    bodyBytesMax: config.limits.bodyBytesMax,
  });
  const apollo = createApolloServer(subgraph);
  await apollo.start();
  const answer = fastifyApolloHandler<GraphContext>(apollo, { context: (request, reply) => contextOf(request, reply, subgraph) });
  http.app.route({ method: ['GET', 'POST'], url: graphqlPath, handler: answer as never });

  serveDownloads(http.app, {
    path: `${downloadsPath}/:file`,
    clientOf: () => subgraph.client,
    tokenOf: bearerOf,
    verifier: subgraph.verifier,
    limits: { stallMsMax: gatewayStallMsMax },
  });
  if (subgraph.keys !== undefined) serveKeySet(http.app, subgraph.keys);
  const sockets = serveSubscriptions(http.app.server, subgraph, {
    path: graphqlPath,
    messageBytesMax: config.limits.bodyBytesMax,
  });
  const url = await http.listen({ host, port });

  return {
    url,
    async stop() {
      await Promise.all([http.stop(config.shutdownGraceMs), sockets.stop(config.shutdownGraceMs)]);
      await apollo.stop();
      await subgraph.stop();
    },
  };
}

/** What reads here is a gateway, which gives up readers of its own; one that is slow empties what lies between only now and then. */
const gatewayStallMsMax = 15 * 60_000;

function bearerOf({ authorization }: IncomingHttpHeaders): string | null {
  return bearerToken(authorization);
}

function createApolloServer(subgraph: RunningSubgraph): ApolloServer<GraphContext> {
  return new ApolloServer<GraphContext>({
    schema: subgraph.schema,
    formatError: (_, error) => formatError(error, requestOf(error, subgraph)),
    plugins: [ApolloServerPluginLandingPageDisabled(), observe(subgraph)],
    // Only the gateway talks to a subgraph, and composition reads its schema.
    introspection: true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: apolloLogger(subgraph),
  });
}

/** Apollo formats errors without saying whose they are; this remembers it from where errors arise. */
const requests = new WeakMap<object, Pick<GraphContext, 'log' | 'requestId'>>();

function requestOf(error: unknown, { log }: RunningSubgraph): Pick<GraphContext, 'log' | 'requestId'> {
  for (
    let current = error;
    typeof current === 'object' && current !== null;
    current = (current as { originalError?: unknown }).originalError
  ) {
    const request = requests.get(current);
    if (request !== undefined) return request;
  }
  return { log, requestId: 'unknown' };
}

async function contextOf(request: FastifyRequest, reply: FastifyReply, subgraph: RunningSubgraph): Promise<GraphContext> {
  const { headers } = request;
  const gone = new AbortController();
  const deadline = abortAfter(gone, headers[deadlineHeader]);
  reply.raw.once('close', () => {
    clearTimeout(deadline);
    if (!reply.raw.writableFinished) gone.abort();
  });
  try {
    return await createGraphContext(
      {
        token: bearerToken(headers.authorization),
        requestId: request.id,
        signal: gone.signal,
        client: personFrom(headers),
      },
      subgraph,
    );
  } catch (error) {
    const status = isDomainError(error) ? (error.retryable ? 503 : 401) : 500;
    const wrapped = new GraphQLError('The request was refused.', {
      originalError: error instanceof Error ? error : new Error(String(error)),
      extensions: { http: { status } },
    });
    requests.set(wrapped, { log: subgraph.log, requestId: request.id });
    throw wrapped;
  }
}

/** The gateway says how many milliseconds it will still wait; work that takes longer is for nobody. */
const deadlineHeader = 'x-request-deadline';

function abortAfter(gone: AbortController, remainingMs: unknown): NodeJS.Timeout | undefined {
  if (typeof remainingMs !== 'string' || !/^\d{1,8}$/.test(remainingMs)) return undefined;
  return setTimeout(() => gone.abort(new Error('The deadline of the request has passed.')), Number(remainingMs));
}

/** Counts, times and traces operations, and remembers whose errors are whose. */
function observe({ name, metrics, tracing }: RunningSubgraph): ApolloServerPlugin<GraphContext> {
  return {
    async requestDidStart({ request }) {
      const startedMs = performance.now();
      const headers = tracing === null ? {} : Object.fromEntries(request.http?.headers ?? []);
      const span = tracing?.start(`subgraph ${name}`, 'server', headers, { 'clawpurse.service': name });
      return {
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) requests.set(error, contextValue);
        },
        async willSendResponse({ operation, response }) {
          const errors = response.body.kind === 'single' ? response.body.singleResult.errors : undefined;
          metrics.operationFinished(
            name,
            operation?.operation ?? 'unknown',
            outcomeOf(errors),
            (performance.now() - startedMs) / 1000,
          );
          if (span === undefined) return;
          if (operation) span.set({ 'graphql.operation.type': operation.operation });
          if (errors !== undefined && errors.length > 0) span.fail(codeOf(errors));
          span.end();
        },
      };
    },
  };
}

/** Apollo's own messages, without its habit of writing to the console. */
function apolloLogger({ log }: RunningSubgraph) {
  const write = (level: 'debug' | 'warn' | 'error') => (message?: unknown) => log[level](String(message));
  return { debug: write('debug'), info: write('debug'), warn: write('warn'), error: write('error') };
}
