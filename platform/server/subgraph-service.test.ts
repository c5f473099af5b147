import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../config/config.ts';
import { createInProcessTransport } from '../events/in-process.transport.ts';
import type { SubgraphModule, SubgraphService } from '../graph/subgraph.ts';
import { silentLogger } from '../log.ts';
import { createSampleModule } from '../testing/sample-domain.ts';
import { startSubgraph } from './subgraph-service.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'clawpurse-service-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
});

function options(module: SubgraphModule, env: Record<string, string> = {}) {
  const log = silentLogger();
  const transport = createInProcessTransport({ log });
  onTestFinished(() => transport.close());
  const config = loadConfig({ NODE_ENV: 'test', CLAWPURSE_DATA_DIR: dataDir, SHUTDOWN_GRACE_MS: '1000', ...env });
  return { module, config, transport, log };
}

/** The sample domain, noting the order of what the platform asks of it. */
function aModule(order: string[], overrides: Partial<SubgraphService> = {}): SubgraphModule {
  const sample = createSampleModule();
  const note = (what: string) => () => void order.push(what);
  return {
    ...sample,
    create: async (deps) => ({
      ...(await sample.create(deps)),
      seed: async () => note('seed')(),
      start: note('start'),
      stop: async () => note('stop')(),
      ...overrides,
    }),
  };
}

describe('startSubgraph', () => {
  it('migrates, seeds the demonstration, starts background work, answers, and stops', async () => {
    const order: string[] = [];
    const subgraph = await startSubgraph({ ...options(aModule(order)), migrate: true });
    const result = await subgraph.client.execute({ query: '{ request { requestId } }', token: null, requestId: 'r1' });
    expect(result).toEqual({ data: { request: { requestId: 'r1' } } });
    await Promise.all([subgraph.stop(), subgraph.stop()]);
    expect(order).toEqual(['seed', 'start', 'stop']);
  });

  it('seeds nothing without demonstration data', async () => {
    const order: string[] = [];
    const subgraph = await startSubgraph({ ...options(aModule(order), { CLAWPURSE_DEMO: 'false' }), migrate: true });
    await subgraph.stop();
    expect(order).toEqual(['start', 'stop']);
  });

  it('starts again on the data it left', async () => {
    for (let start = 1; start <= 2; start += 1) {
      const subgraph = await startSubgraph({ ...options(aModule([])), migrate: true });
      await subgraph.stop();
    }
  });

  it('says which step failed and what to do when the database is not migrated', async () => {
    await expect(startSubgraph(options(aModule([])))).rejects.toThrow(/^wallet could not start: opening the database failed\. /);
  });

  it('says that the database file is damaged', async () => {
    await writeFile(join(dataDir, 'wallet.db'), 'this is no database, but it is long enough to look at'.repeat(100));
    await expect(startSubgraph({ ...options(aModule([])), migrate: true })).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining(join(dataDir, 'wallet.db')),
    });
  });

  it.each([
    ['seeding', { seed: () => Promise.reject(new Error('no seeds')) }, 'seeding the demonstration data failed. no seeds'],
    [
      'background work',
      {
        start: () => {
          throw new Error('no sweeper');
        },
      },
      'starting background work failed. no sweeper',
    ],
    [
      'the schema',
      { resolvers: [] },
      'building the schema failed. Subgraph wallet declares resolvers without an instance: NoteResolver',
    ],
  ])('leaves nothing open when %s fails', async (_, overrides, message) => {
    await expect(startSubgraph({ ...options(aModule([], overrides)), migrate: true })).rejects.toThrow(message);
    // The file is free again: SQLite lets one process after the other write, not two at once.
    const again = await startSubgraph({ ...options(aModule([])), migrate: true });
    await again.stop();
  });

  it('waits for open requests before it stops', async () => {
    let begun = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const module = createSampleModule({ begun: () => begun(), aborted: () => {} });
    const subgraph = await startSubgraph({ ...options(module), migrate: true });
    const answer = subgraph.client.execute({ query: '{ slow(ms: 50) }', token: null, requestId: 'r' });
    await hasBegun;
    await subgraph.stop();
    expect(await answer).toEqual({ data: { slow: 'done' } });
  });
});
