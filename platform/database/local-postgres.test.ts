import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { untilPasses } from '../testing/until-passes.ts';
import { type LocalPostgres, startLocalPostgres } from './local-postgres.ts';
import { migrateDatabase } from './migrate.ts';
import { openTarget } from './open.ts';

let dataDir: string;
let running: LocalPostgres[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(inject('testServices').folder, 'local-postgres-'));
  running = [];
});
afterEach(async () => {
  for (const server of running) await server.stop('immediate');
  await rm(dataDir, { recursive: true, force: true });
});

async function start(): Promise<LocalPostgres> {
  const server = await startLocalPostgres({ dataDir, isDurable: false });
  running.push(server);
  return server;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

it('keeps its data over a stop, and uses the server that a killed process left behind', async () => {
  const first = await start();
  await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS value');
  await first.stop();

  const second = await start();
  expect(second.pid).not.toBe(first.pid);
  expect(await query(second.url, 'SELECT value FROM kept')).toEqual([{ value: 7 }]);

  const adopted = await start();
  expect(adopted).toMatchObject({ pid: second.pid, url: second.url });
  await adopted.stop();
  await expect(query(second.url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
});

it('leaves reads with a retryable error when it has gone, and serves them again when it is back', async () => {
  const first = await start();
  const target = { provider: 'postgresql', url: `${new URL('/clawpurse_wallet', first.url)}` } as const;
  await migrateDatabase({ domain: 'wallet', target });
  const database = await openTarget({ domain: 'wallet', target });
  try {
    await first.stop('immediate');
    await expect(database.client.$queryRaw`SELECT 1`).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
    running.push(await startLocalPostgres({ dataDir, isDurable: false, port: Number(new URL(first.url).port) }));
    await untilPasses(() => database.client.$queryRaw`SELECT 1`);
  } finally {
    await database.close();
  }
});

it('starts again right after it was killed, while its orphans still hold its memory', async () => {
  const first = await start();
  process.kill(first.pid, 'SIGKILL');
  await untilPasses(() => expect(() => process.kill(first.pid, 0)).toThrow());
  const second = await startLocalPostgres({ dataDir, isDurable: false, port: Number(new URL(first.url).port) });
  running.push(second);
  expect(second.pid).not.toBe(first.pid);
  expect(await query(second.url, 'SELECT 1 AS value')).toEqual([{ value: 1 }]);
});
