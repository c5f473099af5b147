// A clock for tests: it runs like the real one, and jumps when told to.
import type { Clock } from '../clock.ts';

export interface TestClock extends Clock {
  /** Jumps ahead (or back, with a negative number). */
  advance(ms: number): void;
  /** Stands still at this moment until `advance`. */
  freezeAt(time: Date): void;
}

export function createTestClock(): TestClock {
  let offsetMs = 0;
  let frozenMs: number | null = null;
  return {
    now: () => new Date(frozenMs ?? Date.now() + offsetMs),
    advance(ms) {
      if (frozenMs === null) offsetMs += ms;
      else frozenMs += ms;
    },
    freezeAt(time) {
      frozenMs = time.getTime();
    },
  };
}
