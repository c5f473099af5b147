// How many retries may be made at all: a share of the requests, so that retries never multiply an outage.

export interface RetryBudget {
  /** Counts a first attempt. */
  deposit(): void;
  /** Takes one retry; false when the budget is used up. */
  withdraw(): boolean;
}

export interface RetryBudgetRules {
  /** Retries per hundred requests. */
  readonly budgetPercent: number;
  /** Retries per second that are allowed however few requests there are: else a quiet gateway could never retry. */
  readonly budgetFloorPerSecond: number;
}

/** What a quiet time can save up, in seconds of the floor and in requests: bounds the burst after it. */
const savedSeconds = 10;
const savedRequests = 1000;

export function createRetryBudget(rules: RetryBudgetRules, now: () => number = () => performance.now()): RetryBudget {
  const perRequest = rules.budgetPercent / 100;
  const savedMax = perRequest * savedRequests;
  const floorMax = rules.budgetFloorPerSecond * savedSeconds;
  let saved = 0;
  let floor = floorMax;
  let flooredAt = now();

  return {
    deposit() {
      saved = Math.min(savedMax, saved + perRequest);
    },
    withdraw() {
      if (saved >= 1) {
        saved -= 1;
        return true;
      }
      const at = now();
      floor = Math.min(floorMax, floor + ((at - flooredAt) / 1000) * rules.budgetFloorPerSecond);
      flooredAt = at;
      if (floor < 1) return false;
      floor -= 1;
      return true;
    },
  };
}
