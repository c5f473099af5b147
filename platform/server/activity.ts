// Counts the work in progress of a service, so that stopping can refuse new work and wait for what has begun.
import { platformErrors } from '../errors.ts';

export interface Activity {
  /** Call the result when the work is over. @throws SERVICE_UNAVAILABLE once the service is stopping. */
  begin(): () => void;
  /** Refuses new work from now on and resolves when none is left; false when the grace was over first. */
  drain(graceMs: number): Promise<boolean>;
  readonly openCount: number;
}

export function createActivity(service: string): Activity {
  let openCount = 0;
  let isStopping = false;
  const idleWaiters = new Set<() => void>();

  function finish(): void {
    openCount -= 1;
    if (openCount > 0) return;
    for (const wake of idleWaiters) wake();
  }

  return {
    begin() {
      if (isStopping) throw platformErrors.SERVICE_UNAVAILABLE({ service });
      openCount += 1;
      let isOver = false;
      return () => {
        if (!isOver) finish();
        isOver = true;
      };
    },
    async drain(graceMs) {
      isStopping = true;
      if (openCount === 0) return true;
      return new Promise((resolve) => {
        const settle = (isIdle: boolean) => {
          clearTimeout(timer);
          idleWaiters.delete(wake);
          resolve(isIdle);
        };
        const wake = () => settle(true);
        const timer = setTimeout(() => settle(false), graceMs);
        idleWaiters.add(wake);
      });
    },
    get openCount() {
      return openCount;
    },
  };
}
