// Protection as clients meet it: over HTTP and WebSocket, with tokens of several users.
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { createJournalSample } from '../testing/journal.sample.ts';
import { protectedGraph } from '../testing/rights.sample.ts';
import type { SampleGraph } from '../testing/sample-graph.ts';
import { shop } from '../testing/shop.sample.ts';
import { openSocketClient, type SocketClient } from '../testing/socket-client.ts';
import {
  createTokens,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
  testProtection,
} from '../testing/test-gateway.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const tokens = await createTokens();
const bearer = async (claims: Record<string, unknown> = {}) => ({ authorization: `Bearer ${await tokens.sign(claims)}` });

async function start(options: Partial<TestGatewayOptions> = {}): Promise<TestGateway> {
  const gateway = await startTestGateway({ graph: protectedGraph, verifier: tokens.verifier, ...options });
  onTestFinished(() => gateway.stop());
  return gateway;
}

describe('rights', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    const policies = {
      editor: { claim: 'roles', includes: 'editor' },
      '*': { claim: 'job', equals: '*' },
    } as const;
    gateway = await startTestGateway({ graph: protectedGraph, verifier: tokens.verifier, protection: { policies } });
  });
  afterAll(() => gateway.stop());

  const ask = async (query: string, claims?: Record<string, unknown>, rest: Record<string, string> = {}) =>
    (await gateway.post({ query }, { ...(claims === undefined ? {} : await bearer(claims)), ...rest })).body;

  it('are those of the token, whoever asked before with the same operation', async () => {
    const query = '{ me { name email salary } }';
    const code = 'UNAUTHORIZED_FIELD_OR_TYPE';
    const full = { data: { me: { name: 'Ada', email: '<profile>ada@x', salary: '<payroll|admin>9' } } };
    for (let round = 0; round < 2; round += 1) {
      expect(await ask(query, { scope: 'profile admin' })).toEqual(full);
      expect(await ask(query, { scope: 'profile', sub: 'u2' })).toEqual({
        data: { me: null },
        errors: [expect.objectContaining({ path: ['me', 'salary'], extensions: expect.objectContaining({ code }) })],
      });
      expect(await ask(query)).toMatchObject({ data: { me: null }, errors: [{ path: ['me'], extensions: { code } }] });
    }
  });

  it('come from policies about claims', async () => {
    const query = '{ plan { goal } person(id: "p1") { rank } }';
    expect(await ask(query, { roles: ['editor'] })).toMatchObject({ data: { plan: { goal: null }, person: { rank: 'HIGH' } } });
    expect(await ask(query, { job: 'owner' })).toMatchObject({
      data: { plan: { goal: expect.any(String) }, person: { rank: null } },
    });
    expect(await ask(query, { roles: ['editor'], job: 'senior' })).not.toHaveProperty('errors');
  });

  it('are never taken from headers that anybody can write', async () => {
    const headers = { 'x-user-id': 'u1', 'x-scopes': 'admin', scope: 'admin' };
    expect(await ask('{ vault { code } }', undefined, headers)).toMatchObject({ data: { vault: null } });
  });

  it('hide neither the schema nor what it says of them', async () => {
    const { data } = await ask('{ __type(name: "Vault") { fields { name } } __schema { directives { name } } }');
    expect(data.__type).toEqual({ fields: [{ name: 'code' }] });
    expect(data.__schema.directives).not.toContainEqual({ name: 'requiresScopes' });
  });

  it('can refuse the whole operation, or be left to the subgraphs', async () => {
    const refusing = await start({ protection: { unauthorizedFields: 'refuse' } });
    const refused = await refusing.post(
      { query: '{ person(id: "p1") { name email badge } }' },
      { accept: 'application/graphql-response+json' },
    );
    expect(refused.status).toBe(403);
    expect(refused.body).toEqual({
      errors: [expect.objectContaining({ path: ['person', 'email'] }), expect.objectContaining({ path: ['person', 'badge'] })],
    });
    expect((await refusing.post({ query: '{ person(id: "p1") { name } }' })).body).toEqual({ data: { person: { name: 'Ada' } } });
    const open = await start({ verifier: null, protection: { unauthorizedFields: 'ignore' } });
    expect((await open.post({ query: '{ vault { code } }' })).body).toEqual({ data: { vault: { code: '<admin>1234' } } });
  });

  it('hold over a WebSocket as well, and where nobody can be verified nobody has any', async () => {
    const query = '{ me { name } vault { code } }';
    const client = createClient({
      url: `${gateway.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: async () => ({ Authorization: (await bearer({})).authorization }),
    });
    for await (const result of client.iterate({ query })) expect(result.data).toEqual({ me: { name: 'Ada' }, vault: null });
    await client.dispose();
    const unverified = await start({ verifier: null });
    expect((await unverified.post({ query }, await bearer({ scope: 'admin' }))).body.data).toEqual({ me: null, vault: null });
  });

  it('can be required of everybody', async () => {
    const identity = { ...testProtection.identity, isRequired: true, headerName: 'x-token', headerPrefix: '' };
    const strict = await start({ protection: { identity } });
    const anonymous = await strict.post({ query: '{ __typename }' }, await bearer());
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(anonymous.body.errors[0].extensions.code).toBe('UNAUTHENTICATED');
    const token = await tokens.sign();
    expect((await strict.post({ query: '{ __typename }' }, { 'x-token': token })).body).toEqual({
      data: { __typename: 'Query' },
    });
    expect((await strict.post({ query: '{ __typename }' }, { 'x-token': `${token}x` })).status).toBe(401);
  });
});

describe('subscriptions', () => {
  const ticks: SampleGraph = {
    ...shop,
    name: 'ticks',
    subgraphs: [
      {
        name: 'ticks',
        typeDefs: `
          type Query { now: Int }
          type Subscription { ticked: Tick!  audited: Tick @requiresScopes(scopes: [["audit"]]) }
          type Tick { n: Int  secret: String @authenticated }`,
        resolvers: {
          Subscription: {
            ticked: {
              async *subscribe() {
                for (const n of [1, 2]) yield { ticked: { n, secret: `<signed-in>${n}` } };
              },
            },
          },
        },
      },
    ],
  };

  it('withhold fields from every event, and do not begin where nothing is left', async () => {
    const gateway = await start({ graph: ticks });
    const follow = async (query: string, connectionParams: Record<string, unknown>) => {
      const client = createClient({
        url: `${gateway.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams,
      });
      try {
        const results = [];
        for await (const result of client.iterate({ query })) results.push(result);
        return results;
      } finally {
        await client.dispose();
      }
    };
    const query = 'subscription { ticked { n secret } }';
    const withheld = (n: number) => ({
      data: { ticked: { n, secret: null } },
      errors: [expect.objectContaining({ path: ['ticked', 'secret'] })],
    });
    expect(await follow(query, {})).toEqual([withheld(1), withheld(2)]);
    expect((await follow(query, await bearer()))[0]).toEqual({ data: { ticked: { n: 1, secret: '<signed-in>1' } } });
    await expect(follow('subscription { audited { n } }', await bearer())).rejects.toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'UNAUTHORIZED_FIELD_OR_TYPE' }) }),
    ]);
  });
});

