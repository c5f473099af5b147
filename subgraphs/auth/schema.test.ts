import { describe, expect, it } from 'vitest';
import { buildSubgraph } from '../../platform/graph/schema.ts';
import { schemaProblems } from '../../platform/graph/schema-rules.ts';
import { authModule } from './index.ts';

describe('the schema of auth', () => {
  it('follows the conventions of the graph', () => {
    expect(schemaProblems(buildSubgraph(authModule).sdl)).toEqual([]);
  });

  it('shows no field that holds a secret', () => {
    const { sdl } = buildSubgraph(authModule);
    expect(sdl).not.toMatch(/passwordHash|refreshSalt|sealed|tokenHash|codeHash/i);
  });
});
