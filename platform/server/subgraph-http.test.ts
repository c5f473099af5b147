import { createClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { buildSubgraph } from '../graph/schema.ts';
import { aRegistration, createSampleModule } from '../testing/sample-domain.ts';
import { startTestSubgraph, type TestSubgraphOptions } from '../testing/subgraph.ts';
import { serveSubgraph } from './subgraph-http.ts';

async function start(options: TestSubgraphOptions = {}, module = createSampleModule()) {
  const domain = await startTestSubgraph(module, options);
  const server = await serveSubgraph(domain.running, { config: domain.config, host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.stop());
  const graphql = `${server.url}/graphql`;
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { domain, server, graphql, post, socketUrl: graphql.replace('http', 'ws') };
}

describe('a subgraph over HTTP', () => {
  it('answers its schema to composition', async () => {
    const module = createSampleModule();
    const { post } = await start({}, module);
    const response = await post({ query: '{ _service { sdl } }' });
    expect(await response.json()).toEqual({ data: { _service: { sdl: buildSubgraph(module).sdl } } });
  });

  it('gives up work whose deadline has passed', async () => {
    const { post } = await start();
    const startedAt = performance.now();
    const response = await post({ query: '{ slow(ms: 60000) }' }, { 'x-request-deadline': '20' });
    expect(await response.json()).toEqual({ data: { slow: 'done' } });
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });

  it.each([
    ['a forged token', 'Bearer nonsense', 'UNAUTHENTICATED'],
    ['another scheme', 'Basic dXNlcjpwYXNz', 'UNAUTHENTICATED'],
  ])('answers %s with status 401 and no context about ours', async (_, authorization, code) => {
    const { post } = await start();
    const response = await post({ query: '{ request { requestId } }' }, { authorization });
    expect(response.status).toBe(401);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      errors: [{ message: 'The access token is not valid. Sign in again.', extensions: { code } }],
    });
    expect(text).not.toMatch(/Context creation|stack|node_modules/);
  });

  it.each([
    ['no GraphQL request', '{}', 400],
    ['no JSON', 'query { broken', 400],
    ['a batch of operations', '[{"query":"{ broken }"},{"query":"{ broken }"}]', 400],
    ['a body that is too large', JSON.stringify({ query: `{ request { requestId } } #${'x'.repeat(5000)}` }), 413],
  ])('refuses %s', async (_, body, status) => {
    const { post } = await start({ env: { BODY_BYTES_MAX: '4096' } });
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain('errors');
  });

  it('refuses what a foreign web page could make a browser send', async () => {
    const { graphql } = await start();
    const asForm = await fetch(graphql, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{"query":"{ broken }"}',
    });
    expect(asForm.status).toBe(400);
    const asLink = await fetch(`${graphql}?query={broken}`);
    expect(asLink.status).toBe(400);
  });

  it('shows no landing page', async () => {
    const { graphql } = await start();
    const response = await fetch(graphql, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('<html');
  });

  it('tells the request id of what broke inside, and counts it', async () => {
    const { post, server } = await start();
    const response = await post({ query: '{ broken }' }, { 'x-request-id': 'request-9' });
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'request-9' } }],
    });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('clawpurse_graphql_operations_total{service="wallet",type="query",outcome="failed"} 1');
    expect(metrics).toContain('clawpurse_outbox_lag_events{service="wallet"} 0');
    expect(metrics).toContain('clawpurse_inbox_parked_events{service="wallet"} 0');
  });

  it('shows no metrics where they are off', async () => {
    const { server } = await start({ env: { METRICS: 'false' } });
    expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  });

  it('is ready while its database and events are', async () => {
    const { server } = await start();
    const ready = await fetch(`${server.url}/readyz`);
    expect(await ready.json()).toMatchObject({ status: 'ok', checks: { database: { status: 'ok' }, events: { status: 'ok' } } });
  });

  it('has no keys to show unless its domain has some', async () => {
    const { server } = await start();
    expect((await fetch(`${server.url}/.well-known/jwks.json`)).status).toBe(404);
  });

  it('publishes the keys of the domain that has them', async () => {
    const sample = createSampleModule();
    const keySet = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AAAA', kid: 'k1' }] };
    const module = {
      ...sample,
      create: async (deps: never) => ({ ...(await sample.create(deps)), keys: { jwks: async () => keySet } }),
    };
    const { server } = await start({}, module);
    const response = await fetch(`${server.url}/.well-known/jwks.json`);
    expect(await response.json()).toEqual(keySet);
    expect(response.headers.get('cache-control')).toBe('public, max-age=60');
  });
});

