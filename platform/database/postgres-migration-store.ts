// The history and the lock of migrations on PostgreSQL, and the database itself when there is none yet.
import pg from 'pg';
import { type HistoryRow, historySql, lockWaitMs, type MigrationStore } from './migration-store.ts';

/** Any fixed number: all processes that migrate one database ask for the same lock. */
const advisoryLockKey = 7_246_118_340;
const connectTimeoutMs = 5_000;
const undefinedTable = '42P01';
const unknownDatabase = '3D000';
const duplicateDatabase = '42P04';
const uniqueViolation = '23505';
const insufficientPrivilege = '42501';

export function createPostgresMigrationStore(url: string): MigrationStore {
  return {
    // The server knows what it has; a database that is not there was never made.
    assertNotLost: async () => undefined,
    history: () => readHistory(url),
    withLock: (work) => withAdvisoryLock(url, work),
  };
}

async function readHistory(url: string): Promise<HistoryRow[]> {
  try {
    return await withClient(url, async (client) => (await client.query<HistoryRow>(historySql)).rows);
  } catch (error) {
    if (codeOf(error) === undefinedTable || codeOf(error) === unknownDatabase) return [];
    throw error;
  }
}

async function withAdvisoryLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  await createDatabase(url);
  return withClient(url, async (client) => {
    await client.query(`SET lock_timeout = ${lockWaitMs}`);
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLockKey]);
    return work();
  });
}

async function createDatabase(url: string): Promise<void> {
  const server = new URL(url);
  const name = decodeURIComponent(server.pathname.slice(1));
  server.pathname = '/postgres';
  try {
    await withClient(server.href, async (client) => {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    });
  } catch (error) {
    // Two replicas may create it at once; and a user who may not look at "postgres" can still use a database that exists.
    const harmless = [duplicateDatabase, uniqueViolation, insufficientPrivilege];
    if (!harmless.includes(codeOf(error))) throw error;
  }
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'clawpurse-migrate',
  });
  // A connection that breaks while it is idle must not end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}
