import { describe, expect, it } from 'vitest';
import { buildSubgraph } from '../../platform/graph/schema.ts';
import { schemaProblems } from '../../platform/graph/schema-rules.ts';
import { complianceModule } from './index.ts';

describe('the schema of the compliance domain', () => {
  it('keeps the conventions of the graph', () => {
    expect(schemaProblems(buildSubgraph(complianceModule).sdl)).toEqual([]);
  });
});
