// Holds the public keys of one issuer: fetches them anew when one is unknown (not too often) or all are old.
import { type CryptoKey, importJWK, type JSONWebKeySet, type JWK } from 'jose';
import type { Clock } from '../clock.ts';
import type { Algorithm } from './algorithms.ts';

/** Where public keys come from: the auth domain in process, or a JWKS endpoint. */
export interface KeySource {
  /** The current key set (public parts only), including keys that are retired but may still verify unexpired tokens. */
  jwks(): Promise<JSONWebKeySet>;
}

export interface KeyRing {
  /** The key with this id for this algorithm. A null id finds the only key that there is for the algorithm. */
  find(keyId: string | null, algorithm: Algorithm): Promise<CryptoKey | undefined>;
}

export interface KeyRingOptions {
  readonly source: KeySource;
  readonly algorithms: readonly Algorithm[];
  readonly clock: Clock;
  /** An attacker may invent key ids; the source is asked for unknown ones at most this often. */
  readonly unknownKeyCooldownMs: number;
}

/** A key that was withdrawn stops verifying after this time at the latest. */
const keysMaxAgeMs = 300_000;

export function createKeyRing({ source, algorithms: allowed, clock, unknownKeyCooldownMs }: KeyRingOptions): KeyRing {
  let keys: ImportedKeys = new Map();
  let fetchedAtMs = Number.NEGATIVE_INFINITY;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | null = null;

  async function fetchKeys(): Promise<void> {
    triedAtMs = clock.now().getTime();
    keys = await importKeys(await source.jwks(), allowed);
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
    async find(keyId, algorithm) {
      const nowMs = clock.now().getTime();
      const mayAsk = nowMs - triedAtMs >= unknownKeyCooldownMs || fetching !== null;
      const isUnknown = select(keys, keyId, algorithm) === undefined;
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
      return select(keys, keyId, algorithm);
    },
  };
}

interface ImportedKey {
  readonly keyId: string | null;
  readonly key: CryptoKey;
}

type ImportedKeys = ReadonlyMap<Algorithm, readonly ImportedKey[]>;

function select(keys: ImportedKeys, keyId: string | null, algorithm: Algorithm): CryptoKey | undefined {
  const candidates = keys.get(algorithm) ?? [];
  if (keyId !== null) return candidates.find((candidate) => candidate.keyId === keyId)?.key;
  return candidates.length === 1 ? candidates[0]?.key : undefined;
}

async function importKeys(keySet: JSONWebKeySet, allowed: readonly Algorithm[]): Promise<ImportedKeys> {
  const imported = await Promise.all(
    allowed.map(async (algorithm) => {
      const usable = keySet.keys.filter((jwk) => fits(jwk, algorithm));
      const keys = await Promise.all(usable.map((jwk) => importKey(jwk, algorithm)));
      return [algorithm, keys.flat()] as const;
    }),
  );
  return new Map(imported);
}

async function importKey(jwk: JWK, algorithm: Algorithm): Promise<ImportedKey[]> {
  const key = await importJWK(publicPart(jwk), algorithm).catch(() => null);
  return key === null || key instanceof Uint8Array ? [] : [{ keyId: jwk.kid ?? null, key }];
}

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', EdDSA: 'Ed25519' };

function fits({ kty, crv, alg, use }: JWK, algorithm: Algorithm): boolean {
  if ((alg ?? algorithm) !== algorithm || (use ?? 'sig') !== 'sig') return false;
  if (algorithm === 'EdDSA') return kty === 'OKP' && crv === curves.EdDSA;
  if (algorithm.startsWith('ES')) return kty === 'EC' && crv === curves[algorithm];
  return kty === 'RSA';
}

/** A key source that leaks private parts must not matter here. */
function publicPart({ kty, crv, x, y, n, e }: JWK): JWK {
  const parts = { kty, crv, x, y, n, e };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as JWK;
}
