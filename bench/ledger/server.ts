// The PostgreSQL server of a run: the one of DATABASE_URL, or one of our own that writes every commit to the disk.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../platform/config/config.ts';
import { startLocalPostgres } from '../../platform/database/local-postgres.ts';
import { withClient } from './data.ts';

export interface BenchServer {
  readonly url: string;
  /** Null when it is not ours. */
  readonly pid: number | null;
  /** What a reader has to know to compare figures: version and settings. */
  readonly description: string;
  stop(): Promise<void>;
}

const settingsOfInterest = [
  'server_version',
  'synchronous_commit',
  'fsync',
  'full_page_writes',
  'shared_buffers',
  'max_wal_size',
];

export async function startServer(): Promise<BenchServer> {
  const given = loadConfig().database.url;
  if (given) return describe({ url: given, pid: null }, async () => undefined);
  const dataDir = await mkdtemp(join(tmpdir(), 'clawpurse-bench-'));
  const settings = { shared_buffers: '512MB', max_wal_size: '8GB', checkpoint_timeout: '30min' };
  const server = await startLocalPostgres({ dataDir, isDurable: true, settings });
  return describe(server, async () => {
    await server.stop('immediate');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });
}

async function describe(server: { url: string; pid: number | null }, stop: () => Promise<void>): Promise<BenchServer> {
  const { url, pid } = server;
  const rows = await withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string; value: string }>(
      'SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY($1)',
      [settingsOfInterest],
    );
    return rows;
  });
  const value = (name: string) => rows.find((row) => row.name === name)?.value ?? '?';
  if (value('synchronous_commit') !== 'on' || value('fsync') !== 'on')
    throw new Error(
      'This server loses commits when it is cut off: set fsync and synchronous_commit to on, or the figures mean nothing.',
    );
  return { url, pid, stop, description: settingsOfInterest.map((name) => `${name} ${value(name)}`).join(', ') };
}
