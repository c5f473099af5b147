// From records to what the graph shows.
import type { Identity } from '../../platform/identity/identity.ts';
import { permissions, type RoleName, rolePermissions } from '../../platform/identity/permissions.ts';
import { type RoleType, roleDescription } from './role.types.ts';
import type { SessionRecord } from './session.repository.ts';
import { describeDevice } from './session.rules.ts';
import type { SignedIn } from './session.service.ts';
import type { SessionType, SignInPayload } from './session.types.ts';
import type { UserRecord } from './user.repository.ts';
import type { UserType } from './user.types.ts';

export function toUserType(record: UserRecord, isForOwner = false): UserType {
  return { id: record.id, displayName: record.displayName, record, isForOwner };
}

export function toRoleType(name: RoleName): RoleType {
  return {
    name,
    description: roleDescription(name),
    permissions: rolePermissions[name].map((permission) => ({ name: permission, description: permissions[permission] })),
  };
}

export function toSessionType(session: SessionRecord, viewer: Pick<Identity, 'sessionId'> | null): SessionType {
  return {
    id: session.id,
    device: describeDevice(session.userAgent),
    address: session.address,
    methods: session.methods,
    createdAt: session.createdAt,
    lastUsedAt: session.lastUsedAt,
    expiresAt: session.expiresAt,
    isCurrent: session.id === viewer?.sessionId,
  };
}

export function toSignInPayload({ user, session, access, refreshToken }: SignedIn): SignInPayload {
  return {
    accessToken: access.token,
    accessTokenExpiresAt: access.expiresAt,
    refreshToken,
    refreshTokenExpiresAt: session.expiresAt,
    session: toSessionType(session, { sessionId: session.id }),
    user: toUserType(user, true),
  };
}
