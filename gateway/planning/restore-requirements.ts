// Turns the stand-ins of `required-arguments.ts` in a plan into what subgraphs know: the real field in what is sent, the real name in
// representations. A fetch that needs one field with two values of its arguments becomes two.
import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import type { FetchNode, KeyRenamer, RequiredSelection } from './plan.ts';
import { realField, type StandIns } from './required-arguments.ts';

/** Names of the stand-ins that a field of a subgraph requires. */
export type RequirementsOf = (subgraph: string, type: string, field: string) => readonly string[];

export function restoreRequirements(fetch: FetchNode, standIns: StandIns, requirementsOf: RequirementsOf): readonly FetchNode[] {
  const used = standInsIn(fetch.requires ?? [], standIns, [], []);
  const operation = parse(fetch.operation, { noLocation: true });
  const parts = splitByRequirements(fetch, operation, used, requirementsOf);
  return parts.map(({ document, allowed }) => {
    const restored = visit(document, { Field: (field) => realField(field, standIns) });
    const requires = fetch.requires && pruneRequires(fetch.requires, standIns, allowed);
    const renamers = standInsIn(requires ?? [], standIns, [], []).map(({ renamer }) => renamer);
    const variables = variablesIn(restored);
    return {
      ...fetch,
      operation: stripIgnoredCharacters(print(withoutUnusedVariables(restored, variables))),
      variableUsages: fetch.variableUsages?.filter((name) => variables.has(name)),
      contextRewrites: fetch.contextRewrites?.filter(({ renameKeyTo }) => variables.has(renameKeyTo)),
      requires,
      // Before the planner's own rewrites, which may change the type that the paths go by.
      inputRewrites: renamers.length === 0 ? fetch.inputRewrites : [...renamers, ...(fetch.inputRewrites ?? [])],
    };
  });
}

interface UsedStandIn {
  readonly name: string;
  /** Equal for stand-ins that would have one name in one object of a representation. */
  readonly place: string;
  readonly renamer: KeyRenamer;
}

function standInsIn(
  selections: readonly RequiredSelection[],
  standIns: StandIns,
  path: readonly string[],
  fields: readonly string[],
): UsedStandIn[] {
  return selections.flatMap((selection) => {
    if (selection.kind === 'InlineFragment') {
      const step = selection.typeCondition === undefined ? [] : [`... on ${selection.typeCondition}`];
      return standInsIn(selection.selections, standIns, [...path, ...step], fields);
    }
    const real = standIns.get(selection.name)?.field;
    // Renamed from the inside out: what is below is still found under the stand-in's name.
    const below = standInsIn(
      selection.selections ?? [],
      standIns,
      [...path, selection.name],
      [...fields, real ?? selection.name],
    );
    if (real === undefined) return below;
    const renamer = { kind: 'KeyRenamer', path: [...path, selection.name], renameKeyTo: real } as const;
    return [...below, { name: selection.name, place: [...fields, real].join('.'), renamer }];
  });
}

interface Part {
  readonly document: DocumentNode;
  /** Stand-ins that the part's representations have. */
  readonly allowed: ReadonlySet<string>;
}

function splitByRequirements(
  fetch: FetchNode,
  document: DocumentNode,
  used: readonly UsedStandIn[],
  requirementsOf: RequirementsOf,
): readonly Part[] {
  const all = new Set(used.map(({ name }) => name));
  const places = new Map(used.map(({ name, place }) => [name, place]));
  const meets = (one: string, other: string) => one !== other && places.get(one) === places.get(other);
  if (![...all].some((one) => [...all].some((other) => meets(one, other)))) return [{ document, allowed: all }];

  const groups: { allowed: Set<string>; fields: Set<FieldNode> }[] = [];
  for (const { field, types } of entityFields(document)) {
    const needed = types
      .flatMap((type) => requirementsOf(fetch.serviceName, type, field.name.value))
      .filter((name) => all.has(name));
    let group = groups.find(({ allowed }) => !needed.some((one) => [...allowed].some((other) => meets(one, other))));
    if (group === undefined) {
      group = { allowed: new Set(), fields: new Set() };
      groups.push(group);
    }
    group.fields.add(field);
    for (const name of needed) group.allowed.add(name);
  }
  return groups.map(({ allowed, fields }) => ({ document: keepEntityFields(document, fields), allowed }));
}

/** The fields that are selected on the entities themselves, with the types of the fragments around them. */
function entityFields(document: DocumentNode): { field: FieldNode; types: readonly string[] }[] {
  const collect = (selectionSet: SelectionSetNode, types: readonly string[]): { field: FieldNode; types: readonly string[] }[] =>
    selectionSet.selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value === '__typename' ? [] : [{ field: selection, types }];
      if (selection.kind !== Kind.INLINE_FRAGMENT) return [];
      const condition = selection.typeCondition?.name.value;
      return collect(selection.selectionSet, condition === undefined ? types : [...types, condition]);
    });
  const entities = operationOf(document).selectionSet.selections[0];
  return entities?.kind === Kind.FIELD && entities.selectionSet !== undefined ? collect(entities.selectionSet, []) : [];
}

function keepEntityFields(document: DocumentNode, kept: ReadonlySet<FieldNode>): DocumentNode {
  const prune = (selectionSet: SelectionSetNode): SelectionSetNode => ({
    ...selectionSet,
    selections: selectionSet.selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return selection.name.value === '__typename' || kept.has(selection) ? [selection] : [];
      if (selection.kind !== Kind.INLINE_FRAGMENT) return [selection];
      const below = prune(selection.selectionSet);
      return below.selections.length === 0 ? [] : [{ ...selection, selectionSet: below }];
    }),
  });
  const operation = operationOf(document);
  const [entities] = operation.selectionSet.selections as readonly FieldNode[];
  if (entities?.selectionSet === undefined) return document;
  const selections = [{ ...entities, selectionSet: prune(entities.selectionSet) }];
  const replaced = { ...operation, selectionSet: { ...operation.selectionSet, selections } };
  return {
    ...document,
    definitions: document.definitions.map((definition) => (definition === operation ? replaced : definition)),
  };
}

function pruneRequires(
  selections: readonly RequiredSelection[],
  standIns: StandIns,
  allowed: ReadonlySet<string>,
): readonly RequiredSelection[] {
  return selections.flatMap((selection): RequiredSelection[] => {
    if (selection.kind === 'Field' && standIns.has(selection.name) && !allowed.has(selection.name)) return [];
    if (selection.selections === undefined) return [selection];
    return [{ ...selection, selections: pruneRequires(selection.selections, standIns, allowed) }];
  });
}

function operationOf(document: DocumentNode): OperationDefinitionNode {
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('A fetch of the plan has no operation.');
  return operation;
}

function variablesIn(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, { VariableDefinition: () => false, Variable: ({ name }) => void names.add(name.value) });
  return names;
}

function withoutUnusedVariables(document: DocumentNode, used: ReadonlySet<string>): DocumentNode {
  return visit(document, { VariableDefinition: ({ variable }) => (used.has(variable.name.value) ? undefined : null) });
}
