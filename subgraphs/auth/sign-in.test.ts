import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoUsers } from '../../platform/demo.ts';
import { rolePermissions } from '../../platform/identity/permissions.ts';
import { providers } from '../../platform/testing/databases.ts';
import { type Auth, alicesPhone, startAuth } from './auth.fixtures.ts';

const { alice, bob } = demoUsers;
const wrong = (email: string) => ({ email, password: 'not-the-password' });

/** An address of its own for each test, because failures are counted per address too. */
let strangersCount = 0;
const aStranger = () => ({ address: `203.0.113.${++strangersCount}`, userAgent: 'Stranger/6.6' });

describe.each(providers)('signing in on %s', (provider) => {
  let auth: Auth;
  beforeAll(async () => {
    auth = await startAuth(provider);
  });
  afterAll(() => auth.subgraph.stop());

  it('gives an access token with who, where, what and how', async () => {
    const { accessToken, accessTokenExpiresAt, session, user } = await auth.olivia();
    expect(user.id).toBe(demoUsers.olivia.id);

    expect(decodeProtectedHeader(accessToken)).toMatchObject({
      alg: 'EdDSA',
      typ: 'at+jwt',
      kid: expect.stringMatching(/^[\w-]{43}$/),
    });
    const claims = decodeJwt(accessToken);
    expect(claims).toMatchObject({
      iss: auth.subgraph.config.auth.issuer,
      aud: auth.subgraph.config.auth.audience,
      sub: user.id,
      sid: session.id,
      scope: rolePermissions.OPERATOR.join(' '),
      roles: ['CUSTOMER', 'OPERATOR'],
      amr: ['pwd'],
      jti: expect.any(String),
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(600);
    expect(new Date((claims.exp ?? 0) * 1000).toISOString()).toBe(accessTokenExpiresAt);

    const { me } = await auth.subgraph.data('{ me { id email } }', {}, { token: accessToken });
    expect(me).toEqual({ id: user.id, email: 'olivia@clawpurse.dev' });
  });

  it('answers alike for a wrong password and for an account that does not exist', async () => {
    const user = await auth.aUser();
    const known = await auth.refusal('signIn', wrong(user.email));
    const unknown = await auth.refusal('signIn', wrong('nobody@example.org'));
    const malformed = await auth.refusal('signIn', wrong('not an address'));
    expect(known).toMatchObject({ code: 'INVALID_CREDENTIALS', details: {}, retryable: false });
    expect(unknown).toEqual(known);
    expect(malformed).toEqual(known);
  });

  it('records failures without personal data', async () => {
    const user = await auth.aUser();
    const stranger = aStranger();
    await auth.refusal('signIn', wrong(user.email), { client: stranger });
    await auth.refusal('signIn', wrong('nobody@example.org'), { client: stranger });
    const records = (await auth.audits('session.open')).filter((record) => record.outcome === 'REFUSED').slice(-2);
    expect(records).toEqual([
      expect.objectContaining({ actorId: 'anonymous', resourceId: user.user.id, subjectUserId: user.user.id }),
      expect.objectContaining({ actorId: 'anonymous', subjectUserId: null }),
    ]);
    expect(JSON.stringify(records)).not.toMatch(/nobody|example\.org|203\.0\.113|not-the-password/);
  });

  it('locks after five failures, alike for accounts that do not exist, and longer each time', async () => {
    const user = await auth.aUser();
    const stranger = aStranger();
    for (const email of [user.email, 'nobody.at.all@example.org']) {
      for (let count = 0; count < 5; count++) {
        expect((await auth.refusal('signIn', wrong(email), { client: stranger })).code).toBe('INVALID_CREDENTIALS');
      }
      expect(await auth.refusal('signIn', wrong(email), { client: stranger })).toMatchObject({
        code: 'TOO_MANY_ATTEMPTS',
        retryable: true,
        details: { retryAfterSeconds: 15 },
      });
    }
    // Even the right password has to wait.
    const { email, password } = user;
    expect((await auth.refusal('signIn', { email, password }, { client: stranger })).code).toBe('TOO_MANY_ATTEMPTS');

    auth.clock.advance(15_000);
    expect((await auth.refusal('signIn', wrong(email), { client: stranger })).code).toBe('INVALID_CREDENTIALS');
    expect((await auth.refusal('signIn', wrong(email), { client: stranger })).details).toEqual({ retryAfterSeconds: 30 });
    auth.clock.advance(30_000);
    expect((await auth.signIn(user, { client: stranger })).user.id).toBe(user.user.id);
    const failures = (await auth.audits('session.open')).filter(
      (record) => record.outcome === 'REFUSED' && record.subjectUserId === user.user.id,
    );
    expect(failures.map(({ details }) => [details.failuresCount, details.lockedForSeconds])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 0],
      [5, 15],
      [6, 30],
    ]);
  });

  it('counts a burst of simultaneous guesses one by one', async () => {
    const user = await auth.aUser();
    const stranger = aStranger();
    const guesses = await Promise.all(
      Array.from({ length: 20 }, () => auth.refusal('signIn', wrong(user.email), { client: stranger })),
    );
    expect(guesses.filter(({ code }) => code === 'INVALID_CREDENTIALS')).toHaveLength(5);
    expect(guesses.filter(({ code }) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(15);
  });

  it('is not locked by strangers for an owner who comes from a familiar address', async () => {
    const user = await auth.aUser();
    const stranger = aStranger();
    for (let count = 0; count < 6; count++) await auth.refusal('signIn', wrong(user.email), { client: stranger });
    expect((await auth.refusal('signIn', wrong(user.email), { client: stranger })).code).toBe('TOO_MANY_ATTEMPTS');
    expect((await auth.signIn(user, { client: alicesPhone })).user.id).toBe(user.user.id);
    // Nor does the owner's success let the strangers go on.
    expect((await auth.refusal('signIn', wrong(user.email), { client: stranger })).code).toBe('TOO_MANY_ATTEMPTS');
  });

  it('slows an address down that tries many accounts, although it signs in to one of its own in between', async () => {
    const stranger = aStranger();
    const policy = { freeAttempts: 8, firstLockMs: 15_000, lockMsMax: 900_000, forgetAfterMs: 3_600_000 };
    const auth = await startAuth(provider, { throttle: { account: policy, address: policy, registration: policy } });
    for (let round = 0; round < 8; round++) {
      await auth.signIn(bob, { client: stranger });
      await auth.refusal('signIn', wrong(`victim-${round}@example.org`), { client: stranger });
    }
    expect((await auth.refusal('signIn', bobCredentials(), { client: stranger })).code).toBe('TOO_MANY_ATTEMPTS');
    expect((await auth.bob({ client: alicesPhone })).user.id).toBe(bob.id);
  });

  it('makes the stored hash anew when its cost is no longer today’s', async () => {
    const auth = await startAuth(provider);
    await auth.alice();
    const target = auth.subgraph.database;
    const before = await passwordHash(target);
    const dearer = await startAuth(
      provider,
      { passwordCost: { memoryKiB: 16, passes: 1, lanes: 1 } },
      { database: keepOpen(target) },
    );
    await dearer.alice();
    expect(before).toContain('m=8,');
    expect(await passwordHash(target)).toContain('m=16,');
    await dearer.alice();
  });
});

function bobCredentials() {
  return { email: bob.email, password: bob.password };
}

type AnyDatabase = Awaited<ReturnType<typeof startAuth>>['subgraph']['database'];

async function passwordHash(database: AnyDatabase): Promise<string> {
  const [row] = await database.client.$queryRaw<
    { password_hash: string }[]
  >`SELECT password_hash FROM user_account WHERE id = ${alice.id}`;
  return row?.password_hash ?? '';
}

/** The first domain closes it. */
function keepOpen(database: AnyDatabase): AnyDatabase {
  return { ...database, close: async () => undefined };
}