/** Opens a socket by hand and tells how it was closed. */
function openSocket(url: string, protocol = 'graphql-transport-ws') {
  const socket = new WebSocket(url, protocol);
  const opened = new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  socket.on('error', () => {});
  const send = async (message: unknown) => {
    await opened;
    socket.send(typeof message === 'string' || message instanceof Buffer ? message : JSON.stringify(message));
  };
  return { socket, opened, closed, send };
}

describe('a subgraph over WebSocket', () => {
  it.each([
    ['a forged token', async () => 'Bearer nonsense', { code: 4401, reason: 'Unauthorized' }],
    [
      'an expired token',
      async ({ domain }: Awaited<ReturnType<typeof start>>) => `Bearer ${await domain.tokenFor({ expiresInSeconds: -60 })}`,
      { code: 4403, reason: 'Token expired' },
    ],
  ])('closes a connection that begins with %s', async (_, authorizationOf, expected) => {
    const started = await start();
    const { closed, send } = openSocket(started.socketUrl);
    await send({ type: 'connection_init', payload: { authorization: await authorizationOf(started) } });
    expect(await closed).toEqual(expected);
  });

  it('closes the connection when its token expires', async () => {
    const { domain, socketUrl } = await start();
    const { closed, send } = openSocket(socketUrl);
    await send({
      type: 'connection_init',
      payload: { authorization: `Bearer ${await domain.tokenFor({ expiresInSeconds: 1 })}` },
    });
    expect(await closed).toEqual({ code: 4403, reason: 'Token expired' });
  });

  it.each([
    ['binary garbage', Buffer.from([0, 255, 1, 254]), 4400],
    ['text that is no message', 'hello', 4400],
    ['a message of an unknown type', { type: 'start' }, 4400],
    ['an operation before connection_init', { id: '1', type: 'subscribe', payload: { query: '{ broken }' } }, 4401],
    ['a message that is too large', 'x'.repeat(70_000), 1009],
  ])('closes a connection that sends %s, and goes on serving others', async (_, message, code) => {
    const { domain, socketUrl, post } = await start({ env: { BODY_BYTES_MAX: '65536' } });
    const { closed, send } = openSocket(socketUrl);
    await send(message);
    expect((await closed).code).toBe(code);
    expect((await post({ query: '{ request { requestId } }' })).status).toBe(200);
    expect(domain.running.checks).not.toEqual([]);
  });

  it('survives garbage below the protocol', async () => {
    const { socketUrl, post } = await start();
    const { socket, opened, closed } = openSocket(socketUrl);
    await opened;
    (socket as unknown as { _socket: { write(data: Buffer): void } })._socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    await closed;
    expect((await post({ query: '{ request { requestId } }' })).status).toBe(200);
  });

  it('opens no socket on other paths and speaks no other protocol', async () => {
    const { socketUrl } = await start();
    await expect(openSocket(socketUrl.replace('/graphql', '/other')).opened).rejects.toThrow('404');
    const other = openSocket(socketUrl, 'graphql-ws');
    await expect(other.opened).rejects.toThrow();
  });

  it('ends subscriptions with 1001 when it stops, so that clients resume elsewhere', async () => {
    const { domain, server, socketUrl } = await start();
    const token = await domain.tokenFor({ userId: 'alice' });
    let closeEvent: unknown;
    const client = createClient({
      url: socketUrl,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: 0,
      on: { closed: (event) => (closeEvent = event) },
    });
    const stream = client.iterate<{ noted: { text: string; cursor: string } }>({
      query: 'subscription { noted { text cursor } }',
    });
    const first = stream.next();
    await domain.whenFollowed();
    await domain.publish(aRegistration('Alice'));
    expect((await first).value?.data?.noted.text).toBe('Alice joined');
    const broken = expect(stream.next()).rejects.toMatchObject({ code: 1001, reason: 'Going away' });
    await server.stop();
    await broken;
    expect(closeEvent).toMatchObject({ code: 1001 });
  });

  it('counts open subscriptions, and none when their socket has gone', async () => {
    const { domain, socketUrl } = await start();
    const { socket, send } = openSocket(socketUrl);
    await send({ type: 'connection_init', payload: { authorization: `Bearer ${await domain.tokenFor({})}` } });
    await new Promise((resolve) => socket.once('message', resolve));
    await send({ id: '1', type: 'subscribe', payload: { query: 'subscription { noted { text } }' } });
    await domain.whenFollowed();
    const openCount = async () =>
      (await domain.running.metrics.registry.getSingleMetricAsString('clawpurse_subscriptions_open')).split('\n').at(-1);
    expect(await openCount()).toBe('clawpurse_subscriptions_open{service="wallet"} 1');
    socket.terminate();
    await expect.poll(openCount).toBe('clawpurse_subscriptions_open{service="wallet"} 0');
  });
});
