import { createHmac } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { DomainError } from '../errors.ts';
import { createTestClock } from '../testing/clock.ts';
import { createTokenVerifier, type KeySource } from './token-verifier.ts';

const issuer = 'https://auth.test';
const audience = 'clawpurse';
type Key = Awaited<ReturnType<typeof generateKeyPair>>;

let current: Key;
let retired: Key;
let stranger: Key;
beforeAll(async () => {
  const aKey = () => generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  [current, retired, stranger] = await Promise.all([aKey(), aKey(), aKey()]);
});

const jwk = async (key: Key, kid: string) => ({ ...(await exportJWK(key.publicKey)), kid, alg: 'EdDSA', use: 'sig' });

/** A key source that counts how often it is asked and whose answer can be changed. */
async function aSource(keys?: JSONWebKeySet['keys']) {
  const source = {
    keys: keys ?? [await jwk(current, 'current'), await jwk(retired, 'retired')],
    asked: 0,
    isAway: false,
    async jwks() {
      source.asked += 1;
      if (source.isAway) throw new DomainError('SERVICE_UNAVAILABLE', 'away', { retryable: true });
      return { keys: source.keys };
    },
  };
  return source satisfies KeySource;
}

async function aVerifier(source?: KeySource) {
  const clock = createTestClock();
  clock.freezeAt(new Date('2026-11-05T09:00:00Z'));
  const keys = source ?? (await aSource());
  return { clock, verify: createTokenVerifier({ issuer, audience, keys, clock }).verify };
}

interface TokenParts {
  key?: Key['privateKey'] | Uint8Array;
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
}

const nowSeconds = Date.parse('2026-11-05T09:00:00Z') / 1000;
const goodClaims = {
  iss: issuer,
  aud: audience,
  sub: 'user-1',
  sid: 'session-1',
  scope: 'wallet:read audit:read',
  roles: ['OPERATOR'],
  amr: ['pwd', 'otp'],
  iat: nowSeconds,
  exp: nowSeconds + 600,
  jti: 'token-1',
};

function aToken({ key, header, claims }: TokenParts = {}): Promise<string> {
  const protectedHeader = { alg: 'EdDSA', kid: 'current', ...header };
  return new SignJWT({ ...goodClaims, ...claims })
    .setProtectedHeader(protectedHeader as { alg: string })
    .sign(key ?? current.privateKey);
}

const encode = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

async function refusal(verifying: Promise<unknown>): Promise<{ code: string; reason: unknown }> {
  const error = await verifying.then(
    () => null,
    (failure: unknown) => failure,
  );
  if (!(error instanceof DomainError)) throw new Error(`Expected a refusal, got ${String(error)}`);
  return { code: error.code, reason: error.details.reason };
}

const invalid = { code: 'UNAUTHENTICATED', reason: 'invalid' };

describe('a good token', () => {
  it('tells who is asking and what they may do', async () => {
    const { verify } = await aVerifier();
    const token = await aToken();
    expect(await verify(token)).toEqual({
      userId: 'user-1',
      issuer: 'https://auth.test',
      sessionId: 'session-1',
      roles: ['OPERATOR'],
      permissions: new Set(['wallet:read', 'audit:read']),
      methods: ['pwd', 'otp'],
      expiresAt: new Date((nowSeconds + 600) * 1000),
      token,
      claims: expect.objectContaining({ sub: 'user-1', scope: 'wallet:read audit:read' }),
    });
  });

  it('may be signed by a key that is retired but still published', async () => {
    const { verify } = await aVerifier();
    const token = await aToken({ key: retired.privateKey, header: { kid: 'retired' } });
    expect(await verify(token)).toMatchObject({ userId: 'user-1' });
  });

  it('may come from a clock that is a few seconds ahead', async () => {
    const { verify } = await aVerifier();
    expect(await verify(await aToken({ claims: { iat: nowSeconds + 3, nbf: nowSeconds + 3 } }))).toMatchObject({
      userId: 'user-1',
    });
  });

  it('is verified once and remembered until it expires', async () => {
    const { verify, clock } = await aVerifier();
    const token = await aToken();
    const first = await verify(token);
    expect(await verify(token)).toBe(first);
    clock.advance(604_000);
    expect(await verify(token)).toBe(first);
    clock.advance(1_000);
    expect(await refusal(verify(token))).toEqual({ code: 'TOKEN_EXPIRED', reason: 'expired' });
  });
});

