import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoUsers } from '../../platform/demo.ts';
import { providers } from '../../platform/testing/databases.ts';
import { type Auth, startAuth, type Tokens } from './auth.fixtures.ts';

const privateFields = ['email', 'status', 'createdAt', 'roles { name }', 'mfa { isTotpEnabled }', 'sessions { nodes { id } }'];
const userQuery = (fields: string) => `query ($id: ID!) { user(id: $id) { id displayName ${fields} } }`;

describe.each(providers)('who may see and change whom on %s', (provider) => {
  let auth: Auth;
  let ada: Tokens;
  let bob: Tokens;
  let olivia: Tokens;
  beforeAll(async () => {
    auth = await startAuth(provider);
    ada = await auth.ada();
    bob = await auth.bob();
    olivia = await auth.olivia();
  });
  afterAll(() => auth.subgraph.stop());
  const as = ({ accessToken }: Tokens) => ({ token: accessToken });

  describe('seeing', () => {
    it('a name is for everybody who is signed in', async () => {
      const user = await auth.aUser();
      const { user: seen } = await auth.subgraph.data(userQuery(''), { id: user.user.id }, as(bob));
      expect(seen).toEqual({ id: user.user.id, displayName: 'Walter Finch' });
      expect((await auth.subgraph.refusal(userQuery(''), { id: user.user.id })).code).toBe('UNAUTHENTICATED');
    });

    it.each(privateFields)('%s is for oneself and for user:read', async (field) => {
      const user = await auth.aUser();
      const id = user.user.id;
      const name = /^\w+/.exec(field)?.[0] ?? '';
      expect(await auth.subgraph.refusal(userQuery(field), { id }, as(bob))).toMatchObject({
        code: 'FORBIDDEN',
        details: { permission: 'user:read' },
      });
      expect((await auth.subgraph.data(userQuery(field), { id }, as(user))).user[name]).not.toBeNull();
      expect((await auth.subgraph.data(userQuery(field), { id }, as(olivia))).user[name]).not.toBeNull();
    });

    it('what is refused is null, and the rest of the answer stands', async () => {
      const user = await auth.aUser();
      const { data, errors } = await auth.subgraph.execute(userQuery('email'), { id: user.user.id }, as(bob));
      expect(data?.user).toEqual({ id: user.user.id, displayName: 'Walter Finch', email: null });
      expect(errors?.[0]?.path).toEqual(['user', 'email']);
    });

    it('a user who is not there is null', async () => {
      expect(await auth.subgraph.data(userQuery(''), { id: 'nobody' }, as(bob))).toEqual({ user: null });
    });

    it('the list is for user:read, goes in pages, and is searched by e-mail', async () => {
      const marker = auth.subgraph.ids.next().slice(-8);
      const names = [`Anna ${marker}`, `Berta ${marker}`, `Clara ${marker}`];
      for (const name of names) await auth.aUser(name);
      const query = `query ($first: Int, $after: Cursor, $email: String) { users(first: $first, after: $after, email: $email) {
        nodes { displayName email } pageInfo { hasNextPage endCursor } } }`;
      const asOlivia = as(olivia);
      const first = await auth.subgraph.data(query, { first: 2, email: marker.toUpperCase() }, asOlivia);
      expect(first.users.nodes.map((node: { displayName: string }) => node.displayName)).toEqual(names.slice(0, 2));
      const after = first.users.pageInfo.endCursor;
      const second = await auth.subgraph.data(query, { first: 2, email: marker, after }, asOlivia);
      expect(second.users.nodes.map((node: { displayName: string }) => node.displayName)).toEqual(names.slice(2));
      expect(second.users.pageInfo.hasNextPage).toBe(false);

      expect((await auth.subgraph.refusal(query, { first: 1 }, as(bob))).code).toBe('FORBIDDEN');
      expect((await auth.subgraph.refusal(query, { first: 101 }, asOlivia)).code).toBe('BAD_USER_INPUT');
    });

    it('the roles and what they permit are for everybody who is signed in', async () => {
      const { roles } = await auth.subgraph.data('{ roles { name description permissions { name } } }', {}, as(bob));
      expect(roles).toHaveLength(5);
      expect(roles[4]).toMatchObject({ name: 'ADMINISTRATOR', permissions: expect.arrayContaining([{ name: 'user:manage' }]) });
    });

    it('references resolve many users in one read, and none for the anonymous', async () => {
      const ids = [demoUsers.alice.id, 'nobody', demoUsers.bob.id, demoUsers.alice.id];
      const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { displayName } } }';
      const of = ids.map((id) => ({ __typename: 'User', id }));
      const { _entities } = await auth.subgraph.data(query, { of }, as(bob));
      expect(_entities).toEqual([
        { displayName: 'Alice Archer' },
        null,
        { displayName: 'Bob Baker' },
        { displayName: 'Alice Archer' },
      ]);
      expect((await auth.subgraph.data(query, { of }))._entities).toEqual([null, null, null, null]);
    });

    it('a reference to a session is for its owner and for user:read', async () => {
      const user = await auth.aUser();
      const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Session { id isCurrent } } }';
      const of = [{ __typename: 'Session', id: user.session.id }];
      expect((await auth.subgraph.data(query, { of }, as(user)))._entities).toEqual([{ id: user.session.id, isCurrent: true }]);
      expect((await auth.subgraph.data(query, { of }, as(olivia)))._entities).toEqual([
        { id: user.session.id, isCurrent: false },
      ]);
      expect((await auth.subgraph.data(query, { of }, as(bob)))._entities).toEqual([null]);
    });
  });

  describe('roles', () => {
    it('are given by user:manage, recorded, announced, and in the next access token', async () => {
      const user = await auth.aUser();
      const answer = await auth.call(
        'assignRoles',
        { userId: user.user.id, roles: ['OPERATOR', 'CUSTOMER', 'OPERATOR'] },
        as(ada),
      );
      expect(answer).toEqual({ user: { id: user.user.id, roles: [{ name: 'CUSTOMER' }, { name: 'OPERATOR' }] } });
      expect(decodeJwt((await auth.refresh(user.refreshToken)).accessToken).scope).toContain('funds:deposit');
      expect((await auth.events('clawpurse.auth.roles_changed.v1')).at(-1)?.data).toEqual({
        userId: user.user.id,
        roles: expect.arrayContaining(['CUSTOMER', 'OPERATOR']),
      });
      expect((await auth.audits('roles.assign')).at(-1)).toMatchObject({
        actorId: demoUsers.ada.id,
        subjectUserId: user.user.id,
        details: { before: ['CUSTOMER'] },
      });
    });

    it('that a user has already change nothing', async () => {
      const user = await auth.aUser();
      const before = (await auth.events('clawpurse.auth.roles_changed.v1')).length;
      await auth.call('assignRoles', { userId: user.user.id, roles: ['CUSTOMER'] }, as(ada));
      expect(await auth.events('clawpurse.auth.roles_changed.v1')).toHaveLength(before);
    });

    it('cannot be given by those without user:manage, nor by anyone to themselves', async () => {
      const user = await auth.aUser();
      const roles = ['ADMINISTRATOR'];
      for (const [who, code] of [
        [bob, 'FORBIDDEN'],
        [olivia, 'FORBIDDEN'],
        [user, 'FORBIDDEN'],
      ] as const) {
        expect((await auth.refusal('assignRoles', { userId: user.user.id, roles }, as(who))).code).toBe(code);
      }
      expect((await auth.refusal('assignRoles', { userId: ada.user.id, roles }, as(ada))).code).toBe('OWN_ACCESS');
      expect((await auth.refusal('assignRoles', { userId: 'nobody', roles }, as(ada))).code).toBe('USER_NOT_FOUND');
      expect((await auth.refusal('assignRoles', { userId: user.user.id, roles: ['KING'] }, as(ada))).code).toBe('BAD_USER_INPUT');
    });

    it('cannot be given with a token whose permission was taken away since', async () => {
      const [admin, user] = [await auth.aUser('Amy Admin'), await auth.aUser()];
      await auth.call('assignRoles', { userId: admin.user.id, roles: ['ADMINISTRATOR'] }, as(ada));
      const asAdmin = as(await auth.refresh(admin.refreshToken));
      await auth.call('assignRoles', { userId: admin.user.id, roles: ['CUSTOMER'] }, as(ada));
      const roles = ['CUSTOMER', 'OPERATOR'];
      expect((await auth.refusal('assignRoles', { userId: user.user.id, roles }, asAdmin)).code).toBe('FORBIDDEN');
    });

    it('of the last two administrators cannot both be taken away by each other at once', async () => {
      const [one, other] = [await auth.aUser('Amy Admin'), await auth.aUser('Ann Admin')];
      for (const { user } of [one, other]) await auth.call('assignRoles', { userId: user.id, roles: ['ADMINISTRATOR'] }, as(ada));
      const tokens = [await auth.refresh(one.refreshToken), await auth.refresh(other.refreshToken)];
      const results = await Promise.allSettled([
        auth.call('assignRoles', { userId: other.user.id, roles: [] }, { token: tokens[0]?.accessToken ?? '' }),
        auth.call('assignRoles', { userId: one.user.id, roles: [] }, { token: tokens[1]?.accessToken ?? '' }),
      ]);
      expect(results.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    });
  });

  describe('suspension', () => {
    const reason = 'Reported as stolen';

    it('ends all sessions, refuses sign-in only after the right password, and can be taken back', async () => {
      const user = await auth.aUser();
      const credentials = { email: user.email, password: user.password };
      const suspended = await auth.call('suspendUser', { userId: user.user.id, reason }, as(ada));
      expect(suspended).toEqual({ user: { id: user.user.id, status: 'SUSPENDED' } });

      expect((await auth.refusal('refreshSession', { refreshToken: user.refreshToken })).details).toEqual({ reason: 'REVOKED' });
      expect((await auth.refusal('signIn', { ...credentials, password: 'not-the-password' })).code).toBe('INVALID_CREDENTIALS');
      expect((await auth.refusal('signIn', credentials)).code).toBe('ACCOUNT_SUSPENDED');
      expect((await auth.events('clawpurse.auth.user_suspended.v1')).at(-1)?.data).toEqual({ userId: user.user.id, reason });
      expect((await auth.audits('user.suspend')).at(-1)).toMatchObject({
        actorId: ada.user.id,
        details: { reason, revokedSessions: 1 },
      });

      expect(await auth.call('reinstateUser', { userId: user.user.id }, as(ada))).toEqual({
        user: { id: user.user.id, status: 'ACTIVE' },
      });
      expect((await auth.signIn(credentials)).user.id).toBe(user.user.id);
      expect((await auth.events('clawpurse.auth.user_reinstated.v1')).at(-1)?.data).toEqual({ userId: user.user.id });
    });

    it('ends a sign-in that waits for its second factor', async () => {
      const user = await auth.withTotp(await auth.aUser());
      const { details } = await auth.refusal('signIn', { email: user.email, password: user.password });
      await auth.call('suspendUser', { userId: user.user.id, reason }, as(ada));
      const input = { challenge: details.challenge, code: auth.nextCode(user.secret) };
      expect((await auth.refusal('completeSignIn', input)).code).toBe('INVALID_CHALLENGE');
    });

    it('twice is once', async () => {
      const user = await auth.aUser();
      const asAda = as(ada);
      await auth.call('suspendUser', { userId: user.user.id, reason }, asAda);
      const before = (await auth.events('clawpurse.auth.user_suspended.v1')).length;
      await auth.call('suspendUser', { userId: user.user.id, reason }, asAda);
      expect(await auth.events('clawpurse.auth.user_suspended.v1')).toHaveLength(before);
    });

    it.each(['suspendUser', 'reinstateUser'])('%s is for user:manage, and not for oneself', async (name) => {
      const user = await auth.aUser();
      const input = (userId: string) => (name === 'suspendUser' ? { userId, reason } : { userId });
      expect((await auth.refusal(name, input(user.user.id), as(olivia))).code).toBe('FORBIDDEN');
      expect((await auth.refusal(name, input(user.user.id))).code).toBe('UNAUTHENTICATED');
      expect((await auth.refusal(name, input(ada.user.id), as(ada))).code).toBe('OWN_ACCESS');
      expect((await auth.refusal(name, input('nobody'), as(ada))).code).toBe('USER_NOT_FOUND');
    });

    it('and sign-in at the same moment leave no live session', async () => {
      const user = await auth.aUser();
      const asAda = as(ada);
      const signIns = Array.from({ length: 4 }, () => auth.signIn(user));
      const results = await Promise.allSettled([...signIns, auth.call('suspendUser', { userId: user.user.id, reason }, asAda)]);
      for (const result of results) {
        if (result.status === 'rejected' || !('refreshToken' in (result.value as object))) continue;
        const { refreshToken } = result.value as Tokens;
        expect((await auth.refusal('refreshSession', { refreshToken })).details).toEqual({ reason: 'REVOKED' });
      }
    });
  });
});
