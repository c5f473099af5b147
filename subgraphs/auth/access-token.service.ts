// Issues access tokens: short-lived EdDSA JWTs that carry who, in which session, with which roles, permissions and methods.
import { SignJWT } from 'jose';
import { type Permission, permissions, type RoleName, rolePermissions } from '../../platform/identity/permissions.ts';
import type { AuthDeps } from './auth.deps.ts';
import type { SigningKeyService } from './signing-key.service.ts';

export interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

export interface AccessTokenService {
  issue(bearer: {
    userId: string;
    roles: readonly RoleName[];
    sessionId: string;
    methods: readonly string[];
  }): Promise<AccessToken>;
}

export function createAccessTokenService(
  deps: Pick<AuthDeps, 'clock' | 'ids' | 'policy'> & {
    keys: Pick<SigningKeyService, 'active'>;
    issuer: string;
    audience: string;
  },
): AccessTokenService {
  const { clock, ids, policy, keys, issuer, audience } = deps;
  return {
    async issue({ userId, roles, sessionId, methods }) {
      const { kid, privateKey } = await keys.active();
      // JWT times are whole seconds; rounding down keeps `iat` out of the future.
      const issuedAt = Math.floor(clock.now().getTime() / 1000);
      const expiresAt = issuedAt + Math.floor(policy.accessTokenTtlMs / 1000);
      const token = await new SignJWT({
        sid: sessionId,
        scope: permissionsOf(roles).join(' '),
        roles: [...roles],
        amr: [...methods],
      })
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .setJti(ids.next())
        .sign(privateKey);
      return { token, expiresAt: new Date(expiresAt * 1000) };
    },
  };
}

/** The union of what the roles permit, in the order of the vocabulary. */
export function permissionsOf(roles: readonly RoleName[]): readonly Permission[] {
  const granted = new Set<Permission>(roles.flatMap((role): readonly Permission[] => rolePermissions[role]));
  return (Object.keys(permissions) as Permission[]).filter((permission) => granted.has(permission));
}