describe('documents', () => {
  const trusted = 'query Names { people { name } }';
  const other = '{ people { __typename name } }';

  async function manifestFile(content: unknown) {
    const folder = await mkdtemp(join(tmpdir(), 'clawpurse-manifest-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'manifest.json');
    await writeFile(file, JSON.stringify(content));
    return file;
  }
  const persistedQuery = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(text) } });
  const codeOf = ({ status, body }: Awaited<ReturnType<TestGateway['post']>>) => [status, body.errors?.[0].extensions.code];

  it('are found by their id or hash, and others are refused where only trusted ones are executed', async () => {
    const file = await manifestFile({ [`sha256:${sha256(trusted)}`]: trusted });
    const gateway = await start({ protection: { trustedDocuments: { mode: 'enforce', manifests: [file] } } });
    const good = { data: { people: [{ name: 'Ada' }, { name: 'Bob' }] } };
    for (const body of [
      { documentId: `sha256:${sha256(trusted)}` },
      { documentId: sha256(trusted) },
      { extensions: persistedQuery(trusted) },
      { query: trusted, extensions: persistedQuery(trusted) },
      { query: trusted },
      { query: 'query Names {\n  people { name, } # the same\n}' },
    ])
      expect((await gateway.post(body)).body, JSON.stringify(body)).toEqual(good);
    expect(codeOf(await gateway.post({ query: other }))).toEqual([403, 'DOCUMENT_NOT_TRUSTED']);
    expect(codeOf(await gateway.post({ query: other, extensions: persistedQuery(other) }))).toEqual([
      403,
      'DOCUMENT_NOT_TRUSTED',
    ]);
    expect(codeOf(await gateway.post({ extensions: persistedQuery(other) }))[1]).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
    expect(codeOf(await gateway.post({ documentId: 'nobody' }))[1]).toBe('DOCUMENT_NOT_FOUND');
    expect(codeOf(await gateway.post({ documentId: sha256(trusted), query: other }))[1]).toBe('BAD_REQUEST');
    expect(codeOf(await gateway.post({ query: '{ people {' }))).toEqual([403, 'DOCUMENT_NOT_TRUSTED']);
  });

  it('come from Apollo’s manifests as well, are only logged on wish, and change with their file', async () => {
    const operations = [{ id: 'names', name: 'Names', type: 'query', body: trusted }];
    const file = await manifestFile({ format: 'apollo-persisted-query-manifest', version: 1, operations });
    const gateway = await start({ protection: { trustedDocuments: { mode: 'log', manifests: [file] } } });
    expect((await gateway.post({ documentId: 'names' })).body.data.people).toHaveLength(2);
    for (let time = 0; time < 3; time += 1) expect((await gateway.post({ query: other })).body.data.people).toBeDefined();
    expect(gateway.logged.filter(({ document }) => document === sha256(other))).toHaveLength(1);
    await writeFile(file, '{ "names": ');
    await untilPasses(() => expect(JSON.stringify(gateway.logged)).toContain('The new manifest was refused'));
    expect((await gateway.post({ documentId: 'names' })).body.data.people).toHaveLength(2);
    await writeFile(file, JSON.stringify({ ids: other }));
    await untilPasses(async () => expect((await gateway.post({ documentId: 'ids' })).body.data?.people).toHaveLength(2));
    expect(codeOf(await gateway.post({ documentId: 'names' }))[1]).toBe('DOCUMENT_NOT_FOUND');
  });

  it('that clients send once are known by their hash from then on, over GET too', async () => {
    const gateway = await start();
    const hashed = { extensions: persistedQuery(trusted) };
    const unknown = await gateway.post(hashed);
    expect(codeOf(unknown)).toEqual([200, 'PERSISTED_QUERY_NOT_FOUND']);
    expect([unknown.body.errors[0].message, unknown.headers.get('cache-control')]).toEqual([
      'PersistedQueryNotFound',
      'private, no-store',
    ]);
    expect(codeOf(await gateway.post({ query: other, extensions: persistedQuery(trusted) }))[1]).toBe('BAD_REQUEST');
    expect(codeOf(await gateway.post({ query: '{ nothing }', extensions: persistedQuery('{ nothing }') }))[1]).toBe(
      'GRAPHQL_VALIDATION_FAILED',
    );
    expect(codeOf(await gateway.post({ extensions: persistedQuery('{ nothing }') }))[1]).toBe('PERSISTED_QUERY_NOT_FOUND');
    await gateway.post({ query: trusted, ...hashed });
    expect((await gateway.post(hashed)).body.data.people).toHaveLength(2);
    const url = `${gateway.url}/graphql?extensions=${encodeURIComponent(JSON.stringify(hashed.extensions))}`;
    const got = await fetch(url, { headers: { 'graphql-require-preflight': '1' } });
    expect(await got.json()).toHaveProperty('data.people');
    for (const persisted of [{ version: 2, sha256Hash: sha256(trusted) }, { version: 1, sha256Hash: 'x' }, { version: 1 }])
      expect(codeOf(await gateway.post({ extensions: { persistedQuery: persisted } }))[1]).toBe('BAD_REQUEST');
    const off = await start({ protection: { persistedQueries: 'off' } });
    expect(codeOf(await off.post({ query: trusted, ...hashed }))[1]).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
  });
});

