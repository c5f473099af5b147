// Sessions from opening to their end: refresh with rotation and reuse detection, sign-out, revocation, the list of devices.
import { randomBytes } from 'node:crypto';
import { platformErrors } from '../../platform/errors.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import type { AccessToken, AccessTokenService } from './access-token.service.ts';
import type { AuthDeps, AuthTransaction } from './auth.deps.ts';
import { authErrors } from './auth.errors.ts';
import { audited, type RevocationReason, sessionRevoked } from './auth.events.ts';
import { isGenuineRefreshToken, issueRefreshToken, readRefreshToken } from './refresh-token.ts';
import type { RequestOrigin } from './request-origin.ts';
import {
  findSession,
  insertSession,
  listLiveSessions,
  lockSession,
  revokeSession,
  revokeSessionsOf,
  rotateSession,
  type SessionRecord,
} from './session.repository.ts';
import { isLive, judgeRefresh, refreshExpiry } from './session.rules.ts';
import { findUser, type UserRecord } from './user.repository.ts';

/** A session with what its owner needs to use it. */
export interface SignedIn {
  readonly user: UserRecord;
  readonly session: SessionRecord;
  readonly access: AccessToken;
  readonly refreshToken: string;
}

export interface SessionService {
  /** Opens a session for a user whose row the transaction has locked. */
  open(tx: AuthTransaction, user: UserRecord, methods: readonly string[], origin: RequestOrigin): Promise<SessionRecord>;
  /** Makes the tokens of a session that is committed. */
  tokensOf(user: UserRecord, session: SessionRecord): Promise<SignedIn>;
  /** @throws INVALID_REFRESH_TOKEN, REFRESH_TOKEN_REUSED */
  refresh(refreshToken: string, origin: RequestOrigin): Promise<SignedIn>;
  /** Ends the session of the refresh token, else that of the identity. Says nothing about whether there was one. */
  signOut(identity: Identity | null, refreshToken: string | null, origin: RequestOrigin): Promise<void>;
  /** Ends one session: one's own, or anybody's for `user:manage`. @throws SESSION_NOT_FOUND */
  revoke(identity: Identity, sessionId: string, origin: RequestOrigin): Promise<SessionRecord>;
  /** Ends all sessions of oneself or, for `user:manage`, of another user. Gives how many it ended. @throws USER_NOT_FOUND */
  revokeAll(identity: Identity, options: { userId: string | null; keepCurrent: boolean }, origin: RequestOrigin): Promise<number>;
  /** Ends a user's sessions as part of a change to the user, whose row the transaction has locked. */
  revokeAllOf(
    tx: AuthTransaction,
    userId: string,
    options: { exceptId: string | null; reason: RevocationReason; actorId: string },
    origin: RequestOrigin,
  ): Promise<number>;
  /** A session by id, for its owner and for `user:read`; null for everybody else, as when there is none. */
  findFor(viewer: Identity, sessionId: string): Promise<SessionRecord | null>;
  list(userId: string, page: { beforeId: string | null; limit: number }): Promise<readonly SessionRecord[]>;
  /** An access token outlives its session by minutes; what changes an account asks here first. @throws UNAUTHENTICATED */
  requireLive(identity: Identity): Promise<void>;
}

type RefreshOutcome =
  | { readonly verdict: 'ROTATE' | 'REPEAT'; readonly user: UserRecord; readonly session: SessionRecord }
  | { readonly verdict: 'REUSED' | 'EXPIRED' | 'REVOKED' | 'UNKNOWN' };

