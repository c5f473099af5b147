// The one interface between the gateway's edge and whatever executes: operations in, results and streams of results out.
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import type { CallContext } from './execution.ts';

export interface OperationRequest {
  /** Parsed and valid against the engine's schema. */
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Identifies the document's text, for caches: equal keys mean equal documents. */
  readonly documentKey: string;
  readonly call: CallContext;
}

/** Executes operations on one supergraph. Immutable: a new supergraph is a new engine. */
export interface GraphEngine {
  /** What clients may ask. */
  readonly schema: GraphQLSchema;
  /** Queries and mutations. Never rejects for a subgraph's failure: that is in the result. */
  execute(request: OperationRequest): Promise<ExecutionResult>;
  /**
   * Subscriptions. A result instead of a stream means that the operation was refused. Returning from the iteration closes the
   * upstream at once, also while it is quiet.
   */
  subscribe(request: OperationRequest): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;
}
