// What of our own graph the gateway may keep, and what makes it ask again: reference data, until the domain says that it has changed.
import { readFile } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { staticSource } from '../gateway/supergraph/source.ts';
import { createTokens, startTestGateway } from '../gateway/testing/test-gateway.ts';
import type { LoggedEvent } from '../platform/events/logged-event.ts';
import type { SubgraphClient } from '../platform/graph/subgraph.ts';
import { untilPasses } from '../platform/testing/until-passes.ts';
import { rateAudited } from '../subgraphs/wallet/exchange.events.ts';

/** The committed graph, over a wallet domain that answers anything with the number of the request. */
async function start() {
  const { verifier, sign } = await createTokens();
  let asked = 0;
  let tell: (events: readonly LoggedEvent[]) => void = () => {};
  const answer = () => {
    asked += 1;
    const asset = { code: 'USD' };
    return {
      assets: [asset],
      exchangeRates: [{ base: asset, quote: { code: 'EUR' }, version: asked }],
      me: { id: 'u1' },
      myWallets: [],
    };
  };
  const gateway = await startTestGateway({
    graph: { name: 'own', monolith: {}, queries: [], subgraphs: [] },
    source: staticSource(await readFile('schema/supergraph.graphql', 'utf8')),
    verifier,
    responseCache: { store: 'memory' },
    clients: (name): SubgraphClient => ({
      name,
      execute: async () => ({ data: answer() }),
      async *subscribe() {},
      ping: async () => {},
      close: async () => {},
    }),
    events: {
      listen(domain, onEvents) {
        if (domain === 'wallet') tell = onEvents;
        return { stop: async () => {} };
      },
    },
  });
  onTestFinished(() => gateway.stop());
  const as = async (sub: string) => ({ authorization: `Bearer ${await sign({ sub, sid: sub })}` });
  let position = 0;
  return {
    gateway,
    as,
    asked: () => asked,
    happened(event: Partial<LoggedEvent>) {
      position += 1;
      tell([{ ...event, source: 'wallet', position } as LoggedEvent]);
    },
  };
}

it('keeps assets and rates for all who may see them, and rates until one is set', async () => {
  const { gateway, as, asked, happened } = await start();
  const [ann, ben] = [await as('ann'), await as('ben')];
  const rates = { query: '{ exchangeRates { base { code } quote { code } version } }' };
  const first = await gateway.post(rates, ann);
  expect(first.headers.get('cache-control')).toBe('max-age=60, public');
  expect((await gateway.post(rates, ben)).body).toEqual(first.body);
  expect(asked()).toBe(1);
  expect((await gateway.post(rates)).body.errors[0].extensions.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');

  // The wallet domain tells of postings all the time.
  happened({ subject: 'w1', data: { walletId: 'w1' } });
  expect((await gateway.post(rates, ann)).body).toEqual(first.body);
  const rate = { pair: 'EUR/USD', version: 2, base: 'USD', quote: 'EUR', rate: '0.9', spreadBasisPoints: 10, validUntil: null };
  const event = rateAudited(rate as never, { userId: 'operator', requestId: 'r1' } as never);
  happened({ subject: event.subject, data: event.data });
  await untilPasses(async () => expect((await gateway.post(rates, ben)).body.data.exchangeRates[0].version).toBe(2));

  const assets = await gateway.post({ query: '{ assets { code } }' });
  expect(assets.headers.get('cache-control')).toBe('max-age=3600, public');
});

it("keeps nothing of what is one person's, also beside what may be kept", async () => {
  const { gateway, as, asked } = await start();
  const ann = await as('ann');
  for (const query of ['{ me { id } }', '{ assets { code } me { id } }']) {
    const before = asked();
    for (let round = 0; round < 2; round++)
      expect((await gateway.post({ query }, ann)).headers.get('cache-control'), query).toBe('no-store');
    expect(asked()).toBeGreaterThanOrEqual(before + 2);
  }
});
