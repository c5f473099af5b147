// Second-factor codes as pure functions: which time step a code belongs to, and how recovery codes are written.
import { randomInt } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

export const recoveryCodeCount = 10;

// RFC 6238 as every authenticator app understands it.
const periodSeconds = 30;
const digits = 6;
const algorithm = 'SHA1';
/** Steps before and after the present that are accepted: phones' clocks differ. */
const window = 1;

// Crockford's base 32: no letters that look like digits. 16 characters are 80 bits.
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const recoveryCodeLength = 16;

/** A new secret of 160 bits, base 32 (RFC 4226 recommends the length). */
export function createTotpSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** What an authenticator app reads from a QR code. */
export function totpUri(secret: string, account: string): string {
  return new TOTP({ issuer: 'ClawPurse', label: account, algorithm, digits, period: periodSeconds, secret }).toString();
}

export function looksLikeTotpCode(code: string): boolean {
  return /^\d{6}$/.test(code);
}

/** Number of the time step whose code this is, within the window around `now`; null when it is none of them. */
export function totpStepOf(secret: string, code: string, now: Date): number | null {
  const totp = new TOTP({ algorithm, digits, period: periodSeconds, secret: Secret.fromBase32(secret) });
  const delta = totp.validate({ token: code, timestamp: now.getTime(), window });
  return delta === null ? null : TOTP.counter({ period: periodSeconds, timestamp: now.getTime() }) + delta;
}

/**
 * New recovery codes, as they are shown.
 *
 * @example
 * createRecoveryCodes()[0]; // '7Q2M-X8RT-00PW-K3HJ'
 */
export function createRecoveryCodes(): readonly string[] {
  return Array.from({ length: recoveryCodeCount }, () => {
    const code = Array.from({ length: recoveryCodeLength }, () => alphabet[randomInt(alphabet.length)]).join('');
    return code.replace(/(.{4})(?=.)/g, '$1-');
  });
}

/** What was typed, in the one form that is hashed: case, dashes, spaces and look-alike letters do not matter. */
export function normaliseRecoveryCode(typed: string): string {
  return typed.slice(0, 64).toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
}

/** The code as it is typed: digits may be grouped. */
export function normaliseCode(typed: string): string {
  return typed.slice(0, 64).replace(/\s/g, '');
}
