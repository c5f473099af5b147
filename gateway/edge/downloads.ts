// Files that subgraphs stream, through the door: GET /downloads/<subgraph>/<file> with the same token as GraphQL.
// The gateway tells readers apart by their tokens and passes them on: who may have the file is decided where its data lives.
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { DoorConfig } from '../../platform/config/door-settings.ts';
import { downloadsPath } from '../../platform/graph/download.ts';
import type { TokenVerifier } from '../../platform/identity/token-verifier.ts';
import { serveDownloads } from '../../platform/server/downloads.ts';
import type { LiveGraph } from '../supergraph/live-graph.ts';
import type { TokenReader } from './admission.ts';
import { createCrossOrigin } from './cors.ts';

export interface GatewayDownloads {
  readonly live: LiveGraph;
  readonly readToken: TokenReader;
  readonly verifier: TokenVerifier | null;
  readonly door: DoorConfig;
  readonly addressOf: (request: IncomingMessage) => string | null;
}

export function serveGatewayDownloads(
  app: FastifyInstance,
  { live, readToken, verifier, door, addressOf }: GatewayDownloads,
): void {
  const crossOrigin = createCrossOrigin(door);
  const path = `${downloadsPath}/:subgraph/:file`;
  serveDownloads(app, {
    path,
    clientOf: (subgraph) => live.current.clients.find(({ name }) => name === subgraph),
    tokenOf: (headers) => readToken(headers),
    verifier,
    addressOf,
    headersFor: ({ headers }) => crossOrigin.headersFor(headers.origin),
  });
  app.options(path, async (request, reply) => {
    const headers = crossOrigin.preflightHeaders(request.headers);
    for (let at = 0; at < headers.length; at += 2) reply.header(headers[at] as string, headers[at + 1]);
    return reply.code(204).send();
  });
}
