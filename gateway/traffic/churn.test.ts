// A gateway that is used, failed, reloaded and left for a while: what it holds in memory stays where it was. Seconds here; as long as
// CHURN_SECONDS says under `npm run test:faults`.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createClient } from 'graphql-ws';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { environment } from '../../platform/config/environment.ts';
import { silentLogger } from '../../platform/log.ts';
import { httpClients } from '../http-subgraph.ts';
import { fileSource } from '../supergraph/source.ts';
import { faults, startFaultServer } from '../testing/fault-server.ts';
import { createLiveSample } from '../testing/live.sample.ts';
import { composeSample, inProcessClient } from '../testing/sample-graph.ts';
import { startTestGateway } from '../testing/test-gateway.ts';

const seconds = Number(environment().CHURN_SECONDS ?? 3);
/** Growth that noise explains: caches with bounds fill, code is compiled. A leak of one small object per request is more. */
const growthMaxBytes = 6 * 1024 * 1024;
const growthMaxShare = 0.05;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

it(`holds no more memory after ${seconds} s of requests, faults, reloads and subscriptions`, {
  timeout: (seconds + 120) * 1000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clawpurse-churn-'));
  const { graph, ticker } = createLiveSample();
  const [prices, names] = graph.subgraphs;
  const server = await startFaultServer(inProcessClient(names as never));
  const file = join(folder, 'supergraph.graphql');
  const sdl = composeSample(graph);
  await writeFile(file, sdl);
  const overHttp = httpClients(silentLogger(), () => [server.url]);
  const gateway = await startTestGateway({
    graph,
    source: fileSource(file),
    log: silentLogger(),
    clients: (name, url) => (name === 'names' ? overHttp(name, url) : inProcessClient(prices as never)),
    traffic: {
      names: { timeoutMs: 50, retries: 1, retryDelayMs: 1, breakerCallsMin: 50, breakerOpenMs: 20, responseBytesMax: 100_000 },
    },
  });
  onTestFinished(async () => {
    await gateway.stop();
    await server.kill();
    await rm(folder, { recursive: true });
  });

  let rounds = 0;
  /** Every kind of thing that happens to a gateway, once. */
  async function round(): Promise<void> {
    rounds += 1;
    server.fault = rounds % 3 === 0 ? (faults[(rounds / 3) % faults.length] ?? null) : null;
    const gone = AbortSignal.timeout(5);
    await Promise.allSettled([
      ...Array.from({ length: 8 }, (_, n) =>
        gateway.post({ query: `query Q${n} { instrument(id: "${rounds}") { price name } }` }),
      ),
      gateway.post({ query: '{ nothing' }),
      fetch(`${gateway.url}/graphql?query=${encodeURIComponent('{ nameOf(id: "x") }')}`, { signal: gone }).then((answer) =>
        answer.text(),
      ),
    ]);
    if (rounds % 5 === 0) {
      const client = createClient({
        url: `${gateway.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
      });
      const events = client.iterate({ query: 'subscription { priceChanged { price name } }' });
      const first = events.next();
      while (ticker.followers === 0) await new Promise(setImmediate);
      ticker.publish('a');
      await first;
      await client.dispose();
    }
    if (rounds % 6 === 0) {
      await writeFile(file, `${sdl}\n# ${rounds}`);
      await gateway.live.reload();
    }
  }

  async function heapAfter(milliseconds: number): Promise<number> {
    const endsAt = performance.now() + milliseconds;
    do await round();
    while (performance.now() < endsAt);
    // Two collections: what finalisers let go of is taken by the second.
    collectGarbage();
    await new Promise(setImmediate);
    collectGarbage();
    return process.memoryUsage().heapUsed;
  }

  const third = (seconds * 1000) / 3;
  await heapAfter(third);
  const before = await heapAfter(third);
  const after = await heapAfter(third);
  console.log(
    `churn: ${rounds} rounds in ${seconds} s; heap ${megabytes(before)} MB at two thirds, ${megabytes(after)} MB at the end`,
  );
  expect(after - before).toBeLessThan(Math.max(growthMaxBytes, before * growthMaxShare));
  server.fault = null;
  await expect
    .poll(async () => (await gateway.post({ query: '{ nameOf(id: "x") }' })).body)
    .toEqual({ data: { nameOf: 'name x' } });
});

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
