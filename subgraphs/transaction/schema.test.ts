import { describe, expect, it } from 'vitest';
import { buildSubgraph } from '../../platform/graph/schema.ts';
import { schemaProblems } from '../../platform/graph/schema-rules.ts';
import { transactionModule } from './index.ts';

describe('the schema of the transaction domain', () => {
  it('keeps the conventions of the graph', () => {
    const { sdl } = buildSubgraph(transactionModule);
    expect(schemaProblems(sdl)).toEqual([]);
  });
});
