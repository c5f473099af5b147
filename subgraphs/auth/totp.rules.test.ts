import { TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import {
  createRecoveryCodes,
  createTotpSecret,
  normaliseCode,
  normaliseRecoveryCode,
  totpStepOf,
  totpUri,
} from './totp.rules.ts';

// RFC 6238, appendix B: the ASCII secret "12345678901234567890", the last six of eight digits.
const rfcSecret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

describe('a code of an authenticator', () => {
  it.each([
    [59, '287082', 1],
    [1_111_111_109, '081804', 37_037_036],
    [1_234_567_890, '005924', 41_152_263],
    [2_000_000_000, '279037', 66_666_666],
  ])('at second %i is %s, of step %i (RFC 6238)', (second, code, step) => {
    expect(totpStepOf(rfcSecret, code, new Date(second * 1000))).toBe(step);
  });

  it('counts for one step before and after its own, and no longer', () => {
    const steps = [-60, -30, 0, 30, 60].map((shift) => totpStepOf(rfcSecret, '279037', new Date((2_000_000_000 + shift) * 1000)));
    expect(steps).toEqual([null, 66_666_666, 66_666_666, 66_666_666, null]);
  });

  it('may be typed in groups', () => {
    expect(normaliseCode(' 279 037 ')).toBe('279037');
  });

  it('comes from a secret that authenticator apps read', () => {
    const secret = createTotpSecret();
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    const uri = totpUri(secret, 'alice@example.org');
    expect(uri).toMatch(/^otpauth:\/\/totp\/ClawPurse:alice%40example\.org\?issuer=ClawPurse&secret=/);
    expect(uri).toContain('period=30');
    expect(new TOTP({ secret }).generate()).toMatch(/^\d{6}$/);
  });
});

describe('recovery codes', () => {
  it('are ten different ones of 80 bits, easy to type', () => {
    const codes = createRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
  });

  it('are the same however they are typed', () => {
    expect(normaliseRecoveryCode('7q2m x8rt-OOpw-kIhL')).toBe('7Q2MX8RT00PWK1H1');
  });
});
