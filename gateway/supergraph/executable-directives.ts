// Lets clients use the executable directives that subgraphs compose into the graph (`@composeDirective`), which the API schema leaves out.
// They mean something to the gateway's plugins; subgraphs do not get them.
import { type DirectiveDefinitionNode, extendSchema, type GraphQLSchema, Kind, parse } from 'graphql';
import { namedTypeOf } from '../planning/subgraph-index.ts';

const executableLocations = new Set([
  'QUERY',
  'MUTATION',
  'SUBSCRIPTION',
  'FIELD',
  'FRAGMENT_DEFINITION',
  'FRAGMENT_SPREAD',
  'INLINE_FRAGMENT',
  'VARIABLE_DEFINITION',
]);
/** They would promise a behaviour that is not offered because a subgraph says so. */
const reserved = new Set(['defer', 'stream']);

export function withExecutableDirectives(apiSchema: GraphQLSchema, supergraphSdl: string): GraphQLSchema {
  const definitions = parse(supergraphSdl, { noLocation: true }).definitions.flatMap((definition): DirectiveDefinitionNode[] => {
    if (definition.kind !== Kind.DIRECTIVE_DEFINITION) return [];
    const name = definition.name.value;
    const locations = definition.locations.filter(({ value }) => executableLocations.has(value));
    const isUsable = definition.arguments?.every(({ type }) => apiSchema.getType(namedTypeOf(type)) !== undefined) ?? true;
    const isWanted = locations.length > 0 && isUsable && !reserved.has(name) && apiSchema.getDirective(name) === undefined;
    return isWanted ? [{ ...definition, locations }] : [];
  });
  return definitions.length === 0 ? apiSchema : extendSchema(apiSchema, { kind: Kind.DOCUMENT, definitions });
}
