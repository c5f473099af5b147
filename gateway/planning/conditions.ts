// Decides @skip and @include before planning, so that each combination of their variables has a plan of its own. A plan for all of them
// would make the inputs of one field wait for another field's condition, and answer null for it without an error.
import { type ASTNode, type DocumentNode, Kind, type SelectionSetNode, visit } from 'graphql';

/** Names of the variables that conditions depend on, in a fixed order. */
export function conditionVariablesOf(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive({ name, arguments: given }) {
      if (name.value !== 'skip' && name.value !== 'include') return;
      for (const { value } of given ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names].sort();
}

/** The document without conditions, as the values decide them. */
export function resolveConditions(document: DocumentNode, values: Readonly<Record<string, unknown>>): DocumentNode {
  const decide = <Node extends ASTNode & { readonly directives?: DirectiveList }>(node: Node): Node | null | undefined => {
    const conditions = (node.directives ?? []).filter(isCondition);
    if (conditions.length === 0) return undefined;
    const isIncluded = conditions.every((condition) => isOn(condition, values) === (condition.name.value === 'include'));
    return isIncluded ? { ...node, directives: node.directives?.filter((directive) => !isCondition(directive)) } : null;
  };
  return visit(document, {
    Field: { enter: decide },
    InlineFragment: { enter: decide },
    FragmentSpread: { enter: decide },
    SelectionSet: { leave: (selectionSet) => (selectionSet.selections.length === 0 ? onlyTypename : undefined) },
  });
}

type DirectiveList = NonNullable<Extract<ASTNode, { kind: Kind.FIELD }>['directives']>;
type Directive = DirectiveList[number];

/** What stands for an object of which nothing is selected. */
const onlyTypename: SelectionSetNode = {
  kind: Kind.SELECTION_SET,
  selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }],
};

function isCondition({ name }: Directive): boolean {
  return name.value === 'skip' || name.value === 'include';
}

function isOn({ arguments: given }: Directive, values: Readonly<Record<string, unknown>>): boolean {
  const value = given?.find(({ name }) => name.value === 'if')?.value;
  if (value?.kind === Kind.VARIABLE) return values[value.name.value] === true;
  return value?.kind === Kind.BOOLEAN && value.value;
}
