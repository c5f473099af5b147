// Withholds fields from callers who have no right to them: the engine behind runs the reduced document, and the answer gets its shape back.
import type { FormattedExecutionResult } from 'graphql';
import { answerFrom } from '../../execution/answer.ts';
import {
  type EngineAnswer,
  type GraphEngine,
  isAnswer,
  type OperationRequest,
  type PreparedOperation,
} from '../../execution/engine.ts';

/** The engine, for requests with `withheld` as well. Others pass through as they are. */
export function createWithholdingEngine(engine: GraphEngine): GraphEngine {
  function reduce(request: OperationRequest) {
    const { withheld, ...rest } = request;
    if (withheld === undefined) throw new Error('Nothing is withheld from this request.');
    const { document, documentKey } = withheld;
    const restore = (answer: EngineAnswer): EngineAnswer =>
      answer.hasData ? answerFrom(withheld.restore(answer.result() as FormattedExecutionResult, request.variables)) : answer;
    // What is left is the only operation of its document.
    return { reduced: { ...rest, document, documentKey }, restore };
  }

  return {
    schema: engine.schema,
    prepare(request) {
      if (request.withheld === undefined) return engine.prepare(request);
      const { reduced, restore } = reduce(request);
      const prepared = engine.prepare(reduced);
      return isAnswer(prepared) ? prepared : restoring(prepared, restore);
    },
    async execute(request) {
      if (request.withheld === undefined) return engine.execute(request);
      const { reduced, restore } = reduce(request);
      return restore(await engine.execute(reduced));
    },
    async subscribe(request) {
      if (request.withheld === undefined) return engine.subscribe(request);
      const { reduced, restore } = reduce(request);
      const answers = await engine.subscribe(reduced);
      return isAnswer(answers) ? answers : mapAnswers(answers, restore);
    },
  };
}

function restoring(prepared: PreparedOperation, restore: (answer: EngineAnswer) => EngineAnswer): PreparedOperation {
  const { events } = prepared;
  return {
    ...prepared,
    execute: async (call) => restore(await prepared.execute(call)),
    events:
      events === null
        ? null
        : {
            ...events,
            answer: async (event, call) => restore(await events.answer(event, call)),
            answerFailure: (error) => events.answerFailure(error),
          },
  };
}

/** Not a generator: returning has to reach the stream behind at once, also while it waits for the next answer. */
function mapAnswers(
  answers: AsyncIterableIterator<EngineAnswer>,
  change: (answer: EngineAnswer) => EngineAnswer,
): AsyncIterableIterator<EngineAnswer> {
  const changed = (result: IteratorResult<EngineAnswer>): IteratorResult<EngineAnswer> =>
    result.done === true ? result : { done: false, value: change(result.value) };
  return {
    next: async () => changed(await answers.next()),
    return: async (value?: unknown) => (await answers.return?.(value)) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
