// Who is asking: reads and verifies the token of a request or connection. Without a verifier tokens are passed on as they are.
import { isDomainError } from '../../platform/errors.ts';
import { bearerToken } from '../../platform/graph/request-context.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import type { TokenVerifier } from '../../platform/identity/token-verifier.ts';
import type { Stage } from './pipeline.ts';
import { refuse } from './refusal.ts';

/** The token to verify, or, where nobody verifies it, to pass on: then only what is a bearer token. */
export function tokenFrom(verifier: TokenVerifier | null, authorization: unknown): string | null {
  if (authorization === undefined) return null;
  const isBearer = typeof authorization === 'string' && /^bearer +\S/i.test(authorization);
  return verifier === null && !isBearer ? null : bearerToken(authorization);
}

/** @throws what the verifier throws; anonymous callers pass. */
export async function identify(verifier: TokenVerifier | null, token: string | null): Promise<Identity | null> {
  return verifier === null || token === null ? null : verifier.verify(token);
}

/** Verifies the token of a request, unless its connection has proven who it is, and says which answers it may share. */
export function identityStage(verifier: TokenVerifier | null): Stage {
  return (request, next) => {
    const { identity, token } = request.context;
    if (identity !== null || token === null || verifier === null) {
      request.scope = scopeOf(identity, token);
      return next(request);
    }
    return verifier.verify(token).then(
      (verified) => {
        request.context = { ...request.context, identity: verified };
        request.scope = scopeOf(verified, token);
        return next(request);
      },
      (error: unknown) => {
        throw refusedToken(error);
      },
    );
  };
}

/** The refusal of a token as HTTP has it: 401 with a challenge, or 503 while keys cannot be had. */
function refusedToken(error: unknown): unknown {
  if (!isDomainError(error)) return error;
  return error.retryable
    ? refuse(error, { status: 503 })
    : refuse(error, { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
}

/** A verifier gives the same identity for the same token, so that this is worked out once per token. */
const scopes = new WeakMap<Identity, string>();

/**
 * What an answer may depend on: the user, the session and their rights, but not the token, which is renewed every few minutes. A token that
 * nobody here can read is a scope of its own.
 */
export function scopeOf(identity: Identity | null, token: string | null): string {
  if (identity === null) return token === null ? '' : `token ${token}`;
  const known = scopes.get(identity);
  if (known !== undefined) return known;
  const { userId, sessionId, roles, permissions, methods } = identity;
  const scope = JSON.stringify([userId, sessionId, [...roles].sort(), [...permissions].sort(), [...methods].sort()]);
  scopes.set(identity, scope);
  return scope;
}
