// Runs the search for overdue answers at a steady, bounded pace in the background. Decides nothing itself.
import type { Logger } from 'pino';
import type { TransactionProgress } from './transaction.progress.ts';

/** A sweep that finds nothing is one look at an index. */
const sweepIntervalMs = 2_000;

export interface TransactionSweeper {
  start(): void;
  /** Resolves when no sweep is running any more. */
  stop(): Promise<void>;
}

export function createTransactionSweeper(deps: {
  progress: TransactionProgress;
  log: Logger;
  intervalMs?: number;
}): TransactionSweeper {
  const { progress, log, intervalMs = sweepIntervalMs } = deps;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;

  async function sweep(): Promise<void> {
    try {
      const remindersCount = await progress.remind();
      if (remindersCount > 0) log.warn({ remindersCount }, 'Transactions were waiting too long for an answer');
    } catch (error) {
      log.error({ err: error }, 'Looking for overdue transactions failed; it will be tried again');
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
