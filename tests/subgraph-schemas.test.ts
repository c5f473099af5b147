// What runs is what is committed and composed: each domain's executable schema has the types that @apollo/subgraph reads from its printed SDL.
import { describe, expect, it } from 'vitest';
import { loadDomain } from '../cli/domains.ts';
import { domainNames } from '../platform/domains.ts';
import { buildSubgraph } from '../platform/graph/schema.ts';
import { typesByApollo, typesOf } from '../platform/testing/subgraph-schema.ts';

describe.each(domainNames)('the schema of %s', (name) => {
  it('is the subgraph that its SDL describes', async () => {
    const { schema, sdl } = buildSubgraph(await loadDomain(name));
    expect(typesOf(schema)).toEqual(typesByApollo(sdl));
  });
});
