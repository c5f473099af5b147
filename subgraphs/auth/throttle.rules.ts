// Lockout as a pure function: some free attempts, then a wait that doubles. An attempt counts before it is checked, so a burst gains nothing.
import type { ThrottlePolicy } from './auth.policy.ts';

export interface ThrottleState {
  readonly failures: number;
  readonly lastAttemptAt: Date;
  readonly lockedUntil: Date | null;
}

export type Admission =
  | { readonly isAdmitted: true; readonly next: ThrottleState }
  | { readonly isAdmitted: false; readonly retryAt: Date };

/** Counts one attempt as failed until it is proven good, or refuses it. A refused attempt does not make the wait longer. */
export function admitAttempt(state: ThrottleState, policy: ThrottlePolicy, now: Date): Admission {
  if (state.lockedUntil !== null && state.lockedUntil > now) return { isAdmitted: false, retryAt: state.lockedUntil };
  const isForgotten = now.getTime() - state.lastAttemptAt.getTime() >= policy.forgetAfterMs;
  const failures = (isForgotten ? 0 : state.failures) + 1;
  const lockMs = lockDurationMs(failures, policy);
  const lockedUntil = lockMs === 0 ? null : new Date(now.getTime() + lockMs);
  return { isAdmitted: true, next: { failures, lastAttemptAt: now, lockedUntil } };
}

/** How long further attempts wait after this many: 0 up to and without the last free one, then doubling up to the maximum. */
export function lockDurationMs(failures: number, policy: ThrottlePolicy): number {
  const beyond = failures - policy.freeAttempts;
  if (beyond < 0) return 0;
  return Math.min(policy.lockMsMax, policy.firstLockMs * 2 ** Math.min(beyond, 32));
}
