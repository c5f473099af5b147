// GraphQL over HTTP beyond the audit: what is negotiated, what is refused with which status, and what is configured.
import { request as httpRequest } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { createLiveSample } from '../testing/live.sample.ts';
import { inProcessClient } from '../testing/sample-graph.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { negotiate } from './media-types.ts';

let plain: TestGateway;
let configured: TestGateway;
/** Why each call to a subgraph that has not been answered ended. */
const cancelled: unknown[] = [];
let unanswered = 0;

beforeAll(async () => {
  const { graph } = createLiveSample();
  plain = await startTestGateway({
    graph,
    clients(name) {
      const client = inProcessClient(graph.subgraphs.find((subgraph) => subgraph.name === name) as never);
      return {
        ...client,
        execute(request) {
          if (request.variables?.id !== 'never') return client.execute(request);
          unanswered += 1;
          return new Promise((_, reject) => {
            const cancel = (reason: unknown) => {
              cancelled.push(reason);
              reject(reason);
            };
            if (request.onCancel !== undefined) request.onCancel(cancel);
            else request.signal?.addEventListener('abort', () => cancel(request.signal?.reason));
          });
        },
      };
    },
  });
  configured = await startTestGateway({
    graph: createLiveSample().graph,
    door: {
      cors: { origins: ['https://app.example.com'], credentials: true },
      strictTransportSecurity: 'max-age=60',
      compressionBytesMin: 200,
      batchOperationsMax: 3,
      csrfPrevention: false,
    },
  });
});
afterAll(() => Promise.all([plain.stop(), configured.stop()]));

const ask = (gateway: TestGateway, init: RequestInit & { search?: string } = {}) =>
  fetch(`${gateway.url}/graphql${init.search ?? ''}`, init);
const json = { 'content-type': 'application/json' };
const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { ...json, ...headers },
  body: JSON.stringify(body),
});

describe('content negotiation', () => {
  it.each([
    [undefined, 'application/json', 400],
    ['*/*', 'application/json', 400],
    ['application/json', 'application/json', 200],
    ['application/graphql-response+json', 'application/graphql-response+json', 400],
    ['application/graphql-response+json, application/json;q=0.9', 'application/graphql-response+json', 400],
    ['application/json, application/graphql-response+json', 'application/graphql-response+json', 400],
    ['application/graphql-response+json;q=0.1, application/json', 'application/json', 200],
    ['text/html, application/*;q=0.5', 'application/json', 400],
  ])('gives %s the type %s, and a document that is not valid the status %i', async (accept, type, status) => {
    const response = await ask(plain, post({ query: '{ nothing }' }, accept === undefined ? {} : { accept }));
    expect([response.headers.get('content-type'), response.status]).toEqual([`${type}; charset=utf-8`, status]);
  });

  it('gives 406 to those who read none of our types', async () => {
    const response = await ask(plain, post({ query: '{ whoami }' }, { accept: 'text/html' }));
    expect([response.status, await response.json()]).toMatchObject([
      406,
      { errors: [{ extensions: { code: 'NOT_ACCEPTABLE' } }] },
    ]);
  });

  it('offers an event stream only to those who name it', () => {
    expect(negotiate('*/*')?.events).toBe(false);
    expect(negotiate('text/*')).toBeNull();
    expect(negotiate('text/event-stream')).toEqual({ single: null, isLegacy: false, events: true });
    expect(negotiate('text/event-stream, application/json')).toMatchObject({ events: true, isLegacy: true });
    expect(negotiate('text/event-stream;q=0')).toBeNull();
  });
});

