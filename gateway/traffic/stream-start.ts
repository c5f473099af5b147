// The start of a stream under a subgraph's traffic policy: it needs a place and a pass like any call, and has as long. An open stream needs
// neither: it may be quiet for days.
import type { ExecutionResult } from 'graphql';
import type { DomainError } from '../../platform/errors.ts';
import type { CallOutcome } from './circuit-breaker.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';
import type { Deadlines } from './deadlines.ts';

export interface StreamStart {
  readonly limit: ConcurrencyLimit;
  readonly deadlines: Deadlines;
  /** The pass of one start, or why there is none. */
  pass(): { settle(outcome: CallOutcome): void } | DomainError;
  outcomeOf(error: unknown): CallOutcome;
  overloaded(): DomainError;
  timedOut(): DomainError;
  /** Opens the stream; `opened` is called once the subgraph has taken the subscription. */
  open(opened: () => void): AsyncIterator<ExecutionResult>;
}

type Event = IteratorResult<ExecutionResult>;

/** The start ends with the subgraph's word, the first event, a failure, the deadline or the end of the iteration, whichever is first. */
export function startStream(start: StreamStart): AsyncIterator<ExecutionResult> {
  const { limit, deadlines } = start;
  const done: Event = { done: true, value: undefined };
  let stream: AsyncIterator<ExecutionResult> | null = null;
  let isOver = false;
  /** Ends the start early; null before and after it. */
  let interrupt: ((error: DomainError | null) => void) | null = null;

  function first(): Promise<Event> {
    return new Promise((resolve, reject) => {
      let settle: (outcome: CallOutcome) => void = () => limit.forget(begin);
      const finish = (outcome: CallOutcome) => {
        if (interrupt === null) return;
        interrupt = null;
        deadlines.remove(expire);
        settle(outcome);
      };
      const expire = () => interrupt?.(start.timedOut());
      interrupt = (error) => {
        finish(error === null ? 'abandoned' : 'failed');
        if (error === null) return resolve(done);
        isOver = true;
        // What the stream throws while it is being put away has nobody to hear it.
        stream?.return?.().catch(() => {});
        reject(error);
      };
      const begin = () => {
        const pass = start.pass();
        settle = (outcome) => {
          if ('settle' in pass) pass.settle(outcome);
          limit.leave();
        };
        if (!('settle' in pass)) {
          finish('abandoned');
          return reject(pass);
        }
        stream = start.open(() => finish('succeeded'));
        stream.next().then(
          (event) => {
            finish('succeeded');
            resolve(event);
          },
          (error: unknown) => {
            finish(start.outcomeOf(error));
            reject(error);
          },
        );
      };
      deadlines.add(expire);
      if (limit.tryEnter()) begin();
      else if (!limit.enqueue(begin)) {
        finish('abandoned');
        reject(start.overloaded());
      }
    });
  }

  return {
    next() {
      if (isOver) return Promise.resolve(done);
      return stream === null && interrupt === null ? first() : (stream?.next() ?? Promise.resolve(done));
    },
    async return() {
      isOver = true;
      interrupt?.(null);
      await stream?.return?.();
      return done;
    },
  };
}
