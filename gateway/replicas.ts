// Takes turns between the replicas of one service and puts those that failed a moment ago last.

/** How long a replica that failed is asked only when all others failed too. */
const cooldownMs = 2000;

export interface Attempt<Target> {
  readonly target: Target;
  succeeded(): void;
  failed(): void;
}

export interface Replicas<Target> {
  readonly all: readonly Target[];
  /** Every replica once, in the order in which they should be tried now. */
  inTurn(): Iterable<Attempt<Target>>;
}

export function createReplicas<Target>(all: readonly Target[], now: () => number = Date.now): Replicas<Target> {
  const failedAtMs = all.map(() => Number.NEGATIVE_INFINITY);
  let turn = 0;

  function order(): number[] {
    turn = (turn + 1) % Math.max(all.length, 1);
    const rotated = all.map((_, index) => (turn + index) % all.length);
    const isWell = (index: number) => now() - (failedAtMs[index] ?? 0) >= cooldownMs;
    return [...rotated.filter(isWell), ...rotated.filter((index) => !isWell(index))];
  }

  return {
    all,
    *inTurn() {
      for (const index of order()) {
        yield {
          target: all[index] as Target,
          succeeded: () => {
            failedAtMs[index] = Number.NEGATIVE_INFINITY;
          },
          failed: () => {
            failedAtMs[index] = now();
          },
        };
      }
    },
  };
}
