import { describe, expect, it } from 'vitest';
import { describeDevice, judgeRefresh, refreshExpiry, type SessionLife } from './session.rules.ts';

const start = new Date('2026-11-01T12:00:00Z');
const later = (ms: number) => new Date(start.getTime() + ms);
const policy = { refreshRetryMs: 10_000, refreshTokenTtlMs: 1_000_000, sessionLifetimeMsMax: 2_500_000 };
const session: SessionLife = {
  generation: 3,
  rotatedAt: start,
  userAgent: 'phone',
  expiresAt: later(1_000_000),
  revokedAt: null,
};
const judge = (generation: number, options: { atMs?: number; userAgent?: string; session?: Partial<SessionLife> } = {}) =>
  judgeRefresh(
    { ...session, ...options.session },
    { generation, userAgent: options.userAgent ?? 'phone' },
    policy,
    later(options.atMs ?? 0),
  );

describe('a presented refresh token', () => {
  it('rotates when it is the current one', () => {
    expect(judge(3)).toBe('ROTATE');
    expect(judge(3, { userAgent: 'another version', atMs: 999_999 })).toBe('ROTATE');
  });

  it('gets the same answer again when it is the one before, from the same client, within the retry time', () => {
    expect(judge(2, { atMs: 9_999 })).toBe('REPEAT');
  });

  it('is reuse when it is the one before and too late, or from another client', () => {
    expect(judge(2, { atMs: 10_000 })).toBe('REUSED');
    expect(judge(2, { userAgent: 'thief' })).toBe('REUSED');
  });

  it('is reuse when it is older', () => {
    expect(judge(1)).toBe('REUSED');
  });

  it('is refused without consequence when the session is over', () => {
    expect(judge(1, { session: { revokedAt: start } })).toBe('REVOKED');
    expect(judge(3, { atMs: 1_000_000 })).toBe('EXPIRED');
  });

  it('is unknown when its number was never given out', () => {
    expect(judge(4)).toBe('UNKNOWN');
  });
});

describe('the life of a session', () => {
  it('is prolonged by use, but not beyond its maximum', () => {
    expect(refreshExpiry({ createdAt: start }, policy, later(500_000))).toEqual(later(1_500_000));
    expect(refreshExpiry({ createdAt: start }, policy, later(2_000_000))).toEqual(later(2_500_000));
  });
});

describe('the name of a device', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
      'Chrome on Windows',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
      'Safari on iOS',
    ],
    [
      'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36',
      'Chrome on Android',
    ],
    ['curl/8.5.0', 'curl'],
    ['', 'Unknown device'],
    [null, 'Unknown device'],
    ['\u0000\u0001', 'Unknown device'],
  ])('of %j is %s', (userAgent, name) => {
    expect(describeDevice(userAgent)).toBe(name);
  });
});
