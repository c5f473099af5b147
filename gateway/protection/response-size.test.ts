// How many objects an operation asks for, and that asking for too many costs nobody anything.
import { buildSchema, type FragmentDefinitionNode, getOperationAST, getVariableValues, Kind, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { startSampleEngine } from '../testing/sample-engine.ts';
import { shop } from '../testing/shop.sample.ts';
import { startTestGateway } from '../testing/test-gateway.ts';
import { createSizeEstimate } from './response-size.ts';

const schema = buildSchema(`
  type Query { people(first: Int! = 20): People!  tags(first: Int): [Tag]  report(first: Int! = 1000): Report!  person: Person }
  type People { nodes: [Person!]!  total: Int! }
  interface Named { people(last: Int): People! }
  type Person implements Named { name: String  boss: Person  people(first: Int! = 20, last: Int): People! }
  type Tag { name: String }
  type Report { lines: [String!]!  author: Person }`);
const estimate = createSizeEstimate(schema);

function sizeOf(query: string, variables: Record<string, unknown> = {}): number {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('The test needs an operation.');
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const byName = new Map<string, FragmentDefinitionNode>(fragments.map((fragment) => [fragment.name.value, fragment]));
  return estimate({ operation, fragments: byName, coercedVariables: coerced ?? {} });
}

it.each<[string, number, Record<string, unknown>?]>([
  ['{ __typename __schema { types { name } } }', 0],
  ['{ person { name boss { name } } }', 2],
  ['{ people(first: 3) { total } }', 4],
  ['{ people(first: 3) { nodes { name } } }', 7],
  ['{ people { nodes { name } } }', 41],
  ['{ people(first: 100) { nodes { people(first: 100) { nodes { name } } } } }', 20_301],
  ['query ($n: Int!) { people(first: $n) { nodes { name } } }', 21, { n: 10 }],
  ['query ($n: Int! = 5) { people(first: $n) { nodes { name } } }', 11],
  ['{ person { people(last: 10, first: 2) { nodes { name } } } }', 6],
  ['{ tags { name } more: tags(first: 7) { name } }', 9],
  ['{ report { author { name } } }', 2],
  ['{ people(first: -5) { nodes { name } } }', 1],
  ['{ ...Q } fragment Q on Query { people(first: 2) { nodes { ...P ...P } } } fragment P on Person { boss { name } }', 9],
  ['{ person { ... on Named { people(last: 4) { nodes { name } } } } }', 10],
])('%s asks for up to %i objects', (query, expected, variables) => {
  expect(sizeOf(query, variables)).toBe(expected);
});

it('cannot be made to overflow', () => {
  const nested = 'people(first: 2147483647) { nodes { '.repeat(40);
  expect(sizeOf(`{ ${nested} name ${'} } '.repeat(40)} }`)).toBe(Number.MAX_SAFE_INTEGER);
});

it('is judged before anything is asked of a subgraph', async () => {
  const engine = startSampleEngine(shop, { objectsMax: 10 });
  const refused = await engine.execute('query ($n: Int!) { topProducts(first: $n) { upc related { upc } } }', { n: 6 });
  expect(refused).toEqual({ errors: [expect.objectContaining({ message: expect.stringContaining('up to 13 objects') })] });
  expect(engine.requests).toEqual([]);
  const { errors } = await engine.execute('query ($n: Int!) { topProducts(first: $n) { upc related { upc } } }', { n: 3 });
  expect(errors).toBeUndefined();
});

it('is refused at the door with its code', async () => {
  const gateway = await startTestGateway({ graph: shop, limits: { objectsMax: 100 } });
  const { status, body } = await gateway.post({ query: '{ topProducts(first: 101) { upc } }' });
  await gateway.stop();
  expect([status, body.errors[0].extensions]).toEqual([
    400,
    { code: 'TOO_MANY_OBJECTS', retryable: false, details: { objects: 102, objectsMax: 100 } },
  ]);
});
