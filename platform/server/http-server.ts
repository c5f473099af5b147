// The HTTP server that every process listens with: health, metrics, security headers, request ids, and an end without cut-off answers.
// What is served at /graphql is somebody else's.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Logger } from 'pino';
import type { Ids } from '../clock.ts';
import { isDomainError } from '../errors.ts';
import { domainExtensions } from '../graph/error-format.ts';
import { requestIdFrom } from '../graph/request-context.ts';
import { type HealthCheck, runHealthChecks } from './health.ts';
import type { Metrics } from './metrics.ts';
import { serverErrors } from './server.errors.ts';

export interface HttpServerOptions {
  readonly log: Logger;
  readonly ids: Ids;
  /** Null serves none. */
  readonly metrics: Metrics | null;
  readonly bodyBytesMax: number;
  readonly checks: readonly HealthCheck[];
  /** Whether a peer's X-Forwarded-For is believed; by default nobody's is. */
  readonly trustProxy?: (address: string, hop: number) => boolean;
  /** Value of the Content-Security-Policy header; the Playground needs a laxer one than an API. */
  readonly contentSecurityPolicy?: string;
  /** Value of the Strict-Transport-Security header; none without it. */
  readonly strictTransportSecurity?: string | null;
  /** A path whose requests are answered past the framework, for routes where its share of the time would show. */
  readonly direct?: DirectRoute;
}

export interface DirectRoute {
  readonly path: string;
  /** Must answer, and never reject. Headers that every answer has are set by whoever answers. */
  handle(request: IncomingMessage, response: ServerResponse, exchange: Exchange): void;
}

export interface Exchange {
  readonly requestId: string;
  /** Security headers and the request id, as a flat list of names and values; the connection's end when the server is stopping. */
  headers(): string[];
}

export interface HttpServer {
  readonly app: FastifyInstance;
  /** Starts listening; gives the URL. @throws PORT_IN_USE, PORT_FORBIDDEN, HOST_UNAVAILABLE */
  listen(options: { port: number; host: string }): Promise<string>;
  /** Stops accepting, lets open requests finish within the grace, then cuts what is left. */
  stop(graceMs: number): Promise<void>;
}

const apiContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
/** Slow senders lose their connection; nothing here is large. */
const requestTimeoutMs = 30_000;
/** Longer than the idle timeout of common load balancers, so that they close first. */
const keepAliveTimeoutMs = 75_000;
const idleSweepMs = 100;

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { log, ids, metrics, checks, direct } = options;
  const securityHeaders = securityHeadersOf(options);
  const flatSecurityHeaders = Object.entries(securityHeaders).flat();
  let isStopping = false;

  function answerDirectly(request: IncomingMessage, response: ServerResponse, route: DirectRoute): void {
    const requestId = requestIdFrom(request.headers['x-request-id'], ids);
    logDirectAnswer(log, request, response, requestId);
    route.handle(request, response, {
      requestId,
      headers: () => [...flatSecurityHeaders, 'x-request-id', requestId, ...(isStopping ? ['connection', 'close'] : [])],
    });
  }

  const app = fastify({
    ...(direct === undefined
      ? {}
      : {
          serverFactory: (handle: (request: IncomingMessage, response: ServerResponse) => void): Server =>
            createServer({ requestTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveTimeoutMs }, (request, response) => {
              if (isAt(request.url, direct.path)) answerDirectly(request, response, direct);
              else handle(request, response);
            }),
        }),
    logger: false,
    bodyLimit: options.bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    genReqId: (request) => requestIdFrom(request.headers['x-request-id'], ids),
    trustProxy: options.trustProxy ?? false,
    routerOptions: { ignoreTrailingSlash: true },
  });

  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, ...securityHeaders });
  });
  // Decided when the answer goes: requests that were there before the stop began must not keep their connections either.
  app.addHook('onSend', async (_, reply) => {
    if (isStopping) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => logRequest(log, request, reply));
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, log));
  app.setNotFoundHandler((request, reply) => {
    reply.code(404).send(errorBody('NOT_FOUND', `There is nothing at ${request.method} ${request.url.split('?')[0]}.`));
  });

  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_, reply) => {
    const report = await runHealthChecks(checks);
    const isReady = report.status === 'ok' && !isStopping;
    return reply.code(isReady ? 200 : 503).send(isStopping ? { ...report, status: 'stopping' } : report);
  });
  if (metrics !== null) {
    app.get('/metrics', async (_, reply) => {
      const text = await metrics.registry.metrics();
      return reply.header('content-type', metrics.registry.contentType).send(text);
    });
  }

  return {
    app,
    async listen({ port, host }) {
      try {
        await app.listen({ port, host });
      } catch (error) {
        throw explainListenFailure(error, { port, host });
      }
      return urlOf(app, host);
    },
    async stop(graceMs) {
      isStopping = true;
      const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
      // An answer written past fastify leaves its connection open to the next request, which nobody will take.
      const sweep = setInterval(() => app.server.closeIdleConnections(), idleSweepMs);
      try {
        await app.close();
      } finally {
        clearInterval(sweep);
        clearTimeout(cut);
      }
    },
  };
}

