// Gathers requests into batches: those that arrive while a batch is being written form the next one.
// Knows nothing of what a batch does; one batch at a time, bounded in size and in queue.

export type Settled<Answer> = { readonly answer: Answer } | { readonly error: unknown };

export interface GroupCommit<Request, Answer> {
  /** Rejects at once when the queue is full or closed. */
  submit(request: Request): Promise<Answer>;
  /** Requests that wait for a batch. */
  waiting(): number;
  /** Takes no more; resolves when everything that was taken has been answered. */
  close(): Promise<void>;
}

export function createGroupCommit<Request, Answer>(options: {
  /** Gives one result per request, in order. A rejection fails the whole batch. */
  write(requests: readonly Request[]): Promise<readonly Settled<Answer>[]>;
  batchSizeMax: number;
  /** How many may wait, and what the next is told; without it the callers themselves are the bound. */
  queue?: { sizeMax: number; fullError(): Error };
  closedError?(): Error;
}): GroupCommit<Request, Answer> {
  const { queue: limit, closedError = () => new Error('This takes no more requests: it has been closed.') } = options;
  interface Waiting {
    readonly request: Request;
    resolve(answer: Answer): void;
    reject(error: unknown): void;
  }
  let queue: Waiting[] = [];
  let isClosed = false;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    // One turn of the event loop, so that callers who are ready now share the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) {
      const batch = queue.slice(0, options.batchSizeMax);
      queue = queue.slice(options.batchSizeMax);
      await writeBatch(batch);
    }
    running = null;
  }

  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await options.write(batch.map(({ request }) => request));
      batch.forEach((waiting, index) => {
        const result = results[index];
        if (result === undefined) waiting.reject(new Error('The batch gave no result for this request.'));
        else if ('answer' in result) waiting.resolve(result.answer);
        else waiting.reject(result.error);
      });
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    }
  }

  return {
    submit(request) {
      if (isClosed) return Promise.reject(closedError());
      if (limit !== undefined && queue.length >= limit.sizeMax) return Promise.reject(limit.fullError());
      return new Promise<Answer>((resolve, reject) => {
        queue.push({ request, resolve, reject });
        running ??= run();
      });
    },
    waiting: () => queue.length,
    async close() {
      isClosed = true;
      await running;
    },
  };
}

/**
 * For batches that are written whole or not at all: when one fails, its requests are written one by one, so that a bad one fails alone.
 * `write` must leave nothing behind when it rejects.
 */
export function togetherOrApart<Request>(
  write: (requests: readonly Request[]) => Promise<void>,
): (requests: readonly Request[]) => Promise<Settled<undefined>[]> {
  const settle = (requests: readonly Request[]): Promise<Settled<undefined>> =>
    write(requests).then(
      () => ({ answer: undefined }),
      (error: unknown) => ({ error }),
    );
  return async (requests) => {
    const together = await settle(requests);
    if ('answer' in together || requests.length === 1) return requests.map(() => together);
    const apart: Settled<undefined>[] = [];
    for (const request of requests) apart.push(await settle([request]));
    return apart;
  };
}
