// Events that have arrived and wait to be read: pushed by a connection, pulled by whoever follows the stream. Bounded.
import type { ExecutionResult } from 'graphql';
import { gatewayErrors } from '../gateway.errors.ts';

export interface EventQueue extends AsyncIterableIterator<ExecutionResult> {
  push(event: ExecutionResult): void;
  /** What has arrived is still read; then the stream ends. */
  end(): void;
  /** What has arrived is still read; then the stream throws. */
  fail(error: Error): void;
  /** Ends at once. */
  return(): Promise<IteratorResult<ExecutionResult>>;
}

/** Events that wait for a slow reader before its stream is ended. */
const waitingMax = 1000;
const done: IteratorResult<ExecutionResult> = { done: true, value: undefined };

/** `onClose` is called once, when nobody will read any more. */
export function createEventQueue(onClose: () => void): EventQueue {
  let waiting: ExecutionResult[] = [];
  let read = 0;
  let reader: { resolve(result: IteratorResult<ExecutionResult>): void; reject(error: unknown): void } | null = null;
  let failure: Error | null = null;
  let isOver = false;
  let isClosed = false;

  function close(): void {
    isOver = true;
    if (isClosed) return;
    isClosed = true;
    onClose();
  }

  function settle(): void {
    if (reader === null) return;
    const { resolve, reject } = reader;
    reader = null;
    if (failure !== null) {
      const error = failure;
      failure = null;
      reject(error);
    } else resolve(done);
  }

  const queue: EventQueue = {
    push(event) {
      if (isOver) return;
      if (reader !== null) {
        const { resolve } = reader;
        reader = null;
        resolve({ done: false, value: event });
      } else if (waiting.length - read >= waitingMax) {
        queue.fail(gatewayErrors.SUBGRAPH_UNAVAILABLE({}, new Error(`more than ${waitingMax} events wait for a slow reader`)));
      } else waiting.push(event);
    },
    end() {
      if (isOver) return;
      close();
      settle();
    },
    fail(error) {
      if (isOver) return;
      failure = error;
      close();
      settle();
    },
    next() {
      const event = waiting[read];
      if (event !== undefined) {
        read += 1;
        if (read === waiting.length) {
          waiting = [];
          read = 0;
        }
        return Promise.resolve({ done: false, value: event });
      }
      return new Promise((resolve, reject) => {
        reader = { resolve, reject };
        if (isOver) settle();
      });
    },
    return() {
      waiting = [];
      read = 0;
      failure = null;
      close();
      settle();
      return Promise.resolve(done);
    },
    [Symbol.asyncIterator]: () => queue,
  };
  return queue;
}
