// The plan of one request with the times of its fetches, for those who ask and may know: answered in `extensions.plan`.
import type { CallObserver } from '../execution/execution.ts';
import type { FetchNode, PlanNode, QueryPlan, SubscriptionNode } from '../planning/plan.ts';
import type { FetchRun, PlanReport, ReportedNode } from './plan-report.types.ts';

export interface PlanRecorder {
  readonly observer: CallObserver;
  report(): PlanReport;
}

export function recordPlan(): PlanRecorder {
  const startedAt = performance.now();
  const sinceStart = () => rounded(performance.now() - startedAt);
  const runs = new Map<FetchNode, FetchRun[]>();
  let plan: QueryPlan | null = null;
  let planningMs = 0;

  return {
    observer: {
      planned(made, durationMs) {
        plan = made;
        planningMs = rounded(durationMs);
      },
      fetching(fetch, variables) {
        const run: FetchRun = {
          startedMs: sinceStart(),
          durationMs: null,
          entities: entitiesIn(variables),
          failure: null,
        };
        const known = runs.get(fetch);
        if (known === undefined) runs.set(fetch, [run]);
        else known.push(run);
        return {
          headers: undefined,
          ended(_, failure) {
            run.durationMs = rounded(sinceStart() - run.startedMs);
            run.failure = failure?.code ?? null;
          },
        };
      },
    },
    report: () => ({
      node: plan?.node === undefined ? null : describe(plan.node, (fetch) => runs.get(fetch) ?? []),
      planningMs,
      totalMs: sinceStart(),
    }),
  };
}

function describe(node: PlanNode | SubscriptionNode, runsOf: (fetch: FetchNode) => readonly FetchRun[]): ReportedNode {
  const below = (next: PlanNode) => describe(next, runsOf);
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { kind: node.kind, nodes: node.nodes.map(below) };
    case 'Flatten':
      return { kind: 'Flatten', path: node.path.join('.'), node: below(node.node) };
    case 'Condition':
      return {
        kind: 'Condition',
        condition: node.condition,
        ...(node.ifClause === undefined ? {} : { ifClause: below(node.ifClause) }),
        ...(node.elseClause === undefined ? {} : { elseClause: below(node.elseClause) }),
      };
    case 'Subscription':
      return {
        kind: 'Subscription',
        primary: below(node.primary),
        ...(node.rest === undefined ? {} : { rest: below(node.rest) }),
      };
    case 'Fetch':
      return { kind: 'Fetch', subgraph: node.serviceName, operation: node.operation, runs: runsOf(node) };
    case 'BatchFetch': {
      const { serviceName, operation } = node.fetch;
      const paths = node.entities.flatMap((entities) => entities.paths.map((path) => path.join('.')));
      return { kind: 'BatchFetch', subgraph: serviceName, operation, paths, runs: runsOf(node.fetch) };
    }
    case 'Graph':
      return { kind: 'Graph', steps: node.steps.map(({ node: step, after }) => ({ node: below(step), after })) };
    case 'Defer':
      return { kind: 'Defer' };
  }
}

/** Representations go by `representations`, or by `_r0` and so on where several lists are in one request. */
function entitiesIn(variables: Readonly<Record<string, unknown>>): number | null {
  let count: number | null = null;
  for (const [name, value] of Object.entries(variables))
    if (Array.isArray(value) && /^(representations|_+r\d+)$/.test(name)) count = (count ?? 0) + value.length;
  return count;
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
