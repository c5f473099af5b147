// Access tokens for tests: signed with a key of this process, in the shape that the auth domain gives them.
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';
import { type Clock, type Ids, systemClock, uuidIds } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { type RoleName, rolePermissions } from '../identity/permissions.ts';
import type { KeySource } from '../identity/token-verifier.ts';

/** Who a test acts as. Everything but the user has a default. */
export interface TestIdentity {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly RoleName[];
  /** What the roles grant, unless given. */
  readonly permissions: readonly string[];
  readonly methods: readonly string[];
  readonly expiresInSeconds: number;
}

export interface TestTokens {
  readonly keys: KeySource;
  identity(partial?: Partial<TestIdentity>): TestIdentity;
  tokenFor(identity: Partial<TestIdentity>): Promise<string>;
}

const keyId = 'test-key';
const tokenLifeSeconds = 600;

let pair: ReturnType<typeof generateKeyPair> | null = null;
const testKeyPair = () => {
  pair ??= generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return pair;
};

export function createTestTokens(options: { config: Pick<Config, 'auth'>; clock?: Clock; ids?: Ids }): TestTokens {
  const { config, clock = systemClock, ids = uuidIds } = options;

  function identity(partial: Partial<TestIdentity> = {}): TestIdentity {
    const roles = partial.roles ?? ['CUSTOMER'];
    return {
      userId: partial.userId ?? ids.next(),
      sessionId: partial.sessionId ?? ids.next(),
      roles,
      permissions: partial.permissions ?? [...new Set(roles.flatMap((role) => rolePermissions[role]))],
      methods: partial.methods ?? ['pwd'],
      expiresInSeconds: partial.expiresInSeconds ?? tokenLifeSeconds,
    };
  }

  return {
    keys: {
      async jwks(): Promise<JSONWebKeySet> {
        const { publicKey } = await testKeyPair();
        return { keys: [{ ...(await exportJWK(publicKey)), kid: keyId, alg: 'EdDSA', use: 'sig' }] };
      },
    },
    identity,
    async tokenFor(partial) {
      const { userId, sessionId, roles, permissions, methods, expiresInSeconds } = identity(partial);
      const nowSeconds = Math.floor(clock.now().getTime() / 1000);
      const { privateKey } = await testKeyPair();
      return new SignJWT({ sid: sessionId, scope: permissions.join(' '), roles: [...roles], amr: [...methods] })
        .setProtectedHeader({ alg: 'EdDSA', kid: keyId, typ: 'at+jwt' })
        .setIssuer(config.auth.issuer)
        .setAudience(config.auth.audience)
        .setSubject(userId)
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + expiresInSeconds)
        .setJti(ids.next())
        .sign(privateKey);
    },
  };
}
