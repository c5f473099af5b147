// At most so many at a time; a bounded queue for the rest, first come first served; whoever finds it full is turned away at once.

export interface ConcurrencyLimit {
  readonly inFlight: number;
  readonly queued: number;
  /** True when there was room. Each success has to be followed by one `leave`. */
  tryEnter(): boolean;
  /** Waits for room; false when the queue is full. The waiter is called once, having entered. */
  enqueue(waiter: () => void): boolean;
  /** Gives up waiting. */
  forget(waiter: () => void): void;
  leave(): void;
}

export interface ConcurrencyRules {
  readonly inFlightMax: number;
  readonly queueMax: number;
}

export function createConcurrencyLimit({ inFlightMax, queueMax }: ConcurrencyRules): ConcurrencyLimit {
  /** A Set keeps the order and lets those in the middle go. */
  const waiters = new Set<() => void>();
  let inFlight = 0;

  return {
    get inFlight() {
      return inFlight;
    },
    get queued() {
      return waiters.size;
    },
    tryEnter() {
      if (inFlight >= inFlightMax) return false;
      inFlight += 1;
      return true;
    },
    enqueue(waiter) {
      if (waiters.size >= queueMax) return false;
      waiters.add(waiter);
      return true;
    },
    forget: (waiter) => void waiters.delete(waiter),
    leave() {
      for (const next of waiters) {
        // The place passes on; the number in flight stays.
        waiters.delete(next);
        next();
        return;
      }
      inFlight -= 1;
    },
  };
}
