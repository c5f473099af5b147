// Serves the bundled Playground at `/`, or a page that says how to build it. Nothing is fetched from elsewhere.
import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

export interface PlaygroundOptions {
  /** The build's output. */
  readonly folder: string;
  readonly graphqlPath: string;
  /** Accounts that the page offers to sign in with; empty outside demonstrations. */
  readonly demoUsers: readonly PlaygroundUser[];
}

export interface PlaygroundUser {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly role: string;
}

/** What the page needs beyond an API: its own scripts, workers and fonts, the styles that its editor writes, and connections back here. */
export const playgroundContentSecurityPolicy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Assets have a hash of their content in their names. The page that names them is asked for anew, so that a rebuilt one is seen at once. */
const assetCacheControl = 'public, max-age=31536000, immutable';
const pageCacheControl = 'no-cache';

export async function servePlayground(
  app: FastifyInstance,
  { folder, graphqlPath, demoUsers }: PlaygroundOptions,
): Promise<void> {
  app.get('/playground.json', async (_, reply) => reply.header('cache-control', 'no-store').send({ graphqlPath, demoUsers }));
  await app.register(fastifyStatic, {
    root: folder,
    index: false,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (response, path) =>
      response.setHeader('cache-control', path.includes(`${sep}assets${sep}`) ? assetCacheControl : pageCacheControl),
  });
  // Looked for at every request: the Playground may be built, or built again, while the gateway runs.
  app.get('/', async (_, reply) => {
    if (existsSync(join(folder, 'index.html'))) return reply.sendFile('index.html');
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(unbuiltPage(graphqlPath));
  });
}

function unbuiltPage(graphqlPath: string): string {
  return `<!doctype html>
<html lang="en">
<title>ClawPurse Gateway</title>
<h1>ClawPurse Gateway</h1>
<p>The graph is served at <code>${graphqlPath}</code>, over HTTP and over WebSocket.</p>
<p>The Playground is not built yet: run <code>npm run playground:build</code> and load this page again.</p>
</html>
`;
}
