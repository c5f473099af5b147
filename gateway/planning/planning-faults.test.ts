// What Apollo's planner gets wrong when it is asked plainly, and what has to come out all the same: right data or an error, never a silent null.
import { describe, expect, it } from 'vitest';
import { catalogue } from '../testing/catalogue.sample.ts';
import { startSampleEngine } from '../testing/sample-engine.ts';
import type { SampleGraph } from '../testing/sample-graph.ts';

const json = async (query: string, variables = {}, graph = catalogue) =>
  JSON.parse(JSON.stringify(await startSampleEngine(graph).execute(query, variables))) as unknown;

describe('@requires with arguments', () => {
  it('keeps the values of one field with different arguments apart', async () => {
    expect(await json('{ item(id: "i1") { usdTag eurTag } }')).toEqual({
      data: { item: { usdTag: 'USD 200', eurTag: 'EUR 180' } },
    });
  });

  it('leaves the client its own selection of the field', async () => {
    const query =
      'query Q($limit: Int! = 1) { item(id: "i1") { usdTag relatedTag price(currency: "EUR") price__required0: sku related(limit: $limit) { sku } } }';
    expect(await json(query)).toEqual({
      data: {
        item: { usdTag: 'USD 200', relatedTag: 'i0+i2', price: 180, price__required0: 'sku-1', related: [{ sku: 'sku-0' }] },
      },
    });
  });

  it('asks once for what several fields require alike', async () => {
    const engine = startSampleEngine(catalogue);
    await engine.execute('{ items { usdTag price(currency: "USD") } }');
    expect(engine.requests.map(({ subgraph, request }) => [subgraph, request.query.match(/price/g)?.length])).toEqual([
      ['items', 3],
      ['tags', undefined],
    ]);
  });
});

describe('keys that cannot be resolved', () => {
  it('are not used to come back to a subgraph with what a field requires', async () => {
    expect(await json('{ firstTagged { shortLabel label } }')).toEqual({
      data: { firstTagged: { shortLabel: 'label', label: 'label i1' } },
    });
  });
});

describe('unions that subgraphs know in part', () => {
  const entries = (rest: string) => `{ box { contents { entries { __typename ${rest} } } } }`;

  it('have the members that the asked subgraph knows', async () => {
    expect(await json(entries('... on Note { text place { wall } } ... on Item { sku }'))).toEqual({
      data: {
        box: {
          contents: {
            entries: [
              { __typename: 'Item', sku: 'sku-0' },
              { __typename: 'Note', text: 'a note', place: { wall: 'north' } },
              { __typename: 'Item', sku: 'sku-2' },
            ],
          },
        },
      },
    });
  });

  it('have them with variables, fragments and joined fields of other members', async () => {
    const query = `query Q($id: ID!) ${entries('...N ... on Item { usdTag }').replace('box', 'item(id: $id) { id } box')} fragment N on Note { words: text }`;
    expect(await json(query, { id: 'i0' })).toMatchObject({
      data: {
        item: { id: 'i0' },
        box: { contents: { entries: [{ usdTag: 'USD 100' }, { words: 'a note' }, { usdTag: 'USD 300' }] } },
      },
    });
  });
});

describe('values that clients may not know', () => {
  it('are null, and no failure', async () => {
    expect(await json('{ items { status } }')).toEqual({
      data: { items: ['ACTIVE', 'RETIRED', null, 'ACTIVE', 'RETIRED'].map((status) => ({ status })) },
    });
  });
});

describe('aliases', () => {
  it('may be the names of keys and of required fields', async () => {
    const query = '{ items { id: sku  sku: id  price: usdTag  label: shortLabel  __as_: eurTag } }';
    const { data } = (await json(query)) as { data: { items: unknown[] } };
    expect(data.items[1]).toEqual({ id: 'sku-1', sku: 'i1', price: 'USD 200', label: 'label', __as_: 'EUR 180' });
  });

  it('stand in the paths of errors as the client wrote them', async () => {
    const engine = startSampleEngine(catalogue, {
      clientFor: (name, inProcess) =>
        name === 'tags' ? { ...inProcess, execute: () => Promise.reject(new Error('down')) } : inProcess,
    });
    const { errors } = await engine.execute('{ one: item(id: "i1") { id: usdTag } }');
    expect(errors?.map(({ path }) => path)).toEqual([['one', 'id']]);
  });
});

describe('what no part of the graph can answer', () => {
  const nodes: SampleGraph = {
    name: 'nodes',
    monolith: {},
    queries: [],
    subgraphs: [
      {
        name: 'a',
        typeDefs: 'interface Node @key(fields: "id") { id: ID! } type Query { nothing: Node }',
        resolvers: { Query: { nothing: () => null } },
      },
      {
        name: 'b',
        typeDefs:
          'type Node @key(fields: "id", resolvable: false) @interfaceObject { id: ID!  field: String } type Query { b: Node }',
        resolvers: { Query: { b: () => ({ id: 'n' }) }, Node: { field: () => 'x' } },
      },
    ],
  };

  it('is refused as a whole, not answered null', async () => {
    const answer = await json('{ empty: nothing { field } b { id field } }', {}, nodes);
    expect(answer).toEqual({
      errors: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'FIELD_NOT_RESOLVED' }) })],
    });
    expect(await json('{ b { id field } }', {}, nodes)).toEqual({ data: { b: { id: 'n', field: 'x' } } });
  });
});
