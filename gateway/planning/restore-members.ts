// Puts back what the planner leaves out of partial unions and interfaces. Where subgraphs that share a field know different members of its
// type, it takes only those that all of them know for possible, and drops the client's fragments on the others from every fetch.
import {
  type DocumentNode,
  type FieldNode,
  getOperationAST,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import type { FetchNode, PlanNode, QueryPlan } from './plan.ts';
import { replaceFetches } from './plan-walk.ts';
import type { SubgraphIndex } from './subgraph-index.ts';

/** Conditions of the operation must have been decided. */
export function restoreMembers(
  plan: QueryPlan,
  document: DocumentNode,
  operationName: string | null,
  index: SubgraphIndex,
): QueryPlan {
  const client = getOperationAST(document, operationName);
  if (!index.hasPartialTypes || plan.node === undefined || client === null || client === undefined) return plan;
  const operation = { ...client, selectionSet: inlineFragments(client.selectionSet, document) };
  const covered = new Set<string>();
  const places = new Map<FetchNode, readonly string[]>();
  const root = plan.node.kind === 'Subscription' ? [plan.node.primary, ...(plan.node.rest ? [plan.node.rest] : [])] : [plan.node];
  for (const node of root) collectPlaces(node, [], places);
  for (const [fetch, place] of places) collectCovered(rootSelection(fetch), place, covered);

  return replaceFetches(plan, (fetch) => {
    const place = places.get(fetch);
    if (place === undefined) return [fetch];
    const selection = clientSelection(operation.selectionSet, place);
    const added = addMembers(fetch, rootSelection(fetch), selection, place, covered, index);
    return [added === null ? fetch : withSelection(fetch, added, operation)];
  });
}

/** Where in the response each fetch starts, as response names. */
function collectPlaces(node: PlanNode, place: readonly string[], places: Map<FetchNode, readonly string[]>): void {
  if (node.kind === 'Fetch') places.set(node, place);
  else if (node.kind === 'Flatten') {
    const steps = node.path.map((step) => String(step).replace(/\|\[.*$/, '')).filter((step) => step !== '@' && step !== '');
    collectPlaces(node.node, [...place, ...steps], places);
  } else if (node.kind === 'Sequence' || node.kind === 'Parallel')
    for (const next of node.nodes) collectPlaces(next, place, places);
}

/** What a fetch selects at its place: the operation's fields, or those of the entities. */
function rootSelection(fetch: FetchNode): SelectionSetNode {
  const { selectionSet } = operationOf(parse(fetch.operation, { noLocation: true }));
  const [first] = selectionSet.selections;
  return fetch.requires !== undefined && first?.kind === Kind.FIELD && first.selectionSet ? first.selectionSet : selectionSet;
}

function collectCovered(selectionSet: SelectionSetNode, place: readonly string[], covered: Set<string>): void {
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FIELD) {
      if (selection.selectionSet) collectCovered(selection.selectionSet, [...place, responseName(selection)], covered);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      if (selection.typeCondition) covered.add(keyOf(place, selection.typeCondition.name.value));
      collectCovered(selection.selectionSet, place, covered);
    }
  }
}

/** The selection with what was left out, or null when nothing was. */
function addMembers(
  fetch: FetchNode,
  selectionSet: SelectionSetNode,
  client: SelectionSetNode,
  place: readonly string[],
  covered: ReadonlySet<string>,
  index: SubgraphIndex,
  parentType = fetch.requires === undefined ? rootTypeOf(fetch) : '',
): SelectionSetNode | null {
  let isChanged = false;
  const selections = selectionSet.selections.map((selection): SelectionNode => {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const type = selection.typeCondition?.name.value ?? parentType;
      const below = addMembers(fetch, selection.selectionSet, client, place, covered, index, type);
      isChanged ||= below !== null;
      return below === null ? selection : { ...selection, selectionSet: below };
    }
    if (selection.kind !== Kind.FIELD || selection.selectionSet === undefined) return selection;
    const type = index.typeOf(fetch.serviceName, parentType, selection.name.value);
    if (type === null) return selection;
    const here = [...place, responseName(selection)];
    const wanted = clientSelection(client, [responseName(selection)]);
    const below = addMembers(fetch, selection.selectionSet, wanted, here, covered, index, type) ?? selection.selectionSet;
    const left = index.isAbstract(type) ? leftOut(fetch.serviceName, type, wanted, here, covered, index) : [];
    if (below === selection.selectionSet && left.length === 0) return selection;
    isChanged = true;
    return {
      ...selection,
      selectionSet: { ...below, selections: [typename, ...below.selections.filter(isNoTypename), ...left] },
    };
  });
  return isChanged ? { ...selectionSet, selections } : null;
}

