import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoUsers } from '../../platform/demo.ts';
import { providers } from '../../platform/testing/databases.ts';
import { type Auth, alicesPhone, startAuth, stranger } from './auth.fixtures.ts';

const walter = { email: 'Walter@Example.org', password: 'tiny-otters-juggle', displayName: 'Walter Finch' };

describe.each(providers)('registration on %s', (provider) => {
  let auth: Auth;
  beforeAll(async () => {
    auth = await startAuth(provider);
  });
  afterAll(() => auth.subgraph.stop());

  it('makes a customer who can sign in, and tells the other domains', async () => {
    expect(await auth.call('register', walter)).toEqual({ email: 'walter@example.org' });

    const { user, accessToken } = await auth.signIn({ ...walter, email: ' WALTER@example.org' });
    expect(user).toMatchObject({ displayName: 'Walter Finch', email: 'walter@example.org' });
    const me = await auth.subgraph.data('{ me { id status roles { name permissions { name } } } }', {}, { token: accessToken });
    expect(me.me).toEqual({ id: user.id, status: 'ACTIVE', roles: [{ name: 'CUSTOMER', permissions: [] }] });

    const registered = (await auth.events('clawpurse.auth.user_registered.v1')).find((event) => event.subject === user.id);
    expect(registered).toMatchObject({
      kind: 'domain',
      data: { userId: user.id, displayName: 'Walter Finch' },
      feeds: [`user:${user.id}`],
    });
    expect(await auth.audits('user.register')).toContainEqual(
      expect.objectContaining({ actorId: 'anonymous', resourceId: user.id, subjectUserId: user.id, outcome: 'SUCCEEDED' }),
    );
  });

  it('answers for a taken address as for a free one, changes nothing, and lets its owner find the attempt', async () => {
    const { alice } = demoUsers;
    const answer = await auth.call('register', { ...walter, email: 'ALICE@clawpurse.dev' });
    expect(answer).toEqual({ email: 'alice@clawpurse.dev' });

    expect((await auth.alice()).user.displayName).toBe(alice.displayName);
    expect((await auth.refusal('signIn', { email: alice.email, password: walter.password })).code).toBe('INVALID_CREDENTIALS');
    expect(await auth.audits('user.register')).toContainEqual(
      expect.objectContaining({ actorId: 'anonymous', outcome: 'REFUSED', subjectUserId: alice.id }),
    );
  });

  it('of one address many times at once makes one user', async () => {
    const wendy = { ...walter, email: 'wendy@example.org', displayName: 'Wendy Wren' };
    const attempts = Array.from({ length: 8 }, (_, index) => ({ ...wendy, password: `tiny-otters-juggle-${index}` }));
    const answers = await Promise.all(attempts.map((input) => auth.call('register', input)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);

    const events = await auth.events('clawpurse.auth.user_registered.v1');
    expect(events.filter((event) => event.data.displayName === wendy.displayName)).toHaveLength(1);
    const results = await Promise.allSettled(attempts.slice(0, 4).map((input) => auth.signIn(input, { client: stranger })));
    expect(results.filter((result) => result.status === 'fulfilled').length).toBeLessThanOrEqual(1);
  });

  it.each([
    ['INVALID_EMAIL', { email: 'walter' }],
    ['INVALID_DISPLAY_NAME', { displayName: ' ' }],
    ['WEAK_PASSWORD', { password: 'walter-finch' }],
    ['BAD_USER_INPUT', { password: 'x'.repeat(1001) }],
  ])('is refused with %s and leaves nothing behind', async (code, change) => {
    const before = (await auth.audits()).length;
    expect((await auth.refusal('register', { ...walter, ...change })).code).toBe(code);
    expect(await auth.audits()).toHaveLength(before);
  });

  it('is slowed down per address', async () => {
    const auth = await startAuth(provider, {
      throttle: {
        account: { freeAttempts: 5, firstLockMs: 15_000, lockMsMax: 900_000, forgetAfterMs: 3_600_000 },
        address: { freeAttempts: 50, firstLockMs: 15_000, lockMsMax: 900_000, forgetAfterMs: 3_600_000 },
        registration: { freeAttempts: 2, firstLockMs: 60_000, lockMsMax: 900_000, forgetAfterMs: 3_600_000 },
      },
    });
    const register = (name: string, client = alicesPhone) => ({ input: { ...walter, email: `${name}@example.org` }, client });
    await auth.call('register', register('one').input);
    await auth.call('register', register('two').input);
    expect(await auth.refusal('register', register('three').input)).toMatchObject({
      code: 'TOO_MANY_ATTEMPTS',
      retryable: true,
      details: { retryAfterSeconds: 60 },
    });
    await auth.call('register', register('three').input, { client: stranger });
    auth.clock.advance(60_000);
    await auth.call('register', register('four').input);
  });
});
