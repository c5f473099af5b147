// Which fields of the response a fetch fills: read from its operation. Needed where a fetch failed, to say where in the response that shows.
import { type FieldNode, Kind, type OperationDefinitionNode, parse, type SelectionSetNode } from 'graphql';
import type { FetchNode } from '../planning/plan.ts';
import type { ResponseObject } from './data.ts';
import { originalPath } from './rewrites.ts';
import type { TypeIndex } from './type-index.ts';

export interface FetchedField {
  readonly responseName: string;
  /** True for objects and lists of objects. */
  readonly isObject: boolean;
  /** Type conditions of the fragments around the field. */
  readonly conditions: readonly string[];
}

const typenameField = '__typename';

/** True when paths of the plan may lead further, or elsewhere, once the fetch has brought what it brings. */
export function changesPaths(fetch: FetchNode): boolean {
  if (fetch.outputRewrites !== undefined) return true;
  return fetchedFieldsOf(fetch).some(({ isObject, responseName }) => isObject || responseName === typenameField);
}

const known = new WeakMap<FetchNode, readonly FetchedField[]>();

export function fetchedFieldsOf(fetch: FetchNode): readonly FetchedField[] {
  let fields = known.get(fetch);
  if (fields === undefined) {
    fields = readFields(fetch);
    known.set(fetch, fields);
  }
  return fields;
}

/** Response names that the fetch would have set on the object. */
export function fieldsMissingOn(object: ResponseObject, fetch: FetchNode, types: TypeIndex): string[] {
  const typename = object.__typename;
  const matching = fetchedFieldsOf(fetch).filter(
    ({ responseName, conditions }) =>
      responseName !== typenameField &&
      (typeof typename !== 'string' || conditions.every((condition) => types.matches(typename, condition))),
  );
  const names = originalPath(
    fetch.outputRewrites,
    matching.map(({ responseName }) => responseName),
  );
  return [...new Set(names.map(String))];
}

function readFields(fetch: FetchNode): readonly FetchedField[] {
  const { definitions } = parse(fetch.operation, { noLocation: true });
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet);
  }
  const operation = definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  if (operation === undefined) return [];
  const fields: FetchedField[] = [];

  function collect(selectionSet: SelectionSetNode | undefined, conditions: readonly string[]): void {
    for (const selection of selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        const responseName = selection.alias?.value ?? selection.name.value;
        // Under another name it tells the client something, and us nothing.
        if (selection.name.value === '__typename' && responseName !== typenameField) continue;
        fields.push({ responseName, conditions, isObject: selection.selectionSet !== undefined });
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        collect(selection.selectionSet, condition === undefined ? conditions : [...conditions, condition]);
      } else collect(fragments.get(selection.name.value), conditions);
    }
  }

  const entities = operation.selectionSet.selections.find(
    (selection): selection is FieldNode => selection.kind === Kind.FIELD && selection.name.value === '_entities',
  );
  collect(fetch.requires === undefined ? operation.selectionSet : entities?.selectionSet, []);
  return fields;
}
