// The engine against two judges: Apollo's own gateway, and the same API executed as one schema without federation.
import { ApolloGateway, LocalGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { execute, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SubgraphClient } from '../../platform/graph/subgraph.ts';
import { silentLogger } from '../../platform/log.ts';
import { createHttpSubgraph } from '../http-subgraph.ts';
import { mediaLibrary } from '../testing/media.sample.ts';
import { type SampleEngine, startSampleEngine } from '../testing/sample-engine.ts';
import { composeSample, monolithSchema, type SampleGraph, subgraphSchema } from '../testing/sample-graph.ts';
import { type HttpSample, startHttpSample } from '../testing/sample-http.ts';
import { shop } from '../testing/shop.sample.ts';

// Its telemetry calls home otherwise.
vi.hoisted(() => {
  process.env.APOLLO_TELEMETRY_DISABLED = 'true';
});

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
    const inProcess = startSampleEngine(graph);
    const monolith = monolithSchema(graph, inProcess.schema);
    let stock: ApolloServer;
    let http: HttpSample;
    let overHttp: SampleEngine;
    const clients: SubgraphClient[] = [];

    beforeAll(async () => {
      stock = await startStock(graph);
      http = await startHttpSample(graph);
      overHttp = startSampleEngine(graph, {
        clientFor(name) {
          const client = createHttpSubgraph({ name, urls: [http.urlOf(name)], log: silentLogger() });
          clients.push(client);
          return client;
        },
      });
    });
    afterAll(async () => {
      await Promise.all(clients.map((client) => client.close()));
      await http.close();
    });

    for (const { query, variables } of graph.queries) {
      it(`answers ${query}`, async () => {
        expect(validate(inProcess.schema, parse(query))).toEqual([]);
        const text = JSON.stringify(await inProcess.execute(query, variables));
        const { body } = await stock.executeOperation({ query, variables });
        expect(text).toBe(JSON.stringify({ data: body.kind === 'single' ? body.singleResult.data : null }));
        expect(JSON.stringify(await overHttp.execute(query, variables))).toBe(text);
        if (!query.startsWith('mutation')) {
          const whole = await execute({ schema: monolith, document: parse(query), variableValues: variables });
          expect(text).toBe(JSON.stringify(whole));
        }
      });
    }
  });
}
