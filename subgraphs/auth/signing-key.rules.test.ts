import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeyStep, planKeys, type RotationMode, type SigningKeyLife } from './signing-key.rules.ts';

const hour = 3_600_000;
const policy = {
  accessTokenTtlMs: 600_000,
  keys: { rotateEveryMs: 168 * hour, publishAheadMs: hour, cacheMs: 30_000, publicCacheMs: 2_000, skewMs: 60_000 },
};
const start = new Date('2026-11-01T00:00:00Z');
const later = (ms: number) => new Date(start.getTime() + ms);

/** Does what a plan says, as the database would. */
function apply(keys: readonly SigningKeyLife[], steps: readonly KeyStep[], now: Date, nextKid: () => string): SigningKeyLife[] {
  const ring = new Map(keys.map((key) => [key.kid, key]));
  const change = (kid: string, part: Partial<SigningKeyLife>) => {
    const key = ring.get(kid);
    if (key === undefined) throw new Error(`The plan names ${kid}, which is not in the ring.`);
    ring.set(kid, { ...key, ...part });
  };
  for (const step of steps) {
    if (step.do === 'CREATE') {
      const kid = nextKid();
      const activatedAt = step.state === 'ACTIVE' ? now : null;
      ring.set(kid, { kid, state: step.state, createdAt: now, activatedAt, verifiesUntil: null });
    } else if (step.do === 'ACTIVATE') change(step.kid, { state: 'ACTIVE', activatedAt: now });
    else if (step.do === 'RETIRE') change(step.kid, { state: 'RETIRED', verifiesUntil: step.verifiesUntil });
    else ring.delete(step.kid);
  }
  return [...ring.values()];
}

function ringOf(...moves: readonly (readonly [atMs: number, mode: RotationMode])[]) {
  let keys: SigningKeyLife[] = [];
  let count = 0;
  for (const [atMs, mode] of moves)
    keys = apply(keys, planKeys(keys, policy, later(atMs), mode), later(atMs), () => `k${++count}`);
  return keys;
}
const states = (keys: readonly SigningKeyLife[]) => keys.map(({ kid, state }) => `${kid} ${state}`);

describe('signing keys', () => {
  it('begin with one that signs and one that waits', () => {
    expect(states(ringOf([0, 'SCHEDULE']))).toEqual(['k1 ACTIVE', 'k2 NEXT']);
  });

  it('are left alone while nothing is due', () => {
    expect(planKeys(ringOf([0, 'SCHEDULE']), policy, later(100 * hour))).toEqual([]);
  });

  it('rotate on schedule, and the old one verifies until its last token has expired', () => {
    const keys = ringOf([0, 'SCHEDULE'], [168 * hour, 'SCHEDULE']);
    expect(states(keys)).toEqual(['k1 RETIRED', 'k2 ACTIVE', 'k3 NEXT']);
    expect(keys[0]?.verifiesUntil).toEqual(later(168 * hour + 30_000 + 600_000 + 60_000));
    expect(states(ringOf([0, 'SCHEDULE'], [168 * hour, 'SCHEDULE'], [168 * hour + 690_000, 'SCHEDULE']))).toEqual([
      'k2 ACTIVE',
      'k3 NEXT',
    ]);
  });

  it('wait with a scheduled rotation until the next one has been published long enough', () => {
    const keys = ringOf([0, 'SCHEDULE']).map((key) => (key.state === 'NEXT' ? { ...key, createdAt: later(167.5 * hour) } : key));
    expect(planKeys(keys, policy, later(168 * hour))).toEqual([]);
    expect(planKeys(keys, policy, later(168.5 * hour))).not.toEqual([]);
  });

  it('rotate at once when told to', () => {
    expect(states(ringOf([0, 'SCHEDULE'], [1000, 'NOW']))).toEqual(['k1 RETIRED', 'k2 ACTIVE', 'k3 NEXT']);
  });

  it('are all replaced when they may have been stolen', () => {
    expect(states(ringOf([0, 'SCHEDULE'], [1000, 'NOW'], [2000, 'DISTRUST']))).toEqual(['k4 ACTIVE', 'k5 NEXT']);
  });

  it('always number one that signs and one that waits, and verify every unexpired token unless distrusted', () => {
    const moves = fc.array(
      fc.record({
        pauseMs: fc.oneof(fc.integer({ min: 0, max: 900_000 }), fc.integer({ min: 0, max: 400 * hour })),
        mode: fc.constantFrom<RotationMode>('SCHEDULE', 'SCHEDULE', 'SCHEDULE', 'NOW', 'DISTRUST'),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(moves, (steps) => {
        let keys: SigningKeyLife[] = [];
        let nowMs = 0;
        let count = 0;
        let signed: { kid: string; expiresMs: number }[] = [];
        for (const { pauseMs, mode } of steps) {
          nowMs += pauseMs;
          const now = later(nowMs);
          // What a replica with the oldest permitted copy of the keys signs just before the change.
          const active = keys.find((key) => key.state === 'ACTIVE');
          if (active) signed.push({ kid: active.kid, expiresMs: nowMs + policy.keys.cacheMs + policy.accessTokenTtlMs });
          keys = apply(keys, planKeys(keys, policy, now, mode), now, () => `k${++count}`);
          if (mode === 'DISTRUST') signed = [];
          expect(keys.filter((key) => key.state === 'ACTIVE')).toHaveLength(1);
          expect(keys.filter((key) => key.state === 'NEXT')).toHaveLength(1);
          for (const token of signed) {
            if (token.expiresMs > nowMs) expect(keys.map((key) => key.kid)).toContain(token.kid);
          }
          expect(planKeys(keys, policy, now)).toEqual([]);
        }
      }),
    );
  });
});
