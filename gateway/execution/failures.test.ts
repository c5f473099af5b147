// What a client sees when subgraphs fail: partial data, errors at its own paths, nothing about what stands behind the graph.
import { describe, expect, it } from 'vitest';
import { platformErrors } from '../../platform/errors.ts';
import type { SubgraphClient } from '../../platform/graph/subgraph.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import { createLiveSample } from '../testing/live.sample.ts';
import { mediaLibrary } from '../testing/media.sample.ts';
import { type SampleEngineOptions, startSampleEngine } from '../testing/sample-engine.ts';

const market = (options?: SampleEngineOptions) => startSampleEngine(createLiveSample().graph, options);
const failing = (failed: string, failure: () => Promise<never>): SampleEngineOptions => ({
  clientFor: (name, client): SubgraphClient => (name === failed ? { ...client, execute: failure } : client),
});
const down = () => Promise.reject(gatewayErrors.SUBGRAPH_UNAVAILABLE({}, new Error('connect ECONNREFUSED 10.0.0.7')));

describe('errors of subgraphs', () => {
  it('passes code and message, and strips every other extension', async () => {
    const result = await market().execute('{ broken instrument(id: "c") { name } }');
    expect(JSON.parse(JSON.stringify(result))).toEqual({
      data: { broken: null, instrument: { name: 'name c' } },
      errors: [{ message: 'prices are broken', path: ['broken'], extensions: { code: 'BROKEN' } }],
    });
  });

  it('puts an error of an entity at each place where the client sees the entity', async () => {
    const engine = market();
    const { data, errors } = await engine.execute('{ all: instruments { key: id hint: risky } }');
    expect(JSON.stringify(data)).toBe(
      '{"all":[{"key":"a","hint":null},{"key":"b","hint":"safe"},{"key":"c","hint":"safe"},{"key":"a","hint":null}]}',
    );
    expect(errors?.map(({ path }) => path)).toEqual([
      ['all', 0, 'hint'],
      ['all', 3, 'hint'],
    ]);
    const sent = engine.requests.find(({ subgraph }) => subgraph === 'names')?.request.variables?.representations;
    expect(sent, 'each entity is asked for once').toHaveLength(3);
  });

  it('propagates null to the nearest nullable parent, with the one error that caused it', async () => {
    const { data, errors } = await market().execute(
      '{ instrument(id: "b") { price label } other: instrument(id: "c") { label } }',
    );
    expect(JSON.stringify(data)).toBe('{"instrument":null,"other":{"label":"label c"}}');
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toMatchObject({ message: 'no label for b', path: ['instrument', 'label'] });
  });

  it('nulls the whole response when no parent is nullable', async () => {
    const { data, errors } = await market().execute('{ instruments { label } broken }');
    expect(data).toBeNull();
    expect(errors?.map(({ path }) => path?.join('.'))).toContain('instruments.1.label');
  });

  it('keeps what a subgraph nulled itself, without a second error', async () => {
    const { data, errors } = await market().execute('{ strict { must } }');
    expect(JSON.stringify(data)).toBe('{"strict":null}');
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.path).toEqual(['strict', 'must']);
  });

  it('answers null for an entity that its subgraph does not know, or does not show to this caller', async () => {
    const { data, errors } = await market().execute(
      '{ instrument(id: "missing") { id label } nullable: instrument(id: "missing") { id name } }',
    );
    expect(JSON.stringify(data)).toBe('{"instrument":null,"nullable":{"id":"missing","name":null}}');
    expect(errors).toBeUndefined();
  });

  it('reports such an entity where null is not allowed', async () => {
    const engine = startSampleEngine(createLiveSample().graph, {
      clientFor: (name, client) =>
        name === 'prices'
          ? { ...client, execute: async () => ({ data: { instruments: [{ __typename: 'Instrument', id: 'missing' }] } }) }
          : client,
    });
    const { data, errors } = await engine.execute('{ instruments { id label } }');
    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toMatchObject({ path: ['instruments', 0], extensions: { code: 'SUBGRAPH_INVALID_RESPONSE' } });
  });

  it('cuts a path where it would name a field that the client did not select', async () => {
    const graph = createLiveSample().graph;
    const engine = startSampleEngine(graph, {
      clientFor: (name, client) =>
        name === 'prices'
          ? {
              ...client,
              execute: async () => ({
                data: { instrument: null },
                errors: [{ message: 'hidden', path: ['instrument', 'id'] }] as never,
              }),
            }
          : client,
    });
    const { errors } = await engine.execute('{ instrument(id: "a") { name } }');
    expect(errors?.map(({ path }) => path)).toEqual([['instrument']]);
  });
});

