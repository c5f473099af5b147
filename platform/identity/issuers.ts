// Verifies tokens of several issuers: each token is held against the keys, audiences and algorithms of the one that it says made it.
import { decodeJwt } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Algorithm } from './algorithms.ts';
import { identityErrors } from './identity.errors.ts';
import type { KeySource } from './key-ring.ts';
import { remoteKeySource } from './key-source.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

/** One issuer whose tokens are accepted. */
export interface IssuerSettings {
  /** The `iss` of its tokens. */
  readonly issuer: string;
  readonly jwksUrl: string;
  /** Null accepts a token made for anybody. */
  readonly audiences: readonly string[] | null;
  readonly algorithms: readonly Algorithm[];
  readonly scopeClaim: string;
  readonly clockToleranceSeconds: number;
}

export interface IssuersVerifierOptions {
  readonly issuers: readonly IssuerSettings[];
  /** Gives the keys of an issuer; by default they are fetched from its `jwksUrl`. */
  readonly keysOf?: (issuer: IssuerSettings) => KeySource;
  readonly clock?: Clock;
  readonly unknownKeyCooldownMs?: number;
}

/** Tokens whose issuer is remembered, so that they are not decoded with each request. */
const knownTokensMax = 10_000;

export function createIssuersVerifier(options: IssuersVerifierOptions): TokenVerifier {
  const { issuers, keysOf = ({ jwksUrl }) => remoteKeySource(jwksUrl), clock, unknownKeyCooldownMs } = options;
  const verifiers = new Map(
    issuers.map((settings) => [
      settings.issuer,
      createTokenVerifier({
        issuer: settings.issuer,
        audience: settings.audiences,
        keys: keysOf(settings),
        algorithms: settings.algorithms,
        requiredClaims: ['exp'],
        scopeClaim: settings.scopeClaim,
        clockToleranceSeconds: settings.clockToleranceSeconds,
        ...(clock === undefined ? {} : { clock }),
        ...(unknownKeyCooldownMs === undefined ? {} : { unknownKeyCooldownMs }),
      }),
    ]),
  );
  const chosen = new LRUCache<string, TokenVerifier>({ max: knownTokensMax });

  return {
    async verify(token) {
      const known = chosen.get(token);
      if (known !== undefined) return known.verify(token);
      const verifier = verifiers.get(issuerOf(token));
      if (verifier === undefined) throw identityErrors.UNAUTHENTICATED({ reason: 'invalid' });
      const identity = await verifier.verify(token);
      chosen.set(token, verifier);
      return identity;
    },
  };
}

/** Unverified: it only chooses who has to have signed. */
function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    throw identityErrors.UNAUTHENTICATED({ reason: 'invalid' });
  }
}