export function createSessionService(deps: AuthDeps & { accessTokens: AccessTokenService }): SessionService {
  const { database, outbox, clock, ids, policy, secrets, accessTokens } = deps;

  async function tokensOf(user: UserRecord, session: SessionRecord): Promise<SignedIn> {
    const access = await accessTokens.issue({
      userId: user.id,
      roles: user.roles,
      sessionId: session.id,
      methods: session.methods,
    });
    return { user, session, access, refreshToken: issueRefreshToken(secrets, session, session.generation) };
  }

  /** Judges and rotates under the session's lock; the verdict is thrown by the caller, after what it wrote is committed. */
  async function judgeAndRotate(refreshToken: string, origin: RequestOrigin): Promise<RefreshOutcome> {
    const claim = readRefreshToken(refreshToken);
    if (claim === null) return { verdict: 'UNKNOWN' };
    // Before any lock: noise must not be able to hold up a real session.
    const known = await findSession(database.client, claim.sessionId);
    if (known === null || !isGenuineRefreshToken(secrets, refreshToken, known, claim.generation)) return { verdict: 'UNKNOWN' };

    return database.transaction<RefreshOutcome>(async (tx) => {
      const now = clock.now();
      const session = await lockSession(tx.client, claim.sessionId);
      if (session === null) return { verdict: 'UNKNOWN' };
      const verdict = judgeRefresh(session, { generation: claim.generation, userAgent: origin.userAgent }, policy, now);
      if (verdict === 'REUSED') await endReused(tx, session, claim.generation, origin, now);
      if (verdict !== 'ROTATE' && verdict !== 'REPEAT') return { verdict };
      const user = await findUser(tx.client, session.userId);
      // Suspending ends the sessions in its own transaction; this is the second bolt on the same door.
      if (user === null || user.status !== 'ACTIVE') return { verdict: 'REVOKED' };
      if (verdict === 'REPEAT') return { verdict, user, session };
      const change = {
        generation: session.generation + 1,
        expiresAt: refreshExpiry(session, policy, now),
        address: origin.address,
        userAgent: origin.userAgent,
      };
      await rotateSession(tx.client, session.id, { ...change, now });
      await outbox.append(tx, [
        audited(
          {
            actorId: user.id,
            action: 'session.refresh',
            resourceType: 'Session',
            resourceId: session.id,
            subjectUserId: user.id,
            details: { generation: change.generation },
          },
          origin,
        ),
      ]);
      return { verdict, user, session: { ...session, ...change, rotatedAt: now, lastUsedAt: now } };
    });
  }

  async function endReused(
    tx: AuthTransaction,
    session: SessionRecord,
    generation: number,
    origin: RequestOrigin,
    now: Date,
  ): Promise<void> {
    await revokeSession(tx.client, session.id, 'REFRESH_TOKEN_REUSED', now);
    await outbox.append(tx, [
      sessionRevoked(session, 'REFRESH_TOKEN_REUSED'),
      audited(
        {
          actorId: 'anonymous',
          action: 'session.refresh',
          resourceType: 'Session',
          resourceId: session.id,
          outcome: 'REFUSED',
          subjectUserId: session.userId,
          details: { code: 'REFRESH_TOKEN_REUSED', presentedGeneration: generation, currentGeneration: session.generation },
        },
        origin,
      ),
    ]);
  }

  async function revokeOne(sessionId: string, reason: RevocationReason, actorId: string, origin: RequestOrigin): Promise<void> {
    await database.transaction(async (tx) => {
      if (!(await revokeSession(tx.client, sessionId, reason, clock.now()))) return;
      const session = await findSession(tx.client, sessionId);
      if (session !== null) await outbox.append(tx, revocationEvents(session, reason, actorId, origin));
    });
  }

  async function revokeAllOf(
    tx: AuthTransaction,
    userId: string,
    options: { exceptId: string | null; reason: RevocationReason; actorId: string },
    origin: RequestOrigin,
  ): Promise<number> {
    const ended = await revokeSessionsOf(tx.client, userId, { ...options, now: clock.now() });
    await outbox.append(
      tx,
      ended.flatMap((id) => revocationEvents({ id, userId }, options.reason, options.actorId, origin)),
    );
    return ended.length;
  }

  async function requireLive(identity: Identity): Promise<void> {
    const session = await findSession(database.client, identity.sessionId);
    if (session === null || session.userId !== identity.userId || !isLive(session, clock.now())) {
      throw platformErrors.UNAUTHENTICATED({ reason: 'the session has ended' });
    }
  }

  return {
    tokensOf,
    revokeAllOf,
    requireLive,

    async open(tx, user, methods, origin) {
      const now = clock.now();
      const session: SessionRecord = {
        id: ids.next(),
        userId: user.id,
        methods,
        refreshSalt: randomBytes(32).toString('base64url'),
        generation: 1,
        rotatedAt: now,
        address: origin.address,
        userAgent: origin.userAgent,
        createdAt: now,
        lastUsedAt: now,
        expiresAt: refreshExpiry({ createdAt: now }, policy, now),
        revokedAt: null,
      };
      await insertSession(tx.client, session);
      await outbox.append(tx, [
        audited(
          {
            actorId: user.id,
            action: 'session.open',
            resourceType: 'Session',
            resourceId: session.id,
            subjectUserId: user.id,
            details: { methods: [...methods] },
          },
          origin,
        ),
      ]);
      return session;
    },

    async refresh(refreshToken, origin) {
      const outcome = await judgeAndRotate(refreshToken, origin);
      switch (outcome.verdict) {
        case 'ROTATE':
        case 'REPEAT':
          return tokensOf(outcome.user, outcome.session);
        case 'REUSED':
          throw authErrors.REFRESH_TOKEN_REUSED({});
        default:
          throw authErrors.INVALID_REFRESH_TOKEN({ reason: outcome.verdict });
      }
    },

    async signOut(identity, refreshToken, origin) {
      const claim = refreshToken === null ? null : readRefreshToken(refreshToken);
      if (refreshToken !== null && claim !== null) {
        const session = await findSession(database.client, claim.sessionId);
        const isGenuine = session !== null && isGenuineRefreshToken(secrets, refreshToken, session, claim.generation);
        if (isGenuine) await revokeOne(session.id, 'SIGNED_OUT', session.userId, origin);
      } else if (identity !== null) {
        await revokeOne(identity.sessionId, 'SIGNED_OUT', identity.userId, origin);
      }
    },

    async revoke(identity, sessionId, origin) {
      await requireLive(identity);
      const session = await findSession(database.client, sessionId);
      const mayRevoke = session?.userId === identity.userId || identity.permissions.has('user:manage');
      if (session === null || !mayRevoke || !isLive(session, clock.now())) throw authErrors.SESSION_NOT_FOUND({ sessionId });
      await revokeOne(session.id, 'REVOKED', identity.userId, origin);
      return session;
    },

    async revokeAll(identity, { userId, keepCurrent }, origin) {
      await requireLive(identity);
      const targetId = userId ?? identity.userId;
      const isOwn = targetId === identity.userId;
      if (!isOwn && !identity.permissions.has('user:manage')) throw platformErrors.FORBIDDEN({ permission: 'user:manage' });
      if (!isOwn && (await findUser(database.client, targetId)) === null) throw authErrors.USER_NOT_FOUND({ userId: targetId });
      const exceptId = isOwn && keepCurrent ? identity.sessionId : null;
      return database.transaction((tx) =>
        revokeAllOf(tx, targetId, { exceptId, reason: 'REVOKED', actorId: identity.userId }, origin),
      );
    },

    async findFor(viewer, sessionId) {
      const session = await findSession(database.client, sessionId);
      const maySee = session?.userId === viewer.userId || viewer.permissions.has('user:read');
      return maySee ? session : null;
    },

    list: (userId, page) => listLiveSessions(database.client, { userId, ...page, now: clock.now() }),
  };
}

function revocationEvents(
  session: { id: string; userId: string },
  reason: RevocationReason,
  actorId: string,
  origin: RequestOrigin,
) {
  return [
    sessionRevoked(session, reason),
    audited(
      {
        actorId,
        action: 'session.revoke',
        resourceType: 'Session',
        resourceId: session.id,
        subjectUserId: session.userId,
        details: { reason },
      },
      origin,
    ),
  ];
}
