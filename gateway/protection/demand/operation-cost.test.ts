// Costs by the IBM specification as federation 2.9 has it; the books are the example of Apollo's documentation, and so are their costs.
import { buildSchema, getOperationAST, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readGraphDirectives } from '../graph-directives.ts';
import { createGraphCosts } from './graph-costs.ts';
import { createOperationCost } from './operation-cost.ts';

const link = `extend schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/cost/v0.1", import: [{ name: "@listSize", as: "@sized" }])
  directive @link(url: String, import: [LinkImport]) repeatable on SCHEMA
  scalar LinkImport
  directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
  directive @sized(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION`;

function costsOf(types: string, listSizeDefault = 10) {
  const sdl = `${link}\n${types}`;
  const schema = buildSchema(sdl);
  const costs = createGraphCosts(readGraphDirectives(sdl));
  return (query: string) => {
    const document = parse(query);
    expect(validate(schema, document)).toEqual([]);
    const operation = getOperationAST(document);
    if (!operation) throw new Error('The test needs an operation.');
    return createOperationCost({ schema, costs, listSizeDefault, document, operation });
  };
}

const books = costsOf(`
  type Query { book(id: ID): Book  bestsellers: [Book] @sized(assumedSize: 5)  newest(limit: Int!): [Book] @sized(slicingArguments: ["limit"])  all: [Book] }
  type Mutation { create(input: NewBook): Book }
  input NewBook { title: String  tags: [Tag!] }
  input Tag { name: String @cost(weight: 2) }
  type Book { title: String  author: Author  publisher: Publisher }
  type Author { name: String }
  type Publisher { name: String  address: Address }
  type Address @cost(weight: 5) { zipCode: Int! }`);

const pages = costsOf(
  `
  type Query {
    people(page: Page, after: String): People @sized(slicingArguments: ["page.size", "page.cursor.size"], sizedFields: ["nodes", "edges"], requireOneSlicingArgument: false, assumedSize: 7)
    search(first: Int, last: Int = 2): [Person] @sized(slicingArguments: ["first", "last"])
    dear(filter: Level @cost(weight: 4), by: Level): Int @cost(weight: 3)
    badge: Badge
    friends(first: Int! = 20): [Person!]!
    team(first: Int): Team!
    one: Person
  }
  input Page { size: Int  cursor: Cursor }
  input Cursor { size: Int = 4 }
  enum Level @cost(weight: 6) { LOW HIGH }
  scalar Badge @cost(weight: 9)
  type People { nodes: [Person!]  edges: [Edge!]  total: Int }
  type Edge { node: Person }
  type Team { members: [Person!]!  name: String }
  type Person { name: String  boss: Person  friends(first: Int! = 20): [Person!]!  tags: [String!] }`,
  3,
);

describe('the cost of an operation', () => {
  const selection = '{ title author { name } publisher { name address { zipCode } } }';
  it.each<[string, number, Record<string, unknown>?]>([
    [`{ book(id: 1) ${selection} }`, 8],
    [`{ bestsellers ${selection} }`, 40],
    [`query ($n: Int! = 2) { newest(limit: $n) ${selection} }`, 24, { n: 3 }],
    [`query ($n: Int! = 2) { newest(limit: $n) ${selection} }`, 16],
    [`{ all ${selection} }`, 80],
    ['{ __typename __schema { types { name } } }', 0],
    ['{ book { title ...A ... { author { name } } } } fragment A on Book { author { name } }', 3],
    ['mutation { create(input: { title: "x", tags: [{ name: "a" }, { name: null }] }) { title } }', 16],
    ['mutation ($i: NewBook) { create(input: $i) { title } }', 16, { i: { title: 'x', tags: [{ name: 'a' }, {}] } }],
    ['query ($yes: Boolean = true) { book @skip(if: $yes) { title } all @include(if: false) { title } }', 0],
    ['query ($yes: Boolean = true) { book @skip(if: $yes) { title } all @include(if: false) { title } }', 1, { yes: false }],
  ])('%s is %i', (query, cost, variables = {}) => {
    expect(books(query).estimate(variables)).toMatchObject({ cost, unsized: null });
  });

  it.each<[string, number, Record<string, unknown>?]>([
    ['{ people(page: { size: 5 }) { nodes { name } total } }', 7],
    ['query ($p: Page) { people(page: $p) { edges { node { name } } } }', 10, { p: { size: 4 } }],
    ['query ($p: Int) { people(page: { size: $p }) { nodes { name } } }', 4, { p: 2 }],
    ['{ people(page: { cursor: {} }) { nodes { name } } }', 7],
    ['{ people { nodes { name } edges { node { name } } } }', 22],
    ['{ search { name } }', 2],
    ['{ dear(filter: HIGH, by: LOW) badge }', 22],
    ['query ($l: Level) { dear(by: $l) }', 3],
    ['query ($l: Level) { dear(by: $l) }', 9, { l: 'LOW' }],
    ['{ friends(first: 4) { name } team(first: 5) { members { name } name } }', 10],
    ['{ team { members { name } } }', 4],
    ['{ one { tags } }', 1],
  ])('%s is %i', (query, cost, variables = {}) => {
    expect(pages(query).estimate(variables).cost).toBe(cost);
  });

  it('is not known where one of several sizes has to be given', () => {
    expect(pages('{ search(first: 3) { name } }').estimate({})).toMatchObject({
      unsized: { field: 'Query.search', slicingArguments: ['first', 'last'], givenCount: 2 },
    });
    expect(pages('{ search(first: 3, last: null) { name } }').estimate({}).cost).toBe(3);
  });

  it('cannot be made to overflow', () => {
    const nested = 'friends(first: 2147483647) { '.repeat(40);
    const { cost, objects } = pages(`{ friends(first: 0) { ${nested} name ${'} '.repeat(40)} } }`).estimate({});
    expect([cost, objects]).toEqual([0, 0]);
    expect(pages(`{ one { ${nested} name ${'} '.repeat(40)} } }`).estimate({})).toMatchObject({
      cost: Number.MAX_SAFE_INTEGER,
      objects: Number.MAX_SAFE_INTEGER,
    });
  });
});

