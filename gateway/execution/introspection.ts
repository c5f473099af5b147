// Answers `__schema` and `__type` from the API schema. No subgraph is asked.
import { type DocumentNode, execute, type FieldNode, type GraphQLSchema, Kind, type OperationDefinitionNode } from 'graphql';

export function isIntrospectionField(field: FieldNode): boolean {
  return field.name.value === '__schema' || field.name.value === '__type';
}

/** The value of one introspection field of the operation. */
export function introspect(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  fields: readonly FieldNode[],
  variables: Readonly<Record<string, unknown>>,
): unknown {
  const definitions = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const selectionSet = { kind: Kind.SELECTION_SET, selections: fields } as const;
  const result = execute({
    schema,
    document: { kind: Kind.DOCUMENT, definitions: [{ ...operation, selectionSet }, ...definitions] },
    variableValues: variables,
  });
  if (result instanceof Promise) throw new Error('Introspection is synchronous by construction.');
  const [field] = fields;
  return result.data?.[field?.alias?.value ?? field?.name.value ?? ''] ?? null;
}
