// A library over three subgraphs: interfaces, @interfaceObject, entities behind interfaces, unions of entities, @inaccessible.
import type { SampleGraph } from './sample-graph.ts';

const media = [
  { __typename: 'Book', id: 'b1', title: 'Dune', pages: 600, creatorId: 'c1' },
  { __typename: 'Movie', id: 'm1', title: 'Alien', minutes: 117, creatorId: 'c2' },
  { __typename: 'Book', id: 'b2', title: 'Emma', pages: 400, creatorId: 'c2' },
];
const creators = [
  { __typename: 'Creator', id: 'c1', name: 'Frank' },
  { __typename: 'Creator', id: 'c2', name: 'Jane' },
];
const mediaOf = (id: string) => media.find((item) => item.id === id) ?? null;
const creatorOf = (id: string) => creators.find((creator) => creator.id === id) ?? null;
const worksOf = (id: string) => media.filter(({ creatorId }) => creatorId === id);
const ratingOf = (id: string) => ({ score: id.charCodeAt(0) + Number(id.slice(1)), label: id === 'm1' ? null : `rated ${id}` });
const bestRated = () => ['m1', 'b1'].map(mediaOf);

export const mediaLibrary: SampleGraph = {
  name: 'media library',
  subgraphs: [
    {
      name: 'catalogue',
      typeDefs: `
        type Query { media: [Media!]!  medium(id: ID!): Media  anything: [Anything] }
        interface Media @key(fields: "id") { id: ID!  title: String! }
        type Book implements Media @key(fields: "id") { id: ID!  title: String!  pages: Int!  creator: Creator  secret: String @inaccessible }
        type Movie implements Media @key(fields: "id") { id: ID!  title: String!  minutes: Int!  creator: Creator }
        union Anything = Book | Movie | Creator
        type Creator @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Query: {
          media: () => media,
          medium: (_: unknown, { id }: { id: string }) => mediaOf(id),
          anything: () => [media[0], creators[1], null, media[1]],
        },
        Media: { __resolveReference: ({ id }: { id: string }) => mediaOf(id) },
        Book: {
          __resolveReference: ({ id }: { id: string }) => mediaOf(id),
          creator: ({ creatorId }: { creatorId: string }) => creatorOf(creatorId),
        },
        Movie: {
          __resolveReference: ({ id }: { id: string }) => mediaOf(id),
          creator: ({ creatorId }: { creatorId: string }) => creatorOf(creatorId),
        },
      },
    },
    {
      name: 'ratings',
      typeDefs: `
        type Query { bestRated: [Media!]! }
        type Media @key(fields: "id") @interfaceObject { id: ID!  rating: Rating!  similar: [Media!]! }
        type Rating { score: Int!  label: String }`,
      resolvers: {
        Query: {
          bestRated: () => [
            { __typename: 'Media', id: 'm1' },
            { __typename: 'Media', id: 'b1' },
          ],
        },
        Media: {
          __resolveReference: ({ id }: { id: string }) => ({ __typename: 'Media', id }),
          rating: ({ id }: { id: string }) => ratingOf(id),
          similar: () => [{ __typename: 'Media', id: 'b2' }],
        },
      },
    },
    {
      name: 'creators',
      typeDefs: `
        type Query { creators: [Creator!] }
        type Creator @key(fields: "id") { id: ID!  name: String!  works: [Media!]! }
        interface Media { id: ID! }
        type Book implements Media @key(fields: "id", resolvable: false) { id: ID! }
        type Movie implements Media @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Query: { creators: () => creators },
        Creator: {
          __resolveReference: ({ id }: { id: string }) => creatorOf(id),
          works: ({ id }: { id: string }) => worksOf(id),
        },
      },
    },
  ],
  monolith: {
    Query: {
      media: () => media,
      medium: (_: unknown, { id }: { id: string }) => mediaOf(id),
      anything: () => [media[0], creators[1], null, media[1]],
      bestRated,
      creators: () => creators,
    },
    ...Object.fromEntries(
      ['Book', 'Movie'].map((type) => [
        type,
        {
          creator: ({ creatorId }: { creatorId: string }) => creatorOf(creatorId),
          rating: ({ id }: { id: string }) => ratingOf(id),
          similar: () => [mediaOf('b2')],
        },
      ]),
    ),
    Creator: { works: ({ id }: { id: string }) => worksOf(id) },
  },
  queries: [
    { query: '{ media { title rating { score label } } }' },
    { query: '{ media { __typename ... on Book { pages creator { name } } ... on Movie { minutes rating { score } } } }' },
    { query: '{ bestRated { __typename title rating { score } ... on Movie { minutes } } }' },
    { query: '{ bestRated { rating { score } } }' },
    {
      query:
        '{ medium(id: "b1") { similar { id title __typename } ... on Book { creator { works { __typename id title rating { label } } } } } }',
    },
    { query: '{ anything { ... on Media { id title } ... on Creator { name works { id rating { score } } } } }' },
    { query: '{ creators { name works { id ... on Book { t: title p: pages } ... on Movie { t: title p: minutes } } } }' },
    {
      query:
        '{ media { ... on Book { x: pages c: creator { id } } ... on Movie { x: minutes c: creator { name works { id } } } } creators { works { x: id } } }',
    },
  ],
};
