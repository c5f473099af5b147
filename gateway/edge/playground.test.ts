import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { servePlayground } from './playground.ts';

describe('serving the Playground', () => {
  let folder: string;
  let app: FastifyInstance;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clawpurse-playground-'));
    app = fastify();
    await servePlayground(app, { folder, graphqlPath: '/graphql', demoUsers: [] });
  });
  afterEach(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  const get = (url: string) => app.inject({ method: 'GET', url });

  async function build(): Promise<void> {
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<title>built</title>');
    await writeFile(join(folder, 'assets', 'app-Ab12.js'), 'export {};');
    await writeFile(join(folder, '.stamp'), 'secret');
  }

  it('says how to build it, and shows it as soon as it is built', async () => {
    expect((await get('/')).body).toContain('npm run playground:build');
    await build();
    expect((await get('/')).body).toBe('<title>built</title>');
  });

  it('lets browsers keep what has a hash in its name, and makes them ask for the page', async () => {
    await build();
    expect((await get('/assets/app-Ab12.js')).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await get('/')).headers['cache-control']).toBe('no-cache');
    expect((await get('/playground.json')).headers['cache-control']).toBe('no-store');
  });

  it('answers an unchanged page with 304', async () => {
    await build();
    const { etag } = (await get('/')).headers;
    const again = await app.inject({ method: 'GET', url: '/', headers: { 'if-none-match': etag } });
    expect(again.statusCode).toBe(304);
  });

  it('gives nothing but the build: no hidden files, nothing outside of the folder', async () => {
    await build();
    for (const url of ['/.stamp', '/../package.json', '/%2e%2e/package.json', '/assets/nothing.js'])
      expect((await get(url)).statusCode, url).toBeGreaterThanOrEqual(400);
  });
});
