// Ends a process in order when it is told to: each step waits for the one before it, within a time limit for the whole.
import type { Logger } from 'pino';

export interface ShutdownStep {
  readonly name: string;
  stop(): Promise<unknown>;
}

export interface Shutdown {
  /** Steps added later run earlier: what was started last stops first. */
  add(name: string, stop: () => Promise<unknown>): void;
  /** Runs all steps; those that fail are logged and do not keep the others from running. Safe to call again. */
  run(reason: string): Promise<{ readonly isClean: boolean }>;
}

export function createShutdown({ log, limitMs }: { readonly log: Logger; readonly limitMs: number }): Shutdown {
  const steps: ShutdownStep[] = [];
  let running: Promise<{ readonly isClean: boolean }> | null = null;

  async function runSteps(reason: string): Promise<{ readonly isClean: boolean }> {
    log.info({ reason }, 'Stopping.');
    let isClean = true;
    const deadline = timeLimit(limitMs);
    for (const step of steps.toReversed()) {
      try {
        await Promise.race([step.stop(), deadline.passed(step.name)]);
      } catch (error) {
        isClean = false;
        log.error({ error, step: step.name }, 'A step of stopping failed.');
      }
    }
    deadline.clear();
    log.info({ isClean }, 'Stopped.');
    return { isClean };
  }

  return {
    add: (name, stop) => void steps.push({ name, stop }),
    run(reason) {
      running ??= runSteps(reason);
      return running;
    },
  };
}

function timeLimit(limitMs: number): { passed(step: string): Promise<never>; clear(): void } {
  const waiters = new Set<() => void>();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    for (const wake of waiters) wake();
  }, limitMs);
  return {
    passed: (step) =>
      new Promise((_, reject) => {
        const fail = () => reject(new Error(`${step} had not stopped after ${limitMs} ms.`));
        if (isOver) setImmediate(fail);
        else waiters.add(fail);
      }),
    clear: () => clearTimeout(timer),
  };
}

/**
 * Runs the shutdown on SIGTERM and SIGINT, then leaves; a second signal leaves at once. Also for errors that nobody caught: a process in an
 * unknown state must not go on handling money.
 */
export function stopOnSignals(
  shutdown: Shutdown,
  log: Logger,
  exit: (code: number) => void = (code) => process.exit(code),
): void {
  let isStopping = false;
  const stop = async (reason: string, code: number) => {
    if (isStopping) return exit(code === 0 ? 130 : code);
    isStopping = true;
    const { isClean } = await shutdown.run(reason);
    exit(isClean ? code : 1);
  };
  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('SIGINT', () => void stop('SIGINT', 0));
  process.on('uncaughtException', (error) => {
    log.fatal({ error }, 'An error that nobody caught.');
    void stop('uncaughtException', 1);
  });
  process.on('unhandledRejection', (error) => {
    log.fatal({ error }, 'A rejection that nobody handled.');
    void stop('unhandledRejection', 1);
  });
}
