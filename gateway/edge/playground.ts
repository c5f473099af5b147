// Serves the bundled Playground at `/`, or a page that says how to build it. Nothing is fetched from elsewhere.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
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

/** What the page needs beyond an API: its own scripts and styles, editor workers, and connections back here. */
export const playgroundContentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "frame-ancestors 'none'",
].join('; ');

export async function servePlayground(
  app: FastifyInstance,
  { folder, graphqlPath, demoUsers }: PlaygroundOptions,
): Promise<void> {
  app.get('/playground.json', async () => ({ graphqlPath, demoUsers }));
  if (existsSync(join(folder, 'index.html'))) {
    await app.register(fastifyStatic, { root: folder, prefix: '/', maxAge: '1h' });
    return;
  }
  app.get('/', async (_, reply) => reply.type('text/html; charset=utf-8').send(unbuiltPage(graphqlPath)));
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
