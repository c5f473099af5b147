// The graphql-transport-ws face of the gateway: subscriptions with joined fields, identity per socket, and every close code.
import { once } from 'node:events';
import { type Client, createClient } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { createLiveSample, type Ticker } from '../testing/live.sample.ts';
import { createTokens, startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

let gateway: TestGateway;
let ticker: Ticker;
let tokens: Awaited<ReturnType<typeof createTokens>>;
const clients: Client[] = [];

beforeEach(async () => {
  tokens = await createTokens();
  const sample = createLiveSample();
  ticker = sample.ticker;
  gateway = await startTestGateway({ graph: sample.graph, verifier: tokens.verifier, socketInitTimeoutMs: 1500 });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
  await gateway.stop();
});

const socketUrl = () => `${gateway.url.replace('http', 'ws')}/graphql`;

function connect(connectionParams: Record<string, unknown> = {}): Client {
  const client = createClient({ url: socketUrl(), webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
  clients.push(client);
  return client;
}

/** A bare socket, for everything that a well-behaved client does not do. */
async function open(
  protocol = 'graphql-transport-ws',
): Promise<{ socket: WebSocket; closed: Promise<[number, string]>; next(): Promise<{ type?: string }> }> {
  const socket = new WebSocket(socketUrl(), protocol);
  const closed = once(socket, 'close').then(([code, reason]) => [code as number, String(reason)] as [number, string]);
  await once(socket, 'open');
  return { socket, closed, next: async () => JSON.parse(String((await once(socket, 'message'))[0])) };
}
const send = (socket: WebSocket, message: unknown) => socket.send(JSON.stringify(message));

async function acknowledged(payload: Record<string, unknown> = {}) {
  const connection = await open();
  const ack = connection.next();
  send(connection.socket, { type: 'connection_init', payload });
  expect((await ack).type).toBe('connection_ack');
  return connection;
}

describe('operations over a socket', () => {
  it('subscribe with fields of other subgraphs for every event', async () => {
    const events = connect().iterate({ query: 'subscription { priceChanged { price name } }' });
    const first = events.next();
    await untilPasses(() => expect(ticker.followers).toBe(1));
    ticker.publish('a');
    expect((await first).value).toEqual({ data: { priceChanged: { price: 97, name: 'name a' } } });
    await events.return?.();
    await untilPasses(() => expect(ticker.followers).toBe(0));
  });

  it('query and mutate, with the token of the socket', async () => {
    const token = await tokens.sign();
    const client = connect({ authorization: `Bearer ${token}` });
    expect((await client.iterate({ query: '{ whoami }' }).next()).value).toEqual({ data: { whoami: token } });
    const mutation = client.iterate({
      query: 'mutation M($id: ID!) { setPrice(id: $id, price: 7) { price name } }',
      variables: { id: 'c' },
    });
    expect((await mutation.next()).value).toEqual({ data: { setPrice: { price: 7, name: 'name c' } } });
    expect((await mutation.next()).done).toBe(true);
  });

  it.each([
    ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ whoami', 'GRAPHQL_PARSE_FAILED'],
    [`{ ${Array.from({ length: 11 }, (_, n) => `a${n}: whoami`).join(' ')} }`, 'TOO_MANY_ALIASES'],
  ])('are refused with an error message: %s', async (query, code) => {
    const { socket, next } = await acknowledged();
    const answer = next();
    send(socket, { type: 'subscribe', id: '1', payload: { query } });
    expect(await answer).toMatchObject({ type: 'error', id: '1', payload: [{ extensions: { code } }] });
    socket.close();
  });

  it('give errors without internals', async () => {
    const result = (await connect().iterate({ query: '{ broken }' }).next()).value;
    expect(result?.errors).toEqual([{ message: 'prices are broken', path: ['broken'], extensions: { code: 'BROKEN' } }]);
  });

  it('are limited in number, without harm to those that run', async () => {
    const { socket, next } = await acknowledged();
    for (let id = 0; id < 100; id++)
      send(socket, { type: 'subscribe', id: `${id}`, payload: { query: 'subscription { priceChanged { id } }' } });
    const answer = next();
    send(socket, { type: 'subscribe', id: 'one too many', payload: { query: '{ whoami }' } });
    expect(await answer).toMatchObject({
      type: 'error',
      id: 'one too many',
      payload: [{ extensions: { code: 'TOO_MANY_OPERATIONS' } }],
    });
    // All of them share one upstream.
    await untilPasses(() => expect(ticker.followers).toBe(1));
    const received: string[] = [];
    socket.on('message', (data) => received.push(String(data)));
    ticker.publish('a');
    await untilPasses(() => expect(received).toHaveLength(100));
    socket.close();
    await untilPasses(() => expect(ticker.followers).toBe(0));
  });

  it('end with a notice to resume when the upstream is lost, while others on the socket go on', async () => {
    const client = connect();
    const events = client.iterate({ query: 'subscription { priceChanged { id } }' });
    const first = events.next();
    await untilPasses(() => expect(ticker.followers).toBe(1));
    ticker.breakAll();
    expect((await first).value?.errors?.[0]?.extensions).toMatchObject({ code: 'SUBSCRIPTION_INTERRUPTED', retryable: true });
    expect((await events.next()).done).toBe(true);
    expect((await client.iterate({ query: '{ whoami }' }).next()).value).toEqual({ data: { whoami: null } });
  });
});

describe('a newer token', () => {
  const renew = async (ttlSeconds: number, claims = {}) => ({
    authorization: `Bearer ${await tokens.sign({ jti: 'j2', ...claims }, ttlSeconds)}`,
  });

  it('brought by a ping keeps the socket and its subscriptions open', async () => {
    const { socket, closed } = await acknowledged({ authorization: `Bearer ${await tokens.sign({}, 2)}` });
    const received: { type: string; payload?: { expiresAt?: string } }[] = [];
    socket.on('message', (data) => received.push(JSON.parse(String(data))));
    send(socket, { type: 'subscribe', id: '1', payload: { query: 'subscription { priceChanged { id } }' } });
    await untilPasses(() => expect(ticker.followers).toBe(1));
    send(socket, { type: 'ping', payload: await renew(60) });
    await untilPasses(() => expect(received).toHaveLength(1));
    expect(received[0]?.type).toBe('pong');
    expect(Date.parse(received[0]?.payload?.expiresAt ?? '')).toBeGreaterThan(Date.now() + 50_000);
    // Later than the first token would have ended it.
    const first = await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 2300, 'open'))]);
    expect(first).toBe('open');
    ticker.publish('a');
    await untilPasses(() => expect(received[1]).toMatchObject({ type: 'next', id: '1' }));
    socket.close();
  });

  it.each([
    ['of another user', 60, { sub: 'u2' }, 'TOKEN_OF_ANOTHER'],
    ['with other rights', 60, { scope: 'admin' }, 'TOKEN_OF_ANOTHER'],
    ['that has expired', -60, {}, 'TOKEN_EXPIRED'],
  ])('%s is refused, and changes nothing', async (_, ttlSeconds, claims, code) => {
    const token = await tokens.sign();
    const { socket, next } = await acknowledged({ authorization: `Bearer ${token}` });
    const pong = next();
    send(socket, { type: 'ping', payload: await renew(ttlSeconds, claims) });
    expect(await pong).toMatchObject({ type: 'pong', payload: { error: { code } } });
    const answer = next();
    send(socket, { type: 'subscribe', id: '1', payload: { query: '{ whoami }' } });
    expect(await answer).toMatchObject({ payload: { data: { whoami: token } } });
    socket.close();
  });

  it('is not what other pings bring: their payload comes back', async () => {
    const { socket, next } = await acknowledged();
    const pong = next();
    send(socket, { type: 'ping', payload: { at: 7 } });
    expect(await pong).toEqual({ type: 'pong', payload: { at: 7 } });
    socket.close();
  });
});

