// A supergraph that is fetched: sent once for each version, kept when its server is away.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { createLiveSample } from '../testing/live.sample.ts';
import { composeSample } from '../testing/sample-graph.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { urlSource } from './url-source.ts';

const { graph } = createLiveSample();
const first = composeSample(graph);
const second = first.replace('whoami: String', 'whoelse: String @join__field(graph: PRICES)\n  whoami: String');
let text = first;
let status = 200;
const answered: number[] = [];
let server: Server;
let gateway: TestGateway;

beforeAll(async () => {
  server = createServer((request, response) => {
    const etag = `"${text.length}"`;
    const answer = status !== 200 ? status : request.headers['if-none-match'] === etag ? 304 : 200;
    answered.push(answer);
    response.writeHead(answer, { etag });
    response.end(answer === 200 ? text : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/supergraph?key=secret`;
  gateway = await startTestGateway({ graph, source: urlSource(url, { pollMs: 15 }) });
});
afterAll(async () => {
  await gateway.stop();
  server.closeAllConnections();
  server.close();
});

const hasNewField = () => gateway.live.current.engine.schema.getQueryType()?.getFields().whoelse !== undefined;

describe('a supergraph behind a URL', () => {
  it('is sent once, and asked for by its tag from then on', async () => {
    await untilPasses(() => expect(answered.length).toBeGreaterThan(3));
    expect(answered.slice(0, 4)).toEqual([200, 304, 304, 304]);
    expect(gateway.live.problem).toBeNull();
  });

  it('is served anew when it has changed', async () => {
    expect(hasNewField()).toBe(false);
    text = second;
    await untilPasses(() => expect(hasNewField()).toBe(true));
  });

  it('is refused when it is none, with the reason and without the key, while the old one serves on', async () => {
    text = 'type Query {';
    await untilPasses(() => expect(gateway.live.problem).toContain('cannot be used'));
    status = 503;
    await untilPasses(() => expect(gateway.live.problem).toContain('status 503'));
    expect(gateway.live.problem).not.toContain('secret');
    expect((await gateway.post({ query: '{ whoami }' })).body).toEqual({ data: { whoami: null } });
    status = 200;
    text = second;
    await untilPasses(() => expect(gateway.live.problem).toBeNull());
  });
});
