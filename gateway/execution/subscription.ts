// Runs a Subscription node: one upstream stream, and for each of its events the rest of the plan.
import type { ExecutionResult } from 'graphql';
import { isDomainError } from '../../platform/errors.ts';
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
export function subscribeToPlan(prepared: PreparedOperation, node: SubscriptionNode): AsyncIterableIterator<ExecutionResult> {
  const controller = new AbortController();
  const parent = prepared.request.call.signal;
  const stopWithParent = () => controller.abort(parent.reason);
  if (parent.aborted) stopWithParent();
  else parent.addEventListener('abort', stopWithParent, { once: true });

  const end: IteratorResult<ExecutionResult> = { done: true, value: undefined };
  let upstream: AsyncIterator<ExecutionResult> | null = null;

  function close(): void {
    parent.removeEventListener('abort', stopWithParent);
    if (controller.signal.aborted && upstream === null) return;
    controller.abort();
    // A generator returns only when its pending step ends; the abort above is what ends it, so nobody waits here.
    upstream?.return?.().catch(() => {});
    upstream = null;
  }

  async function next(): Promise<IteratorResult<ExecutionResult>> {
    if (controller.signal.aborted) return end;
    try {
      const execution = prepared.startExecution();
      upstream ??= openUpstream(execution, node, controller.signal);
      const event = await untilAborted(upstream.next(), controller.signal);
      if (event === null || event.done === true) {
        close();
        return end;
      }
      mergeFields(execution, node.primary, [{ object: execution.data, path: null }], event.value);
      if (node.rest !== undefined) await runPlan(execution, node.rest);
      return controller.signal.aborted ? end : { done: false, value: prepared.finish(execution) };
    } catch (error) {
      if (controller.signal.aborted) return end;
      close();
      const execution = prepared.startExecution();
      const isRefusal = isDomainError(error) && !error.retryable;
      execution.errors.addFailure(isRefusal ? error : gatewayErrors.SUBSCRIPTION_INTERRUPTED({}, error), [[]]);
      return { done: false, value: prepared.finish(execution) };
    }
  }

  // Not an async generator: its `return` would wait for the next event of a quiet stream before it closes the upstream.
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next,
    async return() {
      close();
      return end;
    },
    async throw(error) {
      close();
      throw error;
    },
  };
}

function openUpstream(execution: Execution, { primary }: SubscriptionNode, signal: AbortSignal): AsyncIterator<ExecutionResult> {
  const { target, call } = execution;
  const stream = target.client(primary.serviceName).subscribe({
    query: primary.operation,
    operationName: primary.operationName,
    variables: pickVariables(execution, primary),
    token: call.token,
    requestId: call.requestId,
    signal,
    client: call.client,
  });
  return stream[Symbol.asyncIterator]();
}

/** Null when the signal aborts first. The listener goes with each event, so a long stream holds nothing of its past. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(null);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
