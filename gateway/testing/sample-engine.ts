// An engine over a sample graph, with in-process subgraphs unless others are given. For tests only.
import { setMaxListeners } from 'node:events';
import { type ExecutionResult, type GraphQLSchema, parse } from 'graphql';
import type { SubgraphClient } from '../../platform/graph/subgraph.ts';
import { type EngineAnswer, isAnswer, type WithheldFields } from '../execution/engine.ts';
import type { CallContext, FetchObserver } from '../execution/execution.ts';
import { createPlanEngine, type PlanEngineOptions } from '../execution/plan-engine.ts';
import { createPlanCache } from '../planning/plan-cache.ts';
import { createWithholdingEngine } from '../protection/rights/withholding-engine.ts';
import { type LoadedSupergraph, readSupergraph } from '../supergraph/supergraph.ts';
import { withTrafficPolicy } from '../traffic/traffic-client.ts';
import { defaultTrafficPolicy } from '../traffic/traffic-policy.ts';
import { composeSample, inProcessClient, type RecordedRequest, type SampleGraph } from './sample-graph.ts';

export interface SampleEngine {
  readonly schema: GraphQLSchema;
  /** Every request that reached an in-process subgraph. */
  readonly requests: RecordedRequest[];
  execute(
    query: string,
    variables?: Record<string, unknown>,
    call?: Partial<CallContext>,
    withheld?: WithheldFields,
  ): Promise<ExecutionResult>;
  subscribe(
    query: string,
    variables?: Record<string, unknown>,
    call?: Partial<CallContext>,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;
}

export interface SampleEngineOptions {
  readonly clientFor?: (name: string, inProcess: SubgraphClient) => SubgraphClient;
  readonly subgraphTimeoutMs?: number;
  readonly operationTimeoutMs?: number;
  readonly sharing?: Partial<PlanEngineOptions['sharing']>;
  readonly observeFetch?: FetchObserver;
}

/** Composing and reading a graph takes longer than most of what is asked of it. */
const supergraphs = new WeakMap<SampleGraph, LoadedSupergraph>();

/** Shared by many requests, each of which listens to it. */
const neverAborted = new AbortController().signal;
setMaxListeners(0, neverAborted);

export function startSampleEngine(graph: SampleGraph, options: SampleEngineOptions = {}): SampleEngine {
  const supergraph = supergraphs.get(graph) ?? readSupergraph(composeSample(graph));
  supergraphs.set(graph, supergraph);
  const requests: RecordedRequest[] = [];
  const policy = { ...defaultTrafficPolicy, timeoutMs: options.subgraphTimeoutMs ?? 5000, retries: 0 };
  const clients = new Map(
    graph.subgraphs.map((subgraph) => {
      const client = inProcessClient(subgraph, (request) => requests.push(request));
      return [subgraph.name, withTrafficPolicy(options.clientFor?.(subgraph.name, client) ?? client, policy)];
    }),
  );
  const engine = createWithholdingEngine(
    createPlanEngine({
      schema: supergraph.apiSchema,
      plans: createPlanCache({ planner: supergraph.planner, observe: () => {} }),
      sharing: { subgraphQueries: true, clientQueries: false, ...options.sharing },
      operationTimeoutMs: options.operationTimeoutMs ?? 0,
      target: {
        types: supergraph.types,
        client: (name) => clients.get(name) as SubgraphClient,
        observeFetch: options.observeFetch ?? (() => {}),
      },
    }),
  );
  const request = (query: string, variables: Record<string, unknown> = {}, call: Partial<CallContext> = {}) => ({
    document: parse(query),
    operationName: null,
    variables,
    documentKey: query,
    call: {
      token: null,
      requestId: 'test',
      signal: neverAborted,
      client: { address: null, userAgent: null },
      ...call,
    },
  });
  return {
    schema: engine.schema,
    requests,
    async execute(query, variables, call, withheld) {
      const asked = request(query, variables, call);
      return (await engine.execute(withheld === undefined ? asked : { ...asked, withheld })).result();
    },
    async subscribe(query, variables, call) {
      const stream = await engine.subscribe(request(query, variables, call));
      return isAnswer(stream) ? stream.result() : results(stream);
    },
  };
}

/** The answers as objects. */
function results(stream: AsyncIterableIterator<EngineAnswer>): AsyncIterableIterator<ExecutionResult> {
  const read = ({ done, value }: IteratorResult<EngineAnswer>): IteratorResult<ExecutionResult> =>
    done === true ? { done, value: undefined } : { done: false, value: value.result() };
  const iterator: AsyncIterableIterator<ExecutionResult> = {
    next: async () => read(await stream.next()),
    return: async () => read((await stream.return?.()) ?? { done: true, value: undefined }),
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
