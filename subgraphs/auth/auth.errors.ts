// The closed list of failures of the identity domain. What would tell an attacker whether an account exists shares one code and message.
import { defineErrors } from '../../platform/errors.ts';

export const authErrors = defineErrors({
  INVALID_CREDENTIALS: { message: (_: Record<string, never>) => 'The e-mail address or the password is wrong.' },
  TOO_MANY_ATTEMPTS: {
    message: (d: { retryAfterSeconds: number }) => `There were too many attempts. Try again in ${d.retryAfterSeconds} s.`,
    retryable: true,
  },
  MFA_REQUIRED: {
    message: (_: { challenge: string; expiresAt: string; methods: readonly string[] }) =>
      'This account has a second factor: call completeSignIn with this challenge and a code from your authenticator, or a recovery code.',
  },
  INVALID_CHALLENGE: {
    message: (_: Record<string, never>) => 'This sign-in challenge is unknown, used or expired. Start again with signIn.',
  },
  INVALID_MFA_CODE: {
    message: (_: Record<string, never>) => 'This code is wrong, or it has been used already. Wait for the next one.',
  },
  ACCOUNT_SUSPENDED: { message: (_: Record<string, never>) => 'This account is suspended. Ask support what to do.' },
  INVALID_REFRESH_TOKEN: {
    message: (d: { reason: 'UNKNOWN' | 'EXPIRED' | 'REVOKED' }) =>
      `The refresh token cannot be used (${d.reason.toLowerCase()}). Sign in again.`,
  },
  REFRESH_TOKEN_REUSED: {
    message: (_: Record<string, never>) =>
      'This refresh token had been used before, so someone may have copied it. The session was ended; sign in again.',
  },
  WEAK_PASSWORD: {
    message: (d: { problem: string }) => `Choose another password: ${d.problem}.`,
  },
  INVALID_EMAIL: { message: (d: { problem: string }) => `The e-mail address cannot be used: ${d.problem}.` },
  INVALID_DISPLAY_NAME: { message: (d: { problem: string }) => `The display name cannot be used: ${d.problem}.` },
  SESSION_NOT_FOUND: { message: (d: { sessionId: string }) => `There is no session ${d.sessionId} that you may end.` },
  USER_NOT_FOUND: { message: (d: { userId: string }) => `There is no user ${d.userId}.` },
  OWN_ACCESS: {
    message: (_: Record<string, never>) => 'Nobody changes their own roles or suspends themselves. Ask another administrator.',
  },
  TOTP_ALREADY_ENABLED: { message: (_: Record<string, never>) => 'An authenticator is enabled already. Disable it first.' },
  TOTP_NOT_ENABLED: { message: (_: Record<string, never>) => 'No authenticator is enabled.' },
  TOTP_ENROLMENT_NOT_STARTED: {
    message: (_: Record<string, never>) => 'No enrolment is under way, or it has expired. Call beginTotpEnrolment first.',
  },
});
