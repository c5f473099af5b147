// How a subgraph's executable schema looks to whoever asks it, to be held against the one that @apollo/subgraph builds of the same SDL.
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, isSpecifiedScalarType, lexicographicSortSchema, parse, printType } from 'graphql';

/** Federation's own types, which only the text of the SDL needs. */
const ofTheSdl = /^(federation__|link__|_FieldSet$)/;

/** Every type of the schema as SDL, without descriptions; `__` types and built-in scalars left out. */
export function typesOf(schema: GraphQLSchema): string[] {
  const types = Object.values(lexicographicSortSchema(schema).getTypeMap());
  return types
    .filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type) && !ofTheSdl.test(type.name))
    .map((type) => printType(type).replace(/^ *"""[\s\S]*?"""\n/gm, ''))
    .sort();
}

export function typesByApollo(sdl: string): string[] {
  return typesOf(buildSubgraphSchema({ typeDefs: parse(sdl) }));
}
