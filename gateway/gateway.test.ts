// The gateway as a client meets it over HTTP.

import { getIntrospectionQuery } from 'graphql';
import { auditServer, serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayErrors } from './gateway.errors.ts';
import { createLiveSample } from './testing/live.sample.ts';
import { inProcessClient } from './testing/sample-graph.ts';
import { createTokens, startTestGateway, type TestGateway } from './testing/test-gateway.ts';

let gateway: TestGateway;
let tokens: Awaited<ReturnType<typeof createTokens>>;
beforeAll(async () => {
  tokens = await createTokens();
  gateway = await startTestGateway({ graph: createLiveSample().graph, verifier: tokens.verifier });
});
afterAll(() => gateway.stop());

describe('GraphQL over HTTP', () => {
  for (const audit of serverAudits({ url: () => `${gateway.url}/graphql` })) {
    it(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      expect(result.status === 'ok' ? 'conforms' : result.reason).toBe('conforms');
    });
  }

  it('passes the audit of graphql-http without a failure, a warning or a notice', async () => {
    const results = await auditServer({ url: `${gateway.url}/graphql` });
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(results.length).toBeGreaterThan(50);
  });

  it('answers a query across subgraphs', async () => {
    const { status, body } = await gateway.post({ query: '{ instrument(id: "a") { price name } }' });
    expect([status, body]).toEqual([200, { data: { instrument: { price: 97, name: 'name a' } } }]);
  });

  it('answers the standard introspection query from the API schema', async () => {
    const { body } = await gateway.post({ query: getIntrospectionQuery() });
    const names = body.data.__schema.types.map(({ name }: { name: string }) => name);
    expect(names).toContain('Instrument');
    expect(names).not.toContain('_Entity');
  });

  it('refuses introspection when it is configured off', async () => {
    const closed = await startTestGateway({ graph: createLiveSample().graph, introspection: false });
    const { status, body } = await closed.post({ query: '{ __schema { queryType { name } } }' });
    expect([status, body.errors[0].extensions.code]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    await closed.stop();
  });

  it('refuses subscriptions and says where they run', async () => {
    const { status, body } = await gateway.post({ query: 'subscription { priceChanged { id } }' });
    expect([status, body.errors[0].extensions.code]).toEqual([400, 'SUBSCRIPTION_NEEDS_WEBSOCKET']);
  });

  it('refuses cross-site requests that a browser would send without asking', async () => {
    const response = await fetch(`${gateway.url}/graphql?query=%7Bwhoami%7D`);
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toContain('CSRF');
    const asked = await fetch(`${gateway.url}/graphql?query=%7Bwhoami%7D`, { headers: { 'apollo-require-preflight': '1' } });
    expect(await asked.json()).toEqual({ data: { whoami: null } });
  });

  it('refuses batches', async () => {
    const { status } = await gateway.post([{ query: '{ whoami }' }, { query: '{ whoami }' }] as never);
    expect(status).toBe(400);
  });

  it('carries the request id in and out, and security headers', async () => {
    const { headers } = await gateway.post({ query: '{ whoami }' }, { 'x-request-id': 'my-id' });
    expect(headers.get('x-request-id')).toBe('my-id');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});

describe('bad requests', () => {
  const nested = (depth: number): string => (depth === 0 ? 'id' : `pair { ${nested(depth - 1)} }`);
  const bomb = (levels: number) =>
    `{ instruments { ...F0 } } ${Array.from({ length: levels }, (_, n) => `fragment F${n} on Instrument { pair { ...F${n + 1} ...F${n + 1} } }`).join(' ')} fragment F${levels} on Instrument { id }`;

  it.each<[string, unknown, number, string]>([
    ['no JSON', '{"query": ', 400, 'BAD_REQUEST'],
    ['no query', {}, 400, 'BAD_REQUEST'],
    ['a syntax error', { query: '{ whoami' }, 400, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', { query: '{ nothing }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['a missing variable', { query: 'query Q($id: ID!) { nameOf(id: $id) }' }, 400, 'BAD_USER_INPUT'],
    [
      'an unknown operation',
      { query: 'query A { whoami } query B { whoami }', operationName: 'C' },
      400,
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['too many tokens', { query: `{ ${'whoami '.repeat(600)} }` }, 400, 'OPERATION_TOO_LONG'],
    ['a deep query', { query: `{ instruments { ${nested(8)} } }` }, 400, 'OPERATION_TOO_DEEP'],
    ['a query deep through fragments', { query: bomb(9) }, 400, 'OPERATION_TOO_DEEP'],
    ['a fragment bomb', { query: bomb(16) }, 400, 'OPERATION_TOO_LARGE'],
    [
      'an alias bomb',
      { query: `{ ${Array.from({ length: 11 }, (_, n) => `a${n}: whoami`).join(' ')} }` },
      400,
      'TOO_MANY_ALIASES',
    ],
    ['many root fields', { query: '{ whoami whoami broken broken whoami strict { may } }' }, 400, 'TOO_MANY_ROOT_FIELDS'],
    ['many directives', { query: `{ whoami ${'@include(if: true) '.repeat(101)} }` }, 400, 'OPERATION_TOO_LONG'],
    ['a reserved alias', { query: '{ instrument(id: "a") { __typename: price } }' }, 400, 'RESERVED_ALIAS'],
    ['a large body', { query: `{ whoami } # ${'x'.repeat(30_000)}` }, 413, 'BODY_TOO_LARGE'],
  ])('with %s are refused', async (_, body, expectedStatus, code) => {
    const { status, body: answer } = await gateway.post(body);
    expect([status, answer.errors?.[0]?.extensions?.code]).toEqual([expectedStatus, code]);
    expect(answer.data).toBeUndefined();
  });

  it('with many directives are refused', async () => {
    const roomy = await startTestGateway({ graph: createLiveSample().graph, limits: { tokensMax: 5000 } });
    const { body } = await roomy.post({ query: `{ whoami ${'@include(if: true) '.repeat(101)} }` });
    expect(body.errors[0].extensions).toMatchObject({
      code: 'TOO_MANY_DIRECTIVES',
      details: { directives: 101, directivesMax: 100 },
    });
    await roomy.stop();
  });

  it('do not stop fragments that refer to one another in circles from being reported', async () => {
    const { body } = await gateway.post({
      query: '{ instruments { ...A } } fragment A on Instrument { pair { ...B } } fragment B on Instrument { pair { ...A } }',
    });
    expect(body.errors[0]).toMatchObject({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  });
});

describe('identity', () => {
  it('is verified and the token forwarded', async () => {
    const token = await tokens.sign();
    const { body } = await gateway.post({ query: '{ whoami }' }, { authorization: `Bearer ${token}` });
    expect(body).toEqual({ data: { whoami: token } });
  });

  it('is not needed: anonymous requests pass', async () => {
    expect((await gateway.post({ query: '{ whoami }' })).body).toEqual({ data: { whoami: null } });
  });

  it.each<[string, () => Promise<string>, string]>([
    ['forged', async () => `${(await tokens.sign()).slice(0, -6)}AAAAAA`, 'UNAUTHENTICATED'],
    ['expired', () => tokens.sign({}, -60), 'TOKEN_EXPIRED'],
    ['garbage', async () => 'garbage', 'UNAUTHENTICATED'],
  ])('is refused with 401 and a challenge when the token is %s', async (_, make, code) => {
    const { status, headers, body } = await gateway.post({ query: '{ whoami }' }, { authorization: `Bearer ${await make()}` });
    expect([status, body.errors[0].extensions.code]).toEqual([401, code]);
    expect(headers.get('www-authenticate')).toContain('Bearer');
  });
});

describe('what leaves the gateway', () => {
  it('has no extensions but those on the list', async () => {
    const { body } = await gateway.post({ query: '{ broken }' });
    expect(body.errors).toEqual([{ message: 'prices are broken', path: ['broken'], extensions: { code: 'BROKEN' } }]);
  });

  it('says nothing about a defect of the gateway but the request id, and logs the rest', async () => {
    const broken = await startTestGateway({ graph: createLiveSample().graph });
    Object.defineProperty(broken.live.current.engine, 'execute', {
      value: async () => {
        throw new TypeError('secret.inner is undefined');
      },
    });
    const { status, body } = await broken.post({ query: '{ whoami }' }, { 'x-request-id': 'r-42' });
    expect(status).toBe(500);
    expect(body.errors[0].extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', requestId: 'r-42' });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(JSON.stringify(broken.logged)).toContain('secret.inner');
    await broken.stop();
  });
});

describe('operating it', () => {
  it('is ready once every subgraph has answered, and stays so while one is down', async () => {
    const { graph } = createLiveSample();
    const down = new Set(['names']);
    const started = await startTestGateway({
      graph,
      clients(name) {
        const client = inProcessClient(graph.subgraphs.find((subgraph) => subgraph.name === name) as never);
        return {
          ...client,
          async ping() {
            if (down.has(name)) throw gatewayErrors.SUBGRAPH_UNAVAILABLE({}, new Error('connect ECONNREFUSED'));
          },
        };
      },
    });
    const ready = async () => {
      const response = await fetch(`${started.url}/readyz`);
      const report = (await response.json()) as { checks: { subgraphs: unknown } };
      return [response.status, report.checks.subgraphs] as const;
    };
    expect(await ready()).toMatchObject([503, { status: 'failed', message: 'No answer from names (connect ECONNREFUSED).' }]);
    down.clear();
    expect(await ready()).toMatchObject([200, { status: 'ok' }]);
    down.add('prices');
    expect(await ready()).toMatchObject([200, { status: 'warning' }]);
    down.add('names');
    expect(await ready()).toMatchObject([503, { status: 'failed' }]);
    await started.stop();
  });

  it('tells Prometheus about requests, fetches and plans', async () => {
    await gateway.post({ query: '{ instrument(id: "q") { price name } }' });
    await gateway.post({ query: '{ instrument(id: "q") { price name } }' });
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(text).toMatch(/clawpurse_graphql_operations_total\{service="gateway",type="query",outcome="ok"\} \d+/);
    expect(text).toMatch(/clawpurse_gateway_fetch_seconds_count\{subgraph="names",outcome="ok"\} \d+/);
    expect(text).toMatch(/clawpurse_gateway_plans_total\{cache="hit"\} \d+/);
    expect(text).toMatch(/clawpurse_websockets_open\{service="gateway"\} 0/);
  });

  it('shows no metrics where they are off', async () => {
    const closed = await startTestGateway({ graph: createLiveSample().graph, showMetrics: false });
    expect((await fetch(`${closed.url}/metrics`)).status).toBe(404);
    await closed.stop();
  });

  it('lets open requests finish when it is told to stop', async () => {
    let arrived = () => {};
    const isThere = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const { graph } = createLiveSample();
    const slow = await startTestGateway({
      graph,
      clients(name) {
        const client = inProcessClient(graph.subgraphs.find((subgraph) => subgraph.name === name) as never);
        return {
          ...client,
          async execute(request) {
            arrived();
            await held;
            return client.execute(request);
          },
        };
      },
    });
    const answer = slow.post({ query: '{ whoami }' });
    await isThere;
    const stopped = slow.stop();
    letGo();
    expect((await answer).body).toEqual({ data: { whoami: null } });
    await stopped;
    await expect(fetch(`${slow.url}/healthz`)).rejects.toThrow();
  });

  it('shows how to build the Playground when it is not built', async () => {
    const shown = await startTestGateway({
      graph: createLiveSample().graph,
      showPlayground: true,
      playground: { folder: '/nowhere', demoUsers: [{ name: 'Alice', email: 'a@b.c', password: 'x', role: 'customer' }] },
    });
    const page = await fetch(shown.url);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('npm run playground:build')]);
    expect(await (await fetch(`${shown.url}/playground.json`)).json()).toMatchObject({ demoUsers: [{ name: 'Alice' }] });
    await shown.stop();
  });
});
