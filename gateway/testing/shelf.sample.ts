// Two subgraphs whose answers may be kept: hints in the schema that survive composition, counters that tell whether they were asked. For tests only.
import type { SampleGraph } from './sample-graph.ts';

export interface Shelf {
  readonly graph: SampleGraph;
  /** How often each subgraph was asked. */
  readonly asked: { books: number; notes: number };
  titles: Record<string, string>;
}

const cacheable = `
  extend schema @link(url: "https://specs.example.dev/cacheControl/v0.1", import: ["@cacheControl"])
    @federation__composeDirective(name: "@cacheControl")
  directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
  enum CacheControlScope { PUBLIC PRIVATE }`;

export function createShelf(): Shelf {
  const asked = { books: 0, notes: 0 };
  const titles: Record<string, string> = { b1: 'Dune', b2: 'Emma' };
  const count = (name: keyof typeof asked) => {
    asked[name] += 1;
  };
  const book = (id: string) => (titles[id] === undefined ? null : { __typename: 'Book', id, title: titles[id] });
  const graph: SampleGraph = {
    name: 'shelf',
    monolith: {},
    queries: [],
    subgraphs: [
      {
        name: 'books',
        typeDefs: `${cacheable}
          type Query {
            book(id: ID!): Book @cacheControl(maxAge: 60)
            books: [Book!]! @cacheControl(maxAge: 30)
            shops: [Shop!]! @cacheControl(maxAge: 30)
            unhinted: String
            broken: String @cacheControl(maxAge: 60)
          }
          type Shop { name: String! }
          type Mutation { rename(id: ID!, title: String!): Book }
          type Book @key(fields: "id") @cacheControl(maxAge: 120) { id: ID!  title: String }`,
        resolvers: {
          Query: {
            book: (_: unknown, { id }: { id: string }) => {
              count('books');
              return book(id);
            },
            books: () => {
              count('books');
              return Object.keys(titles).map(book);
            },
            shops: () => {
              count('books');
              return [{ name: `shop ${asked.books}` }];
            },
            unhinted: () => count('books'),
            broken: () => {
              count('books');
              throw new Error('broken');
            },
          },
          Mutation: {
            rename: (_: unknown, { id, title }: { id: string; title: string }) => {
              titles[id] = title;
              return book(id);
            },
          },
        },
      },
      {
        name: 'notes',
        typeDefs: `${cacheable}
          type Query { me: String @cacheControl(maxAge: 10, scope: PRIVATE) }
          type Book @key(fields: "id") @cacheControl(maxAge: 120) { id: ID!  note: String @cacheControl(maxAge: 20, scope: PRIVATE) }`,
        resolvers: {
          Query: { me: (_: unknown, __: unknown, { token }: { token: string | null }) => token },
          Book: {
            __resolveReference: ({ id }: { id: string }) => ({ id }),
            note: ({ id }: { id: string }, __: unknown, { token }: { token: string | null }) => {
              count('notes');
              return `${id} of ${token}`;
            },
          },
        },
      },
    ],
  };
  return { graph, asked, titles };
}