describe('subgraphs that fail as a whole', () => {
  it('answers what the others gave, with the path of every field that is missing', async () => {
    const { data, errors } = await market(failing('names', down)).execute(
      '{ instrument(id: "a") { price name } two: instrument(id: "b") { n: name } }',
    );
    expect(JSON.stringify(data)).toBe('{"instrument":{"price":97,"name":null},"two":{"n":null}}');
    expect(errors?.map(({ path }) => path?.join('.')).sort()).toEqual(['instrument.name', 'two.n']);
    expect(JSON.stringify(errors)).not.toMatch(/names|10\.0\.0\.7|ECONNREFUSED/);
    expect(errors?.[0]?.extensions).toEqual({ code: 'SUBGRAPH_UNAVAILABLE', retryable: true, details: {} });
  });

  it('does not pass on the name by which a subgraph in process excuses itself', async () => {
    const stopping = () => Promise.reject(platformErrors.SERVICE_UNAVAILABLE({ service: 'names' }));
    const { errors } = await market(failing('names', stopping)).execute('{ instrument(id: "a") { name } }');
    expect(errors?.[0]?.extensions).toEqual({ code: 'SUBGRAPH_UNAVAILABLE', retryable: true, details: {} });
    expect(errors?.[0]?.message).not.toContain('names');
  });

  it('gives every root field of a failed fetch its error', async () => {
    const { data, errors } = await market(failing('prices', down)).execute('{ a: whoami strict { may } nameOf(id: "x") }');
    expect(JSON.stringify(data)).toBe('{"a":null,"strict":null,"nameOf":"name x"}');
    expect(errors?.map(({ path }) => path)).toEqual([['a'], ['strict']]);
  });

  it('stops waiting at the deadline and says which field was slow', async () => {
    const engine = market({ ...failing('names', () => new Promise(() => {})), subgraphTimeoutMs: 30 });
    const { data, errors } = await engine.execute('{ instrument(id: "a") { price name } }');
    expect(JSON.stringify(data)).toBe('{"instrument":{"price":97,"name":null}}');
    expect(errors?.[0]).toMatchObject({
      path: ['instrument', 'name'],
      extensions: { code: 'SUBGRAPH_TIMEOUT', retryable: true },
    });
  });

  it('bounds the errors of one failed fetch', async () => {
    const engine = startSampleEngine(createLiveSample().graph, {
      clientFor: (name, client) => ({
        ...client,
        execute:
          name === 'names'
            ? down
            : async () => ({ data: { instruments: Array.from({ length: 500 }, (_, id) => ({ __typename: 'Instrument', id })) } }),
      }),
    });
    const { errors } = await engine.execute('{ instruments { id name risky } }');
    expect(errors).toHaveLength(20);
  });

  it.each([
    ['entities that are no list', { _entities: 'x' }],
    ['fewer entities than asked for', { _entities: [] }],
    ['data that is a list', []],
  ])('refuses %s', async (_, data) => {
    const engine = startSampleEngine(createLiveSample().graph, {
      clientFor: (name, client) => (name === 'names' ? { ...client, execute: async () => ({ data: data as never }) } : client),
    });
    const result = await engine.execute('{ instrument(id: "a") { price label } }');
    expect(JSON.stringify(result.data)).toBe('{"instrument":null}');
    expect(result.errors?.[0]).toMatchObject({
      path: ['instrument', 'label'],
      extensions: { code: 'SUBGRAPH_INVALID_RESPONSE' },
    });
  });

  it.each([
    ['a string for a list', { media: 'x' }],
    ['a list for an object', { medium: [] }],
    ['a type that clients may not know', { medium: { __typename: 'Secret', id: '1' } }],
    ['text for a number', { medium: { __typename: 'Book', pages: 'many' } }],
  ])('answers null with an error for %s', async (_, data) => {
    const engine = startSampleEngine(mediaLibrary, {
      clientFor: (_name, client) => ({ ...client, execute: async () => ({ data: data as never }) }),
    });
    const field = Object.keys(data)[0];
    const { errors } = await engine.execute(
      field === 'media' ? '{ media { id } }' : '{ medium(id: "b1") { ... on Book { pages } } }',
    );
    expect(errors?.length).toBe(1);
    expect(errors?.[0]?.extensions.code).toBe('SUBGRAPH_INVALID_RESPONSE');
    expect(errors?.[0]?.message).not.toContain('Secret');
  });

  it('never answers silently null for a root field that nothing fetched', async () => {
    const engine = startSampleEngine(mediaLibrary, {
      clientFor: (_name, client) => ({ ...client, execute: async () => ({ data: {} }) }),
    });
    const { data, errors } = await engine.execute('{ medium(id: "b1") { id } }');
    expect(JSON.stringify(data)).toBe('{"medium":null}');
    expect(errors?.[0]).toMatchObject({ path: ['medium'], extensions: { code: 'FIELD_NOT_RESOLVED' } });
  });
});

