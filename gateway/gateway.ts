// The gateway as a whole: a supergraph that follows its source, our engine over it, and the public door in front.
// Runs any Federation 2 supergraph; knows nothing of ClawPurse's domains.
import type { IncomingMessage } from 'node:http';
import { all as addressesOf, compile as compileTrust } from '@fastify/proxy-addr';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type Ids, uuidIds } from '../platform/clock.ts';
import type { Config } from '../platform/config/config.ts';
import type { EventTransport } from '../platform/events/transport.ts';
import type { KeySource, TokenVerifier } from '../platform/identity/token-verifier.ts';
import type { HealthCheck } from '../platform/server/health.ts';
import { createHttpServer } from '../platform/server/http-server.ts';
import { serveKeySet } from '../platform/server/key-set.ts';
import { createMetrics, type Metrics } from '../platform/server/metrics.ts';
import type { Tracing } from '../platform/telemetry/tracing.ts';
import { createTokenReader } from './edge/admission.ts';
import { createDocuments } from './edge/documents.ts';
import { serveGatewayDownloads } from './edge/downloads.ts';
import { createEventStreams } from './edge/event-stream.ts';
import { createHttpEdge } from './edge/http.ts';
import { createLiveHub } from './edge/live-hub.ts';
import { createOperations } from './edge/operations.ts';
import { type PlaygroundUser, playgroundContentSecurityPolicy, servePlayground } from './edge/playground.ts';
import { createQuota } from './edge/quotas.ts';
import { createReadmission } from './edge/readmission.ts';
import { serveSockets } from './edge/sockets.ts';
import { createPlanEngine } from './execution/plan-engine.ts';
import { createGatewayMetrics } from './gateway-metrics.ts';
import { createObservation } from './observation/observe.ts';
import { createPlanCache } from './planning/plan-cache.ts';
import type { GatewayPlugin, PluginHost } from './plugins.ts';
import { createOperationGate } from './protection/operation-limits.ts';
import { createProtection } from './protection/protection.ts';
import type { PolicyEvaluator } from './protection/rights/policy.ts';
import { watchReadiness } from './readiness.ts';
import { type ClientFactory, createSubgraphClients } from './subgraph-clients.ts';
import { createLiveGraph, type LiveGraph, type ServedGraph } from './supergraph/live-graph.ts';
import type { SupergraphSource } from './supergraph/source.ts';
import type { LoadedSupergraph } from './supergraph/supergraph.ts';
import { startResponseCache } from './traffic/cache/start-cache.ts';
import { createDoor } from './traffic/door.ts';
import { createHeaderRules } from './traffic/header-rules.ts';
import { headerStage } from './traffic/header-stage.ts';
import { createTraffic } from './traffic/traffic.ts';

export const graphqlPath = '/graphql';
const socketInitTimeoutMsDefault = 10_000;

export interface GatewayOptions {
  readonly config: Pick<Config, 'limits' | 'metrics' | 'redisUrl' | 'shutdownGraceMs'> & {
    readonly gateway: Pick<
      Config['gateway'],
      | 'introspection'
      | 'playground'
      | 'trustedProxies'
      | 'traffic'
      | 'headerRules'
      | 'inFlightMax'
      | 'overridePercents'
      | 'planAccess'
      | 'responseCache'
      | 'door'
      | 'protection'
      | 'sharing'
    >;
  };
  readonly source: SupergraphSource;
  readonly clients: ClientFactory;
  /** Null over a foreign supergraph: tokens are then passed on unread. */
  readonly verifier: TokenVerifier | null;
  /** The keys behind the verifier, published for other services that are sent our tokens. */
  readonly keys?: KeySource;
  readonly log: Logger;
  readonly metrics?: Metrics;
  /** Null, or absent, when nobody collects traces. */
  readonly tracing?: Tracing | null;
  readonly ids?: Ids;
  /** The domains' events, which drop cached answers that they outdate. */
  readonly events?: Pick<EventTransport, 'listen'>;
  /** Health checks of what runs in the same process. */
  readonly checks?: readonly HealthCheck[];
  /** Folder of the Playground's build, and whom it offers to sign in. */
  readonly playground?: { readonly folder: string; readonly demoUsers: readonly PlaygroundUser[] };
  /** In the order in which their hooks run. Plugins of Apollo Server: `apolloServerPlugins([…])`. */
  readonly plugins?: readonly GatewayPlugin[];
  /** Decides which policies of `@policy` hold, instead of the claims that the configuration maps. */
  readonly evaluatePolicies?: PolicyEvaluator;
  /** Whether files that subgraphs stream are had through here; only our own subgraphs have them. */
  readonly downloads?: boolean;
  /** Time that a WebSocket client has to send `connection_init`; 10 s by default. */
  readonly socketInitTimeoutMs?: number;
}

