// Makes a domain's executable schema a subgraph: adds `_service` and `_entities`. What `buildSubgraphSchema` of @apollo/subgraph gives, without
// printing the schema, parsing the text and building all of it a second time at every start (docs/decisions/0022); its resolver is used here.
import { entitiesField, ServiceType } from '@apollo/subgraph/dist/types.js';
import {
  type GraphQLFieldConfig,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLUnionType,
  isObjectType,
} from 'graphql';
import type { ReferenceResolver } from './subgraph.ts';

export interface FederationParts {
  /** What `_service` answers; asked for when it is. */
  sdl(): string;
  /** By the name of the entity's type. */
  readonly references: Readonly<Record<string, ReferenceResolver>>;
}

/** @throws when a reference resolver is for a type that is not in the schema. */
export function federate(schema: GraphQLSchema, { sdl, references }: FederationParts): GraphQLSchema {
  for (const [name, resolve] of Object.entries(references)) {
    const type = schema.getType(name);
    if (!isObjectType(type))
      throw new Error(`There is a resolver of references for ${name}, which is no object type of the schema.`);
    type.extensions = { ...type.extensions, apollo: { subgraph: { resolveReference: markable(resolve) } } };
  }
  const config = schema.toConfig();
  const query = config.query?.toConfig() ?? { name: 'Query', fields: {} };
  const service = { type: new GraphQLNonNull(ServiceType), resolve: () => ({ sdl: sdl() }) };
  const fields = { ...query.fields, ...entitiesOf(schema), _service: service };
  return new GraphQLSchema({
    ...config,
    query: new GraphQLObjectType({ ...query, fields }),
    types: config.types.filter((type) => type !== config.query),
  });
}

/** Federation leaves the field out of a subgraph without entities. */
function entitiesOf(schema: GraphQLSchema): Record<string, GraphQLFieldConfig<unknown, unknown>> {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && isEntity(type)) as GraphQLObjectType[];
  if (types.length === 0) return {};
  const entity = new GraphQLUnionType({ name: '_Entity', types, resolveType: ({ __typename }) => __typename });
  return { _entities: { ...entitiesField, type: new GraphQLNonNull(new GraphQLList(entity)) } };
}

function isEntity({ astNode }: GraphQLObjectType): boolean {
  return astNode?.directives?.some(({ name }) => name.value === 'key') ?? false;
}

/** Federation writes `__typename` onto what a reference resolver returns, which frozen objects refuse. */
function markable(resolve: ReferenceResolver): ReferenceResolver {
  return async (reference, context) => {
    const entity = await resolve(reference, context);
    if (typeof entity !== 'object' || entity === null || Object.isExtensible(entity)) return entity ?? null;
    return Object.assign(Object.create(Object.getPrototypeOf(entity)), entity);
  };
}
