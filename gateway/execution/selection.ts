// Reads selections the way the GraphQL specification collects fields: fragments by type, @skip and @include, equal names merged.
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  GraphQLIncludeDirective,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** Fields by response name, in the order of the response. */
export type CollectedFields = ReadonlyMap<string, readonly FieldNode[]>;

export interface SelectionReader {
  rootFields(type: GraphQLCompositeType, selectionSet: SelectionSetNode): CollectedFields;
  /** What is selected below fields of one response name, for an object of the type. Remembered per list of fields and type. */
  subfields(type: GraphQLCompositeType, fields: readonly FieldNode[]): CollectedFields;
  /** True when the answer below the fields depends on which object type it is: `__typename`, or a fragment only some types match. */
  dependsOnObjectType(type: GraphQLCompositeType, fields: readonly FieldNode[]): boolean;
}

export function createSelectionReader(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Readonly<Record<string, unknown>>,
): SelectionReader {
  const known = new WeakMap<readonly FieldNode[], Map<string, CollectedFields>>();

  const visitFields = createFieldVisitor(fragments, variables);

  const matches = (type: GraphQLCompositeType, condition: string): boolean => {
    if (type.name === condition) return true;
    const conditionType = schema.getType(condition);
    return isAbstractType(conditionType) && !isUnion(type) && schema.isSubType(conditionType, type);
  };

  function collect(type: GraphQLCompositeType, selectionSets: readonly SelectionSetNode[]): CollectedFields {
    const collected = new Map<string, FieldNode[]>();
    const visited = new Set<string>();
    for (const selectionSet of selectionSets) {
      visitFields(
        selectionSet,
        visited,
        (condition) => matches(type, condition),
        (field) => {
          const responseName = field.alias?.value ?? field.name.value;
          const fields = collected.get(responseName);
          if (fields === undefined) collected.set(responseName, [field]);
          else fields.push(field);
        },
      );
    }
    return collected;
  }

  return {
    rootFields: (type, selectionSet) => collect(type, [selectionSet]),
    subfields(type, fields) {
      let byType = known.get(fields);
      if (byType === undefined) {
        byType = new Map();
        known.set(fields, byType);
      }
      let collected = byType.get(type.name);
      if (collected === undefined) {
        collected = collect(type, selectionSetsOf(fields));
        byType.set(type.name, collected);
      }
      return collected;
    },
    dependsOnObjectType(type, fields) {
      if (isObjectType(type)) return false;
      let namesType = false;
      /** Fields that are left when only some fragments are entered. */
      const count = (enter: (condition: string) => boolean): number => {
        let fieldCount = 0;
        for (const selectionSet of selectionSetsOf(fields)) {
          visitFields(selectionSet, new Set(), enter, (field) => {
            if (field.name.value === '__typename') namesType = true;
            fieldCount += 1;
          });
        }
        return fieldCount;
      };
      // Fragments whose fields are all skipped make no difference: the planner does not ask for the type because of them.
      const isSame = count(() => true) === count((condition) => matches(type, condition));
      return namesType || !isSame;
    },
  };
}

type FieldVisitor = (
  selectionSet: SelectionSetNode,
  /** Fragments that have been entered already: the specification enters each once. */
  visited: Set<string>,
  /** Whether fragments on a type are entered. */
  enter: (condition: string) => boolean,
  visit: (field: FieldNode) => void,
) => void;

/** Walks the fields of a selection, those that @skip and @include leave. */
function createFieldVisitor(
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Readonly<Record<string, unknown>>,
): FieldVisitor {
  function isIncluded(selection: SelectionNode): boolean {
    if (selection.directives === undefined || selection.directives.length === 0) return true;
    if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true) return false;
    return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false;
  }

  const visitFields: FieldVisitor = (selectionSet, visited, enter, visit) => {
    for (const selection of selectionSet.selections) {
      if (!isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) visit(selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        if (condition === undefined || enter(condition)) visitFields(selection.selectionSet, visited, enter, visit);
      } else {
        const fragment = fragments.get(selection.name.value);
        if (fragment === undefined || visited.has(selection.name.value)) continue;
        visited.add(selection.name.value);
        if (enter(fragment.typeCondition.name.value)) visitFields(fragment.selectionSet, visited, enter, visit);
      }
    }
  };
  return visitFields;
}

function selectionSetsOf(fields: readonly FieldNode[]): SelectionSetNode[] {
  return fields.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
}

function isUnion(type: GraphQLCompositeType): type is Extract<GraphQLCompositeType, { getTypes(): unknown }> {
  return 'getTypes' in type;
}
