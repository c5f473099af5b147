// The HTTP client against servers that misbehave in every way a server can.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { SubgraphClient, SubgraphRequest } from '../platform/graph/subgraph.ts';
import { silentLogger } from '../platform/log.ts';
import { untilPasses } from '../platform/testing/until-passes.ts';
import { createHttpSubgraph } from './http-subgraph.ts';
import { withTrafficPolicy } from './traffic/traffic-client.ts';
import { defaultTrafficPolicy } from './traffic/traffic-policy.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

function clientOf(urls: string[], options = {}): SubgraphClient {
  const client = createHttpSubgraph({ name: 'things', urls, log: silentLogger(), ...options });
  closing.push(() => client.close());
  return client;
}

const json = (body: unknown, status = 200, type = 'application/json'): RequestListener => {
  return (_, response) =>
    response.writeHead(status, { 'content-type': type }).end(typeof body === 'string' ? body : JSON.stringify(body));
};
const request = (query = '{ a }', more: Partial<SubgraphRequest> = {}): SubgraphRequest => ({
  query,
  token: null,
  requestId: 'r1',
  ...more,
});
const nowhere = 'http://127.0.0.1:1/graphql';

describe('an answer', () => {
  it('is passed on, with whatever status a GraphQL result came', async () => {
    const ok = clientOf([await serve(json({ data: { a: 1 } }))]);
    expect(await ok.execute(request())).toEqual({ data: { a: 1 } });
    const refused = clientOf([
      await serve(json({ errors: [{ message: 'no' }] }, 401, 'application/graphql-response+json; charset=utf-8')),
    ]);
    expect(await refused.execute(request())).toEqual({ errors: [{ message: 'no' }] });
  });

  it.each<[string, RequestListener, string]>([
    ['is garbage', json('<<garbage>>'), 'SUBGRAPH_INVALID_RESPONSE'],
    ['is truncated JSON', json('{"data":{"a":'), 'SUBGRAPH_INVALID_RESPONSE'],
    ['is empty', json(''), 'SUBGRAPH_INVALID_RESPONSE'],
    ['is JSON but no result', json([1, 2]), 'SUBGRAPH_INVALID_RESPONSE'],
    ['has data that is text', json({ data: 'x' }), 'SUBGRAPH_INVALID_RESPONSE'],
    ['has neither data nor errors', json({ data: null }), 'SUBGRAPH_INVALID_RESPONSE'],
    ['has another content type', json({ data: { a: 1 } }, 200, 'text/html'), 'SUBGRAPH_INVALID_RESPONSE'],
    ['has no content type', (_, response) => response.end('{"data":{}}'), 'SUBGRAPH_INVALID_RESPONSE'],
    ['is a page of a proxy with status 502', json('<html>', 502, 'text/html'), 'SUBGRAPH_UNAVAILABLE'],
    ['is a 500 with a body that is no result', json({ oops: true }, 500), 'SUBGRAPH_UNAVAILABLE'],
    [
      'breaks off',
      (_, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
          .write('{"data"', () => response.destroy()),
      'SUBGRAPH_UNAVAILABLE',
    ],
    ['never begins', (incoming) => incoming.socket.destroy(), 'SUBGRAPH_UNAVAILABLE'],
  ])('that %s is refused', async (_, listener, code) => {
    const client = clientOf([await serve(listener)]);
    await expect(client.execute(request())).rejects.toMatchObject({ code, retryable: true });
  });

  it('that is larger than allowed is refused before it is held in memory', async () => {
    const client = clientOf([await serve(json({ data: { a: 'x'.repeat(10_000) } }))], { responseBytesMax: 5000 });
    await expect(client.execute(request())).rejects.toMatchObject({ code: 'SUBGRAPH_INVALID_RESPONSE' });
  });

  it('of a server that is not there is a failure that may pass', async () => {
    await expect(clientOf([nowhere]).execute(request())).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', retryable: true });
  });
});

describe('a request', () => {
  it('carries token, request id and what is known of the person', async () => {
    const seen: unknown[] = [];
    const url = await serve((incoming, response) => {
      seen.push(incoming.headers);
      json({ data: {} })(incoming, response);
    });
    await clientOf([url]).execute(request('{ a }', { token: 'tok', client: { address: '192.0.2.7', userAgent: 'test' } }));
    expect(seen[0]).toMatchObject({
      authorization: 'Bearer tok',
      'x-request-id': 'r1',
      'x-client-address': '192.0.2.7',
      'x-client-user-agent': 'test',
      'content-type': 'application/json',
    });
  });

  it('is cancelled upstream when the client has gone', async () => {
    let cancelled: () => void;
    const upstreamClosed = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    const gone = new AbortController();
    const url = await serve((_, response) => {
      response.on('close', () => cancelled());
      gone.abort(new Error('gone'));
    });
    await expect(clientOf([url]).execute(request('{ a }', { signal: gone.signal }))).rejects.toThrow('gone');
    await upstreamClosed;
  });
});

describe('a subscription', () => {
  const subscription = request('subscription { a }');
  const policed = (url: string, timeoutMs: number) => {
    const policy = { ...defaultTrafficPolicy, timeoutMs };
    return withTrafficPolicy(clientOf([url], { isOverEventStream: true }), policy);
  };

  it('that the subgraph never takes ends at the deadline, and its connection with it', async () => {
    let left = () => {};
    const isClosed = new Promise<void>((resolve) => (left = resolve));
    const silent = policed(await serve((asked) => void asked.on('close', left).resume()), 200);
    const events = silent.subscribe(subscription)[Symbol.asyncIterator]();
    await expect(events.next()).rejects.toMatchObject({ code: 'SUBGRAPH_TIMEOUT', details: { timeoutMs: 200 } });
    await isClosed;
    expect(silent.traffic.inFlight).toBe(0);
  });

  it('that the subgraph has taken may be quiet, and holds no place', async () => {
    let tell = (_: string) => {};
    const quiet = policed(
      await serve((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        tell = (text) => response.write(text);
      }),
      60_000,
    );
    const events = quiet.subscribe(subscription)[Symbol.asyncIterator]();
    const first = events.next();
    expect(quiet.traffic.inFlight).toBe(1);
    await untilPasses(() => expect(quiet.traffic.inFlight).toBe(0));
    tell('event: next\ndata: {"data":{"a":1}}\n\n');
    expect(await first).toEqual({ done: false, value: { data: { a: 1 } } });
    await events.return?.();
  });
});

describe('several replicas', () => {
  it('take turns', async () => {
    const seen: string[] = [];
    const replica = (name: string) =>
      serve((incoming, response) => {
        seen.push(name);
        json({ data: {} })(incoming, response);
      });
    const client = clientOf([await replica('a'), await replica('b'), await replica('c')]);
    for (let round = 0; round < 6; round++) await client.execute(request());
    expect(seen.slice(0, 3).sort()).toEqual(['a', 'b', 'c']);
    expect(seen.slice(3)).toEqual(seen.slice(0, 3));
  });

  it('stand in for one another when a query fails', async () => {
    const broken = await serve((incoming) => incoming.socket.destroy());
    const ill = await serve(json('<html>', 503, 'text/html'));
    const well = await serve(json({ data: { a: 1 } }));
    const client = withTrafficPolicy(clientOf([broken, nowhere, ill, well]), { ...defaultTrafficPolicy, retryDelayMs: 1 });
    for (let round = 0; round < 8; round++) expect(await client.execute(request())).toEqual({ data: { a: 1 } });
  });

  it('never get a mutation that another may have run', async () => {
    let received = 0;
    const breaking = await serve((incoming) => {
      incoming.resume();
      incoming.on('end', () => {
        received += 1;
        incoming.socket.destroy();
      });
    });
    const client = clientOf([breaking, breaking, breaking]);
    for (const mutation of ['mutation { pay }', '  mutation Pay { pay }', '# comment\nquery { a }']) {
      received = 0;
      await expect(client.execute(request(mutation))).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
      expect(received).toBe(1);
    }
  });

  it('get a mutation that certainly was not sent', async () => {
    const well = await serve(json({ data: { pay: true } }));
    const client = clientOf([nowhere, well]);
    for (let round = 0; round < 4; round++)
      expect(await client.execute(request('mutation { pay }'))).toEqual({ data: { pay: true } });
  });
});

describe('readiness', () => {
  it('is whether the subgraph answers a query', async () => {
    await clientOf([await serve(json({ data: { __typename: 'Query' } }))]).ping();
    await expect(clientOf([nowhere]).ping()).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
  });
});
