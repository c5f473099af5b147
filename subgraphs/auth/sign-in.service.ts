// Signing in, with one factor or two. Whether an account exists shows neither in the answer, nor in what is counted, nor in the work done.
import type { AuthDeps, AuthTransaction } from './auth.deps.ts';
import { authErrors } from './auth.errors.ts';
import { audited } from './auth.events.ts';
import { networkOf, type RequestOrigin } from './request-origin.ts';
import { createOpaqueToken, hashOpaqueToken } from './secret-box.ts';
import {
  countChallengeAttempt,
  deleteChallenge,
  findChallenge,
  insertChallenge,
  type SessionRecord,
} from './session.repository.ts';
import type { SessionService, SignedIn } from './session.service.ts';
import type { Attempt, AttemptSubject, ThrottleService } from './throttle.service.ts';
import { passwordMethods, type TotpService, twoFactorMethods } from './totp.service.ts';
import { findUser, findUserByEmail, lockUsers, setPasswordHash, type UserRecord } from './user.repository.ts';
import { looselyNormalisedEmail } from './user.rules.ts';

export interface SignInService {
  /** @throws INVALID_CREDENTIALS, TOO_MANY_ATTEMPTS, ACCOUNT_SUSPENDED, MFA_REQUIRED with the challenge for `completeSignIn` */
  signIn(input: { email: string; password: string }, origin: RequestOrigin): Promise<SignedIn>;
  /** @throws INVALID_CHALLENGE, INVALID_MFA_CODE, TOO_MANY_ATTEMPTS, ACCOUNT_SUSPENDED */
  completeSignIn(input: { challenge: string; code: string }, origin: RequestOrigin): Promise<SignedIn>;
}

type Refusal = 'INVALID_CREDENTIALS' | 'ACCOUNT_SUSPENDED' | 'INVALID_CHALLENGE' | 'INVALID_MFA_CODE';

/** What a transaction decided. Refusals are thrown after it has committed, so that what was counted and recorded stays. */
type Outcome =
  | { readonly kind: 'OPENED'; readonly user: UserRecord; readonly session: SessionRecord }
  | { readonly kind: 'CHALLENGED'; readonly challenge: string; readonly expiresAt: Date }
  | { readonly kind: 'REFUSED'; readonly code: Refusal };

export function createSignInService(
  deps: AuthDeps & { sessions: SessionService; throttle: ThrottleService; totp: TotpService },
): SignInService {
  const { database, outbox, clock, ids, policy, secrets, passwords, sessions, throttle, totp } = deps;

  async function refuse(
    tx: AuthTransaction,
    code: Refusal,
    subject: AttemptSubject,
    attempt: Attempt,
    origin: RequestOrigin,
  ): Promise<Outcome> {
    await outbox.append(tx, [
      audited(
        {
          actorId: 'anonymous',
          action: 'session.open',
          resourceType: 'User',
          // No personal data in the audit log: who keeps guessing, and at what, can still be told by equal hashes.
          resourceId: subject.userId ?? secrets.keyedHash('audit-account', subject.email),
          outcome: 'REFUSED',
          subjectUserId: subject.userId,
          details: {
            code,
            failuresCount: attempt.failuresCount,
            lockedForSeconds: attempt.lockedForSeconds,
            network: origin.address === null ? null : secrets.keyedHash('audit-network', networkOf(origin.address)),
          },
        },
        origin,
      ),
    ]);
    return { kind: 'REFUSED', code };
  }

  async function finish(outcome: Outcome): Promise<SignedIn> {
    switch (outcome.kind) {
      case 'OPENED':
        return sessions.tokensOf(outcome.user, outcome.session);
      case 'CHALLENGED':
        throw authErrors.MFA_REQUIRED({
          challenge: outcome.challenge,
          expiresAt: outcome.expiresAt.toISOString(),
          methods: ['TOTP', 'RECOVERY_CODE'],
        });
      case 'REFUSED':
        throw authErrors[outcome.code]({});
    }
  }

  /** The password is right. What the user may do now is decided again under the lock of the user's row. */
  async function proceed(
    tx: AuthTransaction,
    user: UserRecord,
    newHash: string | null,
    attempt: Attempt,
    origin: RequestOrigin,
  ): Promise<Outcome> {
    const subject = { email: user.email, userId: user.id };
    const current = (await lockUsers(tx.client, [user.id])).get(user.id);
    if (current?.passwordHash !== user.passwordHash) return refuse(tx, 'INVALID_CREDENTIALS', subject, attempt, origin);
    if (current.status !== 'ACTIVE') return refuse(tx, 'ACCOUNT_SUSPENDED', subject, attempt, origin);
    if (newHash !== null) await setPasswordHash(tx.client, user.id, newHash, null);
    if (current.hasTotp) {
      const { token, hash } = createOpaqueToken('cpc');
      const createdAt = clock.now();
      const expiresAt = new Date(createdAt.getTime() + policy.challengeTtlMs);
      await insertChallenge(tx.client, { id: ids.next(), tokenHash: hash, userId: user.id, createdAt, expiresAt });
      return { kind: 'CHALLENGED', challenge: token, expiresAt };
    }
    await throttle.forgive(tx, attempt);
    return { kind: 'OPENED', user: current, session: await sessions.open(tx, current, passwordMethods, origin) };
  }

  async function complete(
    tx: AuthTransaction,
    challengeId: string,
    user: UserRecord,
    code: string,
    attempt: Attempt,
    origin: RequestOrigin,
  ): Promise<Outcome> {
    const subject = { email: user.email, userId: user.id };
    const current = (await lockUsers(tx.client, [user.id])).get(user.id);
    if (!(await countChallengeAttempt(tx.client, challengeId, policy.challengeAttemptsMax, clock.now()))) {
      return refuse(tx, 'INVALID_CHALLENGE', subject, attempt, origin);
    }
    if (current?.status !== 'ACTIVE') return refuse(tx, 'ACCOUNT_SUSPENDED', subject, attempt, origin);
    if (!(await totp.take(tx, user.id, code))) return refuse(tx, 'INVALID_MFA_CODE', subject, attempt, origin);
    await deleteChallenge(tx.client, challengeId);
    await throttle.forgive(tx, attempt);
    return { kind: 'OPENED', user: current, session: await sessions.open(tx, current, twoFactorMethods, origin) };
  }

  return {
    async signIn({ email: typed, password }, origin) {
      const email = looselyNormalisedEmail(typed);
      const user = await findUserByEmail(database.client, email);
      const subject = { email, userId: user?.id ?? null };
      const attempt = await throttle.admit(subject, origin);
      const matches = await passwords.verify(user?.passwordHash ?? null, password);
      if (user === null || !matches) {
        return finish(await database.transaction((tx) => refuse(tx, 'INVALID_CREDENTIALS', subject, attempt, origin)));
      }
      const newHash = passwords.isOutdated(user.passwordHash) ? await passwords.hash(password) : null;
      return finish(await database.transaction((tx) => proceed(tx, user, newHash, attempt, origin)));
    },

    async completeSignIn({ challenge: token, code }, origin) {
      const challenge = await findChallenge(database.client, hashOpaqueToken(token));
      const user = challenge === null ? null : await findUser(database.client, challenge.userId);
      if (challenge === null || user === null || challenge.expiresAt <= clock.now()) throw authErrors.INVALID_CHALLENGE({});
      const attempt = await throttle.admit({ email: user.email, userId: user.id }, origin);
      return finish(await database.transaction((tx) => complete(tx, challenge.id, user, code, attempt, origin)));
    },
  };
}
