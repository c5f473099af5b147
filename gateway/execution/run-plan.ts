// Walks a query plan: what runs after what, what runs together, and at which places of the response.
import type { PlanNode } from '../planning/plan.ts';
import type { Position } from './data.ts';
import type { Execution } from './execution.ts';
import { runFetch } from './fetch.ts';
import { positionsAt } from './positions.ts';

/** Fills `execution.data`. Never rejects for a subgraph's failure. */
export async function runPlan(execution: Execution, node: PlanNode): Promise<void> {
  await runNode(execution, node, [{ object: execution.data, path: null }]);
}

async function runNode(execution: Execution, node: PlanNode, positions: readonly Position[]): Promise<void> {
  // The client has gone: nobody will read what further fetches bring.
  if (positions.length === 0 || execution.call.signal.aborted) return;
  switch (node.kind) {
    case 'Sequence':
      for (const next of node.nodes) await runNode(execution, next, positions);
      return;
    case 'Parallel':
      await Promise.all(node.nodes.map((next) => runNode(execution, next, positions)));
      return;
    case 'Flatten':
      return runNode(execution, node.node, positionsAt(positions, node.path, execution.target.types));
    case 'Condition': {
      const clause = execution.coercedVariables[node.condition] === true ? node.ifClause : node.elseClause;
      return clause === undefined ? undefined : runNode(execution, clause, positions);
    }
    case 'Fetch':
      return runFetch(execution, node, positions);
    case 'Defer':
      throw new Error('The planner made a Defer node, although the graph does not offer @defer.');
  }
}
