// The plan of the last operation in GraphiQL's side bar: what was asked of which subgraph, after what, and how long it took.
import type { GraphiQLPlugin } from '@graphiql/react';
import { useSyncExternalStore } from 'react';
import type { FetchRun, ReportedNode } from '../observation/plan-report.types.ts';
import type { Plans } from './plans.ts';

export function planPlugin(plans: Plans): GraphiQLPlugin {
  return { title: 'Query plan', icon: PlanIcon, content: () => <PlanPanel plans={plans} /> };
}

function PlanPanel({ plans }: { readonly plans: Plans }) {
  const shown = useSyncExternalStore(plans.subscribe, plans.current);
  return (
    <section className="plan" aria-label="Query plan">
      <h1>Query plan</h1>
      {shown === null ? (
        <p>Run a query or a mutation: the way it took through the subgraphs is drawn here.</p>
      ) : shown.report === null ? (
        <p>
          The gateway shows no plan of this operation to you. Whom it shows plans is said by <code>QUERY_PLAN_ACCESS</code>.
        </p>
      ) : (
        <>
          <p>
            <strong>{shown.operationName ?? 'The operation'}</strong> took {milliseconds(shown.report.totalMs)},{' '}
            {milliseconds(shown.report.planningMs)} of it to prepare.
          </p>
          {shown.report.node === null ? (
            <p>No subgraph was asked: the answer was kept, or says nothing that a subgraph knows.</p>
          ) : (
            <ul>
              <PlanNode node={shown.report.node} totalMs={shown.report.totalMs} />
            </ul>
          )}
        </>
      )}
    </section>
  );
}

type ReportedFetch = Extract<ReportedNode, { kind: 'Fetch' | 'BatchFetch' }>;

interface NodeProps {
  readonly node: ReportedNode;
  readonly totalMs: number;
}

function PlanNode({ node, totalMs }: NodeProps) {
  const below = (next: ReportedNode | undefined, key: string) =>
    next === undefined ? null : <PlanNode key={key} node={next} totalMs={totalMs} />;
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return (
        <Branch title={node.kind === 'Sequence' ? 'one after the other' : 'at the same time'}>
          {node.nodes.map((next, index) => below(next, String(index)))}
        </Branch>
      );
    case 'Flatten':
      return <Branch title={`for ${node.path}`}>{below(node.node, 'node')}</Branch>;
    case 'Condition':
      return (
        <>
          {node.ifClause && <Branch title={`if $${node.condition}`}>{below(node.ifClause, 'if')}</Branch>}
          {node.elseClause && <Branch title={`if not $${node.condition}`}>{below(node.elseClause, 'else')}</Branch>}
        </>
      );
    case 'Subscription':
      return (
        <Branch title="for each event">
          {below(node.primary, 'primary')}
          {below(node.rest, 'rest')}
        </Branch>
      );
    case 'Graph':
      return (
        <Branch title="each as soon as it can">{node.steps.map(({ node: next }, index) => below(next, String(index)))}</Branch>
      );
    case 'BatchFetch':
      return (
        <Branch title={`for ${node.paths.join(', ')}`}>
          <FetchItem node={node} totalMs={totalMs} />
        </Branch>
      );
    case 'Fetch':
      return <FetchItem node={node} totalMs={totalMs} />;
    case 'Defer':
      return <Branch title="later" />;
  }
}

function Branch({ title, children }: { readonly title: string; readonly children?: React.ReactNode }) {
  return (
    <li>
      <span className="plan-step">{title}</span>
      {children && <ul>{children}</ul>}
    </li>
  );
}

function FetchItem({ node, totalMs }: { readonly node: ReportedFetch; readonly totalMs: number }) {
  const [first] = node.runs;
  const entities = node.runs.reduce((sum, run) => sum + (run.entities ?? 0), 0);
  return (
    <li className="plan-fetch">
      <details>
        <summary>
          <strong>{node.subgraph}</strong>
          {entities > 0 && ` · ${entities} ${entities === 1 ? 'entity' : 'entities'}`}
          <span className="plan-time">{first === undefined ? 'not needed' : timeOf(node.runs)}</span>
        </summary>
        <pre>{node.operation}</pre>
      </details>
      <div className="plan-timeline" aria-hidden="true">
        {node.runs.map((run) => (
          <span key={run.startedMs} className={run.failure === null ? '' : 'failed'} style={place(run, totalMs)} />
        ))}
      </div>
    </li>
  );
}

function timeOf(runs: readonly FetchRun[]): string {
  const failure = runs.find((run) => run.failure !== null)?.failure;
  const longest = Math.max(...runs.map(({ durationMs }) => durationMs ?? 0));
  return failure ? `${failure} after ${milliseconds(longest)}` : milliseconds(longest);
}

/** Where the fetch lies in the time of the whole request. */
function place({ startedMs, durationMs }: FetchRun, totalMs: number): { left: string; width: string } {
  const percent = (value: number) => `${totalMs === 0 ? 0 : Math.min(100, (100 * value) / totalMs)}%`;
  return { left: percent(startedMs), width: percent(durationMs ?? 0) };
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

function PlanIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M4 5h6v4H4zM14 10h6v4h-6zM14 17h6v4h-6zM7 9v10h7M7 12h7" />
    </svg>
  );
}
