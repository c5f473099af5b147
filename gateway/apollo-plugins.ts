// Lets plugins of Apollo Server run in this gateway: drives their life-cycle hooks from the gateway's own.
import { createHash } from 'node:crypto';
import {
  type ApolloServerPlugin,
  type GraphQLRequestContext,
  type GraphQLRequestExecutionListener,
  type GraphQLRequestListener,
  type GraphQLServerListener,
  HeaderMap,
} from '@apollo/server';
import { type FormattedExecutionResult, GraphQLError } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { GatewayContext } from './edge/gateway-context.ts';
import type { Answer, GatewayRequest } from './edge/pipeline.ts';
import { answerFrom } from './execution/answer.ts';
import type { GatewayPlugin, PluginHost } from './plugins.ts';
import { type CachePolicy, createCachePolicy, hintFromHeaders } from './traffic/cache/cache-policy.ts';

type Plugin = ApolloServerPlugin<GatewayContext>;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type RequestContext = Mutable<GraphQLRequestContext<GatewayContext>>;
/** Each hook wants the context of its phase; it is always this one, filled as far as the phase is. */
type Listener = {
  readonly [Hook in keyof GraphQLRequestListener<GatewayContext>]?: (context: unknown) => Promise<unknown>;
};

/** One request as Apollo's plugins see it. */
interface Apollo {
  readonly context: RequestContext;
  readonly listeners: readonly Listener[];
  readonly cachePolicy: CachePolicy;
  /** What is called when the phase that runs now ends. */
  parsing: readonly ((error?: Error) => Promise<void>)[];
  executions: readonly GraphQLRequestExecutionListener<GatewayContext>[];
  hasOperation: boolean;
}

/**
 * Apollo Server plugins as one plugin of the gateway. They see queries, mutations and refusals; of a subscription its beginning. Fields are
 * not resolved here, so `willResolveField` is never called, as with any gateway. Parsing and validation are one step here: both of their
 * hooks are called in their order, around and after it.
 *
 * @example
 * createGateway({ …, plugins: [apolloServerPlugins([ApolloServerPluginCacheControl()])] })
 */
export function apolloServerPlugins(plugins: readonly Plugin[]): GatewayPlugin {
  const requests = new WeakMap<GatewayRequest, Apollo>();
  const cache = createKeyValueCache();
  let servers: readonly GraphQLServerListener[] = [];
  let host: PluginHost | null = null;

  async function begin(request: GatewayRequest): Promise<Apollo> {
    const cachePolicy = createCachePolicy();
    const context = requestContextOf(request, host as PluginHost, cache, cachePolicy);
    const listeners: Listener[] = [];
    for (const plugin of plugins) {
      const listener = await plugin.requestDidStart?.(context);
      if (listener) listeners.push(listener as unknown as Listener);
    }
    const apollo: Apollo = { context, listeners, cachePolicy, parsing: [], executions: [], hasOperation: false };
    requests.set(request, apollo);
    return apollo;
  }

  const call = (apollo: Apollo, hook: keyof Listener) =>
    Promise.all(apollo.listeners.map((listener) => listener[hook]?.(apollo.context)));

  async function resolveSource(apollo: Apollo, source: string): Promise<void> {
    apollo.context.source = source;
    apollo.context.queryHash = createHash('sha256').update(source).digest('hex');
    await call(apollo, 'didResolveSource');
    apollo.parsing = endings(await call(apollo, 'parsingDidStart'));
  }

  async function validated(apollo: Apollo, errors: readonly Error[]): Promise<void> {
    await Promise.all(apollo.parsing.map((end) => end()));
    apollo.parsing = [];
    const ends = endings(await call(apollo, 'validationDidStart'));
    await Promise.all(
      ends.map((end) => (end as (errors?: readonly Error[]) => Promise<void>)(errors.length > 0 ? errors : undefined)),
    );
  }

  return {
    name: 'plugins of Apollo Server',
    async start(started) {
      host = started;
      const service = { logger: loggerOf(started.log), cache, schema: started.schema, apollo: {}, startedInBackground: false };
      const listeners = await Promise.all(plugins.map((plugin) => plugin.serverWillStart?.(service)));
      servers = listeners.filter((listener) => listener !== undefined && listener !== null) as GraphQLServerListener[];
      announce(servers, started);
    },
    reloaded(replaced) {
      host = replaced;
      announce(servers, replaced);
    },
    async drain() {
      await Promise.all(servers.map((server) => server.drainServer?.()));
    },
    async stop() {
      await Promise.all(servers.map((server) => server.serverWillStop?.()));
    },
    async onRequest(request) {
      const apollo = await begin(request);
      if (request.parameters.query !== null) await resolveSource(apollo, request.parameters.query);
      return undefined;
    },
    async onOperation(request) {
      const apollo = requests.get(request) ?? (await begin(request));
      const { context } = apollo;
      if (context.source === undefined) await resolveSource(apollo, request.parameters.query ?? '');
      context.document = request.document?.document as NonNullable<typeof context.document>;
      await validated(apollo, []);
      apollo.hasOperation = true;
      if (request.operation !== null) context.operation = request.operation;
      context.operationName = request.operation?.name?.value ?? null;
      await call(apollo, 'didResolveOperation');
      for (const listener of apollo.listeners) {
        const response = (await listener.responseForOperation?.(context)) as
          | GraphQLRequestContext<GatewayContext>['response']
          | null;
        if (response?.body?.kind !== 'single') continue;
        for (const [name, value] of response.http.headers) context.response.http.headers.set(name, value);
        return { ...answerFrom(response.body.singleResult), head: {} };
      }
      apollo.executions = (await call(apollo, 'executionDidStart')).filter(Boolean) as typeof apollo.executions;
      return undefined;
    },
    onFetch(request) {
      const policy = requests.get(request)?.cachePolicy;
      return policy && { ended: (result) => policy.restrict(hintFromHeaders(result?.headers ?? {})) };
    },
    async onResponse(request, answer) {
      const apollo = requests.get(request);
      if (apollo === undefined) return undefined;
      const { context } = apollo;
      await Promise.all(apollo.executions.map(({ executionDidEnd }) => executionDidEnd?.()));
      const result = { ...answer.result() } as FormattedExecutionResult;
      const errors = (result.errors ?? []).map(
        ({ message, path, extensions }) => new GraphQLError(message, { path, extensions: { ...extensions } }),
      );
      if (!apollo.hasOperation) await endEarly(apollo, errors);
      if (errors.length > 0) {
        context.errors = errors;
        await call(apollo, 'didEncounterErrors');
      }
      return finish(apollo, answer, result);
    },
  };

  async function endEarly(apollo: Apollo, errors: readonly GraphQLError[]): Promise<void> {
    const [first] = errors;
    if (first?.extensions.code !== 'GRAPHQL_PARSE_FAILED') return validated(apollo, errors);
    await Promise.all(apollo.parsing.map((end) => end(first)));
    apollo.parsing = [];
  }

  async function finish(apollo: Apollo, answer: Answer, result: FormattedExecutionResult): Promise<Answer> {
    const { response } = apollo.context;
    const { http } = response;
    for (const [name, value] of Object.entries(answer.head?.headers ?? {})) http.headers.set(name, [value].flat().join(', '));
    if (answer.head?.status !== undefined) http.status = answer.head.status;
    const body = { kind: 'single' as const, singleResult: result };
    response.body = body;
    await call(apollo, 'willSendResponse');
    // What the plugins never saw as several lines stays several lines.
    const headers = { ...Object.fromEntries(http.headers), ...listsOf(answer) };
    return { ...answerFrom(body.singleResult), head: { ...(http.status === undefined ? {} : { status: http.status }), headers } };
  }
}