export interface Gateway {
  readonly app: FastifyInstance;
  readonly live: LiveGraph;
  /** Starts listening; gives the URL. @throws PORT_IN_USE, PORT_FORBIDDEN, HOST_UNAVAILABLE */
  listen(options: { port: number; host: string }): Promise<string>;
  /** Refuses new work, lets requests finish within the grace, closes sockets (1001), then the connections to subgraphs. */
  stop(): Promise<void>;
}

/**
 * Prepares a gateway; it serves once it listens.
 *
 * @example
 * const gateway = await createGateway({ config, source: fileSource('schema/supergraph.graphql'), clients: httpClients(config, log), verifier, log });
 * const url = await gateway.listen({ port: 4000, host: '0.0.0.0' });
 * @throws {SupergraphError} when there is no usable supergraph to begin with.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, log, verifier, ids = uuidIds } = options;
  const { limits } = config;
  const processMetrics = options.metrics ?? createMetrics();
  const metrics = createGatewayMetrics(processMetrics);
  const traffic = createTraffic({
    clients: options.clients,
    policies: config.gateway.traffic,
    timeoutMs: limits.subgraphTimeoutMs,
    events: metrics.traffic,
  });
  metrics.watchTraffic(traffic.states);
  const clients = createSubgraphClients(traffic.clients, log);
  const plugins = options.plugins ?? [];
  const { planAccess, inFlightMax } = config.gateway;
  const observation = createObservation({ tracing: options.tracing ?? null, plugins, planAccess });
  const protection = await createProtection({
    config: config.gateway.protection,
    limits,
    redisUrl: config.redisUrl,
    metrics: metrics.protection,
    evaluatePolicies: options.evaluatePolicies,
    log,
  });

  function serve(supergraph: LoadedSupergraph): ServedGraph {
    const set = clients.acquire(supergraph.subgraphs);
    const engine = createPlanEngine({
      schema: supergraph.apiSchema,
      plans: createPlanCache({
        planner: supergraph.planner,
        observe: metrics.planObserved,
        overridePercents: config.gateway.overridePercents,
      }),
      sharing: config.gateway.sharing,
      operationTimeoutMs: limits.operationTimeoutMs,
      target: {
        types: supergraph.types,
        client: set.client,
        observeFetch(fetch) {
          metrics.fetchObserved(fetch);
          const { subgraph, failure, requestId } = fetch;
          if (failure !== null) log.warn({ error: failure, subgraph, requestId }, 'A fetch from a subgraph failed.');
        },
      },
    });
    return {
      supergraph,
      engine: protection.protect(observation.watch(engine), supergraph),
      clients: set.all,
      dispose: () => set.release(),
    };
  }

  const hostOf = ({ supergraph, engine }: ServedGraph): PluginHost => ({
    schema: engine.schema,
    supergraph: supergraph.sdl,
    log,
  });
  const live = await createLiveGraph({ source: options.source, serve, log, onReload: metrics.reloaded });
  for (const plugin of plugins) await plugin.start?.(hostOf(live.current));
  live.onChange((graph) => {
    for (const plugin of plugins) plugin.reloaded?.(hostOf(graph));
  });
  const checks = watchReadiness(live);
  const { door, introspection } = config.gateway;
  const trustProxy = compileTrust([...config.gateway.trustedProxies]);
  const addressOf = createAddressReader(config.gateway.trustedProxies);
  const documents = createDocuments({ gate: createOperationGate(limits), introspection });
  const readmit = createReadmission(documents, protection.checkRights);
  const hub = createLiveHub({ live, door, readmit, metrics, log });
  const entrance = createDoor(inFlightMax, metrics.turnedAway);
  metrics.watchInFlight(() => entrance.inFlight);
  const headerRules = createHeaderRules(config.gateway.headerRules);
  const { redisUrl } = config;
  const cache = await startResponseCache({
    config: config.gateway.responseCache,
    redisUrl,
    live,
    events: options.events,
    observe: metrics.cacheObserved,
    log,
  });
  if (cache !== null) metrics.watchCache(() => cache.bytes ?? 0);
  const operations = createOperations({
    live,
    documents,
    verifier,
    protection,
    metrics,
    subscribe: hub.subscribe,
    stages: {
      outermost: [...(inFlightMax === 0 ? [] : [entrance.stage]), ...observation.outermost],
      identified: [...(headerRules === null ? [] : [headerStage(headerRules)]), ...observation.identified],
      execution: [...observation.execution, ...(cache === null ? [] : [cache.stage])],
    },
  });
  const connections = createQuota({ max: door.connectionsMax, perClientMax: door.connectionsPerClientMax });
  const streams = createEventStreams(connections, door, door.heartbeatMs);
  const { headerName, headerPrefix } = config.gateway.protection.identity;
  const readToken = createTokenReader({ isVerified: verifier !== null, headerName, headerPrefix });
  const edge = createHttpEdge({ operations, streams, readToken, bodyBytesMax: limits.bodyBytesMax, door, addressOf, log });
  const http = createHttpServer({
    log,
    ids,
    metrics: config.metrics ? processMetrics : null,
    trustProxy,
    bodyBytesMax: limits.bodyBytesMax,
    checks: [...checks, ...(options.checks ?? [])],
    strictTransportSecurity: door.strictTransportSecurity,
    direct: { path: graphqlPath, handle: edge.handle },
    ...(config.gateway.playground ? { contentSecurityPolicy: playgroundContentSecurityPolicy } : {}),
  });
  if (options.keys !== undefined) serveKeySet(http.app, options.keys);
  if (options.downloads === true) serveGatewayDownloads(http.app, { live, readToken, verifier, door, addressOf });
  const sockets = serveSockets(http.app.server, graphqlPath, {
    operations,
    verifier,
    readToken,
    operationsMax: door.operationsPerSocketMax,
    initTimeoutMs: options.socketInitTimeoutMs ?? socketInitTimeoutMsDefault,
    messageBytesMax: limits.bodyBytesMax,
    heartbeatMs: door.heartbeatMs,
    limits: door,
    connections,
    connectionsMax: door.connectionsMax,
    addressOf,
    ids,
    log,
  });
  const forgetSockets = metrics.watchSockets(() => sockets.connectionCount);
  if (config.gateway.playground && options.playground !== undefined) {
    await servePlayground(http.app, { ...options.playground, graphqlPath });
  }

  return {
    app: http.app,
    live,
    listen: (address) => http.listen(address),
    async stop() {
      for (const plugin of plugins) await plugin.drain?.();
      streams.stop();
      await Promise.all([http.stop(config.shutdownGraceMs), sockets.stop(config.shutdownGraceMs)]);
      forgetSockets();
      hub.stop();
      await cache?.stop();
      await live.stop();
      for (const plugin of plugins.toReversed()) await plugin.stop?.();
      protection.stop();
    },
  };
}

/** The address of the person: the last one that no trusted proxy vouches for. */
function createAddressReader(trustedProxies: readonly string[]): (request: IncomingMessage) => string | null {
  if (trustedProxies.length === 0) return (request) => request.socket.remoteAddress ?? null;
  const isTrusted = compileTrust([...trustedProxies]);
  return (request) => addressesOf(request, isTrusted).at(-1) ?? null;
}
