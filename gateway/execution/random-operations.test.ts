// Any valid query has the answer that one schema without federation gives: data, order of fields and nulls, byte for byte.
import fc from 'fast-check';
import { execute, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../testing/catalogue.sample.ts';
import { mediaLibrary } from '../testing/media.sample.ts';
import { pickFrom, randomQuery } from '../testing/random-operation.ts';
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
        const { query, variables } = randomQuery(engine.schema, pickFrom(seed), values);
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
