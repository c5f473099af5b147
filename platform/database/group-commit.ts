// Gathers requests into batches: those that arrive while a batch is being written form the next one.
// Knows nothing of what a batch does; one batch at a time, or several that share nothing; bounded in size and in queue.

export type Settled<Answer> = { readonly answer: Answer } | { readonly error: unknown };

export interface GroupCommit<Request, Answer> {
  /** Rejects at once when the queue is full or closed. */
  submit(request: Request): Promise<Answer>;
  /** Requests that wait for a batch. */
  waiting(): number;
  /** Takes no more; resolves when everything that was taken has been answered. */
  close(): Promise<void>;
}

/** Fewer requests than this are one batch: a second commit would cost more than it saves. */
const sharedFrom = 64;

/** Batches that may be written at once, because they touch different things. */
export interface Lanes<Request> {
  readonly count: number;
  /** What the request touches; null when that is not known, and it may be anything. */
  keysOf(request: Request): readonly string[] | null;
}

export function createGroupCommit<Request, Answer>(options: {
  /** Gives one result per request, in order. A rejection fails the whole batch. */
  write(requests: readonly Request[]): Promise<readonly Settled<Answer>[]>;
  batchSizeMax: number;
  /** Without it, one batch at a time. */
  lanes?: Lanes<Request>;
  /** How many may wait, and what the next is told; without it the callers themselves are the bound. */
  queue?: { sizeMax: number; fullError(): Error };
  closedError?(): Error;
}): GroupCommit<Request, Answer> {
  const { queue: limit, lanes, closedError = () => new Error('This takes no more requests: it has been closed.') } = options;
  interface Waiting {
    readonly request: Request;
    readonly keys: readonly string[] | null;
    resolve(answer: Answer): void;
    reject(error: unknown): void;
  }
  const lanesMax = lanes?.count ?? 1;
  let queue: Waiting[] = [];
  let isClosed = false;
  let isStarting = false;
  const inFlight = new Set<readonly Waiting[]>();
  const whenIdle: (() => void)[] = [];

  function start(): void {
    if (isStarting || inFlight.size >= lanesMax) return;
    isStarting = true;
    // One turn of the event loop, so that callers who are ready now share the batch.
    setImmediate(() => {
      isStarting = false;
      while (inFlight.size < lanesMax && launch()) {}
    });
  }

  /** Writes the next batch; false when nothing may be written now. */
  function launch(): boolean {
    const batch = inFlight.size === 0 ? queue.splice(0, firstShare()) : takeDisjoint();
    if (batch.length === 0) return false;
    inFlight.add(batch);
    void writeBatch(batch).then(() => {
      inFlight.delete(batch);
      if (queue.length > 0) start();
      else if (inFlight.size === 0) for (const wake of whenIdle.splice(0)) wake();
    });
    return true;
  }

  /** All that wait, or, when they are many, what leaves something for the other lanes: else all would go and come back together. */
  function firstShare(): number {
    const share = queue.length < sharedFrom ? queue.length : Math.ceil(queue.length / lanesMax);
    return Math.min(share, options.batchSizeMax);
  }

  /** Requests that touch nothing of what is being written, nor of what has to wait before them: nobody overtakes on what they share. */
  function takeDisjoint(): Waiting[] {
    const held = new Set<string>();
    for (const batch of inFlight) {
      for (const { keys } of batch) {
        if (keys === null) return [];
        for (const key of keys) held.add(key);
      }
    }
    const [batch, rest]: [Waiting[], Waiting[]] = [[], []];
    let isBlocked = false;
    for (const waiting of queue) {
      const { keys } = waiting;
      isBlocked ||= keys === null || batch.length >= options.batchSizeMax;
      if (!isBlocked && keys !== null && !keys.some((key) => held.has(key))) batch.push(waiting);
      else {
        rest.push(waiting);
        for (const key of keys ?? []) held.add(key);
      }
    }
    queue = rest;
    return batch;
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
        queue.push({ request, keys: lanes?.keysOf(request) ?? null, resolve, reject });
        start();
      });
    },
    waiting: () => queue.length,
    async close() {
      isClosed = true;
      if (queue.length > 0 || inFlight.size > 0) await new Promise<void>((resolve) => whenIdle.push(resolve));
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
