// Lets concurrent callers share one database transaction: what arrives while a batch is being written forms the next batch.

/** Submits one item; resolves when the batch that carried it has committed. */
export type Submit<Item> = (item: Item) => Promise<void>;

/**
 * When a batch fails, its items are written one by one, so that a bad item fails alone. `write` must therefore leave nothing
 * behind when it rejects.
 */
export function createGroupCommit<Item>(options: {
  readonly batchSizeMax: number;
  write(items: readonly Item[]): Promise<void>;
}): Submit<Item> {
  interface Waiting {
    readonly item: Item;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }
  const queue: Waiting[] = [];
  let isWriting = false;

  async function writeAlone({ item, resolve, reject }: Waiting): Promise<void> {
    await options.write([item]).then(resolve, reject);
  }

  async function writeTogether(batch: readonly Waiting[]): Promise<void> {
    try {
      await options.write(batch.map(({ item }) => item));
    } catch {
      for (const waiting of batch) await writeAlone(waiting);
      return;
    }
    for (const { resolve } of batch) resolve();
  }

  async function drain(): Promise<void> {
    isWriting = true;
    // One turn of the event loop, so that everything that is ready now joins the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) {
      const batch = queue.splice(0, options.batchSizeMax);
      const [only] = batch;
      if (batch.length === 1 && only !== undefined) await writeAlone(only);
      else await writeTogether(batch);
    }
    isWriting = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      if (!isWriting) void drain();
    });
}