describe('mutations', () => {
  it('run one after the other, across subgraphs, in the order of the document', async () => {
    const engine = market();
    const query =
      'mutation { a: setPrice(id: "a", price: 5) { price name } b: rename(id: "b") { name } c: setPrice(id: "c", price: 6) { price } failing }';
    const { data, errors } = await engine.execute(query);
    expect(JSON.stringify(data)).toBe('{"a":{"price":5,"name":"name a"},"b":{"name":"name b"},"c":{"price":6},"failing":null}');
    expect(errors?.map(({ path }) => path)).toEqual([['failing']]);
    const mutations = engine.requests
      .filter(({ request }) => request.query.startsWith('mutation'))
      .map(({ subgraph }) => subgraph);
    expect(mutations).toEqual(['prices', 'names', 'prices']);
  });
});

describe('the request', () => {
  it('refuses variables before any subgraph is asked', async () => {
    const engine = market();
    const { data, errors } = await engine.execute('query Q($id: ID!) { instrument(id: $id) { price } }', {});
    expect(data).toBeUndefined();
    expect(errors?.[0]?.message).toContain('"$id"');
    expect(engine.requests).toEqual([]);
  });

  it('forwards token and request id to every subgraph', async () => {
    const engine = market();
    const { data } = await engine.execute('{ whoami instrument(id: "a") { name } }', {}, { token: 't0k3n', requestId: 'r-1' });
    expect(data?.whoami).toBe('t0k3n');
    expect(engine.requests.map(({ request }) => [request.token, request.requestId])).toEqual([
      ['t0k3n', 'r-1'],
      ['t0k3n', 'r-1'],
    ]);
  });

  it('asks no further subgraph once the client has gone', async () => {
    const gone = new AbortController();
    const engine = startSampleEngine(createLiveSample().graph, {
      clientFor: (name, client) => ({
        ...client,
        async execute(request) {
          if (name === 'prices') gone.abort();
          return client.execute(request);
        },
      }),
    });
    await engine.execute('{ instrument(id: "a") { price name } }', {}, { signal: gone.signal });
    expect(engine.requests.map(({ subgraph }) => subgraph)).not.toContain('names');
  });
});
