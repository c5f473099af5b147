// Why an access token was refused. Says enough to act on (refresh, or sign in again) and nothing that helps to forge one.
import { defineErrors } from '../errors.ts';

export type TokenRefusal = 'invalid' | 'wrong_audience';

export const identityErrors = defineErrors({
  TOKEN_EXPIRED: { message: (_: { reason: 'expired' }) => 'The access token has expired. Refresh it and try again.' },
  UNAUTHENTICATED: {
    message: (d: { reason: TokenRefusal }) =>
      d.reason === 'wrong_audience'
        ? 'The access token was made for another service. Sign in here.'
        : 'The access token is not valid. Sign in again.',
  },
});
