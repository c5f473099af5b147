// Turns an error's path into the client's terms: response names for data names, and cut to what was selected, so that fields that only the
// plan asked for stay unnamed.
import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { dataNameOf, type IsFieldName } from '../planning/data-names.ts';
import type { ResponsePath } from './error-log.ts';

export interface SelectedOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

export function withVisiblePath(error: GraphQLError, selected: SelectedOperation, isFieldName: IsFieldName): GraphQLError {
  if (error.path === undefined) return error;
  const path = visiblePath(error.path, selected, isFieldName);
  if (path === error.path) return error;
  return new GraphQLError(error.message, { path: path.length === 0 ? undefined : path, extensions: error.extensions });
}

/** The path itself where nothing is to be changed. */
function visiblePath(path: ResponsePath, { operation, fragments }: SelectedOperation, isFieldName: IsFieldName): ResponsePath {
  let level: readonly SelectionSetNode[] = [operation.selectionSet];
  const visible: (string | number)[] = [];
  for (const key of path) {
    if (typeof key === 'number') visible.push(key);
    else {
      const fields = level.flatMap((selectionSet) => fieldsNamed(key, selectionSet, fragments, isFieldName));
      const [field] = fields;
      if (field === undefined) return visible;
      visible.push((field.alias ?? field.name).value);
      level = fields.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
    }
  }
  return visible.every((key, index) => key === path[index]) ? path : visible;
}

/** The fields with the data name. */
function fieldsNamed(
  name: string,
  selectionSet: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  isFieldName: IsFieldName,
): FieldNode[] {
  return selectionSet.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return dataNameOf(selection, isFieldName) === name ? [selection] : [];
    const inner =
      selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value)?.selectionSet;
    return inner === undefined ? [] : fieldsNamed(name, inner, fragments, isFieldName);
  });
}
