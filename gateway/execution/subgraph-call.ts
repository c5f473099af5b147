// One call to a subgraph: observed, and every failure turned into one of the gateway's own.
import { type DomainError, isDomainError } from '../../platform/errors.ts';
import type { SubgraphResult } from '../../platform/graph/subgraph.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { FetchNode } from '../planning/plan.ts';
import type { CallContext, ExecutionTarget } from './execution.ts';

/** @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT, SUBGRAPH_OVERLOADED, SUBGRAPH_CIRCUIT_OPEN, SUBGRAPH_INVALID_RESPONSE */
export async function callSubgraph(
  target: ExecutionTarget,
  call: CallContext,
  fetch: FetchNode,
  variables: Readonly<Record<string, unknown>>,
): Promise<SubgraphResult> {
  const startedAt = performance.now();
  const watch = call.observer?.fetching(fetch, variables);
  const headers = call.headers?.to(fetch.serviceName);
  let result: SubgraphResult | null = null;
  let failure: DomainError | null = null;
  try {
    result = await target.client(fetch.serviceName).execute({
      query: fetch.operation,
      variables,
      operationName: fetch.operationName,
      token: call.token,
      requestId: call.requestId,
      signal: call.signal,
      client: call.client,
      headers: watch?.headers === undefined ? headers : { ...headers, ...watch.headers },
      wantsHeaders: call.headers !== undefined || watch !== undefined,
    });
    call.headers?.from(fetch.serviceName, result.headers);
    return result;
  } catch (error) {
    // A subgraph in process says in its own words, and by its name, that it cannot answer; clients see one graph.
    failure = isDomainError(error) && error.code in gatewayErrors ? error : gatewayErrors.SUBGRAPH_UNAVAILABLE({}, error);
    throw failure;
  } finally {
    watch?.ended(result, failure);
    target.observeFetch({
      subgraph: fetch.serviceName,
      durationSeconds: (performance.now() - startedAt) / 1000,
      failure,
      requestId: call.requestId,
    });
  }
}
