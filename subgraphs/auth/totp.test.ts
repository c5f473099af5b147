import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providers } from '../../platform/testing/databases.ts';
import { type Auth, startAuth, stranger, type Tokens } from './auth.fixtures.ts';

const minute = 60_000;
const mfaQuery = '{ me { mfa { isTotpEnabled recoveryCodesLeft } } }';

describe.each(providers)('the second factor on %s', (provider) => {
  let auth: Auth;
  beforeAll(async () => {
    auth = await startAuth(provider);
  });
  afterAll(() => auth.subgraph.stop());

  const as = ({ accessToken }: Tokens) => ({ token: accessToken });
  const credentials = ({ email, password }: { email: string; password: string }) => ({ email, password });
  const aUserWithTotp = async () => auth.withTotp(await auth.aUser());

  /** Passes the password; gives the challenge. */
  async function challengeOf(user: { email: string; password: string }, client = stranger): Promise<string> {
    const { code, details } = await auth.refusal('signIn', credentials(user), { client });
    expect(code).toBe('MFA_REQUIRED');
    return details.challenge;
  }

  describe('enrolment', () => {
    it('takes a code, gives ten recovery codes, ends other sessions and marks this one', async () => {
      const user = await auth.aUser();
      const other = await auth.signIn(user, { client: stranger });
      const { secret, recoveryCodes } = await auth.withTotp(user);
      expect(secret).toMatch(/^[A-Z2-7]{32}$/);
      expect(new Set(recoveryCodes).size).toBe(10);
      expect(await auth.subgraph.data(mfaQuery, {}, as(user))).toEqual({
        me: { mfa: { isTotpEnabled: true, recoveryCodesLeft: 10 } },
      });
      expect((await auth.refusal('refreshSession', { refreshToken: other.refreshToken }, { client: stranger })).details).toEqual({
        reason: 'REVOKED',
      });
      const next = await auth.refresh(user.refreshToken);
      expect(decodeJwt(next.accessToken).amr).toEqual(['pwd', 'otp', 'mfa']);
    });

    it('counts for nothing before it is confirmed', async () => {
      const user = await auth.aUser();
      await auth.call('beginTotpEnrolment', { password: user.password }, as(user));
      expect((await auth.signIn(user)).session.methods).toEqual(['pwd']);
    });

    it('needs the password', async () => {
      const user = await auth.aUser();
      expect((await auth.refusal('beginTotpEnrolment', { password: 'not-the-password' }, as(user))).code).toBe(
        'INVALID_CREDENTIALS',
      );
    });

    it('needs a right code, of the newest secret, in time', async () => {
      const user = await auth.aUser();
      const confirm = async (code: string) => (await auth.refusal('confirmTotpEnrolment', { code }, as(user))).code;
      expect(await confirm('123456')).toBe('TOTP_ENROLMENT_NOT_STARTED');
      const begin = () =>
        auth.call<{ secret: string; otpauthUri: string }>('beginTotpEnrolment', { password: user.password }, as(user));
      const first = await begin();
      const second = await begin();
      expect(second.otpauthUri).toContain(second.secret);
      expect(await confirm(auth.code(first.secret))).toBe('INVALID_MFA_CODE');
      auth.clock.advance(15 * minute);
      const later = await auth.refresh(user.refreshToken);
      const late = await auth.refusal('confirmTotpEnrolment', { code: auth.code(second.secret) }, as(later));
      expect(late.code).toBe('TOTP_ENROLMENT_NOT_STARTED');
    });

    it('is refused while an authenticator is enabled', async () => {
      const user = await aUserWithTotp();
      const again = await auth.refusal('beginTotpEnrolment', { password: user.password }, as(user));
      expect(again.code).toBe('TOTP_ALREADY_ENABLED');
      const confirm = await auth.refusal('confirmTotpEnrolment', { code: auth.nextCode(user.secret) }, as(user));
      expect(confirm.code).toBe('TOTP_ENROLMENT_NOT_STARTED');
    });

    it('keeps neither the secret nor the recovery codes readable in the database', async () => {
      const user = await aUserWithTotp();
      const { client } = auth.subgraph.database;
      const rows = JSON.stringify([
        await client.$queryRaw`SELECT sealed_secret FROM totp_credential WHERE user_id = ${user.user.id}`,
        await client.$queryRaw`SELECT code_hash FROM recovery_code WHERE user_id = ${user.user.id}`,
      ]);
      expect(rows).toContain('v1.');
      for (const secret of [user.secret, ...user.recoveryCodes, ...user.recoveryCodes.map((code) => code.replaceAll('-', ''))]) {
        expect(rows).not.toContain(secret);
      }
    });
  });

  describe('signing in', () => {
    it('needs both factors, and says so only after the password', async () => {
      const user = await aUserWithTotp();
      expect((await auth.refusal('signIn', { ...credentials(user), password: 'not-the-password' })).code).toBe(
        'INVALID_CREDENTIALS',
      );
      const required = await auth.refusal('signIn', credentials(user));
      expect(required).toMatchObject({
        code: 'MFA_REQUIRED',
        retryable: false,
        details: { challenge: expect.stringMatching(/^cpc_[\w-]{43}$/), methods: ['TOTP', 'RECOVERY_CODE'] },
      });
      expect(Date.parse(required.details.expiresAt) - auth.clock.now().getTime()).toBeLessThanOrEqual(5 * minute);

      const { challenge } = required.details;
      const tokens = await auth.call<Tokens>('completeSignIn', { challenge, code: auth.nextCode(user.secret) });
      expect(tokens.session.methods).toEqual(['pwd', 'otp', 'mfa']);
      expect(decodeJwt(tokens.accessToken).amr).toEqual(['pwd', 'otp', 'mfa']);
    });

    it('takes a code once, also when it is sent twice at the same moment', async () => {
      const user = await aUserWithTotp();
      const challenges = [await challengeOf(user), await challengeOf(user)];
      const code = auth.nextCode(user.secret);
      const results = await Promise.allSettled(challenges.map((challenge) => auth.call('completeSignIn', { challenge, code })));
      expect(results.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const third = await challengeOf(user);
      expect((await auth.refusal('completeSignIn', { challenge: third, code })).code).toBe('INVALID_MFA_CODE');
    });

    it('refuses a code older than one that was taken, although its time has not passed', async () => {
      const user = await aUserWithTotp();
      auth.clock.advance(2 * minute);
      const challenge = await challengeOf(user);
      await auth.call('completeSignIn', { challenge, code: auth.code(user.secret, 1) });
      const next = await challengeOf(user);
      expect((await auth.refusal('completeSignIn', { challenge: next, code: auth.code(user.secret) })).code).toBe(
        'INVALID_MFA_CODE',
      );
    });

    it('takes each recovery code once, however it is typed', async () => {
      const user = await aUserWithTotp();
      const [first = '', second = ''] = user.recoveryCodes;
      const challenge = await challengeOf(user);
      const tokens = await auth.call<Tokens>('completeSignIn', { challenge, code: first.toLowerCase().replaceAll('-', ' ') });
      expect(await auth.subgraph.data(mfaQuery, {}, as(tokens))).toEqual({
        me: { mfa: { isTotpEnabled: true, recoveryCodesLeft: 9 } },
      });

      const again = await challengeOf(user);
      expect((await auth.refusal('completeSignIn', { challenge: again, code: first })).code).toBe('INVALID_MFA_CODE');
      const twice = await Promise.allSettled([1, 2].map(() => auth.call('completeSignIn', { challenge: again, code: second })));
      expect(twice.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    });

    it('does not take the recovery code of someone else', async () => {
      const [user, other] = [await aUserWithTotp(), await aUserWithTotp()];
      const challenge = await challengeOf(user);
      expect((await auth.refusal('completeSignIn', { challenge, code: other.recoveryCodes[0] })).code).toBe('INVALID_MFA_CODE');
    });

    it.each(['', 'nonsense', `cpc_${'A'.repeat(43)}`])('refuses the challenge %j', async (challenge) => {
      expect((await auth.refusal('completeSignIn', { challenge, code: '123456' })).code).toBe('INVALID_CHALLENGE');
    });

    it('takes a challenge once, and in time', async () => {
      const user = await aUserWithTotp();
      const used = await challengeOf(user);
      await auth.call('completeSignIn', { challenge: used, code: auth.nextCode(user.secret) });
      expect((await auth.refusal('completeSignIn', { challenge: used, code: auth.nextCode(user.secret) })).code).toBe(
        'INVALID_CHALLENGE',
      );
      const late = await challengeOf(user);
      auth.clock.advance(5 * minute);
      expect((await auth.refusal('completeSignIn', { challenge: late, code: auth.nextCode(user.secret) })).code).toBe(
        'INVALID_CHALLENGE',
      );
    });

    it('locks after wrong codes, over any number of challenges, and records them', async () => {
      const user = await aUserWithTotp();
      const first = await challengeOf(user);
      const wrongCode = async (challenge: string) =>
        (await auth.refusal('completeSignIn', { challenge, code: '000000' }, { client: stranger })).code;
      expect([await wrongCode(first), await wrongCode(first), await wrongCode(first)]).toEqual(Array(3).fill('INVALID_MFA_CODE'));
      const second = await challengeOf(user);
      expect(await wrongCode(second)).toBe('TOO_MANY_ATTEMPTS');
      expect((await auth.refusal('signIn', credentials(user), { client: stranger })).code).toBe('TOO_MANY_ATTEMPTS');
      const refused = (await auth.audits('session.open')).filter(
        ({ subjectUserId, outcome }) => subjectUserId === user.user.id && outcome === 'REFUSED',
      );
      expect(refused.map(({ details }) => details.code)).toEqual(Array(3).fill('INVALID_MFA_CODE'));
    });

    it('ends a waiting challenge when the password changes', async () => {
      const user = await aUserWithTotp();
      const challenge = await challengeOf(user);
      await auth.call('changePassword', { currentPassword: user.password, newPassword: 'quiet-lanterns-drift' }, as(user));
      expect((await auth.refusal('completeSignIn', { challenge, code: auth.nextCode(user.secret) })).code).toBe(
        'INVALID_CHALLENGE',
      );
    });
  });

  describe('removing it', () => {
    it('needs a code, and leaves nothing of it', async () => {
      const user = await aUserWithTotp();
      expect((await auth.refusal('disableTotp', { code: '000000' }, as(user))).code).toBe('INVALID_MFA_CODE');
      const answer = await auth.call('disableTotp', { code: auth.nextCode(user.secret) }, as(user));
      expect(answer).toEqual({ mfa: { isTotpEnabled: false, recoveryCodesLeft: 0 } });
      expect((await auth.signIn(user)).session.methods).toEqual(['pwd']);
      expect((await auth.refusal('disableTotp', { code: '000000' }, as(user))).code).toBe('TOTP_NOT_ENABLED');
      expect((await auth.refusal('renewRecoveryCodes', { code: '000000' }, as(user))).code).toBe('TOTP_NOT_ENABLED');
    });

    it('cannot be forced by guessing with a stolen access token', async () => {
      const user = await aUserWithTotp();
      const guess = async () => (await auth.refusal('disableTotp', { code: '000000' }, { ...as(user), client: stranger })).code;
      const codes = [];
      for (let count = 0; count < 6; count++) codes.push(await guess());
      expect(codes).toEqual([...Array(5).fill('INVALID_MFA_CODE'), 'TOO_MANY_ATTEMPTS']);
    });
  });

  it('gives new recovery codes for a code, and voids the old ones', async () => {
    const user = await aUserWithTotp();
    const renewed = await auth.call<{ recoveryCodes: string[] }>(
      'renewRecoveryCodes',
      { code: auth.nextCode(user.secret) },
      as(user),
    );
    expect(renewed.recoveryCodes).toHaveLength(10);
    const challenge = await challengeOf(user);
    expect((await auth.refusal('completeSignIn', { challenge, code: user.recoveryCodes[0] })).code).toBe('INVALID_MFA_CODE');
    await auth.call('completeSignIn', { challenge, code: renewed.recoveryCodes[0] });
  });
});
