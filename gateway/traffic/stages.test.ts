// Header rules and the limit at the door, as clients of a whole gateway meet them.
import { expect, it, onTestFinished } from 'vitest';
import type { SubgraphRequest } from '../../platform/graph/subgraph.ts';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { createLiveSample } from '../testing/live.sample.ts';
import { inProcessClient } from '../testing/sample-graph.ts';
import { startTestGateway } from '../testing/test-gateway.ts';

it('headers pass in both directions by the rules, and what is too much is refused at the door until there is room', async () => {
  const { graph } = createLiveSample();
  const sent: SubgraphRequest[] = [];
  let release = () => {};
  const gateway = await startTestGateway({
    graph,
    inFlightMax: 1,
    headerRules: {
      '*': { request: [{ propagate: 'x-tenant' }], response: [{ propagate: 'set-cookie', keep: 'last' }] },
      names: { request: [{ insert: 'x-for-names', value: '1' }], response: [] },
    },
    clients(name) {
      const client = inProcessClient(graph.subgraphs.find((subgraph) => subgraph.name === name) as never);
      return {
        ...client,
        async execute(request) {
          sent.push(request);
          if (request.headers?.['x-tenant'] === 'slow') await new Promise<void>((resolve) => (release = resolve));
          return { ...(await client.execute(request)), headers: { 'set-cookie': [`${name}=1`], 'x-internal': 'secret' } };
        },
      };
    },
  });
  onTestFinished(() => gateway.stop());
  const query = '{ instrument(id: "a") { price name } }';

  const answer = await gateway.post({ query }, { 'x-tenant': 't1', 'x-other': 'o', connection: 'close' });
  expect(answer.body.data).toEqual({ instrument: { price: 97, name: 'name a' } });
  expect(sent.map(({ headers }) => headers)).toEqual([
    { 'x-tenant': 't1', 'x-request-deadline': expect.any(String) },
    { 'x-tenant': 't1', 'x-for-names': '1', 'x-request-deadline': expect.any(String) },
  ]);
  expect(answer.headers.getSetCookie()).toEqual(['prices=1', 'names=1']);
  expect(answer.headers.has('x-internal')).toBe(false);

  const slow = gateway.post({ query: '{ whoami }' }, { 'x-tenant': 'slow' });
  await untilPasses(() => expect(sent).toHaveLength(3));
  const refused = await gateway.post({ query });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(refused.body.errors[0].extensions).toMatchObject({ code: 'GATEWAY_OVERLOADED', retryable: true });
  release();
  expect((await slow).body).toEqual({ data: { whoami: null } });
  expect((await gateway.post({ query })).status).toBe(200);
  expect(await (await fetch(`${gateway.url}/metrics`)).text()).toContain('clawpurse_gateway_turned_away_total 1');
});
