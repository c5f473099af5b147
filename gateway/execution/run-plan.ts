// Walks a compiled plan: what runs after what, and what runs together.
import type { CompiledNode, CompiledStep } from './compiled-plan.ts';
import type { Execution } from './execution.ts';
import { runBatch, runFetch } from './fetch.ts';

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
    case 'Batch':
      return runBatch(execution, node.batch);
    case 'Graph':
      return runGraph(execution, node.steps);
  }
}

/** Every step starts when those it waits for are done, whatever the others do. */
async function runGraph(execution: Execution, steps: readonly CompiledStep[]): Promise<void> {
  const running: Promise<void>[] = [];
  for (const { node, after } of steps) running.push(runAfter(execution, node, running, after));
  await Promise.all(running);
}

async function runAfter(
  execution: Execution,
  node: CompiledNode,
  running: readonly Promise<void>[],
  after: readonly number[],
): Promise<void> {
  // One after the other is as quick as all at once: each has to be done.
  for (const index of after) await running[index];
  await runPlan(execution, node);
}
