// The life of a session as pure functions: when it lives, what a presented refresh token means for it, what its device is called.
import type { AuthPolicy } from './auth.policy.ts';

export interface SessionLife {
  readonly generation: number;
  readonly rotatedAt: Date;
  readonly userAgent: string | null;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
}

/** ROTATE: give the next token. REPEAT: give the current one again. REUSED: end the session. */
export type RefreshVerdict = 'ROTATE' | 'REPEAT' | 'REUSED' | 'EXPIRED' | 'REVOKED' | 'UNKNOWN';

export function isLive(session: Pick<SessionLife, 'expiresAt' | 'revokedAt'>, now: Date): boolean {
  return session.revokedAt === null && session.expiresAt > now;
}

/**
 * What a genuine refresh token of `generation` means now.
 *
 * The one exception to "used means stolen" is REPEAT: the token just before the current one, shortly after the rotation, from the
 * same client. It gets the current token again, never a second one, so a family never forks: a thief who uses the exception shares the
 * token with its owner, and whichever of them refreshes second is found out.
 */
export function judgeRefresh(
  session: SessionLife,
  presented: { readonly generation: number; readonly userAgent: string | null },
  policy: Pick<AuthPolicy, 'refreshRetryMs'>,
  now: Date,
): RefreshVerdict {
  if (session.revokedAt !== null) return 'REVOKED';
  if (session.expiresAt <= now) return 'EXPIRED';
  if (presented.generation === session.generation) return 'ROTATE';
  // A number that was never given out: the database was restored from an older copy.
  if (presented.generation > session.generation) return 'UNKNOWN';
  const isRetry =
    presented.generation === session.generation - 1 &&
    now.getTime() - session.rotatedAt.getTime() < policy.refreshRetryMs &&
    presented.userAgent === session.userAgent;
  return isRetry ? 'REPEAT' : 'REUSED';
}

/** When a token that is issued now ends: after its own lifetime, and never after the session's. */
export function refreshExpiry(
  session: { readonly createdAt: Date },
  policy: Pick<AuthPolicy, 'refreshTokenTtlMs' | 'sessionLifetimeMsMax'>,
  now: Date,
): Date {
  return new Date(Math.min(now.getTime() + policy.refreshTokenTtlMs, session.createdAt.getTime() + policy.sessionLifetimeMsMax));
}

const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\bHeadlessChrome\//, 'Chrome'],
  [/\b(Chrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/**
 * A name for the device that people recognise in their list of sessions. A hint: user agents say what they like.
 *
 * @example
 * describeDevice('curl/8.5.0'); // 'curl'
 */
export function describeDevice(userAgent: string | null): string {
  if (userAgent === null || userAgent.trim() === '') return 'Unknown device';
  const browser = browsers.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = systems.find(([pattern]) => pattern.test(userAgent))?.[1];
  if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`;
  const product = /^[A-Za-z][\w .-]{0,30}/.exec(userAgent)?.[0].trim();
  return product ?? 'Unknown device';
}
