// Users: registration without telling who has an account already, roles, suspension, and looking people up.

import { platformErrors } from '../../platform/errors.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import type { RoleName } from '../../platform/identity/permissions.ts';
import { permissionsOf } from './access-token.service.ts';
import type { AuthDeps, AuthTransaction } from './auth.deps.ts';
import { authErrors } from './auth.errors.ts';
import { audited, rolesChanged, userRegistered, userReinstated, userSuspended } from './auth.events.ts';
import { assertAcceptablePassword } from './password.rules.ts';
import type { RequestOrigin } from './request-origin.ts';
import { deleteChallenges } from './session.repository.ts';
import type { SessionService } from './session.service.ts';
import type { ThrottleService } from './throttle.service.ts';
import {
  findUser,
  findUserByEmail,
  findUsers,
  insertUser,
  listUsers,
  lockUsers,
  setUserRoles,
  setUserStatus,
  UserExistsError,
  type UserRecord,
} from './user.repository.ts';
import { looselyNormalisedEmail, normaliseDisplayName, normaliseEmail } from './user.rules.ts';

export interface NewUser {
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
}

export interface UserService {
  /**
   * Registers a customer. An address that somebody has already gets the same answer after the same work; its owner finds the attempt
   * in the audit trail.
   * @throws INVALID_EMAIL, INVALID_DISPLAY_NAME, WEAK_PASSWORD, TOO_MANY_ATTEMPTS
   */
  register(input: NewUser, origin: RequestOrigin): Promise<{ email: string }>;
  /** Registers a user with a given id and roles; false when the id or the address is somebody's. For seeding. */
  enrol(user: NewUser & { id: string; roles: readonly RoleName[] }): Promise<boolean>;
  find(id: string): Promise<UserRecord | null>;
  findMany(ids: readonly string[]): Promise<ReadonlyMap<string, UserRecord>>;
  list(filter: { emailPart: string | null; afterId: string | null; limit: number }): Promise<readonly UserRecord[]>;
  /** Gives the user exactly these roles. @throws UNAUTHENTICATED, FORBIDDEN, OWN_ACCESS, USER_NOT_FOUND */
  assignRoles(
    identity: Identity,
    input: { userId: string; roles: readonly RoleName[] },
    origin: RequestOrigin,
  ): Promise<UserRecord>;
  /** Ends all sessions and refuses new ones. @throws as `assignRoles` */
  suspend(identity: Identity, input: { userId: string; reason: string }, origin: RequestOrigin): Promise<UserRecord>;
  /** @throws as `assignRoles` */
  reinstate(identity: Identity, input: { userId: string }, origin: RequestOrigin): Promise<UserRecord>;
}

