// Rebuilds query plans: every fetch replaced by what takes its place, everything around it kept.
import type { FetchNode, PlanNode, QueryPlan } from './plan.ts';

/** The plan with each fetch replaced; several fetches in place of one run in parallel. */
export function replaceFetches(plan: QueryPlan, replace: (fetch: FetchNode) => readonly FetchNode[]): QueryPlan {
  const { node } = plan;
  if (node === undefined) return plan;
  if (node.kind !== 'Subscription') return { ...plan, node: replaceIn(node, replace) };
  const [primary = node.primary] = replace(node.primary);
  return { ...plan, node: { ...node, primary, rest: node.rest && replaceIn(node.rest, replace) } };
}

function replaceIn(node: PlanNode, replace: (fetch: FetchNode) => readonly FetchNode[]): PlanNode {
  switch (node.kind) {
    case 'Fetch':
      return parallel(replace(node));
    case 'Flatten':
      if (node.node.kind === 'Fetch') return parallel(replace(node.node).map((fetch) => ({ ...node, node: fetch })));
      return { ...node, node: replaceIn(node.node, replace) };
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map((next) => replaceIn(next, replace)) };
    case 'Condition':
      return {
        ...node,
        ifClause: node.ifClause && replaceIn(node.ifClause, replace),
        elseClause: node.elseClause && replaceIn(node.elseClause, replace),
      };
    case 'Defer':
    case 'Graph':
    case 'BatchFetch':
      // Made after every replacement.
      return node;
  }
}

function parallel(nodes: readonly PlanNode[]): PlanNode {
  const [only] = nodes;
  return nodes.length === 1 && only !== undefined ? only : { kind: 'Parallel', nodes };
}