function listsOf({ head }: Answer): Record<string, readonly string[]> {
  const lists = Object.entries(head?.headers ?? {}).filter((entry): entry is [string, readonly string[]] =>
    Array.isArray(entry[1]),
  );
  return Object.fromEntries(lists);
}

function requestContextOf(
  request: GatewayRequest,
  host: PluginHost,
  cache: KeyValueCache,
  cachePolicy: CachePolicy,
): RequestContext {
  const { parameters, headers } = request;
  const http = { headers: new HeaderMap(), status: undefined };
  const received = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) received.set(name, [value].flat().join(', '));
  return {
    logger: loggerOf(request.context.log),
    cache,
    request: {
      ...(parameters.query === null ? {} : { query: parameters.query }),
      ...(parameters.operationName === null ? {} : { operationName: parameters.operationName }),
      variables: { ...parameters.variables },
      extensions: { ...parameters.extensions },
      http: { method: request.isQueryOnly ? 'GET' : 'POST', headers: received, search: '', body: undefined },
    },
    response: { http, body: undefined as never },
    schema: host.schema,
    get contextValue() {
      return request.context;
    },
    metrics: {},
    overallCachePolicy: cachePolicy as GraphQLRequestContext<GatewayContext>['overallCachePolicy'],
    requestIsBatched: false,
  };
}

function announce(servers: readonly GraphQLServerListener[], { schema, supergraph }: PluginHost): void {
  for (const server of servers) server.schemaDidLoadOrUpdate?.({ apiSchema: schema, coreSupergraphSdl: supergraph });
}

/** The functions that a phase's hooks gave back. */
function endings(results: readonly unknown[]): ((error?: Error) => Promise<void>)[] {
  return results.filter((result) => typeof result === 'function') as ((error?: Error) => Promise<void>)[];
}

function loggerOf(log: PluginHost['log']) {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) => log[level](String(message));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

type KeyValueCache = GraphQLRequestContext<GatewayContext>['cache'];

const cacheBytesMax = 16 * 1024 * 1024;

function createKeyValueCache(): KeyValueCache {
  const entries = new LRUCache<string, string>({
    maxSize: cacheBytesMax,
    sizeCalculation: (value, key) => value.length + key.length + 1,
  });
  return {
    get: async (key) => entries.get(key),
    async set(key, value, options) {
      entries.set(key, value, options?.ttl ? { ttl: options.ttl * 1000 } : {});
    },
    delete: async (key) => entries.delete(key),
  };
}