describe('demand', () => {
  it('for more objects than any process should hold is refused, whatever else is configured', async () => {
    const gateway = await start({ graph: shop, limits: { objectsMax: 100 } });
    const { status, body } = await gateway.post({ query: '{ topProducts(first: 101) { upc } }' });
    expect([status, body.errors[0].extensions]).toEqual([
      400,
      { code: 'TOO_MANY_OBJECTS', retryable: false, details: { objects: 101, objectsMax: 100 } },
    ]);
  });

  const demand = { ...testProtection.demand, mode: 'enforce' as const, costMax: 30 };
  const query = 'query ($n: Int!) { topProducts(first: $n) { upc related { upc } } }';
  const enquire = (gateway: TestGateway, n: number, headers = {}) => gateway.post({ query, variables: { n } }, headers);

  it('above the limit is refused before anything is asked of a subgraph, with both numbers', async () => {
    const gateway = await start({ graph: shop, protection: { demand: { ...demand, report: 'headers' } } });
    const good = await enquire(gateway, 2);
    expect(good.body.data.topProducts).toHaveLength(2);
    const { headers } = good;
    expect(Number(headers.get('graphql-cost-estimated'))).toBe(2 * (1 + 10));
    const related = good.body.data.topProducts
      .flatMap((product: { related: unknown[] | null }) => product.related ?? [])
      .filter((each: unknown) => each !== null);
    expect(Number(headers.get('graphql-cost-actual'))).toBe(2 + related.length);
    const dear = await enquire(gateway, 3);
    expect([dear.status, dear.body.errors[0].extensions]).toEqual([
      400,
      { code: 'COST_ESTIMATED_TOO_EXPENSIVE', retryable: false, details: { estimatedCost: 33, costMax: 30 } },
    ]);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toContain('clawpurse_gateway_costs_judged_total{result="COST_ESTIMATED_TOO_EXPENSIVE"} 1');
  });

  it('is only measured on wish, and reported in the extensions', async () => {
    const gateway = await start({ graph: shop, protection: { demand: { ...demand, mode: 'measure', report: 'extensions' } } });
    const { body } = await enquire(gateway, 3);
    expect(body.extensions.cost).toEqual({ estimated: 33, actual: expect.any(Number), max: 30 });
    expect(body.data.topProducts).toHaveLength(3);
  });

  it('has a budget for each caller, who pays what was delivered', async () => {
    const budget = { amount: 60, windowMs: 3_600_000 };
    const gateway = await start({ graph: shop, protection: { demand: { ...demand, budget } } });
    const ada = await bearer({ sub: 'ada' });
    const answers = [];
    for (let time = 0; time < 30; time += 1) answers.push(await enquire(gateway, 2, ada));
    const spent = answers.findIndex(({ status }) => status === 429);
    // 22 are estimated each time, but only some of them are delivered.
    expect(spent).toBeGreaterThan(2);
    const refused = answers[spent] as (typeof answers)[number];
    expect(refused.body.errors[0].extensions).toMatchObject({ code: 'COST_BUDGET_EXCEEDED', retryable: true });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(60);
    const never = await start({ graph: shop, protection: { demand: { ...demand, budget: { amount: 10, windowMs: 1000 } } } });
    expect((await enquire(never, 2)).body.errors[0].extensions).toMatchObject({
      code: 'COST_ESTIMATED_TOO_EXPENSIVE',
      details: { costMax: 10 },
    });
    expect((await enquire(gateway, 2, await bearer({ sub: 'bob' }))).status).toBe(200);
    expect((await enquire(gateway, 2)).status).toBe(200);
  });

  it('is charged for each event of a subscription, once for each caller, and ends the stream when the budget is spent', async () => {
    const { graph, journal } = createJournalSample();
    // An event costs 2: the change and its item.
    const budget = { amount: 10, windowMs: 3_600_000 };
    const gateway = await start({ graph, protection: { demand: { ...demand, budget } } });
    const subscription = 'subscription { changed { cursor item { title } } }';
    const follow = async (sub: string) => {
      const client = await openSocketClient(gateway.url, await bearer({ sub }));
      onTestFinished(() => client.socket.terminate());
      client.subscribe('1', subscription);
      return client;
    };
    const [ann, again, ben] = [await follow('ann'), await follow('ann'), await follow('ben')];
    await untilPasses(() => expect(journal.followers).toBe(2));
    again.subscribe('q', '{ length }');
    expect([(await again.next()).id, (await again.next()).type]).toEqual(['q', 'complete']);
    const cursorsOf = async (client: SocketClient, count: number) => {
      const cursors: string[] = [];
      for (let index = 0; index < count; index++) cursors.push((await client.next()).payload.data.changed.cursor);
      return cursors;
    };
    // Both subscriptions of one caller get what is paid once, beside what each of them gave in advance.
    for (let event = 1; event <= 6; event++) journal.append();
    expect(await cursorsOf(ben, 6)).toEqual(['1', '2', '3', '4', '5', '6']);
    const refusal = (await ben.next()).payload;
    expect(refusal).toMatchObject({ errors: [{ extensions: { code: 'COST_BUDGET_EXCEEDED', retryable: true } }] });
    expect(await ben.next()).toEqual({ id: '1', type: 'complete' });
    for (const client of [ann, again]) expect(await cursorsOf(client, 6)).toHaveLength(6);
    ben.subscribe('2', subscription);
    expect((await ben.next()).payload[0].extensions.code).toBe('COST_BUDGET_EXCEEDED');
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toContain('clawpurse_gateway_costs_judged_total{result="COST_BUDGET_EXCEEDED"} ');
    // What is over for the one who spent all goes on for nobody else's account.
    await untilPasses(() => expect(journal.followers).toBe(0));
  });
});

