// A subgraph that is reached over HTTP: keep-alive pools, several replicas in turn, and answers that are looked at before they are believed.
import type { ExecutionResult } from 'graphql';
import type { Logger } from 'pino';
import { Pool } from 'undici';
import type { SubgraphClient, SubgraphRequest, SubgraphResult } from '../platform/graph/subgraph.ts';
import { gatewayErrors } from './gateway.errors.ts';
import { parseResult } from './graphql-result.ts';
import { downloadFrom, downloadPool } from './http-download.ts';
import { exchange, type Received, UnusableAnswer } from './http-exchange.ts';
import { createReplicas } from './replicas.ts';
import type { ClientFactory } from './subgraph-clients.ts';
import { createSubgraphStreams } from './subgraph-streams/subgraph-streams.ts';

export interface HttpSubgraphOptions {
  readonly name: string;
  /** One per replica; used in turn. */
  readonly urls: readonly string[];
  readonly log: Logger;
  readonly responseBytesMax?: number;
  /** Connections per replica. */
  readonly connectionsMax?: number;
  /** Subscribed to over server-sent events; without it a WebSocket is tried first. */
  readonly isOverEventStream?: boolean;
}

const responseBytesMaxDefault = 64 * 1024 * 1024;
const connectionsMaxDefault = 128;
const connectTimeoutMs = 3000;
/** Below the 5 s after which Node servers drop idle connections, so that a request never meets a closing one. */
const keepAliveMs = 4000;
const ping = { query: '{ __typename }', token: null, requestId: 'readiness' } as const;

/** The deadline of a request is its signal; this client has none of its own but for connecting. */
export function createHttpSubgraph(options: HttpSubgraphOptions): SubgraphClient {
  const { name, log, responseBytesMax: responseBytesMaxOwn = responseBytesMaxDefault } = options;
  const replicas = createReplicas(
    options.urls.map((url) => ({
      url: new URL(url),
      pool: new Pool(new URL(url).origin, {
        connections: options.connectionsMax ?? connectionsMaxDefault,
        keepAliveTimeout: keepAliveMs,
        connect: { timeout: connectTimeoutMs },
        // The caller's signal is the deadline.
        headersTimeout: 0,
        bodyTimeout: 0,
      }),
      downloads: downloadPool(new URL(url), { connectTimeoutMs, keepAliveMs }),
    })),
  );
  const streams = createSubgraphStreams({
    name,
    urls: options.urls,
    log,
    headersOf: requestHeaders,
    isOverEventStream: options.isOverEventStream ?? false,
  });

  async function execute(request: SubgraphRequest): Promise<SubgraphResult> {
    const { query, variables, operationName } = request;
    const body = request.body ?? JSON.stringify({ query, variables, operationName });
    const responseBytesMax = request.responseBytesMax ?? responseBytesMaxOwn;
    const headers = requestHeaders(request);
    const ending = endingOf(request);
    let failure: unknown;
    for (const replica of replicas.inTurn()) {
      try {
        const { pool, url } = replica.target;
        const path = url.pathname + url.search;
        const received = await exchange(pool, { path, headers, body, responseBytesMax, request: ending });
        const result = readResult(received);
        replica.succeeded();
        if (request.wantsHeaders !== true && request.wantsText !== true) return result;
        return { ...result, text: received.text, headers: received.headers };
      } catch (error) {
        if (request.signal?.aborted) throw request.signal.reason;
        if (ending.reason !== null) throw ending.reason;
        failure = error;
        if (error instanceof UnusableAnswer && !error.isOutage) break;
        replica.failed();
        log.warn(
          { error, subgraph: name, url: replica.target.url.href, requestId: request.requestId },
          'A subgraph call failed.',
        );
        // What was never sent may go to another replica, a mutation too. What was sent is repeated, if at all, by the traffic policy.
        if (!wasNeverSent(error)) break;
      }
    }
    if (failure instanceof UnusableAnswer && !failure.isOutage) {
      log.error(
        { error: failure, subgraph: name, requestId: request.requestId },
        'A subgraph gave an answer that cannot be used.',
      );
      throw gatewayErrors.SUBGRAPH_INVALID_RESPONSE({}, failure);
    }
    throw gatewayErrors.SUBGRAPH_UNAVAILABLE({}, failure);
  }

  return {
    name,
    execute,
    subscribe: (request) => streams.subscribe(request),
    async download(request) {
      let failure: unknown;
      for (const replica of replicas.inTurn()) {
        try {
          const answer = await downloadFrom(replica.target, request, requestHeaders({ ...request, query: '' }));
          replica.succeeded();
          return answer;
        } catch (error) {
          failure = error;
          // Whoever asked has gone: that is nobody's failure.
          if (request.signal?.aborted) break;
          replica.failed();
          log.warn({ error, subgraph: name, url: replica.target.url.href, requestId: request.requestId }, 'A download failed.');
        }
      }
      throw gatewayErrors.SUBGRAPH_UNAVAILABLE({}, failure);
    },
    async ping() {
      const result = await execute({ ...ping, signal: AbortSignal.timeout(connectTimeoutMs) });
      if (result.data === undefined || result.data === null) throw gatewayErrors.SUBGRAPH_UNAVAILABLE({});
    },
    async close() {
      await Promise.all([
        streams.close(),
        ...replicas.all.flatMap(({ pool, downloads }) => [pool.destroy(), downloads.destroy()]),
      ]);
    },
  };
}

/** Clients over HTTP for every subgraph. `urlsOf` gives the replicas of those that are not where the supergraph says. */
export function httpClients(
  log: Logger,
  urlsOf: (name: string) => readonly string[] = () => [],
  overEventStream: readonly string[] = [],
): ClientFactory {
  return (name, url) => {
    const replicas = urlsOf(name);
    const urls = replicas.length > 0 ? replicas : [url];
    if (!urls.every((each) => URL.canParse(each)))
      throw new Error(`The subgraph ${name} has no usable URL in the supergraph: "${url}".`);
    return createHttpSubgraph({ name, urls, log, isOverEventStream: overEventStream.includes(name) });
  };
}

/** Failures before the first byte left. */
function wasNeverSent(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(
    String(code),
  );
}

/** What ends a request early, whichever replica it is at. */
interface Ending extends Pick<SubgraphRequest, 'signal' | 'onCancel'> {
  reason: Error | null;
}

function endingOf({ signal, onCancel }: SubgraphRequest): Ending {
  if (onCancel === undefined) return { signal, reason: null };
  let endCurrent: (reason: Error) => void = () => {};
  const ending: Ending = {
    reason: null,
    onCancel: (end) => {
      endCurrent = end;
    },
  };
  onCancel((reason) => {
    ending.reason = reason;
    endCurrent(reason);
  });
  return ending;
}

function requestHeaders({ token, requestId, client, headers: given }: SubgraphRequest): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/graphql-response+json, application/json;q=0.9',
    'x-request-id': requestId,
  };
  if (token !== null) headers.authorization = `Bearer ${token}`;
  if (client?.address) headers['x-client-address'] = client.address;
  if (client?.userAgent) headers['x-client-user-agent'] = client.userAgent;
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === null) delete headers[name];
    else headers[name] = value;
  }
  return headers;
}

function readResult({ statusCode, text }: Received): ExecutionResult {
  const result = parseResult(text);
  if (result === null) throw new UnusableAnswer(`status ${statusCode} with a body that is no GraphQL result`, statusCode >= 500);
  return result;
}
