// Subscriptions when the graph is replaced: moved to the new one without a gap, a double or a burst, however often.
import { afterEach, describe, expect, it } from 'vitest';
import type { SubgraphClient } from '../../platform/graph/subgraph.ts';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { createJournalSample } from '../testing/journal.sample.ts';
import { composeSample, inProcessClient, type SampleGraph, type SampleSubgraph } from '../testing/sample-graph.ts';
import { openSocketClient, type SocketClient } from '../testing/socket-client.ts';
import { startTestGateway, testDoor } from '../testing/test-gateway.ts';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const query = 'subscription { changed { cursor value item { title } } }';
const resumable = 'subscription ($after: String) { changed(after: $after) { cursor value } }';
const withoutCursor = 'subscription { changed { value item { title } } }';

/** A gateway over the journal whose graph can be replaced; what it is asked upstream, and which clients were closed, is counted. */
async function start({ retireMs = 20 } = {}) {
  const { graph, journal } = createJournalSample();
  const original = composeSample(graph);
  const subgraphs = new Map<string, SampleSubgraph>(graph.subgraphs.map((subgraph) => [subgraph.name, subgraph]));
  const closed: string[] = [];
  let sdl = original;
  const gateway = await startTestGateway({
    graph,
    source: { description: 'the test', read: async () => sdl, watch: () => () => {} },
    door: { subscriptions: { ...testDoor.subscriptions, retireMs } },
    clients(name, url): SubgraphClient {
      const subgraph = subgraphs.get(name);
      if (subgraph === undefined) throw new Error(`No subgraph ${name}.`);
      return { ...inProcessClient(subgraph), close: async () => void closed.push(url) };
    },
  });
  closing.push(() => gateway.stop());
  return {
    gateway,
    graph,
    journal,
    original,
    closed,
    async connect(): Promise<SocketClient> {
      const client = await openSocketClient(gateway.url);
      closing.push(() => client.socket.terminate());
      return client;
    },
    async replace(next: string) {
      sdl = next;
      await gateway.live.reload();
      expect(gateway.live.problem).toBeNull();
    },
    /** The journal itself is the same; the graph has it elsewhere, so that its clients are others. */
    elsewhere: (place: string) => original.replaceAll('http://journal.invalid', `http://${place}.invalid`),
    /** The same graph with other type definitions of one subgraph. */
    changed(name: string, change: (typeDefs: string) => string): string {
      const changedGraph: SampleGraph = {
        ...graph,
        subgraphs: graph.subgraphs.map((each) => (each.name === name ? { ...each, typeDefs: change(each.typeDefs) } : each)),
      };
      return composeSample(changedGraph);
    },
  };
}

type Sample = Awaited<ReturnType<typeof start>>;

const valuesOf = async (client: SocketClient, count: number) => {
  const values: number[] = [];
  for (let index = 0; index < count; index++) values.push((await client.next()).payload.data.changed.value);
  return values;
};

describe('a running subscription whose upstream is asked the same on the new graph', () => {
  it.each([
    ['with a cursor', query],
    ['without a cursor', withoutCursor],
  ])('is moved as it is, reload after reload, and lets go of the old graphs: %s', async (_, document) => {
    const { journal, connect, replace, original, closed, changed } = await start();
    // The first graph alone has this subgraph at this address: it is closed when nothing runs on that graph any more.
    await replace(original.replaceAll('http://items.invalid', 'http://items-1.invalid'));
    const client = await connect();
    client.subscribe('1', document);
    await untilPasses(() => expect(journal.followers).toBe(1));
    for (let round = 1; round <= 5; round++) {
      await replace(`${round === 1 ? changed('items', (sdl) => `${sdl} type New { a: Int }`) : original}\n# ${round}`);
      journal.append();
      expect(await valuesOf(client, 1)).toEqual([round]);
    }
    await untilPasses(() => expect(closed).toContain('http://items-1.invalid/graphql'));
    journal.append();
    expect(await valuesOf(client, 1)).toEqual([6]);
    expect(journal.openings).toEqual([null]);
    expect(client.received).toEqual([]);
  });

  it('is asked once upstream, also with those who subscribe after the reload and before it is moved', async () => {
    const { journal, connect, replace, original } = await start({ retireMs: 3_600_000 });
    const [early, late] = [await connect(), await connect()];
    early.subscribe('1', withoutCursor);
    await untilPasses(() => expect(journal.followers).toBe(1));
    await replace(`${original}\n# B`);
    late.subscribe('1', withoutCursor);
    late.subscribe('q', '{ length }');
    expect([(await late.next()).id, (await late.next()).type]).toEqual(['q', 'complete']);
    journal.append();
    expect([await valuesOf(early, 1), await valuesOf(late, 1)]).toEqual([[1], [1]]);
    expect([journal.openings, journal.joins]).toEqual([[null], 1]);
  });

  it('is not given up when the graph before the last comes back, and who subscribes then may join it', async () => {
    const { journal, connect, replace, original } = await start();
    const client = await connect();
    client.subscribe('first', query);
    await untilPasses(() => expect(journal.followers).toBe(1));
    await replace(`${original}\n# B`);
    await replace(original);
    client.subscribe('second', query);
    client.subscribe('q', '{ length }');
    expect([(await client.next()).type, (await client.next()).type]).toEqual(['next', 'complete']);
    expect(journal.openings).toEqual([null]);
    for (const value of [1, 2, 3]) {
      journal.append();
      expect(await valuesOf(client, 2)).toEqual([value, value]);
      // Longer than it takes to give up a stream.
      await replace(`${original}\n# ${value}`);
      await replace(original);
    }
    expect(client.received).toEqual([]);
    expect(journal.followers).toBe(1);
  });
});

