// Limits how much one caller may take in a window of time (GCRA, the generic cell rate algorithm): a steady rate with a burst of one window.
// One number per caller, no timers, no windows that everybody waits for.
import { type Clock, systemClock } from '../../../platform/clock.ts';

/** So much in so much time. */
export interface Rate {
  readonly amount: number;
  readonly windowMs: number;
}

export interface Taken {
  readonly isAllowed: boolean;
  /** When the same amount can be had; 0 when it was taken. */
  readonly retryAfterMs: number;
}

export interface RateLimiter {
  /** Takes an amount for a caller, or nothing when there is not enough left. */
  take(caller: string, amount: number): Taken | Promise<Taken>;
  /** Takes what a caller owes beyond what was taken, or gives back what was too much (negative). Never refused. */
  settle(caller: string, amount: number): void;
}

/** Callers that one process remembers, 10 to 20 MB. A flood of new ones makes it forget the least recent, who may then begin anew. */
const callersMax = 100_000;

export const allowed: Taken = { isAllowed: true, retryAfterMs: 0 };

export function createMemoryRateLimiter({ amount: burst, windowMs }: Rate, clock: Clock = systemClock): RateLimiter {
  const costMs = windowMs / burst;
  /** When a caller will have all of the burst again, by the clock; the least recent first. A time that is over means the same as none. */
  const fullAtMs = new Map<string, number>();

  function remember(caller: string, timeMs: number): void {
    fullAtMs.delete(caller);
    fullAtMs.set(caller, timeMs);
    if (fullAtMs.size <= callersMax) return;
    for (const leastRecent of fullAtMs.keys()) {
      fullAtMs.delete(leastRecent);
      return;
    }
  }

  return {
    take(caller, amount) {
      const nowMs = clock.now().getTime();
      const next = Math.max(fullAtMs.get(caller) ?? 0, nowMs) + amount * costMs;
      const waitMs = next - windowMs - nowMs;
      if (waitMs > 0) return { isAllowed: false, retryAfterMs: Math.ceil(waitMs) };
      remember(caller, next);
      return allowed;
    },
    settle(caller, amount) {
      const nowMs = clock.now().getTime();
      remember(caller, Math.max(fullAtMs.get(caller) ?? 0, nowMs) + amount * costMs);
    },
  };
}
