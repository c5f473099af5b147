// A graph whose fields and types need rights of every kind. Values that need a right say which, so that a leak shows in any answer.
import type { SampleGraph } from './sample-graph.ts';

const people = [
  { id: 'p1', name: 'Ada', email: '<profile>ada@x', salary: '<payroll|admin>9', boss: 'p2' },
  { id: 'p2', name: 'Bob', email: '<profile>bob@x', salary: '<payroll|admin>7', boss: null },
];
const personOf = (id: string | null) => people.find((person) => person.id === id) ?? null;
const posts = [
  { __typename: 'PublicPost', id: 'a', title: 'Hello', author: 'p1', likes: '3', draft: null },
  { __typename: 'PrivatePost', id: '<signed-in>b', title: '<signed-in>Diary', author: 'p2', note: '<signed-in>psst' },
  { __typename: 'PublicPost', id: 'c', title: 'Again', author: 'p2', likes: '5', draft: '<policy:editor>todo' },
];

const peopleQueries = {
  me: () => people[0],
  person: (_: unknown, { id }: { id: string }) => personOf(id),
  people: () => people,
  vault: () => ({ code: '<admin>1234' }),
  plan: () => ({ goal: '<policy:editor|policy:owner>win', title: 'Plan' }),
};
const personFields = {
  boss: ({ boss }: { boss: string | null }) => personOf(boss),
  badge: () => '<signed-in>gold',
  rank: () => 'HIGH',
};
const postQueries = {
  posts: () => posts,
  post: (_: unknown, { id }: { id: string }) => posts.find((post) => post.id === id) ?? null,
  found: () => [...posts, { __typename: 'Person', ...personOf('p1') }],
  publicPosts: () => posts.filter((post) => post.__typename === 'PublicPost'),
};
const postFields = { author: ({ author }: { author: string }) => personOf(author) };
const postsOf = ({ id }: { id: string }) => posts.filter(({ author }) => author === id);

export const protectedGraph: SampleGraph = {
  name: 'protected',
  subgraphs: [
    {
      name: 'people',
      typeDefs: `
        type Query { me: Person @authenticated  person(id: ID!): Person  people: [Person!]!  vault: Vault  plan: Plan }
        type Mutation { rename(id: ID!, name: String!): Person  promote(id: ID!): Person @requiresScopes(scopes: [["admin"]]) }
        type Person @key(fields: "id") {
          id: ID!
          name: String!
          email: String @requiresScopes(scopes: [["profile"]])
          salary: String! @requiresScopes(scopes: [["payroll", "profile"], ["admin"]])
          boss: Person
          badge: Badge
          rank: Rank
        }
        type Vault @requiresScopes(scopes: [["admin"]]) { code: String! }
        type Plan { goal: String @policy(policies: [["editor", "senior"], ["owner"]])  title: String }
        scalar Badge @authenticated
        enum Rank @policy(policies: [["editor"]]) { LOW HIGH }`,
      resolvers: {
        Query: peopleQueries,
        Mutation: {
          rename: (_: unknown, { id, name }: { id: string; name: string }) => ({ ...personOf(id), name }),
          promote: (_: unknown, { id }: { id: string }) => personOf(id),
        },
        Person: {
          __resolveReference: ({ id }: { id: string }) => personOf(id),
          ...personFields,
        },
      },
    },
    {
      name: 'posts',
      typeDefs: `
        type Query { posts: [Post!]!  post(id: ID!): Post  found: [Found!]!  publicPosts: [PublicPost!]! }
        interface Post { id: ID!  title: String  author: Person }
        type PublicPost implements Post { id: ID!  title: String  author: Person  likes: String  draft: String @policy(policies: [["editor"]]) }
        type PrivatePost implements Post @authenticated { id: ID!  title: String  author: Person  note: String }
        union Found = PublicPost | PrivatePost | Person
        type Person @key(fields: "id") { id: ID! @requiresScopes(scopes: [["identify"], ["admin"]])  posts: [Post!] }`,
      resolvers: {
        Query: postQueries,
        PublicPost: postFields,
        PrivatePost: postFields,
        Person: {
          __resolveReference: ({ id }: { id: string }) => ({ id }),
          posts: postsOf,
        },
      },
    },
  ],
  monolith: {
    Query: { ...peopleQueries, ...postQueries },
    Person: { ...personFields, posts: postsOf },
    PublicPost: postFields,
    PrivatePost: postFields,
  },
  queries: [],
};
