// Every query on users and their roles. Rows become user records; a taken e-mail address becomes its own error.
import { isUniqueViolation } from '../../platform/database/database.errors.ts';
import { type RoleName, roleNames } from '../../platform/identity/permissions.ts';
import type { AuthClient } from './auth.deps.ts';

export type UserStatus = 'ACTIVE' | 'SUSPENDED';

export interface UserRecord {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
  readonly passwordHash: string;
  readonly status: UserStatus;
  readonly suspensionReason: string | null;
  readonly suspendedAt: Date | null;
  readonly roles: readonly RoleName[];
  readonly hasTotp: boolean;
  readonly createdAt: Date;
}

/** The e-mail address, or the id, is somebody's already. Never shown to a caller. */
export class UserExistsError extends Error {
  override readonly name = 'UserExistsError';
}

const withRolesAndTotp = {
  roles: { select: { role: true } },
  totp: { select: { confirmedAt: true } },
} as const;

interface UserRow extends Omit<UserRecord, 'status' | 'roles' | 'hasTotp'> {
  readonly status: string;
  readonly roles: readonly { readonly role: string }[];
  readonly totp: { readonly confirmedAt: Date | null } | null;
}

function toUser(row: UserRow): UserRecord {
  const granted = new Set(row.roles.map(({ role }) => role));
  return {
    id: row.id,
    email: row.email,
    displayName: row.displayName,
    passwordHash: row.passwordHash,
    status: row.status === 'ACTIVE' ? 'ACTIVE' : 'SUSPENDED',
    suspensionReason: row.suspensionReason,
    suspendedAt: row.suspendedAt,
    // In the order of the vocabulary, so that equal sets of roles look equal.
    roles: roleNames.filter((role) => granted.has(role)),
    hasTotp: row.totp !== null && row.totp.confirmedAt !== null,
    createdAt: row.createdAt,
  };
}

export async function findUserByEmail(client: AuthClient, email: string): Promise<UserRecord | null> {
  const row = await client.user.findUnique({ where: { email }, include: withRolesAndTotp });
  return row === null ? null : toUser(row);
}

export async function findUser(client: AuthClient, id: string): Promise<UserRecord | null> {
  const row = await client.user.findUnique({ where: { id }, include: withRolesAndTotp });
  return row === null ? null : toUser(row);
}

export async function findUsers(client: AuthClient, ids: readonly string[]): Promise<ReadonlyMap<string, UserRecord>> {
  const rows = await client.user.findMany({ where: { id: { in: [...ids] } }, include: withRolesAndTotp });
  return new Map(rows.map((row) => [row.id, toUser(row)]));
}

/** Users in the order in which they registered, the oldest first. */
export async function listUsers(
  client: AuthClient,
  filter: { readonly emailPart: string | null; readonly afterId: string | null; readonly limit: number },
): Promise<readonly UserRecord[]> {
  const rows = await client.user.findMany({
    where: {
      ...(filter.emailPart === null ? {} : { email: { contains: filter.emailPart } }),
      ...(filter.afterId === null ? {} : { id: { gt: filter.afterId } }),
    },
    orderBy: { id: 'asc' },
    take: filter.limit,
    include: withRolesAndTotp,
  });
  return rows.map(toUser);
}

/** @throws {UserExistsError} */
export async function insertUser(
  client: AuthClient,
  user: { id: string; email: string; displayName: string; passwordHash: string; roles: readonly RoleName[] },
  now: Date,
): Promise<void> {
  const { roles, ...columns } = user;
  try {
    await client.user.create({
      data: {
        ...columns,
        status: 'ACTIVE',
        passwordChangedAt: now,
        createdAt: now,
        roles: { create: roles.map((role) => ({ role, grantedBy: 'system', grantedAt: now })) },
      },
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw new UserExistsError('The user exists.', { cause: error });
    throw error;
  }
}

/**
 * Locks the users' rows until the transaction ends and gives what they are now. Always in id order, so that two who lock each other's
 * rows wait instead of dying.
 */
export async function lockUsers(client: AuthClient, ids: readonly string[]): Promise<ReadonlyMap<string, UserRecord>> {
  for (const id of [...new Set(ids)].toSorted()) {
    await client.user.updateMany({ where: { id }, data: { version: { increment: 1 } } });
  }
  return findUsers(client, ids);
}

export async function setUserStatus(
  client: AuthClient,
  id: string,
  status: UserStatus,
  reason: string | null,
  now: Date,
): Promise<void> {
  await client.user.update({
    where: { id },
    data: { status, suspensionReason: reason, suspendedAt: status === 'SUSPENDED' ? now : null },
  });
}

export async function setUserRoles(
  client: AuthClient,
  id: string,
  roles: readonly RoleName[],
  grantedBy: string,
  now: Date,
): Promise<void> {
  await client.userRole.deleteMany({ where: { userId: id, role: { notIn: [...roles] } } });
  for (const role of roles) {
    await client.userRole.upsert({
      where: { userId_role: { userId: id, role } },
      create: { userId: id, role, grantedBy, grantedAt: now },
      update: {},
    });
  }
}

export async function setPasswordHash(
  client: AuthClient,
  id: string,
  passwordHash: string,
  changedAt: Date | null,
): Promise<void> {
  await client.user.update({
    where: { id },
    data: { passwordHash, ...(changedAt === null ? {} : { passwordChangedAt: changedAt }) },
  });
}
