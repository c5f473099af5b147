// What a foreign sample supergraph is made of, and how its subgraphs are composed and run in process. For tests only.
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  buildSchema,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  isObjectType,
  parse,
  printSchema,
  subscribe,
  validate,
} from 'graphql';
import type { SubgraphClient, SubgraphRequest } from '../../platform/graph/subgraph.ts';
import { composeSupergraph } from '../compose.ts';

// biome-ignore lint/suspicious/noExplicitAny: resolver maps of arbitrary schemas.
export type Resolvers = Record<string, any>;

export interface SampleSubgraph {
  readonly name: string;
  readonly typeDefs: string;
  readonly resolvers: Resolvers;
}

export interface SampleGraph {
  readonly name: string;
  readonly subgraphs: readonly SampleSubgraph[];
  /** Resolvers of the same API as one schema without federation: the answer that every query must have. */
  readonly monolith: Resolvers;
  /** Queries of the same answer on the stock gateway, ours and the monolith. */
  readonly queries: readonly SampleQuery[];
}

export interface SampleQuery {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
}

/** What the federation directives are called in the samples. */
export const federation = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", import: [
  "@key", "@requires", "@provides", "@external", "@shareable", "@override", "@inaccessible", "@interfaceObject", "@authenticated", "@requiresScopes", "@policy", "@context", "@fromContext"
])`;

export function subgraphSchema({ typeDefs, resolvers }: SampleSubgraph): GraphQLSchema {
  return buildSubgraphSchema({ typeDefs: parse(`${federation}\n${typeDefs}`), resolvers });
}

export function composeSample(
  graph: SampleGraph,
  urlOf: (name: string) => string = (name) => `http://${name}.invalid/graphql`,
): string {
  const sources = graph.subgraphs.map(({ name, typeDefs }) => ({ name, url: urlOf(name), sdl: `${federation}\n${typeDefs}` }));
  return composeSupergraph(sources).supergraphSdl;
}

/** The graph's API as one executable schema, without federation. */
export function monolithSchema(graph: SampleGraph, apiSchema: GraphQLSchema): GraphQLSchema {
  const schema = buildSchema(printSchema(apiSchema));
  for (const [typeName, fields] of Object.entries(graph.monolith)) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new Error(`The API of ${graph.name} has no object type ${typeName}.`);
    for (const [name, resolve] of Object.entries(fields)) {
      const field = type.getFields()[name];
      if (field === undefined) continue;
      if (typeof resolve === 'function') field.resolve = resolve as typeof field.resolve;
      else Object.assign(field, resolve);
    }
  }
  return schema;
}

export interface RecordedRequest {
  readonly subgraph: string;
  readonly request: SubgraphRequest;
}

/** Executes directly on the subgraph's schema; results go through JSON, as over the wire. */
export function inProcessClient(subgraph: SampleSubgraph, record?: (request: RecordedRequest) => void): SubgraphClient {
  const schema = subgraphSchema(subgraph);

  function prepare(request: SubgraphRequest) {
    record?.({ subgraph: subgraph.name, request });
    const document = parse(request.query);
    const errors = validate(schema, document);
    const args = {
      schema,
      document,
      variableValues: JSON.parse(JSON.stringify(request.variables ?? {})),
      operationName: request.operationName,
      contextValue: { token: request.token, requestId: request.requestId },
    };
    return { args, errors, operation: getOperationAST(document, request.operationName)?.operation };
  }

  return {
    name: subgraph.name,
    async execute(request) {
      const { args, errors } = prepare(request);
      const result = errors.length > 0 ? { errors } : await execute(args);
      return JSON.parse(JSON.stringify(result)) as ExecutionResult;
    },
    async *subscribe(request) {
      const { args, errors } = prepare(request);
      const stream = errors.length > 0 ? { errors } : await subscribe(args);
      if (!(Symbol.asyncIterator in stream)) {
        yield stream;
        return;
      }
      request.onOpen?.();
      request.signal?.addEventListener('abort', () => void stream.return?.(undefined), { once: true });
      for await (const event of stream) yield JSON.parse(JSON.stringify(event)) as ExecutionResult;
    },
    ping: async () => {},
    close: async () => {},
  };
}
