// The life of signing keys as a pure plan: next -> active -> retired -> gone. Who executes it holds the lock of the ring.
import type { AuthPolicy } from './auth.policy.ts';

export type SigningKeyState = 'NEXT' | 'ACTIVE' | 'RETIRED';

export interface SigningKeyLife {
  readonly kid: string;
  readonly state: SigningKeyState;
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  readonly verifiesUntil: Date | null;
}

export type KeyStep =
  | { readonly do: 'CREATE'; readonly state: 'NEXT' | 'ACTIVE' }
  | { readonly do: 'ACTIVATE'; readonly kid: string }
  | { readonly do: 'RETIRE'; readonly kid: string; readonly verifiesUntil: Date }
  | { readonly do: 'DELETE'; readonly kid: string };

/**
 * SCHEDULE: only what is due. NOW: the next key signs at once, the old one still verifies what it signed. DISTRUST: the same, but the old
 * key and the next one are dropped at once, for when the keys may have been stolen: every access token ends.
 */
export type RotationMode = 'SCHEDULE' | 'NOW' | 'DISTRUST';

/** The steps that lead from these keys to the right ones, in order. Empty when nothing is due, so that it can be planned at any time. */
export function planKeys(
  keys: readonly SigningKeyLife[],
  policy: Pick<AuthPolicy, 'accessTokenTtlMs' | 'keys'>,
  now: Date,
  mode: RotationMode = 'SCHEDULE',
): KeyStep[] {
  const active = keys.find((key) => key.state === 'ACTIVE');
  const next = keys.find((key) => key.state === 'NEXT');
  const ended = keys.filter((key) => key.state === 'RETIRED' && (mode === 'DISTRUST' || (key.verifiesUntil ?? now) <= now));
  const steps: KeyStep[] = ended.map((key) => ({ do: 'DELETE', kid: key.kid }));

  if (mode === 'DISTRUST') {
    for (const key of [active, next]) if (key !== undefined) steps.push({ do: 'DELETE', kid: key.kid });
    return [...steps, { do: 'CREATE', state: 'ACTIVE' }, { do: 'CREATE', state: 'NEXT' }];
  }
  if (active === undefined) {
    steps.push(next === undefined ? { do: 'CREATE', state: 'ACTIVE' } : { do: 'ACTIVATE', kid: next.kid }, {
      do: 'CREATE',
      state: 'NEXT',
    });
    return steps;
  }
  if (next !== undefined && (mode === 'NOW' || isRotationDue(active, next, policy, now))) {
    steps.push(
      { do: 'RETIRE', kid: active.kid, verifiesUntil: lastUse(policy, now) },
      { do: 'ACTIVATE', kid: next.kid },
      { do: 'CREATE', state: 'NEXT' },
    );
  } else if (next === undefined) {
    steps.push({ do: 'CREATE', state: 'NEXT' });
  }
  return steps;
}

function isRotationDue(active: SigningKeyLife, next: SigningKeyLife, policy: Pick<AuthPolicy, 'keys'>, now: Date): boolean {
  const activeMs = now.getTime() - (active.activatedAt ?? active.createdAt).getTime();
  const publishedMs = now.getTime() - next.createdAt.getTime();
  return activeMs >= policy.keys.rotateEveryMs && publishedMs >= policy.keys.publishAheadMs;
}

/** A replica may sign with its copy of the old key for `cacheMs` more; then the token lives its time; then clocks may differ. */
function lastUse(policy: Pick<AuthPolicy, 'accessTokenTtlMs' | 'keys'>, now: Date): Date {
  return new Date(now.getTime() + policy.keys.cacheMs + policy.accessTokenTtlMs + policy.keys.skewMs);
}
