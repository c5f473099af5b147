// The gateway alone, over a supergraph that is not ours: subgraphs are real servers, found where the supergraph says.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type ServedGateway, serveGateway } from '../cli/gateway.ts';
import { createLiveSample, type Ticker } from '../gateway/testing/live.sample.ts';
import { mediaLibrary } from '../gateway/testing/media.sample.ts';
import { protectedGraph } from '../gateway/testing/rights.sample.ts';
import { startSampleEngine } from '../gateway/testing/sample-engine.ts';
import { composeSample, type SampleGraph } from '../gateway/testing/sample-graph.ts';
import { type HttpSample, startHttpSample } from '../gateway/testing/sample-http.ts';
import { shop } from '../gateway/testing/shop.sample.ts';
import { loadConfig } from '../platform/config/config.ts';
import { untilPasses } from '../platform/testing/until-passes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foreign-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function serve(
  graph: SampleGraph,
  env: Record<string, string> = {},
): Promise<{ gateway: ServedGateway; subgraphs: HttpSample }> {
  const subgraphs = await startHttpSample(graph);
  const file = join(folder, `${graph.name}.graphql`);
  await writeFile(file, composeSample(graph, subgraphs.urlOf));
  const config = loadConfig({ NODE_ENV: 'test', SUPERGRAPH: file, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'silent', ...env });
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
    await untilPasses(() => expect(ticker.followers).toBe(1));
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

describe('with the tokens of its own issuers', () => {
  let served: Awaited<ReturnType<typeof serve>>;
  let keyServer: Server;
  let pair: Awaited<ReturnType<typeof generateKeyPair>>;

  const tokenOf = (claims: JWTPayload) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setIssuer('https://id.example.com')
      .setSubject('ada')
      .setAudience('graph')
      .setExpirationTime('1m')
      .sign(pair.privateKey);

  beforeAll(async () => {
    pair = await generateKeyPair('RS256', { extractable: true });
    const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'k1' }];
    keyServer = createServer((_, response) => response.end(JSON.stringify({ keys })));
    await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
    const jwksUrl = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/jwks.json`;
    const issuers = [{ issuer: 'https://id.example.com', jwksUrl, audiences: ['graph'], scopeClaim: 'scp' }];
    served = await serve(protectedGraph, {
      JWT_ISSUERS: JSON.stringify(issuers),
      POLICIES: JSON.stringify({ editor: { claim: 'roles', includes: 'editor' } }),
    });
  });
  afterAll(async () => {
    await served.gateway.shutdown.run('the test is over');
    await served.subgraphs.close();
    keyServer.close();
  });

  const query = { query: '{ me { email rank } vault { code } }' };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  it('gives each caller what the schema and their token say', async () => {
    const ada = await tokenOf({ scp: ['profile'], roles: ['editor'] });
    expect(await post(served.gateway, query, bearer(ada))).toMatchObject({
      data: { me: { email: '<profile>ada@x', rank: 'HIGH' }, vault: null },
      errors: [{ path: ['vault'], extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }],
    });
    expect(await post(served.gateway, query)).toMatchObject({ data: { me: null, vault: null } });
    const forged = `${ada.slice(0, -6)}AAAAAA`;
    expect(await post(served.gateway, query, bearer(forged))).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });
});