describe('a bad token is refused', () => {
  it('when it has expired, with a code of its own so that clients refresh', async () => {
    const { verify } = await aVerifier();
    expect(await refusal(verify(await aToken({ claims: { exp: nowSeconds - 6 } })))).toEqual({
      code: 'TOKEN_EXPIRED',
      reason: 'expired',
    });
  });

  it('when it is not valid yet', async () => {
    const { verify } = await aVerifier();
    expect(await refusal(verify(await aToken({ claims: { nbf: nowSeconds + 60 } })))).toEqual(invalid);
  });

  it('when somebody else signed it under a known key id', async () => {
    const { verify } = await aVerifier();
    expect(await refusal(verify(await aToken({ key: stranger.privateKey })))).toEqual(invalid);
  });

  it('when its claims were changed after signing', async () => {
    const { verify } = await aVerifier();
    const [header, , signature] = (await aToken()).split('.');
    const forged = `${header}.${encode({ ...goodClaims, scope: 'user:manage' })}.${signature}`;
    expect(await refusal(verify(forged))).toEqual(invalid);
  });

  it('when it says it needs no signature (alg none)', async () => {
    const { verify } = await aVerifier();
    for (const alg of ['none', 'None', 'NONE']) {
      expect(await refusal(verify(`${encode({ alg, kid: 'current' })}.${encode(goodClaims)}.`))).toEqual(invalid);
    }
  });

  it('when it is signed with the public key as an HMAC secret (HS256)', async () => {
    const { verify } = await aVerifier();
    const body = `${encode({ alg: 'HS256', kid: 'current' })}.${encode(goodClaims)}`;
    for (const secret of [await exportSPKI(current.publicKey), (await exportJWK(current.publicKey)).x as string]) {
      const signature = createHmac('sha256', secret).update(body).digest('base64url');
      expect(await refusal(verify(`${body}.${signature}`))).toEqual(invalid);
    }
  });

  it('when it uses another asymmetric algorithm, even with a published key', async () => {
    const rsa = await generateKeyPair('RS256', { extractable: true });
    const { verify } = await aVerifier(await aSource([{ ...(await exportJWK(rsa.publicKey)), kid: 'current', alg: 'RS256' }]));
    expect(await refusal(verify(await aToken({ key: rsa.privateKey, header: { alg: 'RS256' } })))).toEqual(invalid);
  });

  it('when it brings its own key (jwk, jku, x5u headers)', async () => {
    const { verify } = await aVerifier();
    const header = { kid: 'mine', jwk: await exportJWK(stranger.publicKey), jku: 'https://evil.test/keys' };
    expect(await refusal(verify(await aToken({ key: stranger.privateKey, header })))).toEqual(invalid);
  });

  it('when another issuer made it', async () => {
    const { verify } = await aVerifier();
    expect(await refusal(verify(await aToken({ claims: { iss: 'https://other.test' } })))).toEqual(invalid);
  });

  it('when it is for another audience', async () => {
    const { verify } = await aVerifier();
    const wrong = { code: 'UNAUTHENTICATED', reason: 'wrong_audience' };
    expect(await refusal(verify(await aToken({ claims: { aud: 'somebody-else' } })))).toEqual(wrong);
  });

  it('when it has no key id', async () => {
    const { verify } = await aVerifier();
    expect(await refusal(verify(await aToken({ header: { kid: undefined } })))).toEqual(invalid);
  });

  it('when nobody knows its key', async () => {
    const { verify } = await aVerifier();
    expect(await refusal(verify(await aToken({ key: stranger.privateKey, header: { kid: 'unknown' } })))).toEqual(invalid);
  });

  it.each(['sub', 'sid', 'iat', 'exp', 'jti', 'iss'])('when it has no %s', async (claim) => {
    const { verify } = await aVerifier();
    expect(await refusal(verify(await aToken({ claims: { [claim]: undefined } })))).toEqual(invalid);
  });

  it.each(['', 'x', 'a.b.c', '..', 'Bearer x', '\u0000', `${'a'.repeat(9000)}.b.c`, '{"alg":"EdDSA"}'])(
    'when it is no token at all: %j',
    async (text) => {
      const { verify } = await aVerifier();
      expect(await refusal(verify(text))).toEqual(invalid);
    },
  );
});

describe('the keys', () => {
  it('are fetched once for many tokens, also at the same time', async () => {
    const source = await aSource();
    const { verify } = await aVerifier(source);
    const tokens = await Promise.all([1, 2, 3, 4].map((jti) => aToken({ claims: { jti: String(jti) } })));
    await Promise.all(tokens.map(verify));
    expect(source.asked).toBe(1);
  });

  it('are fetched again for a key id that is not known yet', async () => {
    const source = await aSource([await jwk(retired, 'retired')]);
    const { verify, clock } = await aVerifier(source);
    await verify(await aToken({ key: retired.privateKey, header: { kid: 'retired' } }));
    source.keys = [await jwk(current, 'current')];
    clock.advance(5_000);
    expect(await verify(await aToken())).toMatchObject({ userId: 'user-1' });
    expect(source.asked).toBe(2);
  });

  it('are not fetched for every invented key id', async () => {
    const source = await aSource();
    const { verify } = await aVerifier(source);
    for (let count = 0; count < 20; count += 1) {
      await refusal(verify(await aToken({ key: stranger.privateKey, header: { kid: `invented-${count}` } })));
    }
    expect(source.asked).toBe(1);
  });

  it('stop verifying some minutes after they were withdrawn, also for remembered tokens', async () => {
    const source = await aSource();
    const { verify, clock } = await aVerifier(source);
    const token = await aToken();
    await verify(token);
    source.keys = [];
    clock.advance(300_000);
    expect(await refusal(verify(token))).toEqual(invalid);
  });

  it('go on verifying while their source is away', async () => {
    const source = await aSource();
    const { verify, clock } = await aVerifier(source);
    await verify(await aToken());
    source.isAway = true;
    clock.advance(301_000);
    expect(await verify(await aToken({ claims: { jti: 'other' } }))).toMatchObject({ userId: 'user-1' });
  });

  it('that were never had are an outage, not a forged token; it heals by itself', async () => {
    const source = await aSource();
    source.isAway = true;
    const { verify } = await aVerifier(source);
    const token = await aToken();
    expect(await refusal(verify(token))).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await refusal(verify(token))).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    source.isAway = false;
    expect(await verify(token)).toMatchObject({ userId: 'user-1' });
  });

  it('that make no sense are left out', async () => {
    const broken = { kty: 'OKP', crv: 'Ed25519', x: '!', kid: 'broken' };
    const { verify } = await aVerifier(
      await aSource([broken, { kty: 'oct', k: 'AAAA', kid: 'secret' }, await jwk(current, 'current')]),
    );
    expect(await verify(await aToken())).toMatchObject({ userId: 'user-1' });
    expect(await refusal(verify(await aToken({ header: { kid: 'broken' } })))).toEqual(invalid);
  });
});
