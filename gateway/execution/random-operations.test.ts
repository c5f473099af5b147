// Any valid operation has the answers that one schema without federation gives: data, order of fields and nulls, byte for byte. Mutations also do
// the same in the same order, and subscriptions have the same events.
import fc from 'fast-check';
import { type ExecutionResult, execute, parse, subscribe, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../testing/catalogue.sample.ts';
import { createDiarySample } from '../testing/diary.sample.ts';
import { mediaLibrary } from '../testing/media.sample.ts';
import { pickFrom, randomOperation } from '../testing/random-operation.ts';
import { rules } from '../testing/rules.sample.ts';
import { startSampleEngine } from '../testing/sample-engine.ts';
import { monolithSchema, type SampleGraph } from '../testing/sample-graph.ts';
import { shop } from '../testing/shop.sample.ts';

/** Operations per graph; RANDOM_OPERATIONS asks for a deeper search. */
const operationsWanted = process.env.RANDOM_OPERATIONS;

const samples: [SampleGraph, number, Record<string, string[]>][] = [
  [
    shop,
    60,
    {
      upc: ['"p0"', '"p1"', '"p3"', '"none"'],
      id: ['"r00"', '"r11"', '"none"'],
      ids: ['"u1"', '"u3"', '"none"'],
      text: ['"a"', '"name"', '"x"'],
      first: ['0', '1', '3', '10'],
      upper: ['true', 'false'],
    },
  ],
  [mediaLibrary, 30, { id: ['"b1"', '"m1"', '"b2"', '"none"'] }],
  [rules, 40, { name: ['"Jo"', '""'] }],
  [catalogue, 80, { id: ['"i0"', '"i2"', '"none"'], currency: ['"USD"', '"EUR"'], limit: ['0', '1', '3'] }],
];

describe.each(samples)('random queries over $name', (graph, usual, values) => {
  const numRuns = operationsWanted === undefined ? usual : Number(operationsWanted);

  it('are answered as by one schema', { timeout: 120_000 + numRuns * 1000 }, async () => {
    const engine = startSampleEngine(graph);
    const monolith = monolithSchema(graph, engine.schema);
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 - 1 }), async (seed) => {
        const { query, variables } = randomOperation(engine.schema, pickFrom(seed), values);
        const document = parse(query);
        // Two picks of one field may differ in arguments of nested fields; such queries are not valid.
        if (validate(engine.schema, document).length > 0) return;
        const expected = await execute({ schema: monolith, document, variableValues: variables });
        expect(JSON.stringify(await engine.execute(query, variables)), query).toBe(JSON.stringify(expected));
        compared += 1;
      }),
      { numRuns },
    );
    expect(compared).toBeGreaterThan(numRuns / 4);
  });
});

describe('random operations over a diary that changes', () => {
  const diary = createDiarySample();
  const values = {
    id: ['"e0"', '"e1"', '"w0"', '"w1"', '"none"'],
    text: ['"rain"', '"a long day"'],
    name: ['"x"', '"y"'],
    first: ['1', '3'],
    length: ['0', '3'],
  };
  const numRuns = Number(operationsWanted ?? 30);
  /** Data byte for byte; of errors the place, since each schema has words of its own. */
  const comparable = ({ data, errors = [] }: ExecutionResult) =>
    JSON.stringify([data, errors.map(({ path }) => path?.join('.')).sort()]);

  async function compare(kind: 'query' | 'mutation' | 'subscription', answers: Answers): Promise<void> {
    const engine = startSampleEngine(diary.graph);
    const schema = monolithSchema(diary.graph, engine.schema);
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 - 1 }), async (seed) => {
        const { query, variables } = randomOperation(engine.schema, pickFrom(seed), values, kind);
        const document = parse(query);
        if (validate(engine.schema, document).length > 0) return;
        diary.reset();
        const expected = await answers.expected({ schema, document, variableValues: variables });
        const given = await answers.given(engine, query, variables);
        expect(given.map(comparable), query).toEqual(expected.map(comparable));
        const [ticks, ticksExpected] = diary.ticks();
        expect(ticks, query).toBe(ticksExpected);
        compared += 1;
      }),
      { numRuns },
    );
    expect(compared).toBeGreaterThan(numRuns / 4);
  }

  const single: Answers = {
    expected: async (args) => [await execute(args)],
    given: async (engine, query, variables) => [await engine.execute(query, variables)],
  };

  it.each(['query', 'mutation'] as const)('have the answer of one schema: %s', { timeout: 240_000 }, (kind) =>
    compare(kind, single),
  );

  it('have the events of one schema: subscription', { timeout: 240_000 }, () =>
    compare('subscription', {
      expected: async (args) => allOf(await subscribe(args)),
      given: async (engine, query, variables) => allOf(await engine.subscribe(query, variables)),
    }),
  );
});

interface Answers {
  expected(args: Parameters<typeof subscribe>[0]): Promise<readonly ExecutionResult[]>;
  given(
    engine: ReturnType<typeof startSampleEngine>,
    query: string,
    variables: Record<string, unknown>,
  ): Promise<readonly ExecutionResult[]>;
}

async function allOf(stream: AsyncIterable<ExecutionResult> | ExecutionResult): Promise<readonly ExecutionResult[]> {
  if (!(Symbol.asyncIterator in stream)) return [stream];
  const results: ExecutionResult[] = [];
  for await (const result of stream) results.push(result);
  return results;
}
