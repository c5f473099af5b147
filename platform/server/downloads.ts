// The HTTP route of files that a subgraph streams; the same on a subgraph's own server and on the gateway.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isDomainError } from '../errors.ts';
import { type DownloadAnswer, openDownloadsMax } from '../graph/download.ts';
import { domainExtensions } from '../graph/error-format.ts';
import { personFrom } from '../graph/request-context.ts';
import type { SubgraphClient } from '../graph/subgraph.ts';

export interface DownloadRoute {
  /** With the parameter `:file`, and `:subgraph` where there are several. */
  readonly path: string;
  readonly clientOf: (subgraph: string | undefined) => SubgraphClient | undefined;
  readonly tokenOf: (headers: IncomingHttpHeaders) => string | null;
  /** The person's address; on a subgraph's own server the gateway has sent it along. */
  readonly addressOf?: (request: IncomingMessage) => string | null;
  readonly headersFor?: (request: IncomingMessage) => readonly string[];
  readonly limits?: DownloadLimits;
}

export interface DownloadLimits {
  readonly openMax: number;
  /** For one token: nobody takes all places. */
  readonly openPerTokenMax: number;
  /** How long a reader may take nothing before its place is given away. */
  readonly stallMsMax: number;
}

const defaults: DownloadLimits = { openMax: openDownloadsMax, openPerTokenMax: 4, stallMsMax: 60_000 };

export function serveDownloads(app: FastifyInstance, route: DownloadRoute): void {
  const { stallMsMax, ...limits } = route.limits ?? defaults;
  const places = createPlaces(limits);

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { subgraph, file } = request.params as { subgraph?: string; file: string };
    const client = route.clientOf(subgraph);
    const extra = route.headersFor?.(request.raw) ?? [];
    for (let at = 0; at < extra.length; at += 2) reply.header(extra[at] as string, extra[at + 1]);
    if (client?.download === undefined) return refuse(reply, 404, { code: 'NOT_FOUND', message: 'There is no such file.' });
    const token = route.tokenOf(request.headers);
    const leave = places.take(token);
    if (leave === null) return refuse(reply, 503, tooMany);
    let found: DownloadAnswer;
    try {
      const query = new URL(request.url, 'http://any').search.slice(1);
      found = await client.download({ file, query, token, requestId: request.id, client: personOf(request) });
    } catch (error) {
      leave();
      if (!isDomainError(error)) throw error;
      return reply.code(503).send({ errors: [{ message: error.message, extensions: domainExtensions(error) }] });
    }
    found.body.once('close', leave);
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

/** Counts open files, in all and by token. `take` gives what frees the place again, or null when there is none. */
function createPlaces({ openMax, openPerTokenMax }: Omit<DownloadLimits, 'stallMsMax'>) {
  const openByToken = new Map<string | null, number>();
  let openCount = 0;
  return {
    take(token: string | null): (() => void) | null {
      const own = openByToken.get(token) ?? 0;
      if (openCount >= openMax || own >= openPerTokenMax) return null;
      openCount += 1;
      openByToken.set(token, own + 1);
      return () => {
        openCount -= 1;
        const left = (openByToken.get(token) ?? 1) - 1;
        if (left === 0) openByToken.delete(token);
        else openByToken.set(token, left);
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

const tooMany = { code: 'SERVICE_UNAVAILABLE', message: 'Too many files are being read; try again shortly.' };

function refuse(reply: FastifyReply, status: 404 | 503, { code, message }: { code: string; message: string }): FastifyReply {
  if (status === 503) reply.header('retry-after', '5');
  return reply.code(status).send({ errors: [{ message, extensions: { code, retryable: status === 503 } }] });
}
