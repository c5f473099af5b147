// Whole answers that are kept: for whom, how long, until what happens. The same behaviour in memory and in Redis.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { LoggedEvent } from '../../../platform/events/logged-event.ts';
import { type DisposableRedis, startDisposableRedis } from '../../../platform/testing/disposable-redis.ts';
import { untilPasses } from '../../../platform/testing/until-passes.ts';
import { staticSource } from '../../supergraph/source.ts';
import { composeSample, inProcessClient } from '../../testing/sample-graph.ts';
import { createShelf } from '../../testing/shelf.sample.ts';
import { createTokens, startTestGateway } from '../../testing/test-gateway.ts';
import { hintFromHeaders } from './cache-policy.ts';

let redis: DisposableRedis | null = null;
beforeAll(async () => {
  redis = await startDisposableRedis();
});
afterAll(() => redis?.stop());

const tokens = createTokens();
/** Composed once; what subgraphs do is each test's own. */
const source = staticSource(composeSample(createShelf().graph));

async function start(store: 'memory' | 'redis', responseHeaders: Record<string, string | string[]> = {}) {
  const { graph, asked, titles } = createShelf();
  const { verifier, sign } = await tokens;
  let announce: (events: readonly LoggedEvent[]) => void = () => {};
  const gateway = await startTestGateway({
    graph,
    source,
    verifier,
    responseCache: { store },
    ...(store === 'redis' && redis !== null ? { redisUrl: redis.url } : {}),
    events: {
      listen(source, onEvents) {
        // The sample's books play the part of the wallet's domain.
        if (source === 'wallet') announce = onEvents;
        return { stop: async () => {} };
      },
    },
    clients(name) {
      const client = inProcessClient(graph.subgraphs.find((subgraph) => subgraph.name === name) as never);
      return { ...client, execute: async (request) => ({ ...(await client.execute(request)), headers: responseHeaders }) };
    },
  });
  onTestFinished(() => gateway.stop());
  let position = 0;
  return {
    gateway,
    asked,
    titles,
    as: async (subject: string) => ({ authorization: `Bearer ${await sign({ sub: subject, sid: subject })}` }),
    /** An event of the domain; `skip` loses some before it. */
    happened(subject: string, { data = {}, skip = 0 } = {}) {
      position += 1 + skip;
      announce([{ subject, data, position, source: 'wallet' } as never]);
    },
  };
}

const book = '{ book(id: "b1") { id title } }';

