// Ends what takes too long. All deadlines of one client are equally far away, so one timer and a queue in order serve them all.

export interface Deadlines {
  add(onExpired: () => void): void;
  remove(onExpired: () => void): void;
  close(): void;
}

export function createDeadlines(timeoutMs: number): Deadlines {
  /** In the order of their expiry, because they were added in it. */
  const pending = new Map<() => void, number>();
  let timer: NodeJS.Timeout | null = null;

  function watch(delayMs: number): void {
    timer = setTimeout(expire, delayMs);
    // What is being waited for keeps the process alive, not the wait.
    timer.unref();
  }

  function expire(): void {
    timer = null;
    const at = performance.now();
    for (const [onExpired, expiresAt] of pending) {
      if (expiresAt > at) {
        watch(Math.ceil(expiresAt - at));
        return;
      }
      pending.delete(onExpired);
      onExpired();
    }
  }

  return {
    add(onExpired) {
      pending.set(onExpired, performance.now() + timeoutMs);
      if (timer === null) watch(timeoutMs);
    },
    remove: (onExpired) => void pending.delete(onExpired),
    close() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
