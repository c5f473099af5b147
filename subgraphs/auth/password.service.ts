// Proving again who one is, before something that a stolen access token must not do; and changing the password.
import type { Identity } from '../../platform/identity/identity.ts';
import type { AuthDeps } from './auth.deps.ts';
import { authErrors } from './auth.errors.ts';
import { audited } from './auth.events.ts';
import { assertAcceptablePassword } from './password.rules.ts';
import type { RequestOrigin } from './request-origin.ts';
import { deleteChallenges } from './session.repository.ts';
import type { SessionService } from './session.service.ts';
import type { ThrottleService } from './throttle.service.ts';
import { findUser, lockUsers, setPasswordHash, type UserRecord } from './user.repository.ts';

export interface PasswordService {
  /**
   * Checks the password of someone who is signed in, in a session that still lives. Counted like a sign-in.
   * @throws UNAUTHENTICATED, TOO_MANY_ATTEMPTS, INVALID_CREDENTIALS
   */
  confirm(identity: Identity, password: string, action: string, origin: RequestOrigin): Promise<UserRecord>;
  /** Changes the password and ends every other session. @throws as `confirm`, and WEAK_PASSWORD */
  change(
    identity: Identity,
    input: { currentPassword: string; newPassword: string },
    origin: RequestOrigin,
  ): Promise<{ revokedSessions: number }>;
}

export function createPasswordService(deps: AuthDeps & { sessions: SessionService; throttle: ThrottleService }): PasswordService {
  const { database, outbox, clock, passwords, sessions, throttle } = deps;

  async function confirm(identity: Identity, password: string, action: string, origin: RequestOrigin): Promise<UserRecord> {
    await sessions.requireLive(identity);
    const user = await findUser(database.client, identity.userId);
    const attempt = await throttle.admit({ email: user?.email ?? identity.userId, userId: identity.userId }, origin);
    const matches = await passwords.verify(user?.passwordHash ?? null, password);
    if (user !== null && matches) {
      await database.transaction((tx) => throttle.forgive(tx, attempt));
      return user;
    }
    await database.transaction((tx) =>
      outbox.append(tx, [
        userAudit(
          identity.userId,
          action,
          { code: 'INVALID_CREDENTIALS', failuresCount: attempt.failuresCount, lockedForSeconds: attempt.lockedForSeconds },
          origin,
          'REFUSED',
        ),
      ]),
    );
    throw authErrors.INVALID_CREDENTIALS({});
  }

  return {
    confirm,

    async change(identity, { currentPassword, newPassword }, origin) {
      const user = await confirm(identity, currentPassword, 'password.change', origin);
      assertAcceptablePassword(newPassword, user);
      const passwordHash = await passwords.hash(newPassword);
      return database.transaction(async (tx) => {
        const current = (await lockUsers(tx.client, [user.id])).get(user.id);
        // Two changes at once: the one that comes second proved a password that no longer holds.
        if (current?.passwordHash !== user.passwordHash) throw authErrors.INVALID_CREDENTIALS({});
        await setPasswordHash(tx.client, user.id, passwordHash, clock.now());
        await deleteChallenges(tx.client, user.id);
        const ended = { exceptId: identity.sessionId, reason: 'PASSWORD_CHANGED', actorId: user.id } as const;
        const revokedSessions = await sessions.revokeAllOf(tx, user.id, ended, origin);
        await outbox.append(tx, [userAudit(user.id, 'password.change', { revokedSessions }, origin)]);
        return { revokedSessions };
      });
    },
  };
}

/** An audit record of what a user did to their own account. */
export function userAudit(
  userId: string,
  action: string,
  details: Parameters<typeof audited>[0]['details'],
  origin: RequestOrigin,
  outcome: 'SUCCEEDED' | 'REFUSED' = 'SUCCEEDED',
) {
  return audited(
    { actorId: userId, action, resourceType: 'User', resourceId: userId, outcome, subjectUserId: userId, details },
    origin,
  );
}
