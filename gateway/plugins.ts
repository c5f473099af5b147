// What a plugin may do with requests on their way through the gateway. Requests pay for plugins only when there are some.
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { DomainError } from '../platform/errors.ts';
import type { CallHeaderFields, SubgraphResult } from '../platform/graph/subgraph.ts';
import type { Answer, GatewayRequest } from './edge/pipeline.ts';
import type { FetchNode, QueryPlan } from './planning/plan.ts';

export interface PluginHost {
  /** What clients may ask, now. */
  readonly schema: GraphQLSchema;
  readonly supergraph: string;
  readonly log: Logger;
}

export interface FetchHook {
  /** Further headers for the subgraph. */
  readonly headers?: CallHeaderFields;
  /** Exactly one of the two is there. */
  ended?(result: SubgraphResult | null, failure: DomainError | null): void;
}

type MaybePromise<T> = T | Promise<T>;

/**
 * Hooks run in the order of the plugins; the request is the same object in all of them, a key for a WeakMap of a plugin's own.
 *
 * @example
 * const auditLog: GatewayPlugin = {
 *   name: 'audit log',
 *   onResponse: (request, answer) => record(request.context.identity?.userId, request.document?.key, answer.errorCodes),
 * };
 */
export interface GatewayPlugin {
  readonly name: string;
  /** Before the gateway listens. @throws to keep it from starting. */
  start?(host: PluginHost): MaybePromise<void>;
  /** The graph was replaced. */
  reloaded?(host: PluginHost): void;
  /** The gateway takes no new work from now on; what it has is finished. */
  drain?(): MaybePromise<void>;
  stop?(): MaybePromise<void>;
  /** The caller is known, the document has not been read. An answer ends the request; a throw refuses it. */
  onRequest?(request: GatewayRequest): MaybePromise<Answer | undefined>;
  /** The operation is known, valid and allowed. An answer takes the place of its execution. */
  onOperation?(request: GatewayRequest): MaybePromise<Answer | undefined>;
  onPlan?(request: GatewayRequest, plan: QueryPlan, durationMs: number): void;
  onFetch?(request: GatewayRequest, fetch: FetchNode, variables: Readonly<Record<string, unknown>>): FetchHook | undefined;
  /** May give another answer. Not called for a subscription that was accepted. */
  onResponse?(request: GatewayRequest, answer: Answer): MaybePromise<Answer | undefined>;
  /** One event, made once for all who share it; the request is that of one of them. */
  onSubscriptionEvent?(request: GatewayRequest, errorCodes: readonly string[]): void;
}
