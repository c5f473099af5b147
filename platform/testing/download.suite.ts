// What every way of having a subgraph's file has in common: run it with a client in process and with one over HTTP.
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { platformErrors } from '../errors.ts';
import type { GraphContext } from '../graph/context.ts';
import type { Download, DownloadRequest, OpenDownload } from '../graph/download.ts';
import { requireIdentity } from '../identity/identity.ts';
import { createSampleModule } from './sample-domain.ts';
import { startTestSubgraph } from './subgraph.ts';
import type { OpenClient } from './subgraph-client.suite.ts';

const piece = 'x'.repeat(64 * 1024);
/** Far above what a socket's two ends keep; a source that nothing holds back passes it at once. */
const readAheadBytesMax = 64 * 1024 * 1024;

function aSource() {
  let ended = () => {};
  let asked = () => {};
  let gone = () => {};
  const source = {
    madeBytes: 0,
    whenAsked: new Promise<void>((resolve) => {
      asked = resolve;
    }),
    whenGone: new Promise<void>((resolve) => {
      gone = resolve;
    }),
    /** Opens when whoever asked has gone. */
    async slow(_: URLSearchParams, { signal }: GraphContext): Promise<Download> {
      asked();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      gone();
      return { contentType: 'text/plain', fileName: 'late.txt', chunks: source.endless() };
    },
    whenEnded: new Promise<void>((resolve) => {
      ended = resolve;
    }),
    /** Never ends by itself, and waits for nobody but its reader. */
    async *endless(): AsyncGenerator<string> {
      try {
        while (source.madeBytes <= readAheadBytesMax) {
          source.madeBytes += piece.length;
          yield piece;
        }
      } finally {
        ended();
      }
    },
  };
  return source;
}

async function* brokenOff(): AsyncGenerator<string> {
  yield piece;
  throw new Error('the secret inner reason');
}

function downloadsOf(source: ReturnType<typeof aSource>): Readonly<Record<string, OpenDownload>> {
  const file =
    (chunks: () => AsyncIterable<string>): OpenDownload =>
    async () => ({ contentType: 'text/plain; charset=utf-8', fileName: 'a "file".txt', chunks: chunks() });
  return {
    mine: async (query, { identity, requestId, client }): Promise<Download> => {
      const { userId } = requireIdentity(identity);
      async function* chunks() {
        yield `${userId} ${query.get('what')} `;
        yield `${requestId} ${client.address} é`;
      }
      return { contentType: 'text/plain; charset=utf-8', fileName: 'mine.txt', chunks: chunks() };
    },
    endless: file(source.endless),
    slow: source.slow,
    broken: file(brokenOff),
    refused: async () => {
      throw platformErrors.BAD_USER_INPUT({ field: 'what', problem: 'is not valid' });
    },
    failing: async () => {
      throw new Error('the secret inner reason');
    },
  };
}

export function describeDownloads(name: string, openClient: OpenClient): void {
  async function start() {
    const source = aSource();
    const sample = createSampleModule();
    const domain = await startTestSubgraph({
      ...sample,
      create: async (deps) => ({ ...(await sample.create(deps)), downloads: downloadsOf(source) }),
    });
    const { client, stop } = await openClient(domain);
    onTestFinished(async () => {
      await client.close();
      await stop();
    });
    async function download(file: string, rest: Partial<DownloadRequest> = {}) {
      const answer = await client.download?.({ file, query: '', token: null, requestId: 'request-1', ...rest });
      if (answer === undefined) throw new Error('The client has no downloads.');
      return answer;
    }
    return { domain, source, download, token: await domain.tokenFor({ userId: 'alice' }) };
  }

  describe(name, () => {
    it('gives the file to the caller of the token', async () => {
      const { download, token } = await start();
      const person = { address: '203.0.113.7', userAgent: 'Lynx' };
      const { status, headers, body } = await download('mine', { token, query: 'what=a%20b', client: person });
      expect(await text(body)).toBe('alice a b request-1 203.0.113.7 é');
      expect([status, headers]).toEqual([
        200,
        {
          'content-type': 'text/plain; charset=utf-8',
          'content-disposition': 'attachment; filename="mine.txt"',
          'cache-control': 'private, no-store',
        },
      ]);
    });

    it.each([
      ['no token', 'mine', null, 401, 'UNAUTHENTICATED'],
      ['a token that is none', 'mine', 'nonsense', 401, 'UNAUTHENTICATED'],
      ['a file that there is not', 'toString', null, 404, 'NOT_FOUND'],
      ['what the domain refuses', 'refused', null, 400, 'BAD_USER_INPUT'],
      ['what breaks inside', 'failing', null, 500, 'INTERNAL_SERVER_ERROR'],
    ])('answers %s with an error code', async (_, file, token, status, code) => {
      const { download } = await start();
      const answer = await download(file, { token });
      const body = await text(answer.body);
      expect([answer.status, JSON.parse(body).errors[0].extensions.code]).toEqual([status, code]);
      expect(body).not.toMatch(/inner reason|stack/);
    });

    it('makes no more of it than its reader takes, and stops when the reader goes', async () => {
      const { download, source } = await start();
      const { body, headers } = await download('endless');
      expect(headers['content-disposition']).toBe('attachment; filename="a__file_.txt"');
      await untilStill(() => source.madeBytes);
      expect(source.madeBytes).toBeLessThan(readAheadBytesMax);
      for (let readBytes = 0; readBytes < 1_000_000; ) readBytes += await readSome(body);
      body.on('error', () => {});
      body.destroy();
      await source.whenEnded;
      expect(source.madeBytes).toBeLessThan(readAheadBytesMax);
    });

    it('breaks a file off when its token is over', async () => {
      const { domain, download, source, token } = await start();
      const { status, body } = await download('endless', { token });
      expect(status).toBe(200);
      await untilStill(() => source.madeBytes);
      domain.clock.advance(24 * 3_600_000);
      await expect(text(body)).rejects.toThrow();
      await source.whenEnded;
      expect(source.madeBytes).toBeLessThan(readAheadBytesMax);
    });

    it('lets go of who leaves before the file begins', async () => {
      const { download, source } = await start();
      const leaving = new AbortController();
      const asked = download('slow', { signal: leaving.signal }).catch(() => null);
      await source.whenAsked;
      leaving.abort();
      await source.whenGone;
      (await asked)?.body.destroy();
    });

    it('breaks a file off that cannot be finished, so that nobody takes it for whole', async () => {
      const { download } = await start();
      const { body } = await download('broken');
      await expect(text(body)).rejects.toThrow();
    });
  });
}

async function readSome(body: NodeJS.ReadableStream & { read(): Buffer | null }): Promise<number> {
  for (;;) {
    const chunk = body.read();
    if (chunk !== null) return chunk.length;
    await once(body, 'readable');
  }
}

/** Until a number has stayed the same for some turns of the event loop. */
async function untilStill(read: () => number): Promise<void> {
  let before = -1;
  for (let stillTurns = 0; stillTurns < 100; ) {
    const now = read();
    stillTurns = now === before ? stillTurns + 1 : 0;
    before = now;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
