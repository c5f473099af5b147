// Subscriptions as the gateway keeps them: shared between callers with the same rights, resumed when upstreams are lost, limited.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { createJournalSample } from '../testing/journal.sample.ts';
import { inProcessClient, type SampleSubgraph } from '../testing/sample-graph.ts';
import { openSocketClient, type SocketClient } from '../testing/socket-client.ts';
import { createTokens, startTestGateway, type TestGateway, type TestGatewayOptions, testDoor } from '../testing/test-gateway.ts';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
let tokens: Awaited<ReturnType<typeof createTokens>>;
beforeAll(async () => {
  tokens = await createTokens();
});

async function start(options: Partial<TestGatewayOptions> = {}) {
  const { graph, journal } = createJournalSample();
  const gateway = await startTestGateway({ graph, verifier: tokens.verifier, ...options });
  closing.push(() => gateway.stop());
  const connect = async (payload?: Record<string, unknown>): Promise<SocketClient> => {
    const client = await openSocketClient(gateway.url, payload);
    closing.push(() => client.socket.terminate());
    return client;
  };
  return { gateway, journal, connect };
}

const query = 'subscription { changed { cursor value item { title } } }';
const resumable = 'subscription ($after: String) { changed(after: $after) { cursor value } }';

describe('subscriptions of callers with the same rights', () => {
  it('share one upstream and one execution, and each gets every event under its own id', async () => {
    const { journal, connect } = await start();
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect()));
    for (const [index, client] of clients.entries()) client.subscribe(`id ${index % 3}`, query);
    await untilPasses(() => expect(journal.followers).toBe(1));
    // A query passes the same socket after the subscription, so that all have joined once it is answered.
    for (const client of clients) {
      client.subscribe('q', '{ length }');
      expect(await client.next()).toMatchObject({ type: 'next', id: 'q' });
      await client.next();
    }
    journal.append();
    for (const [index, client] of clients.entries()) {
      expect(await client.next()).toEqual({
        id: `id ${index % 3}`,
        type: 'next',
        payload: { data: { changed: { cursor: '1', value: 1, item: { title: 'item 1' } } } },
      });
    }
    expect([journal.joins, journal.openings]).toEqual([1, [null]]);
    for (const client of clients.slice(1)) client.socket.close();
    clients[0]?.send({ type: 'complete', id: 'id 0' });
    await untilPasses(() => expect(journal.followers).toBe(0));
  });

  it('are those of one session, whatever its tokens; users never share', async () => {
    const { journal, connect } = await start();
    const subjects = ['u1', 'u1', 'u2'];
    for (const sub of subjects) {
      const client = await connect({ authorization: `Bearer ${await tokens.sign({ sub }, 60 + subjects.indexOf(sub))}` });
      client.subscribe('1', query);
    }
    (await connect()).subscribe('1', query);
    await untilPasses(() => expect(journal.followers).toBe(3));
  });

  it('bring the newest token of any of them to the open upstream, with and without cursors', async () => {
    const { graph, journal } = createJournalSample();
    const brought: string[] = [];
    const gateway = await startTestGateway({
      graph,
      verifier: tokens.verifier,
      clients(name) {
        const client = inProcessClient(graph.subgraphs.find((each) => each.name === name) as SampleSubgraph);
        return {
          ...client,
          subscribe(request) {
            request.onRenewable?.((token) => brought.push(token));
            return client.subscribe(request);
          },
        };
      },
    });
    closing.push(() => gateway.stop());
    const connect = async (ttlSeconds: number) => {
      const token = await tokens.sign({}, ttlSeconds);
      const client = await openSocketClient(gateway.url, { authorization: `Bearer ${token}` });
      closing.push(() => client.socket.terminate());
      client.subscribe('1', 'subscription { changed { value } }');
      client.subscribe('q', '{ length }');
      expect([(await client.next()).id, (await client.next()).type]).toEqual(['q', 'complete']);
      return { client, token };
    };
    const first = await connect(60);
    const newer = await tokens.sign({}, 120);
    first.client.send({ type: 'ping', payload: { authorization: `Bearer ${newer}` } });
    expect(await first.client.next()).toMatchObject({ type: 'pong', payload: { expiresAt: expect.any(String) } });
    expect(brought).toEqual([newer]);
    const longer = await connect(180);
    await connect(30);
    expect(brought).toEqual([newer, longer.token]);
    expect([journal.followers, journal.openings]).toEqual([1, [null]]);
  });

  it('can be kept apart by configuration', async () => {
    const { journal, connect } = await start({ door: { subscriptions: { ...testDoor.subscriptions, share: false } } });
    for (const client of [await connect(), await connect()]) client.subscribe('1', query);
    await untilPasses(() => expect(journal.followers).toBe(2));
  });

  it('become one stream again once those that resumed have caught up', async () => {
    const { journal, connect } = await start();
    const [live, resumed, other] = [await connect(), await connect(), await connect()];
    live.subscribe('1', resumable);
    await untilPasses(() => expect(journal.followers).toBe(1));
    for (let entry = 0; entry < 3; entry++) journal.append();
    for (let entry = 0; entry < 3; entry++) await live.next();
    resumed.subscribe('1', resumable, { after: '1' });
    other.subscribe('1', resumable, { after: '2' });
    const cursorsOf = async (client: SocketClient, count: number) => {
      const cursors: string[] = [];
      for (let index = 0; index < count; index++) cursors.push((await client.next()).payload.data.changed.cursor);
      return cursors;
    };
    expect(await cursorsOf(resumed, 2)).toEqual(['2', '3']);
    expect(await cursorsOf(other, 1)).toEqual(['3']);
    await untilPasses(() => expect(journal.followers).toBe(1));
    journal.append();
    journal.append();
    for (const client of [live, resumed, other]) expect(await cursorsOf(client, 2)).toEqual(['4', '5']);
    expect([live, resumed, other].flatMap(({ received }) => received)).toEqual([]);
  });
});

