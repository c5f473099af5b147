// Verifies access tokens (JWT) of one issuer against its keys. Used by the gateway and, again, by every subgraph.
import { type CryptoKey, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { type Clock, systemClock } from '../clock.ts';
import type { Algorithm } from './algorithms.ts';
import { identityErrors } from './identity.errors.ts';
import type { Identity } from './identity.ts';
import { createKeyRing, type KeySource } from './key-ring.ts';

export type { KeySource } from './key-ring.ts';

export interface TokenVerifier {
  /** @throws TOKEN_EXPIRED, UNAUTHENTICATED, or SERVICE_UNAVAILABLE when keys cannot be had. */
  verify(token: string): Promise<Identity>;
}

export interface TokenVerifierOptions {
  readonly issuer: string;
  /** One of them must be meant. Null accepts a token made for anybody. */
  readonly audience: string | readonly string[] | null;
  readonly keys: KeySource;
  /** Our own tokens are EdDSA, and nothing else. */
  readonly algorithms?: readonly Algorithm[];
  /** Claims without which a token is refused. */
  readonly requiredClaims?: readonly string[];
  /** The claim that lists scopes, as words of a text or as a list. */
  readonly scopeClaim?: string;
  /** Clocks of two machines may differ by this much. */
  readonly clockToleranceSeconds?: number;
  readonly clock?: Clock;
  /** An attacker may invent key ids; the key source is asked for unknown ones at most this often. */
  readonly unknownKeyCooldownMs?: number;
}

const clockToleranceDefaultSeconds = 5;
const tokenLengthMax = 8192;
const verifiedTokensMax = 10_000;
const unknownKeyCooldownDefaultMs = 5_000;
/** Of our own tokens. */
const ownClaims = ['sub', 'sid', 'iat', 'exp', 'jti'];

interface VerifiedToken {
  readonly identity: Identity;
  readonly header: TokenHeader;
}

interface TokenHeader {
  readonly keyId: string | null;
  readonly algorithm: Algorithm;
}

/** Verifies signature, issuer, audience and times; remembers verified tokens until they expire. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { issuer, audience, keys, clock = systemClock, algorithms = ['EdDSA'], requiredClaims = ownClaims } = options;
  const { scopeClaim = 'scope', clockToleranceSeconds = clockToleranceDefaultSeconds } = options;
  const unknownKeyCooldownMs = options.unknownKeyCooldownMs ?? unknownKeyCooldownDefaultMs;
  const ring = createKeyRing({ source: keys, algorithms, clock, unknownKeyCooldownMs });
  const verified = new LRUCache<string, VerifiedToken>({ max: verifiedTokensMax });

  async function verify(token: string): Promise<Identity> {
    const known = verified.get(token);
    if (known !== undefined && (await ring.find(known.header.keyId, known.header.algorithm)) !== undefined)
      return checkExpiry(known.identity);
    verified.delete(token);

    const header = readHeader(token, algorithms);
    const key = await ring.find(header.keyId, header.algorithm);
    if (key === undefined) throw identityErrors.UNAUTHENTICATED({ reason: 'invalid' });
    const identity = toIdentity(await checkSignature(token, key, header.algorithm), token, issuer, scopeClaim);
    verified.set(token, { identity, header });
    return identity;
  }

  function checkExpiry(identity: Identity): Identity {
    if (clock.now().getTime() >= identity.expiresAt.getTime() + clockToleranceSeconds * 1000) {
      verified.delete(identity.token);
      throw identityErrors.TOKEN_EXPIRED({ reason: 'expired' });
    }
    return identity;
  }

  async function checkSignature(token: string, key: CryptoKey, algorithm: Algorithm): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [algorithm],
        issuer,
        ...(audience === null ? {} : { audience: typeof audience === 'string' ? audience : [...audience] }),
        clockTolerance: clockToleranceSeconds,
        currentDate: clock.now(),
        requiredClaims: [...requiredClaims],
      });
      return payload;
    } catch (error) {
      throw toRefusal(error);
    }
  }

  return { verify };
}

/** Reads which key must have signed, before anything is verified: it only chooses the key, among those of allowed algorithms. */
function readHeader(token: string, algorithms: readonly Algorithm[]): TokenHeader {
  if (token.length <= tokenLengthMax) {
    try {
      const { alg, kid } = decodeProtectedHeader(token);
      const algorithm = algorithms.find((allowed) => allowed === alg);
      if (algorithm !== undefined && kid !== '') return { keyId: kid ?? null, algorithm };
    } catch {
      // Not a JWT at all: the same refusal as below.
    }
  }
  throw identityErrors.UNAUTHENTICATED({ reason: 'invalid' });
}

function toRefusal(error: unknown): Error {
  if (error instanceof errors.JWTExpired) return identityErrors.TOKEN_EXPIRED({ reason: 'expired' }, error);
  const reason = error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud' ? 'wrong_audience' : 'invalid';
  return identityErrors.UNAUTHENTICATED({ reason }, error);
}

function toIdentity(claims: JWTPayload, token: string, issuer: string, scopeClaim: string): Identity {
  const { sub, sid, jti, exp, client_id: clientId, azp } = claims;
  // A machine's token may name nobody but the client that it was made for.
  const userId = [sub, clientId, azp].find((value) => typeof value === 'string' && value !== '');
  if (typeof userId !== 'string' || typeof exp !== 'number') throw identityErrors.UNAUTHENTICATED({ reason: 'invalid' });
  return Object.freeze({
    userId,
    issuer,
    sessionId: typeof sid === 'string' ? sid : (jti ?? ''),
    roles: textList(claims.roles),
    permissions: new Set(words(claims[scopeClaim])),
    methods: textList(claims.amr),
    expiresAt: new Date(exp * 1000),
    token,
    claims: Object.freeze(claims),
  });
}

function words(value: unknown): readonly string[] {
  return typeof value === 'string' ? value.split(' ').filter((name) => name !== '') : textList(value);
}

function textList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
