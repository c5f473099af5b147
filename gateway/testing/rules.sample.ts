// The rarer directives of federation: @context and @fromContext, progressive @override, conflicting shapes under one alias.
import type { SampleGraph } from './sample-graph.ts';

const people = [
  { __typename: 'Person', id: '1', locale: 'de', count: 0, isActive: false, nick: '' },
  { __typename: 'Person', id: '2', locale: 'fr', count: 7, isActive: true, nick: 'two' },
];
const robots = [{ __typename: 'Robot', id: '9', count: 'many', isActive: 'yes', nick: 5 }];

export const rules: SampleGraph = {
  name: 'rules',
  subgraphs: [
    {
      name: 'people',
      typeDefs: `
        type Query { people: [Person!]!  beings: [Being!]! }
        union Being = Person | Robot
        type Person @key(fields: "id") { id: ID!  count: Int  isActive: Boolean  nick: String  moved: String }
        type Robot @key(fields: "id") { id: ID!  count: String  isActive: String  nick: Int }
`,
      resolvers: {
        Query: { people: () => people, beings: () => [...people, ...robots] },
        Person: {
          __resolveReference: ({ id }: { id: string }) => people.find((person) => person.id === id) ?? null,
          moved: () => 'moved',
        },
        Robot: { __resolveReference: ({ id }: { id: string }) => robots.find((robot) => robot.id === id) ?? null },
      },
    },
    {
      name: 'greetings',
      typeDefs: `
        type Greeting @key(fields: "id") { id: ID!  text(name: String!, locale: String @fromContext(field: "$person { locale }")): String! }
        type Person @key(fields: "id") @context(name: "person") { id: ID!  locale: String!  greeting: Greeting!  moved: String @override(from: "people", label: "percent(50)") }
        type Query { hello: String }`,
      resolvers: {
        Query: { hello: () => 'hello' },
        Greeting: {
          __resolveReference: ({ id }: { id: string }) => ({ id }),
          text: (_: unknown, { name, locale }: { name: string; locale: string | null }) => `${locale}: ${name}`,
        },
        Person: {
          __resolveReference: ({ id }: { id: string }) => people.find((person) => person.id === id) ?? null,
          greeting: () => ({ id: 'g' }),
          moved: () => 'moved',
        },
      },
    },
  ],
  monolith: {
    Query: { people: () => people, beings: () => [...people, ...robots], hello: () => 'hello' },
    Person: { moved: () => 'moved', greeting: ({ locale }: { locale: string }) => ({ id: 'g', locale }) },
    Greeting: { text: ({ locale }: { locale: string }, { name }: { name: string }) => `${locale}: ${name}` },
  },
  queries: [],
};
