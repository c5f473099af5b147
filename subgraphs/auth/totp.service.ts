// The second factor: enrolment of an authenticator app, recovery codes, and the check of a code, each of which works once.
import type { Identity } from '../../platform/identity/identity.ts';
import type { AuthDeps, AuthTransaction } from './auth.deps.ts';
import { authErrors } from './auth.errors.ts';
import { type PasswordService, userAudit } from './password.service.ts';
import type { RequestOrigin } from './request-origin.ts';
import { setSessionMethods } from './session.repository.ts';
import type { SessionService } from './session.service.ts';
import type { ThrottleService } from './throttle.service.ts';
import {
  confirmTotp,
  countRecoveryCodes,
  deleteTotp,
  findTotp,
  replacePendingTotp,
  replaceRecoveryCodes,
  takeRecoveryCode,
  takeTotpStep,
} from './totp.repository.ts';
import {
  createRecoveryCodes,
  createTotpSecret,
  looksLikeTotpCode,
  normaliseCode,
  normaliseRecoveryCode,
  totpStepOf,
  totpUri,
} from './totp.rules.ts';
import { findUser, lockUsers, type UserRecord } from './user.repository.ts';

/** RFC 8176 values of a session that was opened with a password, and of one that had a second factor too. */
export const passwordMethods = ['pwd'] as const;
export const twoFactorMethods = ['pwd', 'otp', 'mfa'] as const;

export interface MfaState {
  readonly isTotpEnabled: boolean;
  readonly recoveryCodesLeft: number;
}

export interface TotpService {
  state(user: Pick<UserRecord, 'id' | 'hasTotp'>): Promise<MfaState>;
  /** @throws UNAUTHENTICATED, TOO_MANY_ATTEMPTS, INVALID_CREDENTIALS, TOTP_ALREADY_ENABLED */
  begin(identity: Identity, password: string, origin: RequestOrigin): Promise<{ secret: string; uri: string; expiresAt: Date }>;
  /** Gives the recovery codes, once. Ends the other sessions. @throws UNAUTHENTICATED, TOTP_ENROLMENT_NOT_STARTED, INVALID_MFA_CODE */
  confirm(identity: Identity, code: string, origin: RequestOrigin): Promise<readonly string[]>;
  /** @throws UNAUTHENTICATED, TOO_MANY_ATTEMPTS, TOTP_NOT_ENABLED, INVALID_MFA_CODE */
  disable(identity: Identity, code: string, origin: RequestOrigin): Promise<void>;
  /** Gives new recovery codes; the old ones are void. @throws as `disable` */
  renewRecoveryCodes(identity: Identity, code: string, origin: RequestOrigin): Promise<readonly string[]>;
  /** Uses up a code of the authenticator, or a recovery code. False when it is wrong or was used before. */
  take(tx: AuthTransaction, userId: string, code: string): Promise<boolean>;
}

