import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { uuidIds } from '../clock.ts';
import { silentLogger } from '../log.ts';
import { answers, type HealthCheck } from './health.ts';
import { createHttpServer, type HttpServerOptions } from './http-server.ts';
import { createMetrics } from './metrics.ts';

async function start(options: Partial<HttpServerOptions> = {}) {
  const server = createHttpServer({
    log: silentLogger(),
    ids: uuidIds,
    metrics: createMetrics(),
    bodyBytesMax: 2000,
    checks: [],
    ...options,
  });
  server.app.post('/echo', async (request) => request.body);
  server.app.get('/broken', async () => {
    throw new Error('the secret inner reason');
  });
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  let stopped: Promise<void> | null = null;
  const stop = (graceMs = 1000) => {
    stopped ??= server.stop(graceMs);
    return stopped;
  };
  onTestFinished(() => stop());
  return { server, url, stop };
}

describe('every HTTP server of ours', () => {
  it('says that it lives and whether it is ready, check by check', async () => {
    const failing: HealthCheck = { name: 'database', check: () => Promise.reject(new Error('connection refused')) };
    const { url } = await start({ checks: [failing, answers('keys', async () => {})] });
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({
      status: 'failed',
      checks: {
        database: { status: 'failed', durationMs: expect.any(Number), message: 'connection refused' },
        keys: { status: 'ok', durationMs: expect.any(Number) },
      },
    });
  });

  it('stays ready with a warning', async () => {
    const { url } = await start({
      checks: [{ name: 'events', check: async () => ({ status: 'warning', message: '2 events are parked' }) }],
    });
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      status: 'ok',
      checks: { events: { status: 'warning', message: '2 events are parked' } },
    });
  });

  it('gives its metrics', async () => {
    const response = await fetch(`${(await start()).url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain('process_cpu_seconds_total');
  });

  it('gives no metrics where they are off', async () => {
    const response = await fetch(`${(await start({ metrics: null })).url}/metrics`);
    expect(response.status).toBe(404);
  });

  it('sends security headers and a request id, the caller’s own if it is fit for logs', async () => {
    const { url } = await start();
    const given = await fetch(`${url}/healthz`, { headers: { 'x-request-id': 'mine-1' } });
    expect(Object.fromEntries(given.headers)).toMatchObject({
      'x-request-id': 'mine-1',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    const unfit = await fetch(`${url}/healthz`, { headers: { 'x-request-id': 'not fit' } });
    expect(unfit.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['a body that is too large', { body: JSON.stringify('x'.repeat(3000)), type: 'application/json' }, 413, 'BODY_TOO_LARGE'],
    ['broken JSON', { body: '{"a":', type: 'application/json' }, 400, 'BAD_REQUEST'],
    ['a content type that nobody knows', { body: '<a/>', type: 'application/xml' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('refuses %s in the shape of a GraphQL error', async (_, { body, type }, status, code) => {
    const { url } = await start();
    const response = await fetch(`${url}/echo`, { method: 'POST', body, headers: { 'content-type': type } });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code } }] });
  });

  it('knows no other paths', async () => {
    const response = await fetch(`${(await start()).url}/admin?token=1`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ errors: [{ message: 'There is nothing at GET /admin.' }] });
  });

  it('hides what broke inside', async () => {
    const response = await fetch(`${(await start()).url}/broken`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('inner');
  });

  it('says which port is taken and what to do', async () => {
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void occupant.close());
    const { port } = occupant.address() as AddressInfo;
    const server = createHttpServer({
      log: silentLogger(),
      ids: uuidIds,
      metrics: createMetrics(),
      bodyBytesMax: 2000,
      checks: [],
    });
    await expect(server.listen({ port, host: '127.0.0.1' })).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use by another program`,
    );
  });

  it('says that this machine has no such address', async () => {
    const server = createHttpServer({
      log: silentLogger(),
      ids: uuidIds,
      metrics: createMetrics(),
      bodyBytesMax: 2000,
      checks: [],
    });
    await expect(server.listen({ port: 0, host: '203.0.113.1' })).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' });
  });
});

describe('stopping', () => {
  async function withOpenRequest(graceMs: number) {
    let release = () => {};
    let begun = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const server = createHttpServer({
      log: silentLogger(),
      ids: uuidIds,
      metrics: createMetrics(),
      bodyBytesMax: 2000,
      checks: [],
    });
    server.app.get('/slow', async () => {
      begun();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return 'done';
    });
    const url = await server.listen({ port: 0, host: '127.0.0.1' });
    const answer = fetch(`${url}/slow`).then((response) => response.text());
    const outcome = answer.catch((error: Error) => error);
    await hasBegun;
    const stopped = server.stop(graceMs);
    return { url, outcome, stopped, release: () => release() };
  }

  it('lets open requests finish and takes no new ones', async () => {
    const { url, outcome, stopped, release } = await withOpenRequest(10_000);
    const { port, hostname } = new URL(url);
    const refused = await new Promise<boolean>((resolve) => {
      connect(Number(port), hostname)
        .on('error', () => resolve(true))
        .on('connect', () => resolve(false));
    });
    expect(refused).toBe(true);
    release();
    expect(await outcome).toBe('done');
    await stopped;
  });

  it('cuts what is left when the grace is over', async () => {
    const { outcome, stopped, release } = await withOpenRequest(30);
    await stopped;
    expect(await outcome).toBeInstanceOf(Error);
    release();
  });
});