describe('a running subscription whose upstream is another on the new graph', () => {
  it('goes on there after its last cursor, each at a time of its own', async () => {
    const { journal, connect, replace, elsewhere } = await start({ retireMs: 100 });
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect()));
    for (const [index, client] of clients.entries())
      client.subscribe('1', `subscription { changed(topic: "${index}") { cursor value } }`);
    await untilPasses(() => expect(journal.followers).toBe(20));
    journal.append();
    for (const client of clients) expect(await valuesOf(client, 1)).toEqual([1]);
    for (const round of [1, 2, 3]) {
      await replace(elsewhere(`place-${round}`));
      // None is opened again by the reload itself.
      expect(journal.openings).toHaveLength(20 * round);
      journal.append();
      await untilPasses(() => expect(journal.openings).toHaveLength(20 * (round + 1)));
      journal.append();
    }
    for (const client of clients) {
      expect(await valuesOf(client, 6)).toEqual([2, 3, 4, 5, 6, 7]);
      expect(client.received).toEqual([]);
    }
    expect(journal.openings.slice(20).every((cursor) => cursor !== null)).toBe(true);
    expect(journal.followers).toBe(20);
  });

  it('waits where it is for the event that tells where it stands', async () => {
    const { journal, connect, replace, elsewhere, closed } = await start();
    const client = await connect();
    client.subscribe('1', resumable);
    await untilPasses(() => expect(journal.followers).toBe(1));
    await replace(elsewhere('place-1'));
    await replace(elsewhere('place-2'));
    journal.append();
    expect(await valuesOf(client, 1)).toEqual([1]);
    await untilPasses(() => expect(journal.openings).toEqual([null, '1']));
    await untilPasses(() => expect(closed).toContain('http://journal.invalid/graphql'));
    journal.append();
    expect(await valuesOf(client, 1)).toEqual([2]);
  });

  it.each([
    ['no cursor', withoutCursor, (sample: Sample) => sample.elsewhere('place')],
    [
      'a field that is gone',
      query,
      (sample: Sample) => sample.changed('items', (sdl) => sdl.replace('title: String', 'name: String')),
    ],
  ])('runs on where it is with %s, but not on ever more graphs', async (_, document, next) => {
    const sample = await start({ retireMs: 0 });
    const { journal, connect, replace } = sample;
    const client = await connect();
    client.subscribe('1', document);
    await untilPasses(() => expect(journal.followers).toBe(1));
    const sdl = next(sample);
    for (let round = 1; round <= 10; round++) await replace(`${sdl}\n# ${round}`);
    journal.append();
    expect(await valuesOf(client, 1)).toEqual([1]);
    expect(journal.openings).toEqual([null]);
    await replace(`${sdl}\n# 11`);
    expect(await client.next()).toMatchObject({
      payload: { errors: [{ extensions: { code: 'SUBSCRIPTION_INTERRUPTED', retryable: true } }] },
    });
    expect(await client.next()).toEqual({ id: '1', type: 'complete' });
    await untilPasses(() => expect(journal.followers).toBe(0));
  });
});

describe('rights that the new graph asks for', () => {
  const protectedTitle = ({ changed }: Sample) =>
    changed('items', (sdl) => sdl.replace('title: String', 'title: String @authenticated'));

  it('hold for what runs on: a field is withheld from the next event on', async () => {
    const sample = await start();
    const { journal, connect, replace } = sample;
    const client = await connect();
    client.subscribe('1', query);
    await untilPasses(() => expect(journal.followers).toBe(1));
    journal.append();
    expect((await client.next()).payload).toEqual({ data: { changed: { cursor: '1', value: 1, item: { title: 'item 1' } } } });
    await replace(protectedTitle(sample));
    await untilPasses(() => expect(journal.openings).toEqual([null, '1']));
    journal.append();
    expect((await client.next()).payload).toMatchObject({
      data: { changed: { cursor: '2', value: 2, item: { title: null } } },
      errors: [{ path: ['changed', 'item', 'title'], extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }],
    });
  });

  it('end what cannot be moved, and what nothing is left of', async () => {
    const sample = await start();
    const { journal, connect, replace, changed } = sample;
    const [first, second] = [await connect(), await connect()];
    first.subscribe('1', withoutCursor);
    second.subscribe('1', 'subscription { changed { cursor } }');
    await untilPasses(() => expect(journal.followers).toBe(2));
    await replace(protectedTitle(sample));
    expect((await first.next()).payload.errors[0].extensions.code).toBe('SUBSCRIPTION_INTERRUPTED');
    await replace(changed('journal', (sdl) => sdl.replace('): Change!', '): Change! @authenticated')));
    expect((await second.next()).payload.errors[0].extensions.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    await untilPasses(() => expect(journal.followers).toBe(0));
  });
});
