// The engine against two judges: Apollo's own gateway, and the same API executed as one schema without federation.
import { ApolloGateway, LocalGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { addResolversToSchema } from '@graphql-tools/schema';
import { execute, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { mediaLibrary } from '../testing/media.sample.ts';
import { startSampleEngine } from '../testing/sample-engine.ts';
import { composeSample, type SampleGraph, subgraphSchema } from '../testing/sample-graph.ts';
import { shop } from '../testing/shop.sample.ts';

async function startStock(graph: SampleGraph) {
  const schemas = new Map(graph.subgraphs.map((subgraph) => [subgraph.name, subgraphSchema(subgraph)]));
  const gateway = new ApolloGateway({
    supergraphSdl: composeSample(graph),
    buildService: ({ name }) => new LocalGraphQLDataSource(schemas.get(name) as never),
  });
  return new ApolloServer({ gateway });
}

for (const graph of [shop, mediaLibrary]) {
  describe(`the ${graph.name}`, () => {
    const engine = startSampleEngine(graph);
    const stock = startStock(graph);
    const monolith = addResolversToSchema({ schema: engine.schema, resolvers: graph.monolith });

    for (const { query, variables } of graph.queries) {
      it(`answers ${query}`, async () => {
        expect(validate(engine.schema, parse(query))).toEqual([]);
        const result = await engine.execute(query, variables);
        const server = await stock;
        const response = await server.executeOperation({ query, variables });
        const stockResult = response.body.kind === 'single' ? response.body.singleResult : null;
        expect(JSON.stringify(result)).toBe(JSON.stringify({ data: stockResult?.data }));
        if (!query.startsWith('mutation')) {
          const whole = await execute({ schema: monolith, document: parse(query), variableValues: variables });
          expect(JSON.stringify(result)).toBe(JSON.stringify(whole));
        }
      });
    }
  });
}