function securityHeadersOf({ contentSecurityPolicy, strictTransportSecurity }: HttpServerOptions): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'content-security-policy': contentSecurityPolicy ?? apiContentSecurityPolicy,
    'cross-origin-opener-policy': 'same-origin',
    ...(strictTransportSecurity ? { 'strict-transport-security': strictTransportSecurity } : {}),
  };
}

/** The path itself, with or without a slash or a query string behind it. */
function isAt(url: string | undefined, path: string): boolean {
  if (url === path) return true;
  if (url === undefined || !url.startsWith(path)) return false;
  const rest = url.charAt(path.length) === '/' ? url.slice(path.length + 1) : url.slice(path.length);
  return rest === '' || rest.startsWith('?');
}

/** An address that a person on this machine can open: wildcard hosts become localhost. */
function urlOf(app: FastifyInstance, host: string): string {
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const isWildcard = host === '0.0.0.0' || host === '::' || host === '';
  const name = isWildcard ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

function explainListenFailure(error: unknown, { port, host }: { port: number; host: string }): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return serverErrors.PORT_IN_USE({ host, port }, error);
  if (code === 'EACCES') return serverErrors.PORT_FORBIDDEN({ host, port }, error);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return serverErrors.HOST_UNAVAILABLE({ host }, error);
  return error;
}

function logRequest(log: Logger, request: FastifyRequest, reply: FastifyReply): void {
  const level = reply.statusCode >= 500 ? 'warn' : 'debug';
  log[level](
    {
      'http.request.id': request.id,
      'http.request.method': request.method,
      // Without the query string, which may carry variables.
      'url.path': request.url.split('?')[0],
      'http.response.status_code': reply.statusCode,
      'event.duration': Math.round(reply.elapsedTime * 1_000_000),
    },
    'Request answered.',
  );
}

function logDirectAnswer(log: Logger, request: IncomingMessage, response: ServerResponse, requestId: string): void {
  const startedMs = performance.now();
  response.once('close', () => {
    log[response.statusCode >= 500 ? 'warn' : 'debug'](
      {
        'http.request.id': requestId,
        'http.request.method': request.method,
        'url.path': request.url?.split('?')[0],
        'http.response.status_code': response.statusCode,
        'event.duration': Math.round((performance.now() - startedMs) * 1_000_000),
      },
      'Request answered.',
    );
  });
}

/** Codes of what is wrong with a request before GraphQL sees it, by HTTP status. */
export const errorNames: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

/** Everything that goes wrong before GraphQL: bodies that are too large or no JSON. The shape is that of a GraphQL error. */
function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger): void {
  if (isDomainError(error)) {
    reply.code(error.retryable ? 503 : 400).send({ errors: [{ message: error.message, extensions: domainExtensions(error) }] });
    return;
  }
  const status = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status >= 400 && status < 500) {
    const message = error instanceof Error ? error.message : 'The request is not valid.';
    reply.code(status).send(errorBody(errorNames[status] ?? 'BAD_REQUEST', message));
    return;
  }
  log.error({ error, requestId: request.id }, 'A request failed unexpectedly.');
  reply
    .code(500)
    .send(errorBody('INTERNAL_SERVER_ERROR', `Something went wrong on our side. Tell support the request id ${request.id}.`));
}

function errorBody(code: string, message: string): object {
  return { errors: [{ message, extensions: { code, retryable: false } }] };
}
