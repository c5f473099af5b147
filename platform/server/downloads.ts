// The HTTP route of files that a subgraph streams; the same on a subgraph's own server and on the gateway.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { finished, type Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isDomainError } from '../errors.ts';
import { type DownloadAnswer, openDownloadsMax } from '../graph/download.ts';
import { domainExtensions } from '../graph/error-format.ts';
import { personFrom } from '../graph/request-context.ts';
import type { SubgraphClient } from '../graph/subgraph.ts';
import type { TokenVerifier } from '../identity/token-verifier.ts';

export interface DownloadRoute {
  /** With the parameter `:file`, and `:subgraph` where there are several. */
  readonly path: string;
  readonly clientOf: (subgraph: string | undefined) => SubgraphClient | undefined;
  readonly tokenOf: (headers: IncomingHttpHeaders) => string | null;
  /** Tells whose places a token takes: a person may have many tokens. Null where tokens are only passed on. */
  readonly verifier: TokenVerifier | null;
  /** The person's address; on a subgraph's own server the gateway has sent it along. */
  readonly addressOf?: (request: IncomingMessage) => string | null;
  readonly headersFor?: (request: IncomingMessage) => readonly string[];
  readonly limits?: Partial<DownloadLimits>;
}

export interface DownloadLimits {
  readonly openMax: number;
  /** For one person: nobody takes all places. */
  readonly openPerReaderMax: number;
  /** How long a reader may take nothing before its place is given away. */
  readonly stallMsMax: number;
}

const defaults: DownloadLimits = { openMax: openDownloadsMax, openPerReaderMax: 4, stallMsMax: 60_000 };

export function serveDownloads(app: FastifyInstance, route: DownloadRoute): void {
  const { stallMsMax, ...limits } = { ...defaults, ...route.limits };
  const places = createPlaces(limits);

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { subgraph, file } = request.params as { subgraph?: string; file: string };
    const client = route.clientOf(subgraph);
    const extra = route.headersFor?.(request.raw) ?? [];
    for (let at = 0; at < extra.length; at += 2) reply.header(extra[at] as string, extra[at + 1]);
    if (client?.download === undefined) return refuse(reply, 404, { code: 'NOT_FOUND', message: 'There is no such file.' });
    const token = route.tokenOf(request.headers);
    const reader = await readerOf(route.verifier, token).catch((error: unknown) => error);
    if (typeof reader !== 'string') return refuseToken(reply, reader);
    const leave = places.take(reader);
    if (leave === null) return refuse(reply, 503, tooMany);
    const signal = whenGone(reply);
    let found: DownloadAnswer;
    try {
      const query = new URL(request.url, 'http://any').search.slice(1);
      found = await client.download({ file, query, token, requestId: request.id, client: personOf(request), signal });
    } catch (error) {
      leave();
      if (!isDomainError(error)) throw error;
      return reply.code(503).send({ errors: [{ message: error.message, extensions: domainExtensions(error) }] });
    }
    finished(found.body, leave);
    if (signal.aborted) {
      found.body.destroy();
      return reply.hijack();
    }
    endWhenStalled(reply, found.body, stallMsMax);
    // A reader that goes away destroys the stream, and with it what feeds it.
    return reply.code(found.status).headers(found.headers).send(found.body);
  }

  function personOf(request: FastifyRequest) {
    if (route.addressOf === undefined) return personFrom(request.headers);
    return { address: route.addressOf(request.raw), userAgent: request.headers['user-agent'] ?? null };
  }

  app.route({ method: 'GET', url: route.path, exposeHeadRoute: false, handler: answer });
}

/** @throws what the verifier throws */
async function readerOf(verifier: TokenVerifier | null, token: string | null): Promise<string> {
  if (token === null) return 'nobody';
  if (verifier === null) return `token ${token}`;
  const { issuer, userId } = await verifier.verify(token);
  return `user ${issuer} ${userId}`;
}

/** Aborted when the connection ends before the answer does. */
function whenGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  if (raw.destroyed) gone.abort();
  return gone.signal;
}

/** Counts open files, in all and by reader. `take` gives what frees the place again, or null when there is none. */
function createPlaces({ openMax, openPerReaderMax }: Omit<DownloadLimits, 'stallMsMax'>) {
  const openByReader = new Map<string, number>();
  let openCount = 0;
  return {
    take(reader: string): (() => void) | null {
      const own = openByReader.get(reader) ?? 0;
      if (openCount >= openMax || own >= openPerReaderMax) return null;
      openCount += 1;
      openByReader.set(reader, own + 1);
      return () => {
        openCount -= 1;
        const left = (openByReader.get(reader) ?? 1) - 1;
        if (left === 0) openByReader.delete(reader);
        else openByReader.set(reader, left);
      };
    },
  };
}

/** A reader that has vanished without a word is told from a slow one by taking nothing at all. */
function endWhenStalled({ raw }: FastifyReply, body: Readable, stallMsMax: number): void {
  raw.setTimeout(stallMsMax, () => {
    body.destroy();
    raw.destroy();
  });
}

function refuseToken(reply: FastifyReply, error: unknown): FastifyReply {
  if (!isDomainError(error)) throw error;
  if (!error.retryable) reply.header('www-authenticate', 'Bearer error="invalid_token"');
  const errors = [{ message: error.message, extensions: domainExtensions(error) }];
  return reply.code(error.retryable ? 503 : 401).send({ errors });
}

const tooMany = { code: 'SERVICE_UNAVAILABLE', message: 'Too many files are being read; try again shortly.' };

function refuse(reply: FastifyReply, status: 404 | 503, { code, message }: { code: string; message: string }): FastifyReply {
  if (status === 503) reply.header('retry-after', '5');
  return reply.code(status).send({ errors: [{ message, extensions: { code, retryable: status === 503 } }] });
}
