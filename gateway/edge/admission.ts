// Who is asking: reads and verifies the token of a request or connection. Without a verifier tokens are passed on as they are.
import { isDomainError } from '../../platform/errors.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import type { TokenVerifier } from '../../platform/identity/token-verifier.ts';
import type { Stage } from './pipeline.ts';
import { refuse } from './refusal.ts';

/** Finds the token in the headers of a request, or in the payload of `connection_init`. */
export type TokenReader = (fields: Readonly<Record<string, unknown>>) => string | null;

export interface TokenReaderOptions {
  /** Where nobody verifies tokens they are passed on: then only what is one. */
  readonly isVerified: boolean;
  /** In lower case. */
  readonly headerName: string;
  /** What stands before the token; empty: nothing does. */
  readonly headerPrefix: string;
}

export function createTokenReader({ isVerified, headerName, headerPrefix }: TokenReaderOptions): TokenReader {
  const prefix = headerPrefix === '' ? '' : `${headerPrefix.toLowerCase()} `;

  return (fields) => {
    const value = fields[headerName] ?? valueOfAnyCase(fields, headerName);
    if (typeof value !== 'string' || value.trim() === '') return null;
    const token = value.slice(0, prefix.length).toLowerCase() === prefix ? value.slice(prefix.length).trim() : '';
    const isToken = token !== '' && !token.includes(' ');
    if (isToken) return token;
    // What was meant as a token is passed on to be refused: it must not make somebody anonymous.
    return isVerified ? value : null;
  };
}

/** Payloads are written by people; the names of headers come in lower case. */
function valueOfAnyCase(fields: Readonly<Record<string, unknown>>, name: string): unknown {
  for (const key of Object.keys(fields)) if (key.length === name.length && key.toLowerCase() === name) return fields[key];
  return undefined;
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

const passingClaims: ReadonlySet<string> = new Set([
  'exp',
  'iat',
  'nbf',
  'jti',
  'auth_time',
  'nonce',
  'at_hash',
  'uti',
  'aio',
  'rh',
]);

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
  const { issuer, userId, sessionId, roles, permissions, methods, claims } = identity;
  // Policies and subgraphs may go by any claim, but for those that every token has new.
  const lasting = Object.entries(claims).filter(([name]) => !passingClaims.has(name));
  const rights = [[...roles].sort(), [...permissions].sort(), [...methods].sort()];
  const scope = JSON.stringify([
    issuer,
    userId,
    sessionId,
    ...rights,
    lasting.sort(([left], [right]) => (left < right ? -1 : 1)),
  ]);
  scopes.set(identity, scope);
  return scope;
}
