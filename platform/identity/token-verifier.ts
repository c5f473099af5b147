// Verifies access tokens (JWT, EdDSA only) against a key source. Used by the gateway and, again, by every subgraph.
import { type CryptoKey, decodeProtectedHeader, errors, importJWK, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { type Clock, systemClock } from '../clock.ts';
import { identityErrors } from './identity.errors.ts';
import type { Identity } from './identity.ts';

/** Where public keys come from: the auth domain in process, or its JWKS endpoint. */
export interface KeySource {
  /** The current key set (public parts only), including keys that are retired but may still verify unexpired tokens. */
  jwks(): Promise<JSONWebKeySet>;
}

export interface TokenVerifier {
  /** @throws TOKEN_EXPIRED, UNAUTHENTICATED, or SERVICE_UNAVAILABLE when keys cannot be had. */
  verify(token: string): Promise<Identity>;
}

export interface TokenVerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: KeySource;
  readonly clock?: Clock;
  /** An attacker may invent key ids; the key source is asked for unknown ones at most this often. */
  readonly unknownKeyCooldownMs?: number;
}

const algorithm = 'EdDSA';
/** Clocks of two machines may differ by this much. */
const clockToleranceSeconds = 5;
const tokenLengthMax = 8192;
const verifiedTokensMax = 10_000;
const unknownKeyCooldownDefaultMs = 5_000;
/** A key that was withdrawn stops verifying after this time at the latest. */
const keysMaxAgeMs = 300_000;
const requiredClaims = ['sub', 'sid', 'iat', 'exp', 'jti'];

/** Verifies signature, issuer, audience and times; remembers verified tokens until they expire. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { issuer, audience, keys, clock = systemClock } = options;
  const ring = createKeyRing(keys, clock, options.unknownKeyCooldownMs ?? unknownKeyCooldownDefaultMs);
  const verified = new LRUCache<string, { readonly identity: Identity; readonly keyId: string }>({ max: verifiedTokensMax });

  async function verify(token: string): Promise<Identity> {
    const known = verified.get(token);
    if (known !== undefined && (await ring.find(known.keyId)) !== undefined) return checkExpiry(known.identity);
    verified.delete(token);

    const keyId = readKeyId(token);
    const key = await ring.find(keyId);
    if (key === undefined) throw identityErrors.UNAUTHENTICATED({ reason: 'invalid' });
    const identity = toIdentity(await checkSignature(token, key), token);
    verified.set(token, { identity, keyId });
    return identity;
  }

  function checkExpiry(identity: Identity): Identity {
    if (clock.now().getTime() >= identity.expiresAt.getTime() + clockToleranceSeconds * 1000) {
      verified.delete(identity.token);
      throw identityErrors.TOKEN_EXPIRED({ reason: 'expired' });
    }
    return identity;
  }

  async function checkSignature(token: string, key: CryptoKey): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [algorithm],
        issuer,
        audience,
        clockTolerance: clockToleranceSeconds,
        currentDate: clock.now(),
        requiredClaims,
      });
      return payload;
    } catch (error) {
      throw toRefusal(error);
    }
  }

  return { verify };
}

/** Reads the key id before anything is verified; it only chooses which key must have signed. */
function readKeyId(token: string): string {
  if (token.length <= tokenLengthMax) {
    try {
      const { alg, kid } = decodeProtectedHeader(token);
      if (alg === algorithm && typeof kid === 'string' && kid !== '') return kid;
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

function toIdentity(claims: JWTPayload, token: string): Identity {
  const { sub, sid, exp, scope } = claims;
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof exp !== 'number')
    throw identityErrors.UNAUTHENTICATED({ reason: 'invalid' });
  return Object.freeze({
    userId: sub,
    sessionId: sid,
    roles: textList(claims.roles),
    permissions: new Set(typeof scope === 'string' ? scope.split(' ').filter((name) => name !== '') : []),
    methods: textList(claims.amr),
    expiresAt: new Date(exp * 1000),
    token,
  });
}

function textList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

interface KeyRing {
  find(keyId: string): Promise<CryptoKey | undefined>;
}

/** Holds the imported keys; fetches them anew when one is unknown (not too often) or all are old. */
function createKeyRing(source: KeySource, clock: Clock, cooldownMs: number): KeyRing {
  let keys = new Map<string, CryptoKey>();
  let fetchedAtMs = Number.NEGATIVE_INFINITY;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | null = null;

  async function fetchKeys(): Promise<void> {
    triedAtMs = clock.now().getTime();
    keys = await importKeys(await source.jwks());
    fetchedAtMs = triedAtMs;
  }

  /** Callers that need keys at the same time share one fetch. */
  function refresh(): Promise<void> {
    fetching ??= fetchKeys().finally(() => {
      fetching = null;
    });
    return fetching;
  }

  return {
    async find(keyId) {
      const nowMs = clock.now().getTime();
      const mayAsk = nowMs - triedAtMs >= cooldownMs || fetching !== null;
      const isUnknown = !keys.has(keyId);
      if ((isUnknown || nowMs - fetchedAtMs >= keysMaxAgeMs) && mayAsk) {
        try {
          await refresh();
        } catch (error) {
          // A key that is known stays good while the source is away; an unknown one cannot be judged.
          if (isUnknown) throw error;
        }
      } else if (isUnknown && fetchedAtMs === Number.NEGATIVE_INFINITY) {
        // The first fetch failed a moment ago: that is an outage, not a forged token. Ask again rather than mislead.
        await refresh();
      }
      return keys.get(keyId);
    },
  };
}

async function importKeys(keySet: JSONWebKeySet): Promise<Map<string, CryptoKey>> {
  const usable = keySet.keys.filter(
    (key) => key.kty === 'OKP' && key.crv === 'Ed25519' && (key.alg ?? algorithm) === algorithm && typeof key.kid === 'string',
  );
  const imported = await Promise.all(
    usable.map(async (jwk) => {
      // Only the public part: a key source that leaks private ones must not matter here.
      const { kty, crv, x } = jwk;
      const key = await importJWK({ kty, crv, x } as Parameters<typeof importJWK>[0], algorithm).catch(() => null);
      return key === null || key instanceof Uint8Array ? [] : [[jwk.kid as string, key] as const];
    }),
  );
  return new Map(imported.flat());
}
