// One call to a subgraph: shared with those who ask the same at the same time, observed, and every failure turned into one of the gateway's own.
import { type DomainError, isDomainError } from '../../platform/errors.ts';
import type { SubgraphRequest, SubgraphResult } from '../../platform/graph/subgraph.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { FetchNode } from '../planning/plan.ts';
import type { Execution } from './execution.ts';
import { createFlights, type Flight, type Flights } from './flights.ts';
import { isExpired, operationTimeout } from './operation-deadlines.ts';

/** The variables of a call, as text for the wire and as values for subgraphs in process. */
export interface CallInput {
  readonly variables: Readonly<Record<string, unknown>>;
  /** The whole body of the request. */
  readonly body: string;
}

/** @throws OPERATION_TIMEOUT, SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT, SUBGRAPH_OVERLOADED, SUBGRAPH_CIRCUIT_OPEN, SUBGRAPH_INVALID_RESPONSE */
export async function callSubgraph(execution: Execution, fetch: FetchNode, input: CallInput): Promise<SubgraphResult> {
  const { target, call, deadline } = execution;
  // What waited for earlier fetches may come too late to be begun.
  if (isExpired(deadline)) throw operationTimeout(deadline);
  const { serviceName } = fetch;
  const startedAt = performance.now();
  const watch = call.observer?.fetching(fetch, input.variables);
  let result: SubgraphResult | null = null;
  let failure: DomainError | null = null;
  try {
    const { flights } = target;
    const isShared = flights !== null && execution.sharer !== null && fetch.operationKind === 'query';
    const request = requestOf(execution, fetch, input, watch, isShared);
    const send = () => target.client(serviceName).execute(request);
    result = await (isShared ? flights.share(flightOf(execution, serviceName, request), send) : send());
    call.headers?.from(serviceName, result.headers);
    return result;
  } catch (error) {
    // A subgraph in process says in its own words, and by its name, that it cannot answer; clients see one graph.
    failure = isDomainError(error) && error.code in gatewayErrors ? error : gatewayErrors.SUBGRAPH_UNAVAILABLE({}, error);
    throw failure;
  } finally {
    // Whoever asks from now on has to see what the mutation did.
    if (fetch.operationKind === 'mutation') target.flights?.advance();
    watch?.ended(result, failure);
    target.observeFetch({
      subgraph: serviceName,
      durationSeconds: (performance.now() - startedAt) / 1000,
      failure,
      requestId: call.requestId,
    });
  }
}

/** Flights of results: each sharer gets data of its own, because executions write into what they are given. */
export function createResultFlights(): Flights<SubgraphResult> {
  return createFlights((result) => {
    const { text = JSON.stringify({ data: result.data, errors: result.errors }), headers } = result;
    return () => ({ ...(JSON.parse(text) as SubgraphResult), headers });
  });
}

function requestOf(
  { call, deadline }: Execution,
  fetch: FetchNode,
  { variables, body }: CallInput,
  watch: { readonly headers: SubgraphRequest['headers'] } | undefined,
  wantsText: boolean,
): SubgraphRequest {
  const headers = call.headers?.to(fetch.serviceName);
  return {
    query: fetch.operation,
    variables,
    operationName: fetch.operationName,
    body,
    token: call.token,
    requestId: call.requestId,
    signal: call.signal,
    deadline,
    client: call.client,
    headers: watch?.headers === undefined ? headers : { ...headers, ...watch.headers },
    wantsHeaders: call.headers !== undefined || watch !== undefined,
    wantsText,
  };
}

function flightOf({ call, sharer, deadline }: Execution, subgraph: string, { wantsHeaders, body }: SubgraphRequest): Flight {
  const who = `${call.token ?? ''} ${call.headers?.scope ?? ''}`;
  return {
    key: `${subgraph} ${wantsHeaders} ${who.length} ${who} ${body}`,
    sharer: sharer ?? call,
    signal: call.signal,
    deadline,
  };
}
