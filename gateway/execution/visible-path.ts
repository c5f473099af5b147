// Cuts an error's path to what the client selected: fields that only the plan asked for stay unnamed.
import { type FragmentDefinitionNode, GraphQLError, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import type { ResponsePath } from './error-log.ts';

export interface SelectedOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

export function withVisiblePath(error: GraphQLError, selected: SelectedOperation): GraphQLError {
  if (error.path === undefined) return error;
  const path = visiblePath(error.path, selected);
  if (path.length === error.path.length) return error;
  return new GraphQLError(error.message, { path: path.length === 0 ? undefined : path, extensions: error.extensions });
}

function visiblePath(path: ResponsePath, { operation, fragments }: SelectedOperation): ResponsePath {
  let level: readonly SelectionSetNode[] = [operation.selectionSet];
  for (const [index, key] of path.entries()) {
    if (typeof key === 'number') continue;
    const next = level.flatMap((selectionSet) => selectionsNamed(key, selectionSet, fragments));
    if (next.length === 0) return path.slice(0, index);
    level = next.filter((selectionSet) => selectionSet !== null);
  }
  return path;
}

/** The sub-selections of every field with the response name; null for a leaf. */
function selectionsNamed(
  name: string,
  selectionSet: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): (SelectionSetNode | null)[] {
  return selectionSet.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) {
      return (selection.alias?.value ?? selection.name.value) === name ? [selection.selectionSet ?? null] : [];
    }
    const inner =
      selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value)?.selectionSet;
    return inner === undefined ? [] : selectionsNamed(name, inner, fragments);
  });
}
