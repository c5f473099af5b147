// A stream that ends at once when its consumer leaves, even while its source is waiting for the next value.

/**
 * Starts the source lazily and hands it a signal. Returning from the iteration, or aborting `outer`, aborts that signal and ends the
 * stream immediately; an async generator alone would first wait for its pending value.
 */
export function abortableStream<T>(
  start: (signal: AbortSignal) => AsyncIterable<T>,
  outer?: AbortSignal,
): AsyncGenerator<T, void, void> {
  const controller = new AbortController();
  const done: IteratorResult<T, void> = { done: true, value: undefined };
  let source: AsyncIterator<T> | undefined;
  let finishPending: (() => void) | null = null;
  let hasEnded = false;

  function end(): void {
    if (hasEnded) return;
    hasEnded = true;
    outer?.removeEventListener('abort', end);
    controller.abort();
    finishPending?.();
    // What a source throws while it is being put away has nobody to hear it.
    source?.return?.().catch(() => {});
  }

  function next(): Promise<IteratorResult<T, void>> {
    if (outer?.aborted === true) end();
    if (hasEnded) return Promise.resolve(done);
    source ??= start(controller.signal)[Symbol.asyncIterator]();
    const upcoming = source.next();
    return new Promise((resolve, reject) => {
      finishPending = () => resolve(done);
      upcoming.then(
        (result) => {
          finishPending = null;
          if (result.done === true) end();
          resolve(hasEnded || result.done === true ? done : result);
        },
        (error: unknown) => {
          finishPending = null;
          const wasEnded = hasEnded;
          end();
          if (wasEnded) resolve(done);
          else reject(error);
        },
      );
    });
  }

  outer?.addEventListener('abort', end, { once: true });
  const stream = {
    next,
    return: () => {
      end();
      return Promise.resolve(done);
    },
    throw: (error: unknown) => {
      end();
      return Promise.reject(error);
    },
    [Symbol.asyncIterator]: () => stream,
    [Symbol.asyncDispose]: async () => end(),
  };
  return stream as unknown as AsyncGenerator<T, void, void>;
}
