// The HTTP route of files that a subgraph streams; the same on a subgraph's own server and on the gateway.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isDomainError } from '../errors.ts';
import type { DownloadAnswer } from '../graph/download.ts';
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
}

/** Files that are being read at once. Each costs a buffer and a query now and then; more readers are asked to come back. */
const openMax = 64;

export function serveDownloads(app: FastifyInstance, route: DownloadRoute): void {
  let openCount = 0;

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { subgraph, file } = request.params as { subgraph?: string; file: string };
    const download = route.clientOf(subgraph)?.download;
    const extra = route.headersFor?.(request.raw) ?? [];
    for (let at = 0; at < extra.length; at += 2) reply.header(extra[at] as string, extra[at + 1]);
    if (download === undefined) return refuse(reply, 404, 'NOT_FOUND', 'There is no such file.');
    if (openCount >= openMax)
      return refuse(reply, 503, 'SERVICE_UNAVAILABLE', 'Too many files are being read; try again shortly.');
    openCount += 1;
    let found: DownloadAnswer;
    try {
      found = await download({
        file,
        query: request.url.split('?')[1] ?? '',
        token: route.tokenOf(request.headers),
        requestId: request.id,
        client: clientOf(request),
      });
    } catch (error) {
      openCount -= 1;
      if (!isDomainError(error)) throw error;
      return reply.code(503).send({ errors: [{ message: error.message, extensions: domainExtensions(error) }] });
    }
    found.body.once('close', () => {
      openCount -= 1;
    });
    // A reader that goes away destroys the stream, and with it what feeds it.
    return reply.code(found.status).headers(found.headers).send(found.body);
  }

  function clientOf(request: FastifyRequest) {
    if (route.addressOf === undefined) return personFrom(request.headers);
    return { address: route.addressOf(request.raw), userAgent: request.headers['user-agent'] ?? null };
  }

  app.route({ method: 'GET', url: route.path, exposeHeadRoute: false, handler: answer });
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send({ errors: [{ message, extensions: { code, retryable: status === 503 } }] });
}
