import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { openTarget } from '../../platform/database/open.ts';
import { demoUsers } from '../../platform/demo.ts';
import { createInProcessTransport } from '../../platform/events/in-process.transport.ts';
import { silentLogger } from '../../platform/log.ts';
import { createTestTarget, providers } from '../../platform/testing/databases.ts';
import { type Auth, startAuth } from './auth.fixtures.ts';

describe.each(providers)('the demonstration users on %s', (provider) => {
  const started: Auth[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((auth) => auth.subgraph.stop()));
  });

  it('are there once with their ids, names and roles, although two replicas seed at the same moment and one again', async () => {
    const target = await createTestTarget('auth', provider);
    // One bus, as replicas have: whichever of them relays an event, all hear of it.
    const transport = createInProcessTransport({ log: silentLogger() });
    onTestFinished(() => transport.close());
    const start = async () => {
      const auth = await startAuth(provider, {}, { database: await openTarget({ domain: 'auth', target }), transport });
      started.push(auth);
      return auth;
    };
    await Promise.all([start(), start()]);
    const auth = await start();
    for (const person of Object.values(demoUsers)) {
      const tokens = await auth.signIn(person);
      expect(tokens.user).toEqual({ id: person.id, displayName: person.displayName, email: person.email });
      const { me } = await auth.subgraph.data('{ me { roles { name } } }', {}, { token: tokens.accessToken });
      expect(me.roles.map((role: { name: string }) => role.name).toSorted()).toEqual([...person.roles].toSorted());
    }
    expect(await auth.events('clawpurse.auth.user_registered.v1')).toHaveLength(Object.keys(demoUsers).length);
  });

  it('are not there when the configuration does not want them', async () => {
    const auth = await startAuth(provider, {}, { env: { CLAWPURSE_DEMO: 'false' } });
    started.push(auth);
    const { email, password } = demoUsers.alice;
    expect((await auth.refusal('signIn', { email, password })).code).toBe('INVALID_CREDENTIALS');
  });
});