describe('the objects of an operation', () => {
  it.each<[string, number, Record<string, unknown>?]>([
    ['{ one { name boss { name } } }', 2],
    ['{ team(first: 3) { name } }', 1],
    ['{ team(first: 3) { members { name } } }', 4],
    ['{ team { members { name } } }', 2],
    ['{ friends { friends(first: 100) { name } } }', 2020],
    ['query ($n: Int!) { friends(first: $n) { boss { name } } }', 20, { n: 10 }],
    ['{ friends(first: -5) { name } }', 0],
    ['{ one { ...P ...P } } fragment P on Person { boss { name } }', 3],
  ])('%s are %i', (query, objects, variables = {}) => {
    expect(pages(query).estimate(variables).objects).toBe(objects);
  });
});

describe('the actual cost of an answer', () => {
  it('counts what is there, and arguments as they were given', () => {
    const cost = books(`query ($n: Int!) { newest(limit: $n) { title author { name } publisher { address { zipCode } } } }`);
    const address = { address: { zipCode: 1 } };
    const newest = [
      { title: 'a', author: { name: 'x' }, publisher: address },
      { title: 'b', author: null, publisher: null },
      null,
    ];
    expect(cost.actual({ newest }, { n: 50 })).toBe(9);
    expect(cost.estimate({ n: 50 }).cost).toBe(400);
    expect(cost.actual(null, { n: 50 })).toBe(0);
  });

  it('counts a field once that is selected twice, with all that is below', () => {
    const cost = books('{ book { author { name } } ...F } fragment F on Query { book { publisher { name } } }');
    expect(cost.actual({ book: { author: { name: 'x' }, publisher: { name: 'y' } } }, {})).toBe(3);
  });
});

describe('what a field requires of its object', () => {
  const cost = costsOf(`
    extend schema @link(url: "https://specs.apollo.dev/join/v0.5")
    directive @join__field(graph: String, requires: String) repeatable on FIELD_DEFINITION
    type Query { product: Product  products(first: Int!): [Product!]!  thing: Thing }
    interface Thing { label: String }
    type Product implements Thing {
      dimensions: Dimensions  parts(first: Int = 4): [Part!]!  price: Int @cost(weight: 2)
      shipping: Int @join__field(graph: "SHIPPING", requires: "dimensions { size } price")
      packing: [Box!] @join__field(graph: "PACKING", requires: "parts(first: 3) { weight } shipping")
      label: String @join__field(graph: "PACKING", requires: "dimensions { size }")
    }
    type Dimensions { size: Int  weight: Int }
    type Part { weight: Int }
    type Box { id: ID }`);

  it.each([
    ['{ product { price } }', 1 + 2],
    ['{ product { shipping } }', 1 + 1 + 2],
    // What stands beside it is fetched for both.
    ['{ product { shipping price } }', 1 + 1 + 2],
    ['{ product { shipping dimensions { weight } price } }', 1 + 1 + 2],
    ['{ product { shipping other: price } }', 1 + 1 + 2 + 2],
    // Once for the field, not for each item of its list; and what is required may require more.
    ['{ product { packing { id } } }', 1 + 10 * 1 + 3 + (1 + 2)],
    ['{ products(first: 5) { shipping } }', 5 * (1 + 1 + 2)],
    // Of an interface: of the implementation that needs most.
    ['{ thing { label } }', 1 + 1],
  ])('is part of its cost: %s is estimated at %i', (query, expected) => {
    expect(cost(query).estimate({}).cost).toBe(expected);
  });

  it('is counted for each place where the field was answered', () => {
    const products = [{ shipping: 1 }, { shipping: null }];
    expect(cost('{ products(first: 5) { shipping } }').actual({ products }, {})).toBe(2 * (1 + 1 + 2));
    expect(cost('{ product { shipping } }').actual({ product: null }, {})).toBe(0);
  });
});