describe.each(['memory', 'redis'] as const)('the response cache in %s', (store) => {
  it('keeps public answers for all and says how old they are', async () => {
    const { gateway, asked, as } = await start(store);
    const first = await gateway.post({ query: book });
    const second = await gateway.post({ query: book }, await as('u2'));
    expect([first.body, second.body]).toEqual([{ data: { book: { id: 'b1', title: 'Dune' } } }, first.body]);
    expect(asked.books).toBe(1);
    expect(first.headers.get('cache-control')).toBe('max-age=60, public');
    expect([first.headers.get('age'), second.headers.get('age')]).toEqual(['0', '0']);
    const unchanged = await gateway.post({ query: book }, { 'if-none-match': first.headers.get('etag') ?? '' });
    expect([unchanged.status, unchanged.body]).toEqual([304, '']);
    expect(asked.books, 'fetch asks for a new one (no-cache) when it has one to compare with').toBe(2);
    await gateway.post({ query: '{ book(id: "b2") { id title } }' });
    expect(asked.books, 'another document').toBe(3);
  });

  it('keeps private answers for one caller, and none for callers without identity', async () => {
    const { gateway, asked, as } = await start(store);
    const query = '{ book(id: "b1") { title note } }';
    const [one, two] = [await as('u3'), await as('u4')];
    for (const headers of [one, one, two, two, {}, {}]) {
      const { body } = await gateway.post({ query }, headers as Record<string, string>);
      const token = (headers as { authorization?: string }).authorization?.replace('Bearer ', '') ?? 'null';
      expect(body.data.book.note).toBe(`b1 of ${token}`);
    }
    expect(asked.notes).toBe(4);
    const { headers } = await gateway.post({ query }, one);
    expect(headers.get('cache-control')).toBe('max-age=20, private');
  });

  it('never keeps what nobody called cacheable, what has errors, or what a mutation answers', async () => {
    const { gateway, asked } = await start(store);
    for (const query of ['{ unhinted }', '{ broken book(id: "b1") { title } }', '{ __typename }']) {
      const first = await gateway.post({ query });
      await gateway.post({ query });
      expect(first.headers.get('cache-control'), query).toBe('no-store');
    }
    expect(asked.books).toBeGreaterThanOrEqual(6);
    const renaming = { query: 'mutation { rename(id: "b2", title: "Emma II") { title } }' };
    await gateway.post(renaming);
    expect((await gateway.post(renaming)).headers.get('cache-control')).toBe('no-store');
  });

  it('drops what an event is about, lists of its domain, and everything after a gap', async () => {
    const { gateway, asked, titles, happened } = await start(store);
    const other = '{ book(id: "b2") { id title } }';
    const list = '{ books { id title } }';
    const warm = async () => {
      for (const query of [book, other, list]) await gateway.post({ query });
      asked.books = 0;
    };
    await warm();
    titles.b1 = 'Dune Messiah';
    happened('b1');
    await untilPasses(async () => expect((await gateway.post({ query: book })).body.data.book.title).toBe('Dune Messiah'));
    await untilPasses(async () => expect((await gateway.post({ query: list })).body.data.books[0].title).toBe('Dune Messiah'));
    asked.books = 0;
    await gateway.post({ query: other });
    expect(asked.books, 'the other book is kept').toBe(0);
    await warm();
    happened('unknown', { skip: 5 });
    await untilPasses(async () => {
      asked.books = 0;
      await gateway.post({ query: other });
      expect(asked.books).toBe(0);
      expect((await gateway.post({ query: other })).headers.get('age')).toBe('0');
    });
  });

  it('drops lists of what has no key when an audit record names their type, and at no other event', async () => {
    const { gateway, asked, happened } = await start(store);
    const query = '{ shops { name } }';
    await gateway.post({ query });
    happened('b1', { data: { resourceType: 'Book' } });
    await gateway.post({ query });
    expect(asked.books).toBe(1);
    happened('any', { data: { resourceType: 'Shop', details: { name: 'new' } } });
    await untilPasses(async () => expect((await gateway.post({ query })).body.data.shops[0].name).toBe('shop 2'));
    expect((await gateway.post({ query })).body.data.shops[0].name).toBe('shop 2');
  });

  it('believes a stricter word of a subgraph, and keeps nothing that came with cookies', async () => {
    const strict = await start(store, { 'cache-control': 'max-age=5, private' });
    const headers = await strict.as('u5');
    expect((await strict.gateway.post({ query: book }, headers)).headers.get('cache-control')).toBe('max-age=5, private');
    const cookies = await start(store, { 'cache-control': 'max-age=5', 'set-cookie': ['a=1'] });
    expect((await cookies.gateway.post({ query: book })).headers.get('cache-control')).toBe('no-store');
  });
});

describe('a cache-control header', () => {
  it.each([
    [{}, { maxAge: 0 }],
    [{ 'cache-control': 'max-age=60' }, { maxAge: 60 }],
    [
      { 'cache-control': 'Public, Max-Age="60"', age: '20' },
      { maxAge: 40, scope: 'PUBLIC' },
    ],
    [{ 'cache-control': 'max-age=60, s-maxage=5, private' }, { maxAge: 5, scope: 'PRIVATE' }],
    [{ 'cache-control': 'no-store, max-age=60' }, { maxAge: 0 }],
    [{ 'cache-control': 'max-age=soon' }, { maxAge: 0 }],
  ])('%j means %j', (headers, hint) => {
    expect(hintFromHeaders(headers)).toEqual(hint);
  });
});

describe('a Redis that has gone', () => {
  it('costs the cache, not the answers', async () => {
    if (redis === null) return;
    const { gateway } = await start('redis');
    await gateway.post({ query: book });
    await redis.kill();
    for (let round = 0; round < 3; round++) {
      expect((await gateway.post({ query: book })).body.data.book.title).toBe('Dune');
    }
    await redis.restart();
  });
});
