// Runs a Subscription node: one upstream stream, and for each of its events the rest of the plan.
import { setMaxListeners } from 'node:events';
import type { ExecutionResult } from 'graphql';
import { isDomainError } from '../../platform/errors.ts';
import { abortableStream } from '../../platform/graph/abortable-stream.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { SubscriptionNode } from '../planning/plan.ts';
import type { Execution } from './execution.ts';
import { mergeFields, pickVariables } from './fetch.ts';
import type { PreparedOperation } from './plan-engine.ts';
import { runPlan } from './run-plan.ts';

/**
 * The results of a subscription, in the order of its events. When the upstream breaks, a last result says so
 * (SUBSCRIPTION_INTERRUPTED) and the stream ends: the client subscribes again from its last cursor.
 */
export function subscribeToPlan(
  prepared: PreparedOperation,
  node: SubscriptionNode,
): AsyncGenerator<ExecutionResult, void, void> {
  return abortableStream((signal) => follow(prepared, node, signal), prepared.request.call.signal);
}

async function* follow(prepared: PreparedOperation, node: SubscriptionNode, signal: AbortSignal) {
  // Every fetch of an event listens to it.
  setMaxListeners(0, signal);
  try {
    for await (const event of openUpstream(prepared.startExecution(signal), node)) {
      const execution = prepared.startExecution(signal);
      mergeFields(execution, node.primary, [{ object: execution.data, path: null }], event);
      if (node.rest !== undefined) await runPlan(execution, node.rest);
      yield prepared.finish(execution);
    }
  } catch (error) {
    if (signal.aborted) return;
    const execution = prepared.startExecution(signal);
    const isRefusal = isDomainError(error) && !error.retryable;
    execution.errors.addFailure(isRefusal ? error : gatewayErrors.SUBSCRIPTION_INTERRUPTED({}, error), [[]]);
    yield prepared.finish(execution);
  }
}

function openUpstream(execution: Execution, { primary }: SubscriptionNode): AsyncIterable<ExecutionResult> {
  const { target, call } = execution;
  return target.client(primary.serviceName).subscribe({
    query: primary.operation,
    operationName: primary.operationName,
    variables: pickVariables(execution, primary),
    token: call.token,
    requestId: call.requestId,
    signal: call.signal,
    client: call.client,
  });
}
