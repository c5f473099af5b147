import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoUsers } from '../../platform/demo.ts';
import { providers } from '../../platform/testing/databases.ts';
import { type Auth, alicesPhone, startAuth, stranger, type Tokens } from './auth.fixtures.ts';

const laptop = { address: '192.0.2.20', userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0' };
const meQuery = '{ me { id } }';
const sessionsQuery = `query ($first: Int!, $after: Cursor) { me { sessions(first: $first, after: $after) {
  nodes { id device address methods isCurrent createdAt lastUsedAt expiresAt } pageInfo { hasNextPage endCursor } } } }`;
const minute = 60_000;
const day = 24 * 60 * minute;

describe.each(providers)('sessions on %s', (provider) => {
  let auth: Auth;
  beforeAll(async () => {
    auth = await startAuth(provider);
  });
  afterAll(() => auth.subgraph.stop());

  const refusedRefresh = (refreshToken: string, client = alicesPhone) =>
    auth.refusal('refreshSession', { refreshToken }, { client });
  const as = ({ accessToken }: Tokens) => ({ token: accessToken });

  describe('refreshing', () => {
    it('gives the next pair of the same session, and the roles of today', async () => {
      const user = await auth.aUser();
      auth.clock.advance(5 * minute);
      const next = await auth.refresh(user.refreshToken);
      expect(next.session.id).toBe(user.session.id);
      expect(next.refreshToken).not.toBe(user.refreshToken);
      expect(next.accessToken).not.toBe(user.accessToken);
      expect(await auth.subgraph.data(meQuery, {}, as(next))).toEqual({ me: { id: user.user.id } });
      expect((await auth.refresh(next.refreshToken)).user.id).toBe(user.user.id);
    });

    it('with a token that was used before ends the session, is recorded, and spares other sessions', async () => {
      const user = await auth.aUser();
      const other = await auth.signIn(user, { client: laptop });
      const second = await auth.refresh(user.refreshToken);
      auth.clock.advance(11_000);

      expect(await refusedRefresh(user.refreshToken, stranger)).toMatchObject({ code: 'REFRESH_TOKEN_REUSED', retryable: false });
      expect(await refusedRefresh(second.refreshToken)).toMatchObject({
        code: 'INVALID_REFRESH_TOKEN',
        details: { reason: 'REVOKED' },
      });
      expect((await auth.refresh(other.refreshToken, { client: laptop })).session.id).toBe(other.session.id);

      expect(await auth.audits('session.refresh')).toContainEqual(
        expect.objectContaining({
          actorId: 'anonymous',
          outcome: 'REFUSED',
          resourceId: user.session.id,
          subjectUserId: user.user.id,
          details: { code: 'REFRESH_TOKEN_REUSED', presentedGeneration: 1, currentGeneration: 2 },
        }),
      );
      const revoked = await auth.events('clawpurse.auth.session_revoked.v1');
      expect(revoked.filter((event) => event.data.userId === user.user.id).map((event) => event.data)).toEqual([
        { sessionId: user.session.id, userId: user.user.id, reason: 'REFRESH_TOKEN_REUSED' },
      ]);
    });

    it('again within seconds from the same client has the same answer, because that client lost the first', async () => {
      const user = await auth.aUser();
      const second = await auth.refresh(user.refreshToken);
      const repeated = await auth.refresh(user.refreshToken);
      expect(repeated.refreshToken).toBe(second.refreshToken);
      expect((await auth.refresh(repeated.refreshToken)).session.id).toBe(user.session.id);
      // The one before last is reuse, however soon.
      expect((await refusedRefresh(user.refreshToken)).code).toBe('REFRESH_TOKEN_REUSED');
    });

    it('again within seconds from another client is reuse', async () => {
      const user = await auth.aUser();
      await auth.refresh(user.refreshToken);
      expect((await refusedRefresh(user.refreshToken, stranger)).code).toBe('REFRESH_TOKEN_REUSED');
    });

    it('many times at once by one client rotates once, and all get the same token', async () => {
      const user = await auth.aUser();
      const answers = await Promise.all(Array.from({ length: 10 }, () => auth.refresh(user.refreshToken)));
      expect(new Set(answers.map((answer) => answer.refreshToken)).size).toBe(1);
      expect((await auth.refresh(answers[0]?.refreshToken ?? '')).session.id).toBe(user.session.id);
    });

    it('at once by its owner and by a thief ends the session, whoever is first', async () => {
      const user = await auth.aUser();
      const results = await Promise.allSettled([
        auth.refresh(user.refreshToken),
        auth.refresh(user.refreshToken, { client: stranger }),
      ]);
      expect(results.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const won = results.find((result) => result.status === 'fulfilled')?.value.refreshToken ?? '';
      expect((await refusedRefresh(won)).details).toEqual({ reason: 'REVOKED' });
    });

    it('shares one token between a client and a thief who looks like it, until the second of them refreshes', async () => {
      const user = await auth.aUser();
      const owner = await auth.refresh(user.refreshToken);
      const thief = await auth.refresh(user.refreshToken);
      expect(thief.refreshToken).toBe(owner.refreshToken);
      auth.clock.advance(9 * minute);
      await auth.refresh(thief.refreshToken);
      auth.clock.advance(minute);
      expect((await refusedRefresh(owner.refreshToken)).code).toBe('REFRESH_TOKEN_REUSED');
    });

    it('is refused after the token has expired', async () => {
      const user = await auth.aUser();
      auth.clock.advance(30 * day);
      expect(await refusedRefresh(user.refreshToken)).toMatchObject({
        code: 'INVALID_REFRESH_TOKEN',
        details: { reason: 'EXPIRED' },
      });
    });

    it('keeps a session alive, but not for ever', async () => {
      let tokens: Tokens = await auth.aUser();
      const openedMs = auth.clock.now().getTime();
      for (let round = 0; round < 4; round++) {
        auth.clock.advance(20 * day);
        tokens = await auth.refresh(tokens.refreshToken);
      }
      expect(Date.parse(tokens.refreshTokenExpiresAt) - openedMs).toBeLessThanOrEqual(90 * day);
      auth.clock.advance(11 * day);
      expect((await refusedRefresh(tokens.refreshToken)).details).toEqual({ reason: 'EXPIRED' });
    });

    it.each(['', 'nonsense', 'cpr_', `cpr_${'A'.repeat(75)}`, 'null', '🙂'])('with %j is refused', async (token) => {
      expect(await refusedRefresh(token)).toMatchObject({ code: 'INVALID_REFRESH_TOKEN', details: { reason: 'UNKNOWN' } });
    });

    it('with a forged token for a real session does nothing to that session', async () => {
      const user = await auth.aUser();
      const bytes = Buffer.from(user.refreshToken.slice(4), 'base64url');
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      expect((await refusedRefresh(`cpr_${bytes.toString('base64url')}`)).details).toEqual({ reason: 'UNKNOWN' });
      expect((await auth.refresh(user.refreshToken)).session.id).toBe(user.session.id);
    });
  });

  describe('signing out', () => {
    it('ends the session of the access token', async () => {
      const user = await auth.aUser();
      expect(await auth.call('signOut', {}, as(user))).toEqual({ isSignedOut: true });
      expect((await refusedRefresh(user.refreshToken)).details).toEqual({ reason: 'REVOKED' });
      expect((await auth.events('clawpurse.auth.session_revoked.v1')).at(-1)?.data).toEqual({
        sessionId: user.session.id,
        userId: user.user.id,
        reason: 'SIGNED_OUT',
      });
    });

    it('works with the refresh token alone, for when the access token has expired', async () => {
      const user = await auth.aUser();
      await auth.call('signOut', { refreshToken: user.refreshToken });
      expect((await refusedRefresh(user.refreshToken)).details).toEqual({ reason: 'REVOKED' });
    });

    it('has the same answer when there is nothing to sign out of', async () => {
      expect(await auth.call('signOut', {})).toEqual({ isSignedOut: true });
      expect(await auth.call('signOut', { refreshToken: 'nonsense' })).toEqual({ isSignedOut: true });
    });
  });

  describe('the list of one’s own', () => {
    it('shows device, address and last use, the newest first, in pages', async () => {
      const user = await auth.aUser();
      auth.clock.advance(minute);
      const onLaptop = await auth.signIn(user, { client: laptop });
      const { me } = await auth.subgraph.data(sessionsQuery, { first: 1 }, as(onLaptop));
      expect(me.sessions.nodes).toEqual([
        expect.objectContaining({
          id: onLaptop.session.id,
          device: 'Firefox on Linux',
          address: laptop.address,
          methods: ['pwd'],
          isCurrent: true,
        }),
      ]);
      expect(me.sessions.pageInfo.hasNextPage).toBe(true);
      const after = me.sessions.pageInfo.endCursor;
      const second = await auth.subgraph.data(sessionsQuery, { first: 1, after }, as(onLaptop));
      expect(second.me.sessions.nodes).toEqual([
        expect.objectContaining({ id: user.session.id, device: 'AlicePhone', isCurrent: false }),
      ]);
      expect(second.me.sessions.pageInfo.hasNextPage).toBe(false);
    });

    it('leaves out what has ended', async () => {
      const user = await auth.aUser();
      const ended = await auth.signIn(user);
      await auth.call('signOut', {}, as(ended));
      const { me } = await auth.subgraph.data(sessionsQuery, { first: 10 }, as(user));
      expect(me.sessions.nodes.map((node: { id: string }) => node.id)).toEqual([user.session.id]);
    });

    it('refuses the cursor of another list', async () => {
      const user = await auth.aUser();
      expect((await auth.subgraph.refusal(sessionsQuery, { first: 1, after: 'bm9uc2Vuc2U' }, as(user))).code).toBe(
        'INVALID_CURSOR',
      );
    });
  });

  describe('revoking', () => {
    it('ends one of one’s own', async () => {
      const user = await auth.aUser();
      const stolen = await auth.signIn(user, { client: stranger });
      expect(await auth.call('revokeSession', { sessionId: stolen.session.id }, as(user))).toEqual({
        sessionId: stolen.session.id,
      });
      expect((await refusedRefresh(stolen.refreshToken, stranger)).details).toEqual({ reason: 'REVOKED' });
      expect((await auth.refusal('revokeSession', { sessionId: stolen.session.id }, as(user))).code).toBe('SESSION_NOT_FOUND');
    });

    it('does not tell someone else’s session from one that is not there', async () => {
      const [user, other] = [await auth.aUser('Walter Finch'), await auth.aUser('Wendy Wren')];
      const missingId = auth.subgraph.ids.next();
      const foreign = await auth.refusal('revokeSession', { sessionId: other.session.id }, as(user));
      const missing = await auth.refusal('revokeSession', { sessionId: missingId }, as(user));
      expect(foreign).toMatchObject({ code: 'SESSION_NOT_FOUND', retryable: false });
      expect(foreign.message.replace(other.session.id, '')).toBe(missing.message.replace(missingId, ''));
      expect((await auth.refresh(other.refreshToken)).session.id).toBe(other.session.id);
    });

    it('of someone else’s session is for user:manage, and is recorded', async () => {
      const user = await auth.aUser();
      const ada = await auth.ada();
      await auth.call('revokeSession', { sessionId: user.session.id }, as(ada));
      expect((await refusedRefresh(user.refreshToken)).details).toEqual({ reason: 'REVOKED' });
      expect((await auth.audits('session.revoke')).at(-1)).toMatchObject({
        actorId: demoUsers.ada.id,
        resourceId: user.session.id,
        subjectUserId: user.user.id,
        details: { reason: 'REVOKED' },
      });
    });

    it('of all ends the others, and the current one too if wanted', async () => {
      const user = await auth.aUser();
      const others = [await auth.signIn(user), await auth.signIn(user)];
      expect(await auth.call('revokeAllSessions', {}, as(user))).toEqual({ revokedCount: 2 });
      for (const { refreshToken } of others) expect((await refusedRefresh(refreshToken)).details).toEqual({ reason: 'REVOKED' });
      expect(await auth.call('revokeAllSessions', { keepCurrent: false }, as(user))).toEqual({ revokedCount: 1 });
      expect((await refusedRefresh(user.refreshToken)).details).toEqual({ reason: 'REVOKED' });
    });

    it('of all of someone else’s is for user:manage', async () => {
      const [user, other] = [await auth.aUser('Walter Finch'), await auth.aUser('Wendy Wren')];
      const input = { userId: other.user.id };
      expect(await auth.refusal('revokeAllSessions', input, as(user))).toMatchObject({
        code: 'FORBIDDEN',
        details: { permission: 'user:manage' },
      });
      const ada = await auth.ada();
      expect(await auth.call('revokeAllSessions', input, as(ada))).toEqual({ revokedCount: 1 });
      expect((await auth.refusal('revokeAllSessions', { userId: auth.subgraph.ids.next() }, as(ada))).code).toBe(
        'USER_NOT_FOUND',
      );
    });
  });

  describe('changing the password', () => {
    const newPassword = 'quiet-lanterns-drift';

    it('ends the other sessions, keeps this one, and leaves only the new password', async () => {
      const user = await auth.aUser();
      const other = await auth.signIn(user, { client: laptop });
      const input = { currentPassword: user.password, newPassword };
      expect(await auth.call('changePassword', input, as(user))).toEqual({ revokedSessionsCount: 1 });
      expect((await refusedRefresh(other.refreshToken, laptop)).details).toEqual({ reason: 'REVOKED' });
      expect((await auth.refresh(user.refreshToken)).session.id).toBe(user.session.id);
      expect((await auth.refusal('signIn', { email: user.email, password: user.password })).code).toBe('INVALID_CREDENTIALS');
      expect((await auth.signIn({ email: user.email, password: newPassword })).user.id).toBe(user.user.id);
      expect(await auth.audits('password.change')).toContainEqual(
        expect.objectContaining({ subjectUserId: user.user.id, outcome: 'SUCCEEDED', details: { revokedSessions: 1 } }),
      );
    });

    it('needs the current password, which is no easier to guess here than at sign-in', async () => {
      const user = await auth.aUser();
      const guess = () => auth.refusal('changePassword', { currentPassword: 'not-the-password', newPassword }, as(user));
      for (let count = 0; count < 5; count++) expect((await guess()).code).toBe('INVALID_CREDENTIALS');
      expect((await guess()).code).toBe('TOO_MANY_ATTEMPTS');
      expect(await auth.audits('password.change')).toContainEqual(
        expect.objectContaining({ subjectUserId: user.user.id, outcome: 'REFUSED' }),
      );
    });

    it('refuses a weak one', async () => {
      const user = await auth.aUser();
      const input = { currentPassword: user.password, newPassword: 'passwordpassword' };
      expect((await auth.refusal('changePassword', input, as(user))).code).toBe('WEAK_PASSWORD');
    });

    it('twice at once happens once', async () => {
      const user = await auth.aUser();
      const change = (password: string) =>
        auth.call('changePassword', { currentPassword: user.password, newPassword: password }, as(user));
      const results = await Promise.allSettled([change('quiet-lanterns-drift-1'), change('quiet-lanterns-drift-2')]);
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    });
  });

  describe('an access token', () => {
    it('is needed', async () => {
      expect((await auth.subgraph.refusal(meQuery)).code).toBe('UNAUTHENTICATED');
      for (const [name, input] of [
        ['revokeSession', { sessionId: 'x' }],
        ['revokeAllSessions', {}],
        ['changePassword', { currentPassword: 'x', newPassword: 'y' }],
        ['beginTotpEnrolment', { password: 'x' }],
        ['confirmTotpEnrolment', { code: 'x' }],
        ['disableTotp', { code: 'x' }],
        ['renewRecoveryCodes', { code: 'x' }],
      ] as const) {
        expect((await auth.refusal(name, input)).code, name).toBe('UNAUTHENTICATED');
      }
    });

    it('expires', async () => {
      const user = await auth.aUser();
      auth.clock.advance(11 * minute);
      expect((await auth.subgraph.refusal(meQuery, {}, as(user))).code).toBe('TOKEN_EXPIRED');
    });

    it('of a session that has ended changes nothing about the account any more', async () => {
      const user = await auth.aUser();
      await auth.call('signOut', {}, as(user));
      const ended = { code: 'UNAUTHENTICATED', details: { reason: 'the session has ended' } };
      const input = { currentPassword: user.password, newPassword: 'quiet-lanterns-drift' };
      expect(await auth.refusal('changePassword', input, as(user))).toMatchObject(ended);
      expect(await auth.refusal('beginTotpEnrolment', { password: user.password }, as(user))).toMatchObject(ended);
      expect(await auth.refusal('revokeAllSessions', {}, as(user))).toMatchObject(ended);
    });
  });
});
