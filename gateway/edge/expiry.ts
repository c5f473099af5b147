// Calls back when an identity's token ends.
import type { Identity } from '../../platform/identity/identity.ts';

/** Longest time that a timer can wait. */
const timerMsMax = 2 ** 31 - 1;

/** @returns what stops it. Anonymous callers do not expire. */
export function afterExpiry(identity: Pick<Identity, 'expiresAt'> | null, callback: () => void): () => void {
  if (identity === null) return () => {};
  const remainingMs = identity.expiresAt.getTime() - Date.now();
  const timer = setTimeout(callback, Math.min(Math.max(remainingMs, 0), timerMsMax));
  timer.unref();
  return () => clearTimeout(timer);
}
