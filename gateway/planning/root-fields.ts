// Finds root fields that a plan forgets: a selection that no runtime type can satisfy may leave them out, and null would not be true.
import { type DocumentNode, getOperationAST, Kind, parse, type SelectionSetNode } from 'graphql';
import type { PlanNode, QueryPlan } from './plan.ts';

/** Response name of the first root field that nothing fetches; null when there is none. Conditions must have been decided. */
export function missingRootField(plan: QueryPlan, document: DocumentNode, operationName: string | null): string | null {
  const operation = getOperationAST(document, operationName);
  if (operation === null || operation === undefined) return null;
  const produced = new Set<string>();
  if (plan.node?.kind === 'Subscription') addProduced(plan.node.primary, produced);
  else if (plan.node !== undefined) addProduced(plan.node, produced);
  for (const name of responseNames(operation.selectionSet, document)) if (!produced.has(name)) return name;
  return null;
}

function addProduced(node: PlanNode, produced: Set<string>): void {
  if (node.kind === 'Fetch') {
    const document = parse(node.operation, { noLocation: true });
    const operation = getOperationAST(document);
    if (operation) for (const name of responseNames(operation.selectionSet, document)) produced.add(name);
  } else if (node.kind === 'Sequence' || node.kind === 'Parallel') for (const next of node.nodes) addProduced(next, produced);
  else if (node.kind === 'Condition') {
    if (node.ifClause !== undefined) addProduced(node.ifClause, produced);
    if (node.elseClause !== undefined) addProduced(node.elseClause, produced);
  }
}

function responseNames(selectionSet: SelectionSetNode, document: DocumentNode): string[] {
  return selectionSet.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD)
      return selection.name.value.startsWith('__') ? [] : [selection.alias?.value ?? selection.name.value];
    if (selection.kind === Kind.INLINE_FRAGMENT) return responseNames(selection.selectionSet, document);
    const fragment = document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? responseNames(fragment.selectionSet, document) : [];
  });
}
