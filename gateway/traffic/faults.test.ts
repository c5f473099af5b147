// A gateway whose second subgraph fails in every way: clients get partial data, errors with stable codes at the right paths, in time.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../platform/log.ts';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { httpClients } from '../http-subgraph.ts';
import { type Fault, type FaultServer, faults, startFaultServer } from '../testing/fault-server.ts';
import { createLiveSample } from '../testing/live.sample.ts';
import { inProcessClient } from '../testing/sample-graph.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

/** Long enough for answers that are not slow, on however busy a machine. */
const timeoutMs = 1500;
/** Beyond the timeout, on a machine that is busy with other things. */
const marginMs = 10_000;

let server: FaultServer;
let gateway: TestGateway;

beforeAll(async () => {
  const { graph } = createLiveSample();
  const [prices, names] = graph.subgraphs;
  server = await startFaultServer(inProcessClient(names as never));
  const overHttp = httpClients(silentLogger(), () => [server.url]);
  gateway = await startTestGateway({
    graph,
    clients: (name, url) => (name === 'names' ? overHttp(name, url) : inProcessClient(prices as never)),
    traffic: {
      // The breaker has its own tests; here every fault has to reach the client as what it is.
      names: { timeoutMs, retries: 1, retryDelayMs: 1, breakerFailurePercent: 0, responseBytesMax: 1_000_000 },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  await server.kill();
});

const query = '{ instrument(id: "a") { price name } two: instrument(id: "c") { label } }';
const whole = { instrument: { price: 97, name: 'name a' }, two: { label: 'label c' } };

/** Partial data, two errors at their paths, nothing that tells of what stands behind the graph. */
async function expectPartial(code: string): Promise<void> {
  const startedAt = performance.now();
  const { status, body } = await gateway.post({ query });
  expect(performance.now() - startedAt).toBeLessThan(timeoutMs + marginMs);
  expect(status).toBe(200);
  expect(body.data).toEqual({ instrument: { price: 97, name: null }, two: null });
  const errors = body.errors as { path: string[]; extensions: { code: string; retryable: boolean } }[];
  expect(errors.map(({ path }) => path.join('.')).sort()).toEqual(['instrument.name', 'two.label']);
  for (const { extensions } of errors) expect(extensions).toMatchObject({ code, retryable: true });
  expect(JSON.stringify(body)).not.toMatch(/names|127\.0\.0\.1|ECONN|undici|stack/);
}

async function expectWhole(): Promise<void> {
  expect((await gateway.post({ query })).body).toEqual({ data: whole });
}

const codes: Partial<Record<Fault, string>> = {
  'never answers': 'SUBGRAPH_TIMEOUT',
  'stops after its headers': 'SUBGRAPH_TIMEOUT',
  'stops in its middle': 'SUBGRAPH_TIMEOUT',
  'drips byte by byte': 'SUBGRAPH_TIMEOUT',
  'breaks off in its middle': 'SUBGRAPH_UNAVAILABLE',
  'closes the connection at once': 'SUBGRAPH_UNAVAILABLE',
  'is no HTTP': 'SUBGRAPH_UNAVAILABLE',
  'is a 500 page of a proxy': 'SUBGRAPH_UNAVAILABLE',
  'is a 503 without a result': 'SUBGRAPH_UNAVAILABLE',
};

describe('a subgraph', () => {
  it.each(faults)('whose answer %s costs its own fields only, until it is well again', async (fault) => {
    server.fault = fault;
    await expectPartial(codes[fault] ?? 'SUBGRAPH_INVALID_RESPONSE');
    server.fault = null;
    await expectWhole();
  });

  it('that is killed costs its own fields only, until it is back', async () => {
    await server.kill();
    await expectPartial('SUBGRAPH_UNAVAILABLE');
    await server.revive();
    await expectWhole();
  });

  it('is told when the client has gone: its work is cancelled', async () => {
    server.fault = 'never answers';
    const { received, abandoned } = server;
    const gone = new AbortController();
    const answer = fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ nameOf(id: "x") }' }),
      signal: gone.signal,
    }).catch(() => 'gone');
    await untilPasses(() => expect(server.received).toBeGreaterThan(received));
    gone.abort();
    expect(await answer).toBe('gone');
    await untilPasses(() => expect(server.abandoned).toBeGreaterThan(abandoned));
    server.fault = null;
    await expectWhole();
  });

  it('is known to Prometheus by its fetches, failures, retries, breaker and queue', async () => {
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(text).toMatch(/clawpurse_gateway_retries_total\{subgraph="names"\} [1-9]/);
    expect(text).toContain('clawpurse_gateway_breaker_state{subgraph="names"} 0');
    expect(text).toContain('clawpurse_gateway_fetches_in_flight{subgraph="names"} 0');
    expect(text).toContain('clawpurse_gateway_fetch_queue_depth{subgraph="names"} 0');
    expect(text).toMatch(/clawpurse_gateway_fetch_seconds_count\{subgraph="names",outcome="SUBGRAPH_TIMEOUT"\} [1-9]/);
    expect(text).toMatch(/nodejs_eventloop_lag_p99_seconds \d/);
  });
});
