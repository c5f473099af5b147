// What is done once for several: queries of one identity that are under way, and entities that stand at several places of a response.
import { execute, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { SubgraphClient } from '../../platform/graph/subgraph.ts';
import { createLiveSample } from '../testing/live.sample.ts';
import { type SampleEngineOptions, startSampleEngine } from '../testing/sample-engine.ts';
import { monolithSchema } from '../testing/sample-graph.ts';
import { shop } from '../testing/shop.sample.ts';
import { createFlights } from './flights.ts';
import { quote } from './leaf-text.ts';

/** An engine whose subgraphs answer only when they are let. */
function heldMarket(options: SampleEngineOptions = {}) {
  const waiting: (() => void)[] = [];
  let isOpen = false;
  const engine = startSampleEngine(createLiveSample().graph, {
    ...options,
    clientFor: (_name, client): SubgraphClient => ({
      ...client,
      async execute(request) {
        if (!isOpen) await new Promise<void>((resolve) => waiting.push(resolve));
        return client.execute(request);
      },
    }),
  });
  return {
    engine,
    open() {
      isOpen = true;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

const query = '{ instruments { id name } whoami }';
const sentTo = ({ requests }: ReturnType<typeof startSampleEngine>, subgraph: string) =>
  requests.filter((each) => each.subgraph === subgraph).map(({ request }) => request.token);

describe('identical queries that are under way', () => {
  it('are sent to subgraphs once for each identity, and everybody has an answer of his own', async () => {
    const { engine, open } = heldMarket();
    const answers = Promise.all(['one', 'one', 'two', null].map((token) => engine.execute(query, {}, { token })));
    open();
    const [first, second, third, last] = await answers;
    expect(second).toEqual(first);
    expect([first?.data?.whoami, third?.data?.whoami, last?.data?.whoami]).toEqual(['one', 'two', null]);
    expect(sentTo(engine, 'prices')).toEqual(['one', 'two', null]);
    expect(sentTo(engine, 'names')).toEqual(['one', 'two', null]);
  });

  it('are sent as often as they come when that is switched off', async () => {
    const { engine, open } = heldMarket({ sharing: { subgraphQueries: false } });
    const answers = Promise.all([engine.execute(query), engine.execute(query)]);
    open();
    await answers;
    expect(sentTo(engine, 'prices')).toHaveLength(2);
  });

  it('are executed once for each identity where client queries are shared', async () => {
    const { engine, open } = heldMarket({ sharing: { subgraphQueries: false, clientQueries: true } });
    const answers = Promise.all([null, null, 'one'].map((token) => engine.execute(query, {}, { token })));
    const other = engine.execute('{ whoami }');
    open();
    const [first, second] = await answers;
    await other;
    expect(second).toBe(first);
    expect(sentTo(engine, 'names')).toEqual([null, 'one']);
    expect(sentTo(engine, 'prices')).toHaveLength(3);
  });

  it('are never mutations, and none joins one that began before a mutation ended', async () => {
    const { engine, open } = heldMarket();
    const rename = 'mutation { rename(id: "b") { name } }';
    const answers = Promise.all([engine.execute(rename), engine.execute(rename)]);
    open();
    await answers;
    expect(engine.requests.filter(({ request }) => request.query.startsWith('mutation'))).toHaveLength(2);
  });
});

describe('a flight', () => {
  const signal = new AbortController().signal;
  /** Work that ends when it is let. */
  const held = () => {
    const started: { resolve(value: number): void; reject(error: Error): void }[] = [];
    const work = () => new Promise<number>((resolve, reject) => started.push({ resolve, reject }));
    return { started, work };
  };

  it('is not joined any more once something was changed', async () => {
    const flights = createFlights<number>((value) => () => value);
    const { started, work } = held();
    const before = flights.share({ key: 'k', sharer: {}, signal }, work);
    flights.advance();
    const after = flights.share({ key: 'k', sharer: {}, signal }, work);
    for (const [index, { resolve }] of started.entries()) resolve(index);
    expect(await Promise.all([before, after])).toEqual([0, 1]);
    expect(flights.count).toBe(0);
  });

  it('is not joined twice by one sharer: a later event asks anew', async () => {
    const flights = createFlights<number>((value) => () => value);
    const { started, work } = held();
    const sharer = {};
    const results = [sharer, {}, sharer].map((each) => flights.share({ key: 'k', sharer: each, signal }, work));
    for (const [index, { resolve }] of started.entries()) resolve(index);
    expect(await Promise.all(results)).toEqual([0, 0, 1]);
  });

  it('goes on for those who are still there when its leader has gone', async () => {
    const flights = createFlights<number>((value) => () => value);
    const { started, work } = held();
    const gone = new AbortController();
    const leader = flights.share({ key: 'k', sharer: {}, signal: gone.signal }, work);
    const follower = flights.share({ key: 'k', sharer: {}, signal }, work);
    gone.abort();
    started[0]?.reject(new Error('aborted'));
    await expect(leader).rejects.toThrow('aborted');
    started[1]?.resolve(7);
    expect(await follower).toBe(7);
  });

  it('fails for all who are on it', async () => {
    const flights = createFlights<number>((value) => () => value);
    const { started, work } = held();
    const results = [{}, {}].map((sharer) => flights.share({ key: 'k', sharer, signal }, work));
    started[0]?.reject(new Error('down'));
    for (const result of results) await expect(result).rejects.toThrow('down');
    expect(flights.count).toBe(0);
  });
});

describe('an entity at several places', () => {
  it.each([
    '{ one: me { favourite { reviews { product { v: name } } } } two: users(ids: ["u1", "u1"]) { favourite { reviews { product { v: price } } } } }',
    '{ one: topProducts { reviews { product { v: name } } } two: topProducts { reviews { product { v: category inStock } } } }',
    '{ search(text: "a") { ... on Product { v: reviews { author { x: birthday } } } ... on User { v: reviews { author { x: username } } } } }',
    '{ latestReviews(first: 10) { product { related { name reviews { author { reviews { product { inStock rating } } } } } } } }',
    '{ catalogue { related { upc related { upc } } } topProducts { related { related { name inStock volume } } } }',
  ])('is completed at each as that place was asked for: %s', async (text) => {
    const engine = startSampleEngine(shop);
    const expected = await execute({ schema: monolithSchema(shop, engine.schema), document: parse(text) });
    expect(JSON.stringify(await engine.execute(text))).toBe(JSON.stringify(expected));
  });
});

it('strings are quoted as JSON has it', () => {
  const texts = [
    '',
    'plain',
    'quote"',
    'back\\slash',
    'tab\t',
    '\u0000',
    'ümlaut',
    '😀',
    '\ud800',
    'é'.repeat(60),
    `${'x'.repeat(60)}\n`,
  ];
  expect(texts.map(quote)).toEqual(texts.map((text) => JSON.stringify(text)));
});
