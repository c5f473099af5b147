import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admitAttempt, lockDurationMs, type ThrottleState } from './throttle.rules.ts';

const policy = { freeAttempts: 5, firstLockMs: 15_000, lockMsMax: 900_000, forgetAfterMs: 3_600_000 };
const start = new Date('2026-11-01T12:00:00Z');
const fresh: ThrottleState = { failures: 0, lastAttemptAt: start, lockedUntil: null };
const later = (ms: number) => new Date(start.getTime() + ms);

function attempt(state: ThrottleState, now: Date) {
  const admission = admitAttempt(state, policy, now);
  return admission.isAdmitted ? admission.next : null;
}

describe('lockout', () => {
  it('lets five attempts through at once, then none', () => {
    let state: ThrottleState | null = fresh;
    for (let count = 0; count < 5; count++) state = state && attempt(state, start);
    expect(state?.failures).toBe(5);
    expect(state && attempt(state, later(14_999))).toBeNull();
    expect(state && attempt(state, later(15_000))?.failures).toBe(6);
  });

  it('doubles the wait up to a maximum', () => {
    expect([4, 5, 6, 7, 8, 30, 10_000].map((failures) => lockDurationMs(failures, policy))).toEqual([
      0, 15_000, 30_000, 60_000, 120_000, 900_000, 900_000,
    ]);
  });

  it('does not lengthen the wait for attempts that it refuses', () => {
    const state = { failures: 5, lastAttemptAt: start, lockedUntil: later(15_000) };
    expect(admitAttempt(state, policy, later(14_000))).toEqual({ isAdmitted: false, retryAt: later(15_000) });
  });

  it('forgets after an hour without an attempt', () => {
    const state = { failures: 9, lastAttemptAt: start, lockedUntil: later(240_000) };
    expect(attempt(state, later(3_600_000))?.failures).toBe(1);
  });

  it('admits only so many attempts in a day, however they are timed', () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 1_200_000 }), { maxLength: 400 });
    fc.assert(
      fc.property(pauses, (pausesMs) => {
        let state = fresh;
        let nowMs = 0;
        let admitted = 0;
        for (const pauseMs of pausesMs) {
          nowMs += pauseMs;
          if (nowMs > 86_400_000) break;
          const next = attempt(state, later(nowMs));
          if (next === null) continue;
          state = next;
          admitted++;
        }
        // 5 free ones, 6 shorter waits on the way to the maximum, then one every 15 minutes.
        expect(admitted).toBeLessThanOrEqual(5 + 6 + 96);
      }),
    );
  });
});