describe('the socket is closed', () => {
  it('with 4400 after binary garbage', async () => {
    const { socket, closed } = await open();
    socket.send(Buffer.from([0, 255, 254, 1, 2, 3]));
    expect((await closed)[0]).toBe(4400);
  });

  it('with 4400 after text that is no message', async () => {
    const { socket, closed } = await acknowledged();
    socket.send('{"type": "dance"}');
    expect((await closed)[0]).toBe(4400);
  });

  it('with 4401 for an operation before connection_init', async () => {
    const { socket, closed } = await open();
    send(socket, { type: 'subscribe', id: '1', payload: { query: '{ whoami }' } });
    expect(await closed).toEqual([4401, 'Unauthorized']);
  });

  it('with 4401 for a token that is not valid', async () => {
    const { socket, closed } = await open();
    send(socket, { type: 'connection_init', payload: { authorization: 'Bearer forged' } });
    expect(await closed).toEqual([4401, 'Unauthorized']);
  });

  it('with 4403 for a token that has expired', async () => {
    const { socket, closed } = await open();
    send(socket, { type: 'connection_init', payload: { authorization: `Bearer ${await tokens.sign({}, -60)}` } });
    expect(await closed).toEqual([4403, 'Token expired']);
  });

  it('with 4403 when the token expires, and its subscriptions upstream end', async () => {
    const { socket, closed } = await acknowledged({ authorization: `Bearer ${await tokens.sign({}, 2)}` });
    send(socket, { type: 'subscribe', id: '1', payload: { query: 'subscription { priceChanged { id } }' } });
    await untilPasses(() => expect(ticker.followers).toBe(1));
    expect(await closed).toEqual([4403, 'Token expired']);
    await untilPasses(() => expect(ticker.followers).toBe(0));
  });

  it('with 4406 for another protocol', async () => {
    const socket = new WebSocket(socketUrl(), 'graphql-ws');
    const failed = once(socket, 'error');
    expect(String((await failed)[0])).toContain('subprotocol');
  });

  it('with 4406 for no protocol', async () => {
    const socket = new WebSocket(socketUrl());
    expect((await once(socket, 'close'))[0]).toBe(4406);
  });

  it.each([
    'no JSON',
    '[]',
    '{}',
    '{"type":"subscribe"}',
    '{"type":"subscribe","id":"","payload":{"query":"{ whoami }"}}',
    '{"type":"subscribe","id":"1","payload":{}}',
    '{"type":"subscribe","id":"1","payload":{"query":7}}',
    '{"type":"subscribe","id":"1","payload":{"query":"{ whoami }","variables":[]}}',
    '{"type":"complete"}',
    '{"type":"ping","payload":"text"}',
  ])('with 4400 for %s', async (text) => {
    const { socket, closed } = await acknowledged();
    socket.send(text);
    expect(await closed).toEqual([4400, 'Invalid message received']);
  });

  it('with 4408 when no connection_init comes', async () => {
    const { closed } = await open();
    expect((await closed)[0]).toBe(4408);
  });

  it('with 4409 for an id that is in use', async () => {
    const { socket, closed } = await acknowledged();
    for (const _ of [1, 2])
      send(socket, { type: 'subscribe', id: 'same', payload: { query: 'subscription { priceChanged { id } }' } });
    expect((await closed)[0]).toBe(4409);
  });

  it('with 4429 for a second connection_init', async () => {
    const { socket, closed } = await acknowledged();
    send(socket, { type: 'connection_init' });
    expect((await closed)[0]).toBe(4429);
  });

  it('with 1009 for a message that is too large', async () => {
    const { socket, closed } = await acknowledged();
    send(socket, { type: 'subscribe', id: '1', payload: { query: `{ whoami } #${'x'.repeat(30_000)}` } });
    expect((await closed)[0]).toBe(1009);
  });

  it('with 1001 when the gateway stops', async () => {
    const { closed } = await acknowledged();
    await gateway.stop();
    expect(await closed).toEqual([1001, 'Going away']);
  });
});
