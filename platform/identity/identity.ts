// Who is asking, as proven by a verified access token. Nothing here reads headers or databases.
import { platformErrors } from '../errors.ts';
import type { Permission } from './permissions.ts';

export interface Identity {
  readonly userId: string;
  /** Who made the token; user ids are unique within it. */
  readonly issuer: string;
  /** Empty when the issuer has no sessions. */
  readonly sessionId: string;
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<string>;
  /** Authentication methods of the session (RFC 8176), for example `pwd` and `otp`. */
  readonly methods: readonly string[];
  readonly expiresAt: Date;
  /** The verified token itself, to be forwarded to subgraphs, which verify it again. */
  readonly token: string;
  /** All that the token says, as verified. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** @throws UNAUTHENTICATED when there is no verified identity. */
export function requireIdentity(identity: Identity | null): Identity {
  if (identity === null) throw platformErrors.UNAUTHENTICATED({ reason: 'no access token was sent' });
  return identity;
}

/** @throws UNAUTHENTICATED, or FORBIDDEN when the identity lacks the permission. */
export function requirePermission(identity: Identity | null, permission: Permission): Identity {
  const known = requireIdentity(identity);
  if (!known.permissions.has(permission)) throw platformErrors.FORBIDDEN({ permission });
  return known;
}

export function hasPermission(identity: Identity | null, permission: Permission): boolean {
  return identity?.permissions.has(permission) ?? false;
}