/** Fragments of the client on members that this subgraph knows and that no fetch asks for. */
function leftOut(
  subgraph: string,
  type: string,
  wanted: SelectionSetNode,
  place: readonly string[],
  covered: ReadonlySet<string>,
  index: SubgraphIndex,
): InlineFragmentNode[] {
  const members = index.membersOf(subgraph, type);
  return wanted.selections.flatMap((selection): InlineFragmentNode[] => {
    if (selection.kind !== Kind.INLINE_FRAGMENT) return [];
    const member = selection.typeCondition?.name.value;
    if (member === undefined || !members.has(member) || covered.has(keyOf(place, member))) return [];
    const selections = selection.selectionSet.selections.filter((below) => isLocal(subgraph, member, below, index));
    return selections.length === 0 ? [] : [{ ...selection, selectionSet: { ...selection.selectionSet, selections } }];
  });
}

/** True when the subgraph can answer all of it by itself. */
function isLocal(subgraph: string, type: string, selection: SelectionNode, index: SubgraphIndex): boolean {
  if (selection.kind === Kind.INLINE_FRAGMENT) {
    const condition = selection.typeCondition?.name.value ?? type;
    const isKnown = condition === type || index.membersOf(subgraph, type).has(condition);
    return isKnown && selection.selectionSet.selections.every((below) => isLocal(subgraph, condition, below, index));
  }
  if (selection.kind !== Kind.FIELD) return false;
  if (selection.name.value === '__typename') return true;
  const below = index.typeOf(subgraph, type, selection.name.value);
  if (below === null || !index.resolves(subgraph, type, selection.name.value)) return false;
  return selection.selectionSet?.selections.every((next) => isLocal(subgraph, below, next, index)) ?? true;
}

/** Everything that the client selects under the response names, whatever fragments lead there. */
function clientSelection(selectionSet: SelectionSetNode, place: readonly string[]): SelectionSetNode {
  const [name, ...rest] = place;
  if (name === undefined) return selectionSet;
  const found: SelectionNode[] = [];
  const collect = ({ selections }: SelectionSetNode) => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (selection.kind === Kind.FIELD && responseName(selection) === name && selection.selectionSet)
        found.push(...selection.selectionSet.selections);
    }
  };
  collect(selectionSet);
  return clientSelection({ kind: Kind.SELECTION_SET, selections: found }, rest);
}

function withSelection(fetch: FetchNode, selectionSet: SelectionSetNode, client: OperationDefinitionNode): FetchNode {
  const operation = operationOf(parse(fetch.operation, { noLocation: true }));
  const [first] = operation.selectionSet.selections;
  const isEntity = fetch.requires !== undefined && first?.kind === Kind.FIELD;
  const selections = isEntity ? [{ ...first, selectionSet }] : selectionSet.selections;
  const used = new Set<string>();
  visit(selectionSet, { Variable: ({ name }) => void used.add(name.value) });
  const defined = new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value));
  const missing = (client.variableDefinitions ?? []).filter(
    ({ variable: { name } }) => used.has(name.value) && !defined.has(name.value),
  );
  const text = print({
    ...operation,
    variableDefinitions: [...(operation.variableDefinitions ?? []), ...missing],
    selectionSet: { ...operation.selectionSet, selections },
  });
  const variableUsages = [...(fetch.variableUsages ?? []), ...missing.map(({ variable }) => variable.name.value)];
  return { ...fetch, operation: stripIgnoredCharacters(text), variableUsages };
}

function inlineFragments(selectionSet: SelectionSetNode, document: DocumentNode): SelectionSetNode {
  const selections = selectionSet.selections.map((selection): SelectionNode => {
    if (selection.kind !== Kind.FRAGMENT_SPREAD)
      return selection.selectionSet === undefined
        ? selection
        : { ...selection, selectionSet: inlineFragments(selection.selectionSet, document) };
    const fragment = document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
    );
    if (fragment?.kind !== Kind.FRAGMENT_DEFINITION) return selection;
    const { typeCondition } = fragment;
    return { kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet: inlineFragments(fragment.selectionSet, document) };
  });
  return { ...selectionSet, selections };
}

function operationOf(document: DocumentNode): OperationDefinitionNode {
  const operation = getOperationAST(document);
  if (operation === null || operation === undefined) throw new Error('A fetch of the plan has no operation.');
  return operation;
}

function rootTypeOf({ operationKind }: FetchNode): string {
  return operationKind === 'mutation' ? 'Mutation' : operationKind === 'subscription' ? 'Subscription' : 'Query';
}

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

const isNoTypename = (selection: SelectionNode) =>
  selection.kind !== Kind.FIELD || selection.name.value !== '__typename' || selection.alias !== undefined;

const responseName = ({ alias, name }: FieldNode) => (alias ?? name).value;

const keyOf = (place: readonly string[], type: string) => `${place.join('.')}|${type}`;
