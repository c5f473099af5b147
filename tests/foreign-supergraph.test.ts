// The gateway alone, over a supergraph that is not ours: subgraphs are real servers, found where the supergraph says.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type ServedGateway, serveGateway } from '../cli/gateway.ts';
import { createLiveSample, type Ticker } from '../gateway/testing/live.sample.ts';
import { mediaLibrary } from '../gateway/testing/media.sample.ts';
import { startSampleEngine } from '../gateway/testing/sample-engine.ts';
import { composeSample, type SampleGraph } from '../gateway/testing/sample-graph.ts';
import { type HttpSample, startHttpSample } from '../gateway/testing/sample-http.ts';
import { shop } from '../gateway/testing/shop.sample.ts';
import { loadConfig } from '../platform/config/config.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foreign-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function serve(graph: SampleGraph): Promise<{ gateway: ServedGateway; subgraphs: HttpSample }> {
  const subgraphs = await startHttpSample(graph);
  const file = join(folder, `${graph.name}.graphql`);
  await writeFile(file, composeSample(graph, subgraphs.urlOf));
  const config = loadConfig({ NODE_ENV: 'test', SUPERGRAPH: file, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'silent' });
  return { gateway: await serveGateway(config, { foreign: true }), subgraphs };
}

async function post(gateway: ServedGateway, body: object, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return response.json();
}

describe.each([shop, mediaLibrary])('over the $name', (graph) => {
  let served: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    served = await serve(graph);
  });
  afterAll(async () => {
    await served.gateway.shutdown.run('the test is over');
    await served.subgraphs.close();
  });

  it('is ready once its subgraphs answer', async () => {
    const response = await fetch(`${served.gateway.url}/readyz`);
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'ok' }]);
  });

  it('gives the same answers as in process', async () => {
    const engine = startSampleEngine(graph);
    for (const query of graph.queries) {
      const expected = JSON.parse(JSON.stringify(await engine.execute(query.query, query.variables)));
      expect(await post(served.gateway, query)).toEqual(expected);
    }
  });
});

describe('over the market', () => {
  let served: Awaited<ReturnType<typeof serve>>;
  let ticker: Ticker;
  beforeAll(async () => {
    const sample = createLiveSample();
    ticker = sample.ticker;
    served = await serve(sample.graph);
  });
  afterAll(async () => {
    await served.gateway.shutdown.run('the test is over');
    await served.subgraphs.close();
  });

  it('passes a bearer token on as it is, and no other credentials', async () => {
    const query = { query: '{ whoami }' };
    expect(await post(served.gateway, query, { authorization: 'Bearer opaque-token' })).toEqual({
      data: { whoami: 'opaque-token' },
    });
    expect(await post(served.gateway, query, { authorization: 'Basic dXNlcjpwYXNz' })).toEqual({ data: { whoami: null } });
  });

  it('joins every event of a subscription, and gives partial data once a subgraph is gone', async () => {
    const client = createClient({ url: `${served.gateway.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
    const events = client.iterate({ query: 'subscription { priceChanged { price name } }' });
    const first = events.next();
    await vi.waitFor(() => expect(ticker.followers).toBe(1));
    ticker.publish('a');
    expect((await first).value).toEqual({ data: { priceChanged: { price: 97, name: 'name a' } } });

    await served.subgraphs.crash('names');
    const second = events.next();
    ticker.publish('b');
    expect((await second).value).toMatchObject({
      data: { priceChanged: { price: 98, name: null } },
      errors: [{ path: ['priceChanged', 'name'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', retryable: true } }],
    });
    await events.return?.();
    await client.dispose();
  });
});