describe('an upstream that is lost', () => {
  it.each([
    ['from the present', 'subscription { changed { cursor value } }'],
    ['by another name', 'subscription { moved: changed(topic: "x") { at: cursor ... { value } } }'],
    ['from a cursor in the document', 'subscription { changed(after: "0") { cursor value } }'],
    ['from a variable', resumable],
  ])('goes on after its last cursor, without a gap and without a word: %s', async (_, document) => {
    const { journal, connect } = await start();
    const client = await connect();
    client.subscribe('1', document);
    await untilPasses(() => expect(journal.followers).toBe(1));
    journal.append();
    const first = (await client.next()).payload.data;
    journal.breakAll({ isLasting: true });
    journal.append();
    await untilPasses(() => expect(journal.openings.length).toBeGreaterThan(2));
    journal.mend();
    const second = (await client.next()).payload.data;
    const [name] = Object.keys(first);
    expect([first, second]).toMatchObject([{ [name as string]: { value: 1 } }, { [name as string]: { value: 2 } }]);
    expect(journal.openings.slice(1).every((cursor) => cursor === '1')).toBe(true);
  });

  it.each([
    ['no cursor is known', 'subscription { changed { value } }'],
    [
      'it is known no more: events since the one that it began after said nothing of theirs',
      'subscription { changed(after: "0") { value } }',
    ],
  ])('is told to the client when %s', async (_, document) => {
    const { journal, connect } = await start();
    const client = await connect();
    client.subscribe('1', document);
    await untilPasses(() => expect(journal.followers).toBe(1));
    journal.append();
    await client.next();
    journal.breakAll();
    expect(await client.next()).toMatchObject({
      type: 'next',
      payload: { data: null, errors: [{ extensions: { code: 'SUBSCRIPTION_INTERRUPTED', retryable: true } }] },
    });
    expect(await client.next()).toEqual({ id: '1', type: 'complete' });
    expect(journal.openings).toHaveLength(1);
  });

  it('is told to the client when it does not come back in time', async () => {
    const { journal, connect } = await start({ door: { subscriptions: { ...testDoor.subscriptions, resumeMs: 30 } } });
    const client = await connect();
    client.subscribe('1', 'subscription { changed { cursor } }');
    await untilPasses(() => expect(journal.followers).toBe(1));
    journal.append();
    await client.next();
    journal.breakAll({ isLasting: true });
    expect((await client.next()).payload.errors[0].extensions.code).toBe('SUBSCRIPTION_INTERRUPTED');
  });
});

