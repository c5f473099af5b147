// Tells the observer of a request about its plan and its events. Requests without an observer pass as they are.
import {
  type GraphEngine,
  isAnswer,
  type OperationRequest,
  type PreparedOperation,
  type SubscriptionEvents,
} from '../execution/engine.ts';
import type { CallContext } from '../execution/execution.ts';

/** The outermost engine: what decorators behind it do belongs to the times that it measures. */
export function createObservedEngine(engine: GraphEngine): GraphEngine {
  function prepare(request: OperationRequest): ReturnType<GraphEngine['prepare']> {
    const { observer } = request.call;
    if (observer === undefined) return engine.prepare(request);
    const startedAt = performance.now();
    const prepared = engine.prepare(request);
    if (isAnswer(prepared)) return prepared;
    observer.planned?.(prepared.plan, performance.now() - startedAt);
    return prepared.events === null ? prepared : { ...prepared, events: observed(prepared.events) };
  }

  return {
    schema: engine.schema,
    prepare,
    async execute(request) {
      if (request.call.observer === undefined) return engine.execute(request);
      const prepared = prepare(request);
      return isAnswer(prepared) ? prepared : prepared.execute(request.call);
    },
    subscribe: (request) => engine.subscribe(request),
  };
}

function observed(events: NonNullable<PreparedOperation['events']>): SubscriptionEvents {
  return {
    ...events,
    answerFailure: (error) => events.answerFailure(error),
    async answer(event, call: CallContext) {
      const watch = call.observer?.event?.();
      if (watch === undefined) return events.answer(event, call);
      const answer = await events.answer(event, { ...call, observer: watch.observer });
      watch.ended(answer.errorCodes);
      return answer;
    },
  };
}
