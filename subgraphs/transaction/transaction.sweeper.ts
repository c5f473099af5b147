// Runs what time brings about at a steady, bounded pace in the background: a list of chores, one after the other. Decides nothing itself.
import type { Logger } from 'pino';

/** A sweep that finds nothing is one look at an index. */
const sweepIntervalMs = 2_000;

export interface TransactionSweeper {
  start(): void;
  /** Resolves when no sweep is running any more. */
  stop(): Promise<void>;
}

/** Something to be looked after; resolves to how much there was to do. */
export interface Chore {
  readonly name: string;
  run(): Promise<number>;
}

export function createTransactionSweeper(deps: {
  chores: readonly Chore[];
  log: Logger;
  intervalMs?: number;
}): TransactionSweeper {
  const { chores, log, intervalMs = sweepIntervalMs } = deps;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;

  async function sweep(): Promise<void> {
    for (const { name, run } of chores) {
      try {
        const count = await run();
        if (count > 0) log.info({ chore: name, count }, 'The sweep had something to do');
      } catch (error) {
        log.error({ err: error, chore: name }, 'A chore of the sweep failed; it will be tried again');
      }
    }
  }

  return {
    start: () => {
      timer ??= setInterval(() => {
        // A slow sweep is not overtaken by the next one.
        running ??= sweep().finally(() => {
          running = null;
        });
      }, intervalMs).unref();
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer);
      timer = null;
      await running;
    },
  };
}
