// Follows a prepared subscription: one upstream stream, and for each of its events the rest of the plan.
import { setMaxListeners } from 'node:events';
import { abortableStream } from '../../platform/graph/abortable-stream.ts';
import type { EngineAnswer, SubscriptionEvents } from './engine.ts';
import type { CallContext, ExecutionTarget } from './execution.ts';

/**
 * The answers of a subscription, in the order of its events. When the upstream breaks, a last answer says so
 * (SUBSCRIPTION_INTERRUPTED) and the stream ends: the client subscribes again from its last cursor.
 */
export function followEvents(
  target: ExecutionTarget,
  events: SubscriptionEvents,
  call: CallContext,
): AsyncGenerator<EngineAnswer, void, void> {
  return abortableStream((signal) => follow(target, events, { ...call, signal }), call.signal);
}

async function* follow(target: ExecutionTarget, events: SubscriptionEvents, call: CallContext) {
  const { subgraph, query, operationName, variables } = events;
  const { signal, token, requestId, client } = call;
  // Every fetch of an event listens to it.
  setMaxListeners(0, signal);
  try {
    const upstream = target.client(subgraph).subscribe({ query, operationName, variables, token, requestId, signal, client });
    for await (const event of upstream) yield await events.answer(event, call);
  } catch (error) {
    if (!signal.aborted) yield events.answerFailure(error);
  }
}
