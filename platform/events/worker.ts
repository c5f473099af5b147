// A loop that runs one task at a time: at once when woken, else after a pause, and after failures with a growing pause.

export interface Worker {
  start(): void;
  /** Asks for a run. Wakes that come during a run lead to exactly one more. */
  wake(): void;
  /** Resolves when the run in progress, if any, has ended. */
  stop(): Promise<void>;
}

export interface WorkerOptions {
  readonly run: () => Promise<void>;
  /** Longest time between two runs; a function is asked before each pause. */
  readonly pauseMs: number | (() => number);
  readonly onError: (error: unknown, failuresInRow: number) => void;
}

const backoffFirstMs = 50;
const backoffMaxMs = 2_000;

/** Waits `ms`, or less when `wake` of the result is called. */
function createAlarm(): { wait(ms: number): Promise<void>; ring(): void } {
  let ring = () => {};
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        ring = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    ring: () => ring(),
  };
}

export function createWorker({ run, pauseMs, onError }: WorkerOptions): Worker {
  const alarm = createAlarm();
  let isWoken = false;
  let isStopping = false;
  let failuresInRow = 0;
  let loop: Promise<void> | null = null;

  async function work(): Promise<void> {
    while (!isStopping) {
      isWoken = false;
      try {
        await run();
        failuresInRow = 0;
      } catch (error) {
        failuresInRow += 1;
        if (!isStopping) onError(error, failuresInRow);
      }
      if (isStopping) return;
      // After a failure a wake must not shorten the pause: under load that would be a busy loop.
      if (failuresInRow > 0) await alarm.wait(Math.min(backoffFirstMs * 2 ** (failuresInRow - 1), backoffMaxMs));
      else if (!isWoken) await alarm.wait(typeof pauseMs === 'number' ? pauseMs : pauseMs());
    }
  }

  return {
    start: () => {
      loop ??= work();
    },
    wake: () => {
      isWoken = true;
      if (failuresInRow === 0) alarm.ring();
    },
    stop: async () => {
      isStopping = true;
      alarm.ring();
      await loop;
    },
  };
}
