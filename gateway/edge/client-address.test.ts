// Whose address a request counts for: the peer's, or what a trusted proxy says of it.
import { createClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createLiveSample } from '../testing/live.sample.ts';
import { inProcessClient } from '../testing/sample-graph.ts';
import { startTestGateway } from '../testing/test-gateway.ts';

const query = '{ instrument(id: "a") { price } }';

/** Starts a gateway; gives the address that its subgraphs are told, over HTTP and over a socket. */
async function start(trustedProxies: readonly string[]) {
  const { graph } = createLiveSample();
  const told: (string | null | undefined)[] = [];
  const gateway = await startTestGateway({
    graph,
    trustedProxies,
    clients: (name) =>
      inProcessClient(graph.subgraphs.find((subgraph) => subgraph.name === name) as never, ({ request }) =>
        told.push(request.client?.address),
      ),
  });
  onTestFinished(() => gateway.stop());

  return async function addressesFor(forwardedFor: string) {
    const headers = { 'x-forwarded-for': forwardedFor };
    await gateway.post({ query }, headers);
    class ForwardedSocket extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, { headers });
      }
    }
    const client = createClient({ url: `${gateway.url.replace('http', 'ws')}/graphql`, webSocketImpl: ForwardedSocket });
    for await (const { errors } of client.iterate({ query })) expect(errors).toBeUndefined();
    await client.dispose();
    return told.splice(0);
  };
}

describe('the address of a client', () => {
  it.each([[[]], [['192.0.2.1', '10.0.0.0/8']]])(
    'is that of its peer, whatever it claims, when %j are trusted',
    async (trusted) => {
      const addressesFor = await start(trusted);
      expect(await addressesFor('198.51.100.7')).toEqual(['127.0.0.1', '127.0.0.1']);
    },
  );

  it('is what a trusted proxy says, and no longer what was said to that proxy', async () => {
    const addressesFor = await start(['loopback', '10.0.0.0/8']);
    expect(await addressesFor('198.51.100.7')).toEqual(['198.51.100.7', '198.51.100.7']);
    expect(await addressesFor('203.0.113.1, 198.51.100.7, 10.0.0.2')).toEqual(['198.51.100.7', '198.51.100.7']);
  });
});
