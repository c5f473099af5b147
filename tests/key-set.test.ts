// Anybody can verify the platform's tokens with the keys that its door publishes.
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { peopleOf } from './support/people.ts';
import { describeEachTopology } from './support/system.ts';

describeEachTopology('the published key set', (startSystem) => {
  it('verifies an access token, and holds no private key', async () => {
    const system = await startSystem();
    const { accessToken, id } = await peopleOf(system).demo('alice');
    const url = new URL('/.well-known/jwks.json', system.graphqlUrls[0]);
    const { payload } = await jwtVerify(accessToken, createRemoteJWKSet(url), { audience: 'clawpurse', algorithms: ['EdDSA'] });
    expect(payload.sub).toBe(id);
    const { keys } = (await (await fetch(url)).json()) as { keys: Record<string, unknown>[] };
    for (const key of keys) expect(Object.keys(key)).not.toContain('d');
  });
});