export function createTotpService(
  deps: AuthDeps & { sessions: SessionService; throttle: ThrottleService; passwordService: PasswordService },
): TotpService {
  const { database, outbox, clock, ids, policy, secrets, sessions, throttle, passwordService } = deps;
  const sealContext = (userId: string) => `auth:totp:${userId}`;

  async function take(tx: AuthTransaction, userId: string, typed: string): Promise<boolean> {
    const credential = await findTotp(tx.client, userId);
    if (credential === null || credential.confirmedAt === null) return false;
    const code = normaliseCode(typed);
    if (!looksLikeTotpCode(code)) {
      return takeRecoveryCode(tx.client, userId, recoveryCodeHash(userId, code), clock.now());
    }
    const step = totpStepOf(secrets.open(credential.sealedSecret, sealContext(userId)), code, clock.now());
    return step !== null && takeTotpStep(tx.client, userId, step);
  }

  const recoveryCodeHash = (userId: string, code: string) =>
    secrets.keyedHash('recovery-code', `${userId}\0${normaliseRecoveryCode(code)}`);

  async function issueRecoveryCodes(tx: AuthTransaction, userId: string): Promise<readonly string[]> {
    const codes = createRecoveryCodes();
    const rows = codes.map((code) => ({ id: ids.next(), codeHash: recoveryCodeHash(userId, code) }));
    await replaceRecoveryCodes(tx.client, userId, rows);
    return codes;
  }

  /** Runs a change that a fresh code permits. A wrong code is counted against the account, and recorded. */
  async function withCode<T>(
    identity: Identity,
    code: string,
    action: string,
    origin: RequestOrigin,
    change: (tx: AuthTransaction) => Promise<T>,
  ): Promise<T> {
    await sessions.requireLive(identity);
    const user = await findUser(database.client, identity.userId);
    if (user === null || !user.hasTotp) throw authErrors.TOTP_NOT_ENABLED({});
    const attempt = await throttle.admit({ email: user.email, userId: user.id }, origin);
    const outcome = await database.transaction(async (tx) => {
      const current = (await lockUsers(tx.client, [user.id])).get(user.id);
      if (current?.hasTotp !== true) throw authErrors.TOTP_NOT_ENABLED({});
      if (!(await take(tx, user.id, code))) {
        await outbox.append(tx, [
          userAudit(
            user.id,
            action,
            { code: 'INVALID_MFA_CODE', failuresCount: attempt.failuresCount, lockedForSeconds: attempt.lockedForSeconds },
            origin,
            'REFUSED',
          ),
        ]);
        return null;
      }
      await throttle.forgive(tx, attempt);
      const result = await change(tx);
      await outbox.append(tx, [userAudit(user.id, action, {}, origin)]);
      return { result };
    });
    if (outcome === null) throw authErrors.INVALID_MFA_CODE({});
    return outcome.result;
  }

  return {
    take,

    async state(user) {
      return {
        isTotpEnabled: user.hasTotp,
        recoveryCodesLeft: user.hasTotp ? await countRecoveryCodes(database.client, user.id) : 0,
      };
    },

    async begin(identity, password, origin) {
      const { id, email } = await passwordService.confirm(identity, password, 'totp.begin', origin);
      const secret = createTotpSecret();
      const now = clock.now();
      await database.transaction(async (tx) => {
        const current = (await lockUsers(tx.client, [id])).get(id);
        if (current?.hasTotp !== false) throw authErrors.TOTP_ALREADY_ENABLED({});
        await replacePendingTotp(tx.client, id, secrets.seal(secret, sealContext(id)), now);
        await outbox.append(tx, [userAudit(id, 'totp.begin', {}, origin)]);
      });
      return { secret, uri: totpUri(secret, email), expiresAt: new Date(now.getTime() + policy.totpEnrolmentTtlMs) };
    },

    async confirm(identity, code, origin) {
      await sessions.requireLive(identity);
      const { userId, sessionId } = identity;
      return database.transaction(async (tx) => {
        await lockUsers(tx.client, [userId]);
        const now = clock.now();
        const pending = await findTotp(tx.client, userId);
        const isOpen =
          pending !== null &&
          pending.confirmedAt === null &&
          now.getTime() < pending.createdAt.getTime() + policy.totpEnrolmentTtlMs;
        if (!isOpen) throw authErrors.TOTP_ENROLMENT_NOT_STARTED({});
        const step = totpStepOf(secrets.open(pending.sealedSecret, sealContext(userId)), normaliseCode(code), now);
        if (step === null) throw authErrors.INVALID_MFA_CODE({});
        await confirmTotp(tx.client, userId, step, now);
        // This session has now shown both factors; the others never will, so they end.
        await setSessionMethods(tx.client, sessionId, twoFactorMethods);
        const revokedSessions = await sessions.revokeAllOf(
          tx,
          userId,
          { exceptId: sessionId, reason: 'MFA_CHANGED', actorId: userId },
          origin,
        );
        await outbox.append(tx, [userAudit(userId, 'totp.enable', { revokedSessions }, origin)]);
        return issueRecoveryCodes(tx, userId);
      });
    },

    disable: (identity, code, origin) =>
      withCode(identity, code, 'totp.disable', origin, (tx) => deleteTotp(tx.client, identity.userId)),

    renewRecoveryCodes: (identity, code, origin) =>
      withCode(identity, code, 'recovery_codes.renew', origin, (tx) => issueRecoveryCodes(tx, identity.userId)),
  };
}
