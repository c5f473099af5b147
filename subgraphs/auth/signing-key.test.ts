import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { openTarget } from '../../platform/database/open.ts';
import { demoUsers } from '../../platform/demo.ts';
import { createTestTarget, providers } from '../../platform/testing/databases.ts';
import { type Auth, startAuth, type Tokens } from './auth.fixtures.ts';
import { rotateSigningKeys } from './index.ts';

const hour = 3_600_000;
const week = 168 * hour;
const meQuery = '{ me { id } }';
const kidOf = ({ accessToken }: Tokens) => decodeProtectedHeader(accessToken).kid;

async function published(auth: Auth): Promise<string[]> {
  const keys = (await auth.subgraph.running.keys?.jwks())?.keys ?? [];
  return keys.map((key) => key.kid ?? '');
}

describe.each(providers)('signing keys on %s', (provider) => {
  const started: Auth[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((auth) => auth.subgraph.stop()));
  });

  async function start(): Promise<Auth> {
    const auth = await startAuth(provider);
    started.push(auth);
    return auth;
  }

  /** Two processes on one database, with one clock. */
  async function startReplicas(): Promise<readonly [Auth, Auth]> {
    const target = await createTestTarget('auth', provider);
    const open = () => openTarget({ domain: 'auth', target });
    const one = await startAuth(provider, {}, { database: await open() });
    started.push(one);
    const other = await startAuth(provider, {}, { database: await open(), clock: one.clock });
    started.push(other);
    return [one, other];
  }

  it('are published without their private parts, the next one ahead of its use', async () => {
    const auth = await start();
    const tokens = await auth.alice();
    const jwks = await auth.subgraph.running.keys?.jwks();
    expect(jwks?.keys).toHaveLength(2);
    for (const key of jwks?.keys ?? []) {
      expect(key).toEqual({
        kty: 'OKP',
        crv: 'Ed25519',
        alg: 'EdDSA',
        use: 'sig',
        kid: expect.any(String),
        x: expect.any(String),
      });
    }
    expect(await published(auth)).toContain(kidOf(tokens));
    const { issuer, audience } = auth.subgraph.config.auth;
    const keySet = createLocalJWKSet(jwks ?? { keys: [] });
    const verified = await jwtVerify(tokens.accessToken, keySet, { issuer, audience, algorithms: ['EdDSA'], typ: 'at+jwt' });
    expect(verified.payload.sub).toBe(demoUsers.alice.id);
  });

  it('are not readable in the database', async () => {
    const auth = await start();
    await auth.alice();
    const rows = await auth.subgraph.database.client.$queryRaw<
      { sealed_private_jwk: string }[]
    >`SELECT sealed_private_jwk FROM signing_key`;
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row.sealed_private_jwk).toMatch(/^v1\.[\w-]+$/);
  });

  it('rotate on schedule; tokens of the old one are good until they expire, then it is gone', async () => {
    const auth = await start();
    const first = await auth.alice();
    auth.clock.advance(week - 60_000);
    const beforeRotation = await auth.alice();
    expect(kidOf(beforeRotation)).toBe(kidOf(first));
    auth.clock.advance(61_000);

    const afterRotation = await auth.alice();
    expect(kidOf(afterRotation)).not.toBe(kidOf(first));
    expect(await auth.subgraph.data(meQuery, {}, { token: beforeRotation.accessToken })).toEqual({
      me: { id: demoUsers.alice.id },
    });
    expect(await published(auth)).toHaveLength(3);

    auth.clock.advance(hour);
    expect(await published(auth)).toHaveLength(2);
    expect(await published(auth)).not.toContain(kidOf(first));
    const audits = await auth.audits();
    expect(audits.filter(({ resourceId }) => resourceId === kidOf(first)).map(({ action }) => action)).toEqual([
      'signing_key.create',
      'signing_key.retire',
      'signing_key.delete',
    ]);
  });

  it('rotate by command of an administrator', async () => {
    const auth = await start();
    const ada = await auth.ada();
    const { activeKeyId } = await auth.call<{ activeKeyId: string }>('rotateSigningKeys', {}, { token: ada.accessToken });
    expect(activeKeyId).not.toBe(kidOf(ada));
    expect(kidOf(await auth.ada())).toBe(activeKeyId);
    expect(await auth.subgraph.data(meQuery, {}, { token: ada.accessToken })).toEqual({ me: { id: demoUsers.ada.id } });
    const olivia = await auth.olivia();
    expect((await auth.refusal('rotateSigningKeys', {}, { token: olivia.accessToken })).code).toBe('FORBIDDEN');
  });

  it('once compromised end every token that they signed; sessions go on', async () => {
    const auth = await start();
    const ada = await auth.ada();
    const alice = await auth.alice();
    await auth.call('rotateSigningKeys', { isCompromised: true }, { token: ada.accessToken });
    // Verifiers look at their copy of the keys again after five minutes at the latest.
    auth.clock.advance(5 * 60_000);
    expect((await auth.subgraph.refusal(meQuery, {}, { token: alice.accessToken })).code).toBe('UNAUTHENTICATED');
    const next = await auth.refresh(alice.refreshToken);
    expect(await auth.subgraph.data(meQuery, {}, { token: next.accessToken })).toEqual({ me: { id: demoUsers.alice.id } });
  });

  it('rotate from the command line, beside running services', async () => {
    const target = await createTestTarget('auth', provider);
    const auth = await startAuth(provider, {}, { database: await openTarget({ domain: 'auth', target }) });
    started.push(auth);
    const before = await auth.alice();
    const database = await openTarget({ domain: 'auth', target });
    const keyId = await rotateSigningKeys(auth.subgraph.config, database, 'NOW');
    await database.close();
    expect(keyId).not.toBe(kidOf(before));
    auth.clock.advance(30_000);
    const after = await auth.alice();
    expect(kidOf(after)).toBe(keyId);
    for (const { accessToken } of [before, after]) {
      expect(await auth.subgraph.data(meQuery, {}, { token: accessToken })).toEqual({ me: { id: demoUsers.alice.id } });
    }
    const rotation = (await auth.audits('signing_key.activate')).find(({ resourceId }) => resourceId === keyId);
    expect(rotation).toMatchObject({ actorId: 'system', details: { mode: 'NOW' } });
  });

  it('are the same for replicas that start at the same moment', async () => {
    const replicas = await startReplicas();
    const tokens = await Promise.all(replicas.map((auth) => auth.alice()));
    expect(new Set(tokens.map(kidOf)).size).toBe(1);
    const [one, other] = await Promise.all(replicas.map(published));
    expect(one).toEqual(other);
  });

  it('rotate once for all replicas, and each accepts the tokens of the other at once', async () => {
    const [one, other] = await startReplicas();
    await Promise.all([one.alice(), other.alice()]);
    one.clock.advance(week);
    const tokens = await Promise.all([one.alice(), other.alice(), one.bob(), other.bob()]);
    expect(new Set(tokens.map(kidOf)).size).toBe(1);
    expect(await published(one)).toHaveLength(3);
    for (const { accessToken, user } of tokens) {
      for (const auth of [one, other]) {
        expect(await auth.subgraph.data(meQuery, {}, { token: accessToken })).toEqual({ me: { id: user.id } });
      }
    }
  });

  it('that cannot be opened stop sign-in with an error that only operators see', async () => {
    const [one] = await startReplicas();
    await one.alice();
    const target = one.subgraph.database;
    const otherKey = Buffer.alloc(32, 7).toString('base64');
    const wrong = await startAuth(
      provider,
      {},
      { database: { ...target, close: async () => undefined }, env: { KEY_ENCRYPTION_KEY: otherKey } },
    );
    const { email, password } = demoUsers.alice;
    const refusal = await wrong.refusal('signIn', { email, password });
    expect(refusal.code).toBe('INTERNAL_SERVER_ERROR');
    expect(refusal.message).not.toMatch(/KEY_ENCRYPTION_KEY|sealed/);
    await wrong.subgraph.stop();
  });
});
