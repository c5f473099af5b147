// A query plan as clients are told it, in `extensions.plan`. Types alone: the Playground reads them as well.

/** One run of a fetch; milliseconds count from the arrival of the request. */
export interface FetchRun {
  readonly startedMs: number;
  durationMs: number | null;
  /** Entities that were asked for; null on root fetches. */
  readonly entities: number | null;
  /** Code of the failure; null while all is well. */
  failure: string | null;
}

export type ReportedNode =
  | { readonly kind: 'Sequence' | 'Parallel'; readonly nodes: readonly ReportedNode[] }
  | { readonly kind: 'Flatten'; readonly path: string; readonly node: ReportedNode }
  | {
      readonly kind: 'Condition';
      readonly condition: string;
      readonly ifClause?: ReportedNode;
      readonly elseClause?: ReportedNode;
    }
  | { readonly kind: 'Subscription'; readonly primary: ReportedNode; readonly rest?: ReportedNode }
  | { readonly kind: 'Fetch'; readonly subgraph: string; readonly operation: string; readonly runs: readonly FetchRun[] }
  | {
      readonly kind: 'BatchFetch';
      readonly subgraph: string;
      readonly operation: string;
      /** Where in the response the entities of the request stand. */
      readonly paths: readonly string[];
      readonly runs: readonly FetchRun[];
    }
  | { readonly kind: 'Graph'; readonly steps: readonly { readonly node: ReportedNode; readonly after: readonly number[] }[] }
  | { readonly kind: 'Defer' };

export interface PlanReport {
  /** Null when there was nothing to fetch. */
  readonly node: ReportedNode | null;
  /** Preparing the operation; near nothing when its plan was known. */
  readonly planningMs: number;
  readonly totalMs: number;
}
