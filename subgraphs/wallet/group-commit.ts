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
  queueSizeMax: number;
  fullError(): Error;
  closedError(): Error;
}): GroupCommit<Request, Answer> {
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
      if (isClosed) return Promise.reject(options.closedError());
      if (queue.length >= options.queueSizeMax) return Promise.reject(options.fullError());
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
