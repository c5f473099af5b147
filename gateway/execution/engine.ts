// The one interface between the gateway's edge and whatever executes: operations in, ready answers and streams of answers out.
import type {
  DocumentNode,
  ExecutionResult,
  FormattedExecutionResult,
  GraphQLSchema,
  OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { QueryPlan } from '../planning/plan.ts';
import type { CallContext } from './execution.ts';

export interface OperationRequest {
  /** Parsed and valid against the engine's schema. */
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Identifies the document's text, for caches: equal keys mean equal documents. */
  readonly documentKey: string;
  readonly call: CallContext;
  /** Fields of the document that this caller may not have. */
  readonly withheld?: WithheldFields;
}

/**
 * Fields that are neither planned nor fetched. The engine behind never sees them: key fields that a plan fetches for itself must not
 * show up in their place. The answer keeps the client's shape all the same.
 */
export interface WithheldFields {
  /** The document without them, valid against the engine's schema but for variables that it does not use any more. */
  readonly document: DocumentNode;
  /** Identifies that document. */
  readonly documentKey: string;
  /** The answer to the client's document, made from the answer to this one: null with an error where something was withheld. */
  restore(answer: FormattedExecutionResult, variables: Readonly<Record<string, unknown>>): FormattedExecutionResult;
}

/** One answer, ready to send. */
export interface EngineAnswer {
  /** The JSON text `{"data":…,"errors":…}`. Nothing in it has to be hidden from clients. */
  readonly body: string;
  /** `extensions.code` of each error, in order; empty when all went well. */
  readonly errorCodes: readonly string[];
  /** False when the operation was refused before it was executed: the answer has no `data` at all. */
  readonly hasData: boolean;
  /** The body in UTF-8, encoded once: for answers that go to several clients. */
  bytes(): Buffer;
  /** The body as an object, parsed when first asked for. For plugins and tests. */
  result(): ExecutionResult;
}

/** An operation with its variables, ready to run: everything that depends on the document alone was made once, and is shared. */
export interface PreparedOperation {
  readonly kind: OperationTypeNode;
  readonly operation: OperationDefinitionNode;
  /** With defaults, as the schema coerces them. */
  readonly coercedVariables: Readonly<Record<string, unknown>>;
  readonly plan: QueryPlan;
  /** Runs a query or mutation. Never rejects for a subgraph's failure: that is in the answer. */
  execute(call: CallContext): Promise<EngineAnswer>;
  /** Null unless this is a subscription. */
  readonly events: SubscriptionEvents | null;
}

/** What a subscription does with its upstream; who opens, shares and closes that is not the engine's concern. */
export interface SubscriptionEvents {
  /** The subgraph that has the stream, and what it is asked: equal operations and variables are equal streams for one identity. */
  readonly subgraph: string;
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Runs the rest of the plan on one event of the upstream. The event must not be used by anybody else. */
  answer(event: ExecutionResult, call: CallContext): Promise<EngineAnswer>;
  /** The last answer of a stream that broke (SUBSCRIPTION_INTERRUPTED) or was refused. */
  answerFailure(error: unknown): EngineAnswer;
}

/** Executes operations on one supergraph. Immutable: a new supergraph is a new engine. */
export interface GraphEngine {
  /** What clients may ask. */
  readonly schema: GraphQLSchema;
  /** Compiles what has not been compiled yet. @returns an answer when the operation or its variables are refused. */
  prepare(request: OperationRequest): PreparedOperation | EngineAnswer;
  /** Queries and mutations. Never rejects for a subgraph's failure: that is in the answer. */
  execute(request: OperationRequest): Promise<EngineAnswer>;
  /**
   * Subscriptions. An answer instead of a stream means that the operation was refused. Returning from the iteration closes the
   * upstream at once, also while it is quiet.
   */
  subscribe(request: OperationRequest): Promise<AsyncIterableIterator<EngineAnswer> | EngineAnswer>;
}

export function isAnswer(value: PreparedOperation | AsyncIterableIterator<EngineAnswer> | EngineAnswer): value is EngineAnswer {
  return 'body' in value;
}
