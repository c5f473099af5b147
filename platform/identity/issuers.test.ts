// Tokens of several issuers: each is held against its own keys, audiences and algorithms.
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Algorithm } from './algorithms.ts';
import { createIssuersVerifier, type IssuerSettings } from './issuers.ts';

const now = new Date('2026-11-05T09:00:00Z');
const issuerOf = (name: string, algorithms: readonly Algorithm[], rest: Partial<IssuerSettings> = {}): IssuerSettings => ({
  issuer: `https://${name}.test`,
  jwksUrl: `https://${name}.test/jwks`,
  audiences: ['graph'],
  algorithms,
  scopeClaim: 'scope',
  clockToleranceSeconds: 5,
  ...rest,
});
const issuers = [
  issuerOf('rsa', ['RS256', 'PS256']),
  issuerOf('ec', ['ES256'], { audiences: null, scopeClaim: 'scp', clockToleranceSeconds: 60 }),
  issuerOf('ed', ['EdDSA'], { audiences: ['graph', 'other'] }),
];

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
const pairs = new Map<string, KeyPair>();

async function pairOf(name: string, algorithm: Algorithm): Promise<KeyPair> {
  const known = pairs.get(name) ?? (await generateKeyPair(algorithm, { extractable: true }));
  pairs.set(name, known);
  return known;
}

async function jwkOf(name: string, algorithm: Algorithm, kid: string | undefined, rest: Partial<JWK> = {}): Promise<JWK> {
  const jwk = await exportJWK((await pairOf(name, algorithm)).publicKey);
  return { ...jwk, ...(kid === undefined ? {} : { kid }), ...rest };
}

interface TokenParts {
  readonly alg: Algorithm;
  readonly pair?: string;
  readonly kid?: string;
  readonly claims?: JWTPayload;
  readonly endsInSeconds?: number;
}

async function token(name: string, { alg, pair = name, kid, claims = {}, endsInSeconds = 60 }: TokenParts): Promise<string> {
  const nowSeconds = now.getTime() / 1000;
  return new SignJWT({ iss: `https://${name}.test`, aud: 'graph', sub: 'u', exp: nowSeconds + endsInSeconds, ...claims })
    .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
    .sign((await pairOf(pair, alg)).privateKey);
}

describe('tokens of several issuers', () => {
  const published: Record<string, JWK[]> = {};
  let fetches = 0;
  const start = (unknownKeyCooldownMs = 0) =>
    createIssuersVerifier({
      issuers,
      clock: { now: () => now },
      unknownKeyCooldownMs,
      keysOf: ({ issuer }) => ({
        async jwks() {
          fetches += 1;
          return { keys: published[issuer] ?? [] };
        },
      }),
    });

  beforeAll(async () => {
    published['https://rsa.test'] = [await jwkOf('rsa', 'RS256', 'r1')];
    published['https://ec.test'] = [await jwkOf('ec', 'ES256', undefined)];
    published['https://ed.test'] = [await jwkOf('ed', 'EdDSA', 'e1', { alg: 'EdDSA', use: 'sig' })];
  });

  it('are good when signed by a key of their own issuer, with an algorithm allowed for it', async () => {
    const verifier = start();
    const rsa = await verifier.verify(await token('rsa', { alg: 'RS256', kid: 'r1', claims: { scope: 'a b' } }));
    expect(rsa).toMatchObject({ userId: 'u', issuer: 'https://rsa.test', permissions: new Set(['a', 'b']) });
    const ec = await verifier.verify(await token('ec', { alg: 'ES256', claims: { scp: ['x'], aud: 'anything', jti: 'j' } }));
    expect(ec).toMatchObject({ issuer: 'https://ec.test', permissions: new Set(['x']), sessionId: 'j' });
    const machine = await verifier.verify(await token('ed', { alg: 'EdDSA', kid: 'e1', claims: { sub: '', azp: 'batch' } }));
    expect(machine).toMatchObject({ userId: 'batch', claims: { azp: 'batch' } });
  });

  it.each<[string, string, TokenParts]>([
    ['an issuer that nobody configured', 'nobody', { alg: 'EdDSA', pair: 'ed', kid: 'e1' }],
    ['a key of another issuer', 'rsa', { alg: 'EdDSA', pair: 'ed', kid: 'e1' }],
    ['another key under a known id', 'ed', { alg: 'EdDSA', pair: 'stranger', kid: 'e1' }],
    ['an audience that is not this one', 'rsa', { alg: 'RS256', kid: 'r1', claims: { aud: 'other' } }],
    ['no time at which it ends', 'rsa', { alg: 'RS256', kid: 'r1', claims: { exp: undefined } }],
    ['nobody who it is about', 'rsa', { alg: 'RS256', kid: 'r1', claims: { sub: undefined } }],
    ['a time that is over, beyond the skew', 'ec', { alg: 'ES256', endsInSeconds: -61 }],
  ])('are refused with %s', async (_, name, parts) => {
    await expect(start().verify(await token(name, parts))).rejects.toMatchObject({
      code: expect.stringMatching(/^(UNAUTHENTICATED|TOKEN_EXPIRED)$/),
    });
  });

  it('are refused when they are no tokens at all', async () => {
    for (const text of ['x', 'a.b.c', '']) await expect(start().verify(text)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('may be a little late, by the issuer’s own skew', async () => {
    expect(await start().verify(await token('ec', { alg: 'ES256', endsInSeconds: -50 }))).toMatchObject({ userId: 'u' });
  });

  it('are good at once with a key that was published since, and unknown keys do not flood the issuer', async () => {
    const verifier = start(0);
    await verifier.verify(await token('ed', { alg: 'EdDSA', kid: 'e1' }));
    const rotated = await token('ed', { alg: 'EdDSA', pair: 'ed2', kid: 'e2' });
    await expect(verifier.verify(rotated)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    published['https://ed.test']?.push(await jwkOf('ed2', 'EdDSA', 'e2'));
    expect(await verifier.verify(rotated)).toMatchObject({ userId: 'u' });
    const patient = start(10_000);
    await patient.verify(rotated);
    const before = fetches;
    for (const kid of ['f1', 'f2', 'f3'])
      await expect(patient.verify(await token('ed', { alg: 'EdDSA', pair: 'x', kid }))).rejects.toThrow();
    expect(fetches).toBe(before);
  });
});