describe('a client that reads too slowly', () => {
  it('is told so and closed with 4410, while its neighbour gets everything', async () => {
    const { journal, connect } = await start({ door: { queueBytesMax: 200_000 } });
    const [slow, neighbour] = [await connect(), await connect()];
    for (const client of [slow, neighbour]) client.subscribe('1', 'subscription { changed { cursor text } }');
    neighbour.subscribe('q', '{ length }');
    while ((await neighbour.next()).type !== 'complete');
    slow.socket.pause();
    // More than the kernel and the gateway keep for one client.
    const events = 120;
    for (let entry = 1; entry <= events; entry++) {
      journal.append('x'.repeat(100_000));
      expect((await neighbour.next()).payload.data.changed.cursor).toBe(String(entry));
    }
    slow.socket.resume();
    expect(await slow.closed).toEqual([4410, 'Client too slow']);
    expect(slow.received.length).toBeLessThan(events);
    expect(slow.received.at(-1)).toMatchObject({
      id: '1',
      type: 'error',
      payload: [{ extensions: { code: 'CLIENT_TOO_SLOW', retryable: true } }],
    });
    // It has not missed an event before the notice.
    const cursors = slow.received.slice(0, -1).map(({ payload }) => Number(payload.data.changed.cursor));
    expect(cursors).toEqual(cursors.map((_, index) => index + 1));
  });
});

describe('limits', () => {
  let limited: Awaited<ReturnType<typeof start>>;
  let gateway: TestGateway;
  beforeAll(async () => {
    limited = await start({ door: { subscriptionsMax: 3, subscriptionsPerClientMax: 2, connectionsPerClientMax: 2 } });
    gateway = limited.gateway;
    closing.length = 0;
  });
  afterAll(() => gateway.stop());

  it('hold for one client and for all together, with clear refusals', async () => {
    const { connect } = limited;
    const ann = await connect({ authorization: `Bearer ${await tokens.sign({ sub: 'ann' })}` });
    for (const id of ['1', '2', '3']) ann.subscribe(id, query);
    expect(await ann.next()).toMatchObject({
      type: 'error',
      id: '3',
      payload: [{ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS', retryable: true, details: { subscriptionsMax: 2 } } }],
    });
    const ben = await connect({ authorization: `Bearer ${await tokens.sign({ sub: 'ben' })}` });
    for (const id of ['1', '2']) ben.subscribe(id, query);
    expect((await ben.next()).payload[0].extensions.details).toEqual({ subscriptionsMax: 3, isPerClient: false });
    ann.send({ type: 'complete', id: '1' });
    ben.subscribe('again', query);
    ben.subscribe('query', '{ length }');
    expect(await ben.next()).toMatchObject({ type: 'next', id: 'query' });
  });

  it('hold for connections: one more than allowed is closed with 1013', async () => {
    const authorization = `Bearer ${await tokens.sign({ sub: 'cleo' })}`;
    await limited.connect({ authorization });
    await limited.connect({ authorization });
    const third = await openSocketClient(gateway.url, null);
    third.send({ type: 'connection_init', payload: { authorization } });
    expect(await third.closed).toEqual([1013, 'Try again later']);
  });
});
