// A supergraph that has been read and found valid: what clients may ask, which subgraphs there are, and the means to plan on it.
import { createHash } from 'node:crypto';
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, type Schema, Supergraph } from '@apollo/federation-internals';
import type { GraphQLSchema } from 'graphql';
import { createTypeIndex, type TypeIndex } from '../execution/type-index.ts';
import { createApolloPlanner } from '../planning/apollo.planner.ts';
import type { Planner } from '../planning/planner.ts';
import { withExecutableDirectives } from './executable-directives.ts';

export interface LoadedSupergraph {
  /** Equal for equal text. */
  readonly id: string;
  readonly sdl: string;
  /** What clients see: without federation's machinery and without what is @inaccessible. */
  readonly apiSchema: GraphQLSchema;
  readonly types: TypeIndex;
  readonly planner: Planner;
  readonly subgraphs: readonly SubgraphLocation[];
}

export interface SubgraphLocation {
  readonly name: string;
  /** As the supergraph has it; may be empty. */
  readonly url: string;
}

/** Why a supergraph cannot be served, for the operator. */
export class SupergraphError extends Error {
  constructor(problem: string, cause: unknown) {
    super(`The supergraph cannot be used: ${problem}`, { cause });
    this.name = 'SupergraphError';
  }
}

/**
 * Reads a composed Federation 2 supergraph, including one that uses `@authenticated`, `@requiresScopes` or `@policy`.
 *
 * @throws {SupergraphError} naming what is wrong with it.
 */
export function readSupergraph(sdl: string): LoadedSupergraph {
  if (sdl.trim() === '') throw new SupergraphError('it is empty.', undefined);
  try {
    const supergraph = Supergraph.build(sdl, {
      supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
      validateSupergraph: true,
    });
    const api: Schema = supergraph.apiSchema();
    const apiSchema = withExecutableDirectives(api.toGraphQLJSSchema(), sdl);
    const types = createTypeIndex(supergraph.schema.toGraphQLJSSchema(), apiSchema);
    return {
      id: createHash('sha256').update(sdl).digest('hex').slice(0, 16),
      sdl,
      apiSchema,
      types,
      planner: createApolloPlanner(sdl, supergraph, types.isFieldName),
      subgraphs: supergraph.subgraphsMetadata().map(({ name, url }) => ({ name, url })),
    };
  } catch (error) {
    throw new SupergraphError(error instanceof Error ? error.message : String(error), error);
  }
}