describe('limits', () => {
  it('hold for lists in documents and variables, however deep, and for introspection', async () => {
    const gateway = await start({ graph: shop, limits: { listItemsMax: 5, bodyBytesMax: 1_000_000 } });
    const codeOf = async (body: object) => (await gateway.post(body)).body.errors?.[0].extensions.code;
    const ids = (count: number) => Array.from({ length: count }, (_, index) => `u${index}`);
    const query = 'query ($ids: [ID!]!) { users(ids: $ids) { id } }';
    expect(await codeOf({ query, variables: { ids: ids(5) } })).toBeUndefined();
    expect(await codeOf({ query, variables: { ids: ids(6) } })).toBe('LIST_TOO_LONG');
    expect(await codeOf({ query: `{ users(ids: ${JSON.stringify(ids(6))}) { id } }` })).toBe('LIST_TOO_LONG');
    const brackets = 200_000;
    const deep = `{"query": ${JSON.stringify(query)}, "variables": {"ids": ${'['.repeat(brackets)}${']'.repeat(brackets)}}}`;
    expect((await gateway.post(deep as unknown as object)).body.errors[0].extensions.code).toBe('BAD_USER_INPUT');
    const types = '{ type { fields { type { fields { type { fields { type { fields { name } } } } } } } } }';
    expect(await codeOf({ query: `{ __type(name: "User") { fields ${types} } }` })).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});

describe('rates', () => {
  const rate = (amount: number) => ({ amount, windowMs: 60_000 });
  const ping = { query: '{ __typename }' };

  it('are limited for each identity, wherever it comes from', async () => {
    const gateway = await start({ protection: { rates: { perAddress: null, perIdentity: rate(3) } } });
    const ada = await bearer({ sub: 'ada' });
    for (let time = 0; time < 3; time += 1) expect((await gateway.post(ping, ada)).status).toBe(200);
    const refused = await gateway.post(ping, await bearer({ sub: 'ada', jti: 'another token' }));
    expect([refused.status, refused.body.errors[0].extensions]).toEqual([
      429,
      { code: 'RATE_LIMITED', retryable: true, details: { limit: 3, windowSeconds: 60, retryAfterSeconds: expect.any(Number) } },
    ]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await gateway.post(ping, await bearer({ sub: 'bob' }))).status).toBe(200);
    expect((await gateway.post(ping)).status).toBe(200);
    const client = createClient({
      url: `${gateway.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: ada,
    });
    await expect(client.iterate(ping).next()).rejects.toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'RATE_LIMITED' }) }),
    ]);
    await client.dispose();
  });

  it('are limited for each address, before the token is even looked at', async () => {
    const gateway = await start({
      trustedProxies: ['loopback'],
      protection: { rates: { perAddress: rate(2), perIdentity: null } },
    });
    const from = (address: string) => ({ 'x-forwarded-for': address, authorization: 'Bearer nonsense' });
    const statuses = [];
    for (const address of [
      '198.51.100.1',
      '198.51.100.1',
      '198.51.100.1',
      '198.51.100.2',
      '2001:db8::1',
      '2001:db8::2',
      '2001:db8:0:0:1::',
      '2001:db8:0:1::1',
    ])
      statuses.push((await gateway.post(ping, from(address))).status);
    expect(statuses).toEqual([401, 401, 429, 401, 401, 401, 429, 401]);
  });
});
