// Subscriptions as server-sent events: to clients, and from subgraphs that speak nothing else.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../platform/log.ts';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { createHttpSubgraph } from '../http-subgraph.ts';
import { createJournalSample } from '../testing/journal.sample.ts';
import { inProcessClient } from '../testing/sample-graph.ts';
import { openSocketClient } from '../testing/socket-client.ts';
import { createTokens, startTestGateway, type TestGatewayOptions } from '../testing/test-gateway.ts';

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
  return { gateway, journal, url: `${gateway.url}/graphql` };
}

interface Stream {
  readonly response: Response;
  /** The next event or comment, as it was written. */
  next(): Promise<string>;
  /** Everything up to the end. */
  rest(): Promise<string>;
  close(): void;
}

async function open(url: string, body: object, headers: Record<string, string> = {}, method = 'POST'): Promise<Stream> {
  const gone = new AbortController();
  closing.push(() => gone.abort());
  const search = method === 'GET' ? `?${new URLSearchParams(body as Record<string, string>)}` : '';
  const response = await fetch(url + search, {
    method,
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    signal: gone.signal,
    ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
  });
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  async function more(): Promise<boolean> {
    const { done, value } = await reader.read();
    text += value ?? '';
    return !done;
  }
  return {
    response,
    async next() {
      while (!text.includes('\n\n')) if (!(await more())) throw new Error(`The stream has ended: ${text}`);
      const end = text.indexOf('\n\n');
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      return event;
    },
    async rest() {
      while (await more());
      return text;
    },
    close: () => gone.abort(),
  };
}

const query = 'subscription ($after: String) { changed(after: $after) { cursor item { title } } }';
const event = (cursor: number) =>
  `event: next\nid: ${cursor}\ndata: {"data":{"changed":{"cursor":"${cursor}","item":{"title":"item ${cursor}"}}}}`;