describe('methods', () => {
  it('are listed, and others are refused with 405', async () => {
    const options = await ask(plain, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, POST, OPTIONS']);
    const put = await ask(plain, { method: 'PUT', headers: json, body: '{}' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS']);
  });

  it('GET takes queries and variables, HEAD gives the head of the same answer', async () => {
    const search = `?query=${encodeURIComponent('query Q($id: ID!) { nameOf(id: $id) }')}&variables=${encodeURIComponent('{"id":"x"}')}`;
    const headers = { 'graphql-require-preflight': '1' };
    expect(await (await ask(plain, { search, headers })).json()).toEqual({ data: { nameOf: 'name x' } });
    const head = await ask(plain, { search, headers, method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '28', '']);
  });

  it('GET runs no mutation', async () => {
    const search = `?query=${encodeURIComponent('mutation { failing }')}`;
    const response = await ask(plain, { search, headers: { 'graphql-require-preflight': '1' } });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('POST takes JSON in UTF-8 and nothing else', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=iso-8859-1']) {
      const response = await ask(plain, { method: 'POST', headers: { 'content-type': type }, body: '{"query":"{ whoami }"}' });
      expect([type, response.status]).toEqual([type, 415]);
    }
    const quoted = await ask(plain, {
      ...post({ query: '{ whoami }' }),
      headers: { 'content-type': 'application/json; charset="UTF-8"' },
    });
    expect(quoted.status).toBe(200);
  });
});

describe('requests that any page could send', () => {
  const search = '?query=%7Bwhoami%7D';
  it.each([
    ['a named header', { 'x-apollo-operation-name': 'Q' }, 200],
    ['a content type that forms do not have', { 'content-type': 'application/json' }, 200],
    ['a content type of forms', { 'content-type': 'text/plain' }, 400],
    ['the word of the browser', { 'sec-fetch-site': 'same-origin' }, 200],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 400],
  ])('pass with %s or not', async (_, headers, status) => {
    // `fetch` sets some of these headers itself.
    const answered = await new Promise((resolve, reject) => {
      const request = httpRequest(`${plain.url}/graphql${search}`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject);
      request.end();
    });
    expect(answered).toBe(status);
  });

  it('all pass where the prevention is off', async () => {
    expect((await ask(configured, { search })).status).toBe(200);
  });
});

describe('pages of other origins', () => {
  it('are told that they may, when they are on the list', async () => {
    const preflight = await ask(configured, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-headers': 'content-type, authorization' },
    });
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'content-type, authorization',
      vary: 'Origin',
    });
    const answer = await ask(configured, post({ query: '{ whoami }' }, { origin: 'https://app.example.com' }));
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  });

  it('are told nothing when they are not', async () => {
    const headers = { origin: 'https://evil.example' };
    for (const response of [
      await ask(configured, { method: 'OPTIONS', headers }),
      await ask(plain, post({ query: '{ whoami }' }, headers)),
    ])
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('get the configured security headers', async () => {
    expect((await ask(configured, post({ query: '{ whoami }' }))).headers.get('strict-transport-security')).toBe('max-age=60');
    expect((await ask(plain, post({ query: '{ whoami }' }))).headers.get('strict-transport-security')).toBeNull();
  });
});

describe('batches', () => {
  it('are answered in order, each on its own terms', async () => {
    const response = await ask(
      configured,
      post([{ query: '{ nameOf(id: "a") }' }, { query: '{ nothing }' }, { query: 'mutation { failing }' }]),
    );
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject([
      { data: { nameOf: 'name a' } },
      { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
      { data: { failing: null }, errors: [{ message: 'refused' }] },
    ]);
  });

  it('are bounded', async () => {
    for (const count of [0, 4]) {
      const response = await ask(configured, post(Array.from({ length: count }, () => ({ query: '{ whoami }' }))));
      expect([
        response.status,
        ((await response.json()) as { errors: { extensions: object }[] }).errors[0]?.extensions,
      ]).toMatchObject([400, { code: 'BATCH_TOO_LARGE' }]);
    }
  });
});

describe('compression', () => {
  const names = Array.from({ length: 5 }, (_, index) => `n${index}: nameOf(id: "${'long '.repeat(20)}")`).join(' ');
  const raw = (accept: string | undefined, query = `{ ${names} }`) =>
    new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
      const headers = { ...json, ...(accept === undefined ? {} : { 'accept-encoding': accept }) };
      const request = httpRequest(`${configured.url}/graphql`, { method: 'POST', headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) }));
      });
      request.on('error', reject);
      request.end(JSON.stringify({ query }));
    });

  it('takes Brotli before gzip, and neither where it does not pay or is not wanted', async () => {
    const [br, zip, none, refused, small] = await Promise.all([
      raw('gzip, deflate, br'),
      raw('gzip;q=1, br;q=0'),
      raw(undefined),
      raw('identity'),
      raw('br', '{ nameOf(id: "a") }'),
    ]);
    expect([br, zip, none, refused, small].map(({ encoding }) => encoding)).toEqual([
      'br',
      'gzip',
      undefined,
      undefined,
      undefined,
    ]);
    expect(brotliDecompressSync(br.body).equals(none.body)).toBe(true);
    expect(gunzipSync(zip.body).equals(none.body)).toBe(true);
  });
});

describe('a client that leaves', () => {
  it('takes its work upstream with it', async () => {
    const gone = new AbortController();
    const answer = ask(plain, {
      ...post({ query: 'query Q($id: ID!) { nameOf(id: $id) }', variables: { id: 'never' } }),
      signal: gone.signal,
    });
    const refused = expect(answer).rejects.toThrow();
    await untilPasses(() => expect(unanswered).toBe(1));
    gone.abort();
    await refused;
    await untilPasses(() => expect(cancelled).toHaveLength(1));
  });
});
