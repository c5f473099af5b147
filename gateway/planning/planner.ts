// What the engine asks of a planner. Everything behind it can be exchanged; nothing before it knows which one runs.
import type { DocumentNode } from 'graphql';
import type { QueryPlan } from './plan.ts';

export interface PlanRequest {
  /** Valid against the API schema. */
  readonly document: DocumentNode;
  readonly operationName: string | null;
  /** Which labels of progressive `@override`s are on for this request. */
  readonly overrides: ReadonlySet<string>;
}

export interface Planner {
  /** Labels that the supergraph's progressive `@override`s use, for example `percent(10)`. */
  readonly overrideLabels: readonly string[];
  /** Variables go by the names of `reserved-variables.ts`. @throws when the operation cannot be planned. */
  plan(request: PlanRequest): QueryPlan;
}
