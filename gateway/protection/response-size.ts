// Estimates how many objects an operation asks for: page sizes multiply where lists are nested in lists, and a short document can ask for
// more than any process can hold. Works on the operation and its variables, before anything is planned or sent.
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** Arguments that say how long a list may get. */
const pageSizeArguments: readonly string[] = ['first', 'last'];

export interface SizedOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Coerced, with defaults: page sizes may be variables. */
  readonly coercedVariables: Readonly<Record<string, unknown>>;
}

/** Objects in the largest response that the operation can have, every page being full; lists without a page size count once. */
export type SizeEstimate = (operation: SizedOperation) => number;

export function createSizeEstimate(schema: GraphQLSchema): SizeEstimate {
  return ({ operation, fragments, coercedVariables }) => {
    const known = new Map<string, number>();

    function ofFragment(name: string): number {
      const size = known.get(name);
      if (size !== undefined) return size;
      const fragment = fragments.get(name);
      if (fragment === undefined) return 0;
      // Validation has refused fragments that lead back to themselves.
      const measured = ofSelection(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
      known.set(name, measured);
      return measured;
    }

    function ofSelection(selectionSet: SelectionSetNode, type: GraphQLNamedType | undefined): number {
      let size = 0;
      for (const selection of selectionSet.selections) {
        if (selection.kind === Kind.FIELD) size += ofField(selection, type);
        else if (selection.kind === Kind.FRAGMENT_SPREAD) size += ofFragment(selection.name.value);
        else {
          const condition = selection.typeCondition;
          size += ofSelection(selection.selectionSet, condition === undefined ? type : schema.getType(condition.name.value));
        }
      }
      return size;
    }

    function ofField(node: FieldNode, parent: GraphQLNamedType | undefined): number {
      const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
      // Leaves cost little, and introspection is bounded by graphql-js.
      if (field === undefined || node.selectionSet === undefined) return 0;
      const below = ofSelection(node.selectionSet, getNamedType(field.type));
      const pageSize = bearsList(field) ? pageSizeOf(field, node, coercedVariables) : null;
      return Math.min(Number.MAX_SAFE_INTEGER, pageSize === null ? 1 + below : 1 + pageSize * (1 + below));
    }

    const rootType = schema.getRootType(operation.operation);
    return ofSelection(operation.selectionSet, rootType ?? undefined);
  };
}

/** A list of objects, or an object that holds one, as connections do. */
function bearsList({ type }: GraphQLField<unknown, unknown>): boolean {
  if (isListType(getNullableType(type))) return true;
  const named = getNamedType(type);
  if (!isObjectType(named) && !isInterfaceType(named)) return false;
  return Object.values(named.getFields()).some(
    (field) => isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type)),
  );
}

/** The page size that the field was given or has by default; null when it takes none. What is refused further on counts as nothing. */
function pageSizeOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Readonly<Record<string, unknown>>,
): number | null {
  for (const name of pageSizeArguments) {
    const argument = field.args.find((candidate) => candidate.name === name);
    if (argument === undefined) continue;
    const value = node.arguments?.find((given) => given.name.value === name)?.value;
    let given: unknown;
    if (value?.kind === Kind.INT) given = Number(value.value);
    else if (value?.kind === Kind.VARIABLE) given = variables[value.name.value];
    given ??= argument.defaultValue;
    if (typeof given === 'number') return Math.max(0, given);
  }
  return null;
}
