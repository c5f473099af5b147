// The route of files: how many are read at once, and what becomes of readers that take nothing.
import { Readable } from 'node:stream';
import { fastify } from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { platformErrors } from '../errors.ts';
import type { DownloadAnswer, DownloadRequest } from '../graph/download.ts';
import { bearerToken } from '../graph/request-context.ts';
import type { SubgraphClient } from '../graph/subgraph.ts';
import { identityErrors } from '../identity/identity.errors.ts';
import type { Identity } from '../identity/identity.ts';
import { untilPasses } from '../testing/until-passes.ts';
import { type DownloadLimits, serveDownloads } from './downloads.ts';

const limits: DownloadLimits = { openMax: 3, openPerReaderMax: 2, stallMsMax: 60_000 };

/** Tokens are `<user>-<anything>`. */
const verifier = {
  async verify(token: string): Promise<Identity> {
    if (token === 'over') throw identityErrors.TOKEN_EXPIRED({ reason: 'expired' });
    return { issuer: 'us', userId: token.split('-')[0] } as Identity;
  },
};

async function serve(change: Partial<DownloadLimits> = {}) {
  const bodies: Readable[] = [];
  const asked: string[] = [];
  /** Set to keep files from beginning until it is resolved. */
  const begin = { when: Promise.resolve(), goneCount: 0 };
  async function download({ file, query, signal }: DownloadRequest): Promise<DownloadAnswer> {
    asked.push(query);
    signal?.addEventListener('abort', () => {
      begin.goneCount += 1;
    });
    await begin.when;
    if (file === 'away') throw platformErrors.SERVICE_UNAVAILABLE({ service: 'wallet' });
    // Gives a little at once and then as much as anybody takes; never ends.
    const body = new Readable({ read: () => body.push('x'.repeat(65_536)) });
    bodies.push(body);
    return { status: 200, headers: { 'content-type': 'text/plain' }, body };
  }
  const app = fastify();
  const client = { download } as unknown as SubgraphClient;
  serveDownloads(app, {
    path: '/downloads/:subgraph/:file',
    clientOf: (subgraph) => (subgraph === 'wallet' ? client : undefined),
    tokenOf: ({ authorization }) => bearerToken(authorization),
    verifier,
    addressOf: () => null,
    headersFor: () => ['access-control-allow-origin', 'https://shop.example'],
    limits: { ...limits, ...change },
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    app.server.closeAllConnections();
    await app.close();
  });
  const get = (file: string, token: string, init: RequestInit = {}) =>
    fetch(`${url}/downloads/${file}`, { ...init, headers: { authorization: `Bearer ${token}` } });
  return { get, bodies, asked, begin };
}

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code ?? '';
}

describe('the route of files', () => {
  it('passes the query on as it is, and lets pages of other origins read where they may', async () => {
    const { get, asked } = await serve();
    const response = await get('wallet/any?a=1%202&b=?', 'alice');
    expect(response.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(asked).toEqual(['a=1%202&b=?']);
    await response.body?.cancel();
  });

  it.each([
    ['a subgraph that there is not', 'nobody/any', 404, 'NOT_FOUND'],
    ['a subgraph that is away', 'wallet/away', 503, 'SERVICE_UNAVAILABLE'],
  ])('answers %s with an error', async (_, file, status, code) => {
    const { get } = await serve();
    for (let count = 0; count < 5; count += 1) {
      const response = await get(file, 'alice');
      expect([response.status, await codeOf(response)]).toEqual([status, code]);
    }
  });

  it('lets nobody take all places, and gives a place again when its reader has gone', async () => {
    const { get } = await serve();
    const own = [await get('wallet/any', 'alice-1'), await get('wallet/any', 'alice-2')];
    const refused = await get('wallet/any', 'alice-3');
    expect([refused.status, refused.headers.get('retry-after'), await codeOf(refused)]).toEqual([
      503,
      '5',
      'SERVICE_UNAVAILABLE',
    ]);
    const others = await get('wallet/any', 'bob');
    expect(others.status).toBe(200);
    expect((await get('wallet/any', 'carol')).status).toBe(503);
    await own[0]?.body?.cancel();
    await untilPasses(async () => {
      const again = await get('wallet/any', 'alice');
      if (again.status !== 200) await again.text();
      expect(again.status).toBe(200);
      own.push(again);
    });
    for (const each of [...own.slice(1), others]) await each.body?.cancel();
  });

  it('answers a token that is over itself, and takes no place for it', async () => {
    const { get, asked } = await serve();
    for (let count = 0; count < 5; count += 1) {
      const response = await get('wallet/any', 'over');
      expect([response.status, response.headers.get('www-authenticate'), await codeOf(response)]).toEqual([
        401,
        'Bearer error="invalid_token"',
        'TOKEN_EXPIRED',
      ]);
    }
    expect(asked).toEqual([]);
  });

  it('loses no place to readers that leave before their file begins', async () => {
    const { get, bodies, begin } = await serve();
    let start = () => {};
    begin.when = new Promise((resolve) => {
      start = resolve;
    });
    const leaving = new AbortController();
    const left = [1, 2].map(() => get('wallet/any', 'alice', { signal: leaving.signal }).catch(() => 'left'));
    await untilPasses(async () => expect((await get('wallet/any', 'alice')).status).toBe(503));
    leaving.abort();
    expect(await Promise.all(left)).toEqual(['left', 'left']);
    await untilPasses(() => expect(begin.goneCount).toBe(2));
    start();
    await untilPasses(() => expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true, true]));
    const again = [await get('wallet/any', 'alice'), await get('wallet/any', 'alice')];
    expect(again.map(({ status }) => status)).toEqual([200, 200]);
    for (const each of again) await each.body?.cancel();
  });

  it('gives up a reader that takes nothing any more', async () => {
    const { get, bodies } = await serve({ stallMsMax: 100 });
    const response = await get('wallet/any', 'alice');
    // Nothing is read of it: the buffers fill, and then nothing moves.
    await untilPasses(() => expect(bodies[0]?.destroyed).toBe(true));
    await expect(response.text()).rejects.toThrow();
  });
});