export function createUserService(deps: AuthDeps & { sessions: SessionService; throttle: ThrottleService }): UserService {
  const { database, outbox, clock, ids, passwords, sessions, throttle } = deps;

  async function insert(
    user: Omit<NewUser, 'password'> & { id: string; passwordHash: string; roles: readonly RoleName[] },
    origin: RequestOrigin | null,
  ) {
    return database.transaction(async (tx) => {
      const owner = await findUserByEmail(tx.client, user.email);
      if (owner !== null) {
        await outbox.append(tx, [registrationAudit(owner.id, origin, 'REFUSED')]);
        return;
      }
      await insertUser(tx.client, user, clock.now());
      await outbox.append(tx, [userRegistered(user), registrationAudit(user.id, origin, 'SUCCEEDED')]);
    });
  }

  /** Runs a change to someone else's access, with both rows locked: what the actor may do is what the database says now. */
  async function manage(
    identity: Identity,
    userId: string,
    change: (tx: AuthTransaction, user: UserRecord) => Promise<void>,
  ): Promise<UserRecord> {
    await sessions.requireLive(identity);
    return database.transaction(async (tx) => {
      const locked = await lockUsers(tx.client, [identity.userId, userId]);
      const actor = locked.get(identity.userId);
      // A token keeps its permissions for minutes after they were taken away; nobody grants roles with such a one.
      if (actor?.status !== 'ACTIVE' || !permissionsOf(actor.roles).includes('user:manage')) {
        throw platformErrors.FORBIDDEN({ permission: 'user:manage' });
      }
      const user = locked.get(userId);
      if (user === undefined) throw authErrors.USER_NOT_FOUND({ userId });
      if (user.id === actor.id) throw authErrors.OWN_ACCESS({});
      await change(tx, user);
      return (await findUser(tx.client, userId)) ?? user;
    });
  }

  return {
    async register(input, origin) {
      const email = normaliseEmail(input.email);
      const displayName = normaliseDisplayName(input.displayName);
      assertAcceptablePassword(input.password, { email, displayName });
      await throttle.admitRegistration(origin);
      const user = {
        id: ids.next(),
        email,
        displayName,
        passwordHash: await passwords.hash(input.password),
        roles: ['CUSTOMER'] as const,
      };
      try {
        await insert(user, origin);
      } catch (error) {
        // Two registrations of one address at once: the second finds the first when it looks again.
        if (!(error instanceof UserExistsError)) throw error;
        await insert(user, origin);
      }
      return { email };
    },

    async enrol({ id, email, displayName, password, roles }) {
      if ((await findUser(database.client, id)) !== null) return false;
      if ((await findUserByEmail(database.client, email)) !== null) return false;
      assertAcceptablePassword(password, { email, displayName });
      try {
        await insert({ id, email, displayName, passwordHash: await passwords.hash(password), roles }, null);
        return true;
      } catch (error) {
        // Another replica was faster.
        if (error instanceof UserExistsError) return false;
        throw error;
      }
    },

    find: (id) => findUser(database.client, id),
    findMany: (wanted) => findUsers(database.client, wanted),
    list: ({ emailPart, ...page }) =>
      listUsers(database.client, { ...page, emailPart: emailPart === null ? null : looselyNormalisedEmail(emailPart) }),

    assignRoles: (identity, { userId, roles }, origin) =>
      manage(identity, userId, async (tx, user) => {
        const wanted = [...new Set(roles)];
        if (wanted.length === user.roles.length && wanted.every((role) => user.roles.includes(role))) return;
        await setUserRoles(tx.client, userId, wanted, identity.userId, clock.now());
        const details = { before: [...user.roles], after: wanted };
        await outbox.append(tx, [
          rolesChanged(userId, wanted),
          accessAudit(identity.userId, 'roles.assign', userId, details, origin),
        ]);
      }),

    suspend: (identity, { userId, reason }, origin) =>
      manage(identity, userId, async (tx, user) => {
        if (user.status === 'SUSPENDED') return;
        await setUserStatus(tx.client, userId, 'SUSPENDED', reason, clock.now());
        await deleteChallenges(tx.client, userId);
        const ended = { exceptId: null, reason: 'USER_SUSPENDED', actorId: identity.userId } as const;
        const revokedSessions = await sessions.revokeAllOf(tx, userId, ended, origin);
        const details = { reason, revokedSessions };
        await outbox.append(tx, [
          userSuspended(userId, reason),
          accessAudit(identity.userId, 'user.suspend', userId, details, origin),
        ]);
      }),

    reinstate: (identity, { userId }, origin) =>
      manage(identity, userId, async (tx, user) => {
        if (user.status === 'ACTIVE') return;
        await setUserStatus(tx.client, userId, 'ACTIVE', null, clock.now());
        await outbox.append(tx, [userReinstated(userId), accessAudit(identity.userId, 'user.reinstate', userId, {}, origin)]);
      }),
  };
}

function registrationAudit(userId: string, origin: RequestOrigin | null, outcome: 'SUCCEEDED' | 'REFUSED') {
  const actorId = origin === null ? 'system' : 'anonymous';
  const record = {
    actorId,
    action: 'user.register',
    resourceType: 'User',
    resourceId: userId,
    subjectUserId: userId,
    details: {},
  };
  return audited({ ...record, outcome }, origin);
}

function accessAudit(
  actorId: string,
  action: string,
  userId: string,
  details: Parameters<typeof audited>[0]['details'],
  origin: RequestOrigin,
) {
  return audited({ actorId, action, resourceType: 'User', resourceId: userId, subjectUserId: userId, details }, origin);
}
