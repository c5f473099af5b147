// The shape of a query plan: what the executor runs and a planner makes. It is the format that Apollo's planners share.

/** A path into the response. `@` steps into every element of a list; `name|[A,B]` keeps only objects of those types. */
export type PlanPath = readonly (string | number)[];

export interface QueryPlan {
  readonly kind: 'QueryPlan';
  /** Absent when there is nothing to fetch: introspection, or a selection that everything is skipped of. */
  readonly node?: PlanNode | SubscriptionNode;
}

export type PlanNode =
  | FetchNode
  | SequenceNode
  | ParallelNode
  | FlattenNode
  | ConditionNode
  | DeferNode
  | GraphNode
  | BatchFetchNode;

export interface SequenceNode {
  readonly kind: 'Sequence';
  readonly nodes: readonly PlanNode[];
}

export interface ParallelNode {
  readonly kind: 'Parallel';
  readonly nodes: readonly PlanNode[];
}

export interface FlattenNode {
  readonly kind: 'Flatten';
  readonly path: PlanPath;
  readonly node: PlanNode;
}

/** Fetches that each start as soon as those are done whose answers they need. */
export interface GraphNode {
  readonly kind: 'Graph';
  /** In an order in which every step comes after those that it waits for. */
  readonly steps: readonly GraphStep[];
}

export interface GraphStep {
  readonly node: PlanNode;
  /** Indexes of the steps that have to be done before. */
  readonly after: readonly number[];
}

/** Several entity fetches in one request to their subgraph. Always under the root: its paths start there. */
export interface BatchFetchNode {
  readonly kind: 'BatchFetch';
  /** What is sent, with a list of representations for each of the entities. */
  readonly fetch: FetchNode;
  readonly entities: readonly EntityBatch[];
}

/** One `_entities` of a batch. */
export interface EntityBatch {
  /** Its name in the answer. */
  readonly alias: string;
  /** The variable of its representations. */
  readonly variable: string;
  /** Where in the response the entities stand. */
  readonly paths: readonly PlanPath[];
  /** The fetch as it would be by itself. */
  readonly fetch: FetchNode;
}

/** Runs one clause or the other by a Boolean variable of the operation. */
export interface ConditionNode {
  readonly kind: 'Condition';
  readonly condition: string;
  readonly ifClause?: PlanNode;
  readonly elseClause?: PlanNode;
}

/** Known so that it can be refused by name: the graph does not offer `@defer`. */
export interface DeferNode {
  readonly kind: 'Defer';
}

/** One stream of events; `rest` runs for each of them. */
export interface SubscriptionNode {
  readonly kind: 'Subscription';
  readonly primary: FetchNode;
  readonly rest?: PlanNode;
}

export interface FetchNode {
  readonly kind: 'Fetch';
  readonly serviceName: string;
  readonly operation: string;
  readonly operationName?: string;
  readonly operationKind: 'query' | 'mutation' | 'subscription';
  /** Variables of the client's operation that the fetch uses. */
  readonly variableUsages?: readonly string[];
  /** What a representation is made of. Present exactly on entity fetches. */
  readonly requires?: readonly RequiredSelection[];
  /** Applied to each representation. */
  readonly inputRewrites?: readonly DataRewrite[];
  /** Applied to each entity received, or to the whole answer of a root fetch. */
  readonly outputRewrites?: readonly DataRewrite[];
  /** Values of enclosing objects (`@fromContext`) that become variables of the fetch. */
  readonly contextRewrites?: readonly KeyRenamer[];
}

export type RequiredSelection = RequiredField | RequiredFragment;

export interface RequiredField {
  readonly kind: 'Field';
  readonly name: string;
  readonly alias?: string;
  readonly selections?: readonly RequiredSelection[];
}

export interface RequiredFragment {
  readonly kind: 'InlineFragment';
  readonly typeCondition?: string;
  readonly selections: readonly RequiredSelection[];
}

export type DataRewrite = ValueSetter | KeyRenamer;

export interface ValueSetter {
  readonly kind: 'ValueSetter';
  readonly path: readonly string[];
  readonly setValueTo: unknown;
}

export interface KeyRenamer {
  readonly kind: 'KeyRenamer';
  readonly path: readonly string[];
  readonly renameKeyTo: string;
}
