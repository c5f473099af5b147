import { describe, expect, it } from 'vitest';
import { providers } from './databases.ts';
import { aRegistration, createSampleModule } from './sample-domain.ts';
import { startTestSubgraph } from './subgraph.ts';

const sampleModule = createSampleModule();

describe.each(providers)('a domain under test on %s', (provider) => {
  it('knows who calls, and refuses nobody and those without the permission', async () => {
    const domain = await startTestSubgraph(sampleModule, { provider });
    const alice = domain.identity();
    expect(await domain.data('{ whoAmI }', {}, { as: alice })).toEqual({ whoAmI: alice.userId });
    expect(await domain.refusal('{ whoAmI }')).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await domain.refusal('{ secret }', {}, { as: alice })).toMatchObject({
      code: 'FORBIDDEN',
      details: { permission: 'wallet:freeze' },
    });
    expect(await domain.data('{ secret }', {}, { as: { roles: ['OPERATOR'] } })).toEqual({ secret: 'open' });
  });

  it('takes events of other domains and tells what it published itself', async () => {
    const domain = await startTestSubgraph(sampleModule, { provider });
    await domain.publish(aRegistration('Alice'));
    const noted = await domain.waitForEvent('clawpurse.wallet.noted.v1', (event) => event.subject === 'Alice');
    expect(noted).toMatchObject({ source: 'wallet', position: 1, data: { text: 'Alice joined' } });
    expect(await domain.emitted('clawpurse.wallet.noted.v1')).toHaveLength(1);
  });

  it('streams live, and resumes from a cursor', async () => {
    const domain = await startTestSubgraph(sampleModule, { provider });
    const subscription = 'subscription ($after: Cursor) { noted(after: $after) { text cursor } }';
    const live = domain.subscribe(subscription, {}, { as: {} });
    await domain.whenFollowed();
    await domain.publish(aRegistration('Alice'));
    await domain.publish(aRegistration('Bob'));
    const { value } = await live.next();
    expect(value).toMatchObject({ data: { noted: { text: 'Alice joined' } } });
    await live.return();
    const resumed = domain.subscribe(subscription, { after: value?.data.noted.cursor }, { as: {} });
    expect((await resumed.next()).value).toMatchObject({ data: { noted: { text: 'Bob joined' } } });
  });
});

describe('a domain under test', () => {
  it('hides what went wrong inside', async () => {
    const domain = await startTestSubgraph(sampleModule);
    const refusal = await domain.refusal('{ broken }', {}, { requestId: 'request-7' });
    expect(refusal.code).toBe('INTERNAL_SERVER_ERROR');
    expect(refusal.message).toContain('request-7');
    expect(JSON.stringify(refusal)).not.toContain('inner');
  });

  it('refuses an expired token with the code that makes clients refresh', async () => {
    const domain = await startTestSubgraph(sampleModule);
    const token = await domain.tokenFor({ expiresInSeconds: 60 });
    domain.clock.advance(70_000);
    expect(await domain.refusal('{ whoAmI }', {}, { token })).toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  it('says which events it cannot inject', async () => {
    const domain = await startTestSubgraph(sampleModule);
    await expect(domain.publish({ type: 'clawpurse.wallet.noted.v1', subject: 'x', data: {} })).rejects.toThrow(
      'domain under test',
    );
    await expect(domain.publish({ type: 'nonsense', subject: 'x', data: {} })).rejects.toThrow('No domain publishes');
  });

  it('says what did not happen in time', async () => {
    const domain = await startTestSubgraph(sampleModule);
    await expect(domain.waitForEvent('clawpurse.wallet.noted.v1', undefined, 20)).rejects.toThrow('did not publish a fitting');
  });
});
