// A sample graph of what planners get wrong: @requires with arguments, in conflict with each other and with the client; keys that cannot be
// resolved, before one that can; unions that subgraphs know in part; values that clients may not know; lists of lists; several keys.
import type { SampleGraph } from './sample-graph.ts';

interface Item {
  readonly __typename: 'Item';
  readonly id: string;
  readonly sku: string;
  readonly region: { readonly code: string };
  readonly status: string;
}

const items: readonly Item[] = [0, 1, 2, 3, 4].map((n) => ({
  __typename: 'Item',
  id: `i${n}`,
  sku: `sku-${n}`,
  region: { code: n % 2 === 0 ? 'EU' : 'US' },
  // Clients may not know drafts.
  status: (['ACTIVE', 'RETIRED', 'DRAFT'] as const)[n % 3] ?? 'ACTIVE',
}));
const note = { __typename: 'Note', text: 'a note', place: { wall: 'north' } };

const item = (id: string) => items.find((candidate) => candidate.id === id) ?? null;
const indexOf = (id: string) => items.findIndex((candidate) => candidate.id === id);
const price = ({ id }: { id: string }, { currency }: { currency: string }) =>
  id === 'i4' ? null : (indexOf(id) + 1) * (currency === 'EUR' ? 90 : 100);
const related = ({ id }: { id: string }, { limit }: { limit: number }) =>
  items.filter((candidate) => candidate.id !== id).slice(0, Math.max(0, limit));
const shelves = () => [items.slice(0, 2), [], items.slice(2)];
const entries = () => [items[0], note, items[2]];
const tag = (currency: string, amount: number | null) => (amount === null ? `${currency} none` : `${currency} ${amount}`);
const tagOf = (currency: string) => (source: { id: string }) => tag(currency, price(source, { currency }));
const relatedTag = (source: { id: string }) =>
  related(source, { limit: 2 })
    .map(({ id }) => id)
    .join('+');
const label = ({ id }: { id: string }) => `label ${id}`;
const person = { id: 'p1', name: 'Ada', nickname: 'ada' };

/** Resolvers of the `tags` subgraph work with what is sent along, and say so when it was not. */
const given = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('A required field was not sent along.');
  return value;
};

export const catalogue: SampleGraph = {
  name: 'catalogue',
  subgraphs: [
    {
      name: 'items',
      typeDefs: `
        type Query { items: [Item!]!  item(id: ID!): Item  shelves: [[Item!]!]!  box: Box  feed: [Entry!]! }
        interface Node { id: ID! }
        enum Status { ACTIVE RETIRED DRAFT @inaccessible }
        type Region @shareable { code: String! }
        type Item implements Node @key(fields: "id") @key(fields: "sku region { code }") {
          id: ID!  sku: String!  region: Region!  status: Status  price(currency: String! = "USD"): Int  related(limit: Int!): [Item!]!
        }
        type Note { text: String  place: Place }
        type Place { wall: String }
        union Entry = Item | Note
        type Box @key(fields: "id") { id: ID!  contents: Contents @shareable }
        type Contents @shareable { entries: [Entry!]! }`,
      resolvers: {
        Query: {
          items: () => items,
          item: (_: unknown, { id }: { id: string }) => item(id),
          shelves,
          box: () => ({ id: 'b' }),
          feed: entries,
        },
        Item: {
          __resolveReference: (key: { id?: string; sku?: string }) =>
            items.find(({ id, sku }) => id === key.id || sku === key.sku) ?? null,
          price,
          related,
        },
        Box: { __resolveReference: () => ({ id: 'b' }), contents: () => ({ entries: entries() }) },
      },
    },
    {
      name: 'tags',
      typeDefs: `
        type Query { firstTagged: Item }
        type Region @shareable { code: String! }
        type Item @key(fields: "sku region { code }", resolvable: false) @key(fields: "id") {
          id: ID!  sku: String!  region: Region!
          price(currency: String! = "USD"): Int @external
          related(limit: Int!): [Item!]! @external
          label: String @external
          usdTag: String @requires(fields: "price(currency: \\"USD\\")")
          eurTag: String @requires(fields: "price(currency: \\"EUR\\")")
          relatedTag: String @requires(fields: "related(limit: 2) { id }")
          shortLabel: String @requires(fields: "label")
        }
        union Entry = Item
        type Box @key(fields: "id") { id: ID!  contents: Contents @shareable }
        type Contents @shareable { entries: [Entry!]! }`,
      resolvers: {
        Query: { firstTagged: () => items[1] },
        Box: { __resolveReference: () => ({ id: 'b' }), contents: () => ({ entries: [] }) },
        Item: {
          __resolveReference: (key: object) => ({ ...item((key as { id: string }).id), ...key }),
          usdTag: (source: { price?: number | null }) => tag('USD', given(source.price)),
          eurTag: (source: { price?: number | null }) => tag('EUR', given(source.price)),
          relatedTag: (source: { related?: { id: string }[] }) =>
            given(source.related)
              .map(({ id }) => id)
              .join('+'),
          shortLabel: (source: { label?: string }) => given(source.label).slice(0, 5),
        },
      },
    },
    {
      name: 'labels',
      typeDefs: `
        type Query { person: Person  labelled(id: ID!): Item }
        type Region @shareable { code: String! }
        type Item @key(fields: "sku region { code }") { sku: String!  region: Region!  label: String }
        type Person @key(fields: "id") { id: ID!  name: String!  nickname: String @deprecated  favourites: [Item] }`,
      resolvers: {
        Query: { person: () => person, labelled: (_: unknown, { id }: { id: string }) => item(id) },
        Item: {
          __resolveReference: ({ sku }: { sku: string }) => items.find((candidate) => candidate.sku === sku) ?? null,
          label,
        },
        Person: {
          __resolveReference: ({ id }: { id: string }) => (id === person.id ? person : null),
          favourites: () => [items[3], null, items[0]],
        },
      },
    },
  ],
  monolith: {
    Query: {
      items: () => items,
      item: (_: unknown, { id }: { id: string }) => item(id),
      shelves,
      box: () => ({ id: 'b', contents: { entries: entries() } }),
      feed: entries,
      firstTagged: () => items[1],
      person: () => person,
      labelled: (_: unknown, { id }: { id: string }) => item(id),
    },
    Item: {
      price,
      related,
      label,
      status: ({ status }: Item) => (status === 'DRAFT' ? null : status),
      usdTag: tagOf('USD'),
      eurTag: tagOf('EUR'),
      relatedTag,
      shortLabel: (source: { id: string }) => label(source).slice(0, 5),
    },
    Person: { favourites: () => [items[3], null, items[0]] },
  },
  queries: [],
};
