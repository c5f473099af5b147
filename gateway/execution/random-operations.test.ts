// Any valid query has the answer that one schema without federation gives: data, order of fields and nulls, byte for byte.
import fc from 'fast-check';
import { execute, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { mediaLibrary } from '../testing/media.sample.ts';
import { pickFrom, randomQuery } from '../testing/random-operation.ts';
import { startSampleEngine } from '../testing/sample-engine.ts';
import { monolithSchema, type SampleGraph } from '../testing/sample-graph.ts';
import { shop } from '../testing/shop.sample.ts';

const samples: [SampleGraph, Record<string, string[]>][] = [
  [
    shop,
    {
      upc: ['"p0"', '"p1"', '"p3"', '"none"'],
      id: ['"r00"', '"r11"', '"none"'],
      ids: ['"u1"', '"u3"', '"none"'],
      text: ['"a"', '"name"', '"x"'],
      first: ['0', '1', '3', '10'],
      upper: ['true', 'false'],
    },
  ],
  [mediaLibrary, { id: ['"b1"', '"m1"', '"b2"', '"none"'] }],
];

describe.each(samples)('random queries over $name', (graph, values) => {
  it('are answered as by one schema', { timeout: 120_000 }, async () => {
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
      { numRuns: Number(process.env.RANDOM_OPERATIONS ?? 120) },
    );
    expect(compared).toBeGreaterThan(60);
  });
});
