// Subscriptions through the engine: every event is joined with other subgraphs, in process and over WebSocket alike.
import { afterEach, describe, expect, it } from 'vitest';
import type { SubgraphClient } from '../../platform/graph/subgraph.ts';
import { silentLogger } from '../../platform/log.ts';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { createHttpSubgraph } from '../http-subgraph.ts';
import { createLiveSample } from '../testing/live.sample.ts';
import { type SampleEngine, startSampleEngine } from '../testing/sample-engine.ts';
import { type HttpSample, startHttpSample } from '../testing/sample-http.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startMarket(transport: string) {
  const { graph, ticker } = createLiveSample();
  if (transport === 'in process') return { engine: startSampleEngine(graph), ticker, http: null };
  const http = await startHttpSample(graph);
  closing.push(() => http.close());
  const clients: SubgraphClient[] = [];
  const engine = startSampleEngine(graph, {
    clientFor(name) {
      const client = createHttpSubgraph({ name, urls: [http.urlOf(name)], log: silentLogger() });
      clients.push(client);
      closing.push(() => client.close());
      return client;
    },
  });
  return { engine, ticker, http: http as HttpSample | null };
}

async function follow(engine: SampleEngine, query: string, call = {}) {
  const stream = await engine.subscribe(query, {}, call);
  if (!(Symbol.asyncIterator in stream)) throw new Error(`refused: ${JSON.stringify(stream)}`);
  return stream;
}

const joined = 'subscription { changed: priceChanged { price name risky } }';

describe.each(['in process', 'over WebSocket'])('subscriptions %s', (transport) => {
  it('resolve fields of other subgraphs for every event, in order', async () => {
    const { engine, ticker } = await startMarket(transport);
    const stream = await follow(engine, joined);
    const first = stream.next();
    await untilPasses(() => expect(ticker.followers).toBe(1));
    ticker.publish('c');
    ticker.publish('a');
    ticker.publish('b');
    expect(JSON.stringify((await first).value)).toBe('{"data":{"changed":{"price":99,"name":"name c","risky":"safe"}}}');
    expect(JSON.parse(JSON.stringify((await stream.next()).value))).toMatchObject({
      data: { changed: { price: 97, name: 'name a', risky: null } },
      errors: [{ message: 'too risky', path: ['changed', 'risky'] }],
    });
    expect((await stream.next()).value.data.changed.name).toBe('name b');
    await stream.return?.();
  });

  it('close the upstream at once when the client leaves, also while nothing happens', async () => {
    const { engine, ticker } = await startMarket(transport);
    const stream = await follow(engine, joined);
    const waiting = stream.next();
    await untilPasses(() => expect(ticker.followers).toBe(1));
    await stream.return?.();
    expect((await waiting).done).toBe(true);
    await untilPasses(() => expect(ticker.followers).toBe(0));
  });

  it('end when the request is aborted', async () => {
    const { engine, ticker } = await startMarket(transport);
    const gone = new AbortController();
    const stream = await follow(engine, joined, { signal: gone.signal });
    const waiting = stream.next();
    await untilPasses(() => expect(ticker.followers).toBe(1));
    gone.abort();
    expect((await waiting).done).toBe(true);
    await untilPasses(() => expect(ticker.followers).toBe(0));
  });

  it('pass on the refusal of the subgraph and end', async () => {
    const { engine } = await startMarket(transport);
    const stream = await follow(engine, 'subscription { refused { id } }');
    expect((await stream.next()).value).toMatchObject({ data: { refused: null }, errors: [{ message: 'sign in first' }] });
    expect((await stream.next()).done).toBe(true);
  });

  it('say that they were interrupted when the upstream breaks, and end', async () => {
    const { engine, ticker } = await startMarket('in process');
    const stream = await follow(engine, joined);
    const waiting = stream.next();
    await untilPasses(() => expect(ticker.followers).toBe(1));
    ticker.breakAll();
    const last = (await waiting).value;
    expect(last.data).toBeNull();
    expect(last.errors?.[0]?.extensions).toMatchObject({ code: 'SUBSCRIPTION_INTERRUPTED', retryable: true });
    expect((await stream.next()).done).toBe(true);
  });
});

describe('sockets to subgraphs', () => {
  it('are shared by all subscriptions of one token, and not between tokens', async () => {
    const { engine, ticker, http } = await startMarket('over WebSocket');
    const streams = await Promise.all(['one', 'one', 'one', 'two'].map(async (token) => follow(engine, joined, { token })));
    const waiting = streams.map((stream) => stream.next());
    await untilPasses(() => expect(ticker.followers).toBe(4));
    expect(http?.socketsOf('prices')).toBe(2);
    ticker.publish('c');
    for (const event of await Promise.all(waiting)) expect(event.value.data.changed.name).toBe('name c');
    await Promise.all(streams.map((stream) => stream.return?.()));
  });

  it('end their subscriptions as interrupted when the subgraph crashes', async () => {
    const { engine, ticker, http } = await startMarket('over WebSocket');
    const stream = await follow(engine, joined);
    const waiting = stream.next();
    await untilPasses(() => expect(ticker.followers).toBe(1));
    await http?.crash('prices');
    expect((await waiting).value.errors?.[0]?.extensions.code).toBe('SUBSCRIPTION_INTERRUPTED');
    expect((await stream.next()).done).toBe(true);
  });

  it('start on another replica when the first cannot be reached', async () => {
    const { graph, ticker } = createLiveSample();
    const http = await startHttpSample(graph);
    closing.push(() => http.close());
    const engine = startSampleEngine(graph, {
      clientFor(name, inProcess) {
        if (name !== 'prices') return inProcess;
        const urls = ['http://127.0.0.1:1/graphql', http.urlOf(name), 'http://127.0.0.1:2/graphql'];
        const client = createHttpSubgraph({ name, urls, log: silentLogger() });
        closing.push(() => client.close());
        return client;
      },
    });
    for (let round = 0; round < 3; round++) {
      const stream = await follow(engine, joined, { token: `t${round}` });
      const waiting = stream.next();
      await untilPasses(() => expect(ticker.followers).toBe(1));
      ticker.publish('c');
      expect((await waiting).value.data.changed.price).toBe(99);
      await stream.return?.();
      await untilPasses(() => expect(ticker.followers).toBe(0));
    }
  });
});
