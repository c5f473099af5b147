// What the identity domain tells the others, and its audit records. Payloads carry no e-mail address and no secret.
import type { AuditRecord, NewEvent } from '../../platform/events/event.ts';
import type { RoleName } from '../../platform/identity/permissions.ts';
import type { RequestOrigin } from './request-origin.ts';

export const authEventTypes = {
  userRegistered: 'clawpurse.auth.user_registered.v1',
  userSuspended: 'clawpurse.auth.user_suspended.v1',
  userReinstated: 'clawpurse.auth.user_reinstated.v1',
  rolesChanged: 'clawpurse.auth.roles_changed.v1',
  sessionRevoked: 'clawpurse.auth.session_revoked.v1',
  audit: 'clawpurse.auth.audit.v1',
} as const;

/** Why a session ended before its time. */
export type RevocationReason =
  | 'SIGNED_OUT'
  | 'REVOKED'
  | 'PASSWORD_CHANGED'
  | 'MFA_CHANGED'
  | 'REFRESH_TOKEN_REUSED'
  | 'USER_SUSPENDED';

export function userRegistered({ id, displayName }: { id: string; displayName: string }): NewEvent {
  return { type: authEventTypes.userRegistered, ...aboutUser(id), data: { userId: id, displayName } };
}

export function userSuspended(userId: string, reason: string): NewEvent {
  return { type: authEventTypes.userSuspended, ...aboutUser(userId), data: { userId, reason } };
}

export function userReinstated(userId: string): NewEvent {
  return { type: authEventTypes.userReinstated, ...aboutUser(userId), data: { userId } };
}

export function rolesChanged(userId: string, roles: readonly RoleName[]): NewEvent {
  return { type: authEventTypes.rolesChanged, ...aboutUser(userId), data: { userId, roles: [...roles] } };
}

export function sessionRevoked(session: { id: string; userId: string }, reason: RevocationReason): NewEvent {
  return {
    type: authEventTypes.sessionRevoked,
    kind: 'domain',
    subject: session.id,
    data: { sessionId: session.id, userId: session.userId, reason },
    feeds: [`user:${session.userId}`],
  };
}

/** An audit record as an event; the request it came from is its correlation. */
export function audited(
  record: Omit<AuditRecord, 'requestId' | 'outcome'> & { outcome?: AuditRecord['outcome'] },
  origin: RequestOrigin | null,
): NewEvent {
  const requestId = origin?.requestId ?? null;
  const data: AuditRecord = { ...record, outcome: record.outcome ?? 'SUCCEEDED', requestId };
  return {
    type: authEventTypes.audit,
    kind: 'audit',
    subject: record.resourceId,
    data: { ...data },
    ...(requestId === null ? {} : { correlationId: requestId }),
  };
}

function aboutUser(userId: string) {
  return { kind: 'domain', subject: userId, feeds: [`user:${userId}`] } as const;
}
