// The life of a supergraph: read, replaced whole, refused with a reason, never in the way of a running request.
import { mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { composeSupergraph } from '../compose.ts';
import { createLiveSample } from '../testing/live.sample.ts';
import { composeSample, federation, inProcessClient, type SampleGraph } from '../testing/sample-graph.ts';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../testing/test-gateway.ts';
import { createLiveGraph } from './live-graph.ts';
import { fileSource, staticSource } from './source.ts';
import { SupergraphError } from './supergraph.ts';

const versionOf = (number: number): SampleGraph => ({
  name: `version ${number}`,
  monolith: {},
  queries: [],
  subgraphs: [
    {
      name: 'counter',
      typeDefs: `type Query { version: Int!  since${number}: Boolean }`,
      resolvers: { Query: { version: () => number } },
    },
  ],
});

let folder: string;
let file: string;
let gateway: TestGateway | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supergraph-'));
  file = join(folder, 'supergraph.graphql');
});
afterEach(async () => {
  await gateway?.stop();
  gateway = null;
  await rm(folder, { recursive: true });
});

const write = (graph: SampleGraph) => writeFile(file, composeSample(graph));
async function start(graph: SampleGraph, options: Partial<TestGatewayOptions> = {}): Promise<TestGateway> {
  await write(graph);
  gateway = await startTestGateway({ graph, source: fileSource(file), ...options });
  return gateway;
}
const hasField = async (started: TestGateway, field: string) => (await started.post({ query: `{ ${field} }` })).status === 200;

describe('a supergraph file', () => {
  it('is served anew when it is written', async () => {
    const started = await start(versionOf(1));
    expect(await hasField(started, 'since1')).toBe(true);
    await write(versionOf(2));
    await untilPasses(async () => expect(await hasField(started, 'since2')).toBe(true));
    expect(await hasField(started, 'since1')).toBe(false);
    expect(started.live.problem).toBeNull();
  });

  it('is noticed when another file is moved over it', async () => {
    const started = await start(versionOf(1));
    await writeFile(join(folder, 'next'), composeSample(versionOf(2)));
    await rename(join(folder, 'next'), file);
    await untilPasses(async () => expect(await hasField(started, 'since2')).toBe(true));
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    ['garbage', () => writeFile(file, 'type {{'), /Syntax Error/],
    ['cut in the middle', () => truncate(file, 300), /cannot be used/],
    ['empty', () => truncate(file, 0), /it is empty/],
    ['no supergraph', () => writeFile(file, 'type Query { a: Int }'), /must be a core schema/],
    ['gone', () => rm(file), /cannot be read/],
  ])('that is %s is refused with its reason while the old one serves on', async (_, damage, reason) => {
    const started = await start(versionOf(1));
    await damage();
    await untilPasses(() => expect(started.live.problem).toMatch(reason));
    expect(await hasField(started, 'since1')).toBe(true);
    const ready: unknown = await (await fetch(`${started.url}/readyz`)).json();
    expect(ready).toMatchObject({ status: 'ok', checks: { supergraph: { status: 'warning' } } });
    await write(versionOf(2));
    await untilPasses(async () => expect(await hasField(started, 'since2')).toBe(true));
    expect(started.live.problem).toBeNull();
  });

  it('is needed to start', async () => {
    const options = {
      serve: () => {
        throw new Error('not reached');
      },
      log: console as never,
    };
    await expect(createLiveGraph({ source: fileSource(join(folder, 'none.graphql')), ...options })).rejects.toThrow(
      /npm run compose/,
    );
    await expect(createLiveGraph({ source: staticSource('garbage'), ...options })).rejects.toThrow(SupergraphError);
  });
});

describe('a reload', () => {
  it('under load drops no request', async () => {
    const versions = [1, 2].map((number) => versionOf(number));
    const started = await start(versionOf(1), { clients: () => inProcessClient(versions[0]?.subgraphs[0] as never) });
    let isLoading = true;
    let answered = 0;
    const failures: unknown[] = [];
    const load = Array.from({ length: 8 }, async () => {
      while (isLoading) {
        const { status, body } = await started.post({ query: '{ version }' });
        if (status !== 200 || body.data?.version !== 1) failures.push(body);
        answered += 1;
      }
    });
    for (let round = 2; round < 10; round++) {
      const id = started.live.current.supergraph.id;
      await write(versionOf(round));
      await started.live.reload();
      expect(started.live.current.supergraph.id).not.toBe(id);
    }
    isLoading = false;
    await Promise.all(load);
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(8);
  });

  it('lets requests and subscriptions finish on the graph they began on, then closes what it alone used', async () => {
    const { graph, ticker } = createLiveSample();
    const closed: string[] = [];
    const other = composeSupergraph([{ name: 'other', url: 'http://other', sdl: `${federation} type Query { other: Int }` }]);
    const started = await start(graph, {
      clients(name) {
        const subgraph = graph.subgraphs.find((candidate) => candidate.name === name);
        const client = inProcessClient(subgraph ?? { name, typeDefs: 'type Query { other: Int }', resolvers: {} });
        return { ...client, close: async () => void closed.push(name) };
      },
    });
    const lease = started.live.lease();
    const { engine } = lease.graph;
    const call = {
      token: null,
      requestId: 'r',
      signal: new AbortController().signal,
      client: { address: null, userAgent: null },
    };
    const { parse } = await import('graphql');
    const query = 'subscription { priceChanged { id name } }';
    const stream = await engine.subscribe({
      document: parse(query),
      operationName: null,
      variables: {},
      documentKey: query,
      call,
    });
    if (!(Symbol.asyncIterator in stream)) throw new Error('refused');
    const first = stream.next();
    await untilPasses(() => expect(ticker.followers).toBe(1));

    await writeFile(file, other.supergraphSdl);
    await started.live.reload();
    expect(await hasField(started, 'other')).toBe(true);
    expect(closed).toEqual([]);
    ticker.publish('a');
    expect((await first).value.result()).toMatchObject({ data: { priceChanged: { name: 'name a' } } });
    await stream.return?.();
    lease.release();
    await untilPasses(() => expect(closed.sort()).toEqual(['names', 'prices']));
  });

  it('keeps the connections to subgraphs that stay', async () => {
    const closed: string[] = [];
    const created: string[] = [];
    const started = await start(versionOf(1), {
      clients(name) {
        created.push(name);
        return { ...inProcessClient(versionOf(1).subgraphs[0] as never), close: async () => void closed.push(name) };
      },
    });
    await write(versionOf(2));
    await started.live.reload();
    expect([created, closed]).toEqual([['counter'], []]);
  });
});
