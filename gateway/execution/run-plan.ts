// Walks a compiled plan: what runs after what, and what runs together.
import type { CompiledNode } from './compiled-plan.ts';
import type { Execution } from './execution.ts';
import { runFetch } from './fetch.ts';

/** Fills `execution.data`. Never rejects for a subgraph's failure. */
export async function runPlan(execution: Execution, node: CompiledNode | null): Promise<void> {
  // The client has gone: nobody will read what further fetches bring.
  if (node === null || execution.call.signal.aborted) return;
  switch (node.kind) {
    case 'Sequence':
      for (const next of node.nodes) await runPlan(execution, next);
      return;
    case 'Parallel':
      await Promise.all(node.nodes.map((next) => runPlan(execution, next)));
      return;
    case 'Condition':
      return runPlan(execution, execution.coercedVariables[node.variable] === true ? node.on : node.off);
    case 'Fetch':
      return runFetch(execution, node.fetch);
  }
}
