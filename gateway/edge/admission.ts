// Who is asking: reads and verifies the token of a request or connection. Without a verifier tokens are passed on as they are.

import { HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { isDomainError } from '../../platform/errors.ts';
import { domainExtensions } from '../../platform/graph/error-format.ts';
import { bearerToken } from '../../platform/graph/request-context.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import type { TokenVerifier } from '../../platform/identity/token-verifier.ts';

/** The token to verify, or, where nobody verifies it, to pass on: then only what is a bearer token. */
export function tokenFrom(verifier: TokenVerifier | null, authorization: unknown): string | null {
  const isBearer = typeof authorization === 'string' && /^bearer +\S/i.test(authorization);
  return verifier === null && !isBearer ? null : bearerToken(authorization);
}

/** @throws what the verifier throws; anonymous callers pass. */
export async function identify(verifier: TokenVerifier | null, token: string | null): Promise<Identity | null> {
  return verifier === null || token === null ? null : verifier.verify(token);
}

/** The refusal of a token as HTTP has it: 401 with a challenge, or 503 while keys cannot be had. */
export function refusedToken(error: unknown): unknown {
  if (!isDomainError(error)) return error;
  const http = error.retryable
    ? { status: 503 }
    : { status: 401, headers: new HeaderMap([['www-authenticate', 'Bearer error="invalid_token"']]) };
  return new GraphQLError(error.message, { originalError: error, extensions: { ...domainExtensions(error), http } });
}
