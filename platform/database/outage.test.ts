import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { isDomainError } from '../errors.ts';
import type { Database } from './database.ts';
import { type LocalPostgres, startLocalPostgres } from './local-postgres.ts';
import { migrateDatabase } from './migrate.ts';
import { openTarget } from './open.ts';

let dataDir: string;
let server: LocalPostgres;
let database: Database;

beforeAll(async () => {
  dataDir = await mkdtemp(join(inject('testServices').folder, 'outage-'));
  server = await startLocalPostgres({ dataDir, isDurable: true });
  const url = new URL(server.url);
  url.pathname = '/outage';
  const target = { provider: 'postgresql' as const, url: url.href };
  await migrateDatabase({ domain: 'wallet', target });
  database = await openTarget({ domain: 'wallet', target });
  await database.transaction(({ client }) => client.$executeRawUnsafe('CREATE TABLE note (id INTEGER PRIMARY KEY)'));
});
afterAll(async () => {
  await database.close();
  await server.stop('immediate');
  await rm(dataDir, { recursive: true, force: true });
});

const restart = async () => {
  server = await startLocalPostgres({ dataDir, isDurable: true, port: Number(new URL(server.url).port) });
};

it('tells callers to come back later while PostgreSQL is gone, and works again when it is back', async () => {
  let isOver = false;
  let id = 0;
  const failures: unknown[] = [];
  const keep = (error: unknown) => failures.push(error);
  const busy = Array.from({ length: 12 }, async (_, worker) => {
    while (!isOver) {
      if (worker % 2) await database.client.$queryRaw`SELECT count(*) FROM note`.catch(keep);
      else {
        id += 1;
        const own = id;
        await database
          .transaction(async ({ client }) => {
            await client.$executeRaw`INSERT INTO note (id) VALUES (${own})`;
            await client.$queryRaw`SELECT 1`;
          })
          .catch(keep);
      }
      if (failures.length > 500) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  for (let round = 0; round < 3; round += 1) {
    await expect.poll(() => id, { timeout: 20_000 }).toBeGreaterThan((round + 1) * 20);
    await server.stop('immediate');
    await expect.poll(() => failures.length, { timeout: 20_000 }).toBeGreaterThan((round + 1) * 20);
    await restart();
    await expect
      .poll(
        () =>
          database.ping().then(
            () => true,
            () => false,
          ),
        { timeout: 15_000 },
      )
      .toBe(true);
  }
  isOver = true;
  await Promise.all(busy);
  const unexpected = failures.filter(
    (error) => !(isDomainError(error) && error.code === 'SERVICE_UNAVAILABLE' && error.retryable),
  );
  expect(unexpected.slice(0, 3)).toEqual([]);
  await expect(database.transaction(({ client }) => client.$executeRaw`INSERT INTO note (id) VALUES (0)`)).resolves.toBe(1);
}, 60_000);
