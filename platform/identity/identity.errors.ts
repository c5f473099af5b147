// Why an access token, or who holds it, was refused. Says enough to act on (refresh, or sign in again) and nothing that helps to forge one.
import { defineErrors } from '../errors.ts';

export type TokenRefusal = 'invalid' | 'wrong_audience';

export const identityErrors = defineErrors({
  ACCOUNT_SUSPENDED: {
    message: (_: Record<string, never>) =>
      'This account is suspended: it can move no money and change nothing. Ask support what to do.',
  },
  TOKEN_EXPIRED: { message: (_: { reason: 'expired' }) => 'The access token has expired. Refresh it and try again.' },
  UNAUTHENTICATED: {
    message: (d: { reason: TokenRefusal }) =>
      d.reason === 'wrong_audience'
        ? 'The access token was made for another service. Sign in here.'
        : 'The access token is not valid. Sign in again.',
  },
});