describe('an event stream to a client', () => {
  it('has an event for each result, with its cursor as the id, and closes the upstream when the client leaves', async () => {
    const { journal, url } = await start();
    const stream = await open(url, { query });
    expect([stream.response.status, stream.response.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
    await untilPasses(() => expect(journal.followers).toBe(1));
    journal.append();
    journal.append();
    expect([await stream.next(), await stream.next()]).toEqual([event(1), event(2)]);
    stream.close();
    await untilPasses(() => expect(journal.followers).toBe(0));
  });

  it('goes on after the id that a browser names when it connects again', async () => {
    const { journal, url } = await start();
    for (let entry = 0; entry < 3; entry++) journal.append();
    const stream = await open(url, { query }, { 'last-event-id': '1' }, 'GET');
    expect([await stream.next(), await stream.next()]).toEqual([event(2), event(3)]);
    expect(journal.openings).toEqual(['1']);
  });

  it('shares its upstream with sockets', async () => {
    const { gateway, journal, url } = await start();
    const client = await openSocketClient(gateway.url);
    closing.push(() => client.socket.terminate());
    client.subscribe('1', query);
    await untilPasses(() => expect(journal.followers).toBe(1));
    const stream = await open(url, { query });
    journal.append();
    expect(await stream.next()).toBe(event(1));
    expect((await client.next()).payload.data.changed.cursor).toBe('1');
    expect([journal.openings.length, journal.joins]).toEqual([1, 1]);
  });

  it('also carries queries, and what is wrong with a document, as one event before the end', async () => {
    const { url } = await start();
    const answered = await open(url, { query: '{ length }' });
    expect(await answered.rest()).toBe('event: next\ndata: {"data":{"length":0}}\n\nevent: complete\ndata: \n\n');
    const refused = await open(url, { query: '{ nothing }' });
    expect([refused.response.status, await refused.rest()]).toEqual([
      200,
      expect.stringMatching(/^event: next\ndata: {"errors".*\n\nevent: complete\ndata: \n\n$/),
    ]);
  });

  it('is used for subscriptions alone where the client reads JSON as well', async () => {
    const { journal, url } = await start();
    const accept = 'application/graphql-response+json, application/json, text/event-stream';
    const answered = await open(url, { query: '{ length }' }, { accept });
    expect(await answered.rest()).toBe('{"data":{"length":0}}');
    const stream = await open(url, { query }, { accept });
    await untilPasses(() => expect(journal.followers).toBe(1));
    journal.append();
    expect(await stream.next()).toBe(event(1));
  });

  it('is kept alive by comments while nothing happens', async () => {
    const { url } = await start({ door: { heartbeatMs: 20 } });
    const stream = await open(url, { query });
    expect([await stream.next(), await stream.next()]).toEqual([':', ':']);
  });

  it('is refused with the status that HTTP has for a token, and ends when the token does', async () => {
    const { url } = await start();
    const refused = await open(url, { query }, { authorization: 'Bearer forged' });
    expect([refused.response.status, refused.response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ]);
    const stream = await open(url, { query }, { authorization: `Bearer ${await tokens.sign({}, 1)}` });
    expect(await stream.next()).toContain('TOKEN_EXPIRED');
    expect(await stream.next()).toBe('event: complete\ndata: ');
  });

  it('ends without "complete" when the gateway stops, so that the client comes back', async () => {
    const { gateway, url } = await start();
    const stream = await open(url, { query });
    await gateway.stop();
    expect(await stream.rest()).toBe('');
  });

  it('counts among the connections of a client', async () => {
    const { url } = await start({ door: { connectionsPerClientMax: 1 } });
    await open(url, { query });
    const second = await open(url, { query });
    expect([second.response.status, await second.rest()]).toMatchObject([503, expect.stringContaining('TOO_MANY_CONNECTIONS')]);
  });
});

describe('a subgraph that speaks only server-sent events', () => {
  /** Writes by hand what the protocol says, in pieces that no parser likes. */
  async function serveEvents(respond: (write: (text: string) => void, end: () => void, request: { body: string }) => void) {
    let upgrades = 0;
    const server: Server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        respond(
          (text) => void response.write(text),
          () => void response.end(),
          { body },
        );
      });
    });
    server.on('upgrade', (_, socket) => {
      upgrades += 1;
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, upgrades: () => upgrades };
  }

  async function startOver(url: string) {
    const { graph } = createJournalSample();
    const gateway = await startTestGateway({
      graph,
      clients: (name) =>
        name === 'journal'
          ? createHttpSubgraph({ name, urls: [url], log: silentLogger() })
          : inProcessClient(graph.subgraphs.find((subgraph) => subgraph.name === name) as never),
    });
    closing.push(() => gateway.stop());
    const client = await openSocketClient(gateway.url);
    closing.push(() => client.socket.terminate());
    return client;
  }

  const data = (cursor: number) => `{"data":{"changed":{"cursor":"${cursor}","item":{"__typename":"Item","id":"${cursor}"}}}}`;

  it('is found out by its refusal of a WebSocket, and its events are joined', async () => {
    const { url, upgrades } = await serveEvents((write, end) => {
      write(': hello\r\n\r\nevent: ne');
      write(`xt\r\ndata: ${data(1)}\r\n\r\n: still here\n\nevent: next\ndata:${data(2)}\n`);
      write('\nevent: complete\ndata: \n\n');
      end();
    });
    const client = await startOver(url);
    client.subscribe('1', 'subscription { changed { cursor item { title } } }');
    expect([(await client.next()).payload, (await client.next()).payload]).toEqual([
      { data: { changed: { cursor: '1', item: { title: 'item 1' } } } },
      { data: { changed: { cursor: '2', item: { title: 'item 2' } } } },
    ]);
    expect((await client.next()).type).toBe('complete');
    client.subscribe('2', 'subscription { changed { cursor item { title } } }');
    await client.next();
    expect(upgrades()).toBe(1);
  });

  it('is asked again after the last cursor when its stream breaks off', async () => {
    const asked: string[] = [];
    const { url } = await serveEvents((write, end, { body }) => {
      asked.push(JSON.parse(body).variables?.after);
      write(`event: next\ndata: ${data(asked.length)}\n\n`);
      if (asked.length < 3) end();
      else write('event: complete\ndata:\n\n');
    });
    const client = await startOver(url);
    client.subscribe('1', query);
    for (const cursor of ['1', '2', '3']) expect((await client.next()).payload.data.changed.cursor).toBe(cursor);
    expect((await client.next()).type).toBe('complete');
    expect(asked).toEqual([undefined, '1', '2']);
  });
});
