// What one run of a plan works with: the graph it runs on, the request it runs for, and what has come together so far.
import type { DomainError } from '../../platform/errors.ts';
import type {
  CallHeaderFields,
  OperationDeadline,
  ReceivedHeaders,
  SubgraphClient,
  SubgraphResult,
} from '../../platform/graph/subgraph.ts';
import type { FetchNode, QueryPlan } from '../planning/plan.ts';
import type { ResponseObject } from './data.ts';
import type { ErrorLog } from './error-log.ts';
import type { Flights, Sharer } from './flights.ts';
import type { FoundObjects } from './positions.ts';
import type { TypeIndex } from './type-index.ts';

/** Who asks, as every subgraph gets to know it. */
export interface CallContext {
  /** The caller's access token, or null. */
  readonly token: string | null;
  readonly requestId: string;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  readonly client: { readonly address: string | null; readonly userAgent: string | null };
  /** Absent where no header rules are configured. */
  readonly headers?: CallHeaders;
  /** Absent when nobody wants to know. */
  readonly observer?: CallObserver;
}

/** Header rules, applied to one request of a client. */
export interface CallHeaders {
  /** Equal for requests of which every subgraph gets the same headers: belongs in the key of all that requests share. */
  readonly scope: string;
  to(subgraph: string): CallHeaderFields | undefined;
  /** Takes in what came with a subgraph's answer, for the client's answer. */
  from(subgraph: string, headers: ReceivedHeaders | undefined): void;
  /** What has come together for the client so far; null when there is nothing. */
  forClient?(): Readonly<Record<string, string | readonly string[]>> | null;
}

/** Watches one request on its way through the subgraphs: traces, plugins, plans on demand. */
export interface CallObserver {
  /** The plan is there, made or taken from a cache. */
  planned?(plan: QueryPlan, durationMs: number): void;
  /** A fetch begins; the node is the plan's own. */
  fetching(fetch: FetchNode, variables: Readonly<Record<string, unknown>>): FetchWatch;
  /** An event of a subscription begins. */
  event?(): EventWatch;
}

export interface EventWatch {
  /** Watches the fetches of this event. */
  readonly observer: CallObserver;
  ended(errorCodes: readonly string[]): void;
}

export interface FetchWatch {
  /** What the call carries for the watcher: the trace context. */
  readonly headers: CallHeaderFields | undefined;
  /** Exactly one of the two is there. */
  ended(result: SubgraphResult | null, failure: DomainError | null): void;
}

/** Told of every fetch, for metrics and logs. */
export type FetchObserver = (fetch: {
  readonly subgraph: string;
  readonly durationSeconds: number;
  /** Null when the subgraph answered, whatever it answered. */
  readonly failure: DomainError | null;
  readonly requestId: string;
}) => void;

/** What does not change from request to request. */
export interface ExecutionTarget {
  readonly types: TypeIndex;
  /** With the subgraph's traffic policy around it: deadlines and cancellation are its concern. */
  client(subgraph: string): SubgraphClient;
  readonly observeFetch: FetchObserver;
  /** Shares identical queries to subgraphs that are under way; null where that is switched off. */
  readonly flights: Flights<SubgraphResult> | null;
}

export interface Execution {
  readonly target: ExecutionTarget;
  readonly call: CallContext;
  /** When it has to be done; undefined where operations may take as long as their fetches do. */
  readonly deadline: OperationDeadline | undefined;
  /** As the client sent them: subgraphs coerce them again. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Coerced, with defaults: what conditions are decided by. */
  readonly coercedVariables: Readonly<Record<string, unknown>>;
  /** Root of the response; the plan fills it. */
  readonly data: ResponseObject;
  readonly errors: ErrorLog;
  /** Objects that a subgraph, asked for their entity, answered with null: not there, or not for this caller. */
  readonly absentEntities: Set<object>;
  /** Objects and lists that stand at several places of the response, with the text that they came to where they were written first. */
  readonly shared: Map<object, WrittenValue | null>;
  /** What has been found at the paths of the plan; empty again when there may be more to find. */
  readonly found: Map<string, FoundObjects>;
  /** Whose fetches may be shared with others; null for mutations, which see what they themselves have done. */
  readonly sharer: Sharer | null;
}

/** What a shared value was written as, and by what. */
export interface WrittenValue {
  readonly code: unknown;
  readonly text: string;
  readonly firstCharacter: number;
}
