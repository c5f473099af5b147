// Fresh, migrated databases for tests, on both providers. A database is migrated once per test run and then copied.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, inject } from 'vitest';
import type { Database, DatabaseProvider, SqlExecutor } from '../database/database.ts';
import { migrateDatabase } from '../database/migrate.ts';
import { openTarget } from '../database/open.ts';
import type { DatabaseTarget } from '../database/target.ts';
import type { DomainName } from '../domains.ts';

export const providers: readonly DatabaseProvider[] = ['sqlite', 'postgresql'];

/** Databases of tests need few connections, and the server has to do for all test files. */
const testPoolSize = 8;

export interface TestDatabase<Client = SqlExecutor> {
  readonly database: Database<Client>;
  readonly target: DatabaseTarget;
}

/** Opens a fresh database of the domain. Whoever opens it closes it, and it is gone. */
export async function openTestDatabase<Client = SqlExecutor>(
  domain: DomainName,
  provider: DatabaseProvider,
): Promise<Database<Client>> {
  const target = await createTestTarget(domain, provider);
  const database = await openTarget<Client>({ domain, target });
  return {
    ...database,
    async close() {
      await database.close();
      if (target.provider === 'postgresql') await dropDatabase(target.url);
    },
  };
}

/** A fresh, migrated database that nobody has opened yet. */
export async function createTestTarget(domain: DomainName, provider: DatabaseProvider): Promise<DatabaseTarget> {
  return provider === 'sqlite' ? copySqlite(domain) : copyPostgres(domain);
}

/** An empty database without any table: what a migration starts from. */
export async function createEmptyTarget(provider: DatabaseProvider): Promise<DatabaseTarget> {
  const name = `empty_${randomUUID()}`;
  if (provider === 'sqlite') {
    const folder = join(inject('testServices').folder, 'sqlite');
    await mkdir(folder, { recursive: true });
    return { provider, file: join(folder, `${name}.db`) };
  }
  return { provider, url: await onServer(async (client, url) => createDatabase(client, url, name)) };
}

export type OpenForTest = <Client = SqlExecutor>(domain: DomainName) => Promise<Database<Client>>;

/**
 * Runs the same tests on both providers. What `open` gave is closed after each test.
 *
 * @example
 * describeEachDatabase('the wallet repository', (open) => {
 *   it('finds nothing at first', async () => {
 *     const database = await open<PrismaClient>('wallet');
 *   });
 * });
 */
export function describeEachDatabase(name: string, suite: (open: OpenForTest, provider: DatabaseProvider) => void): void {
  describe.each(providers)(`${name} on %s`, (provider) => {
    const opened: { close(): Promise<void> }[] = [];
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((database) => database.close()));
    });
    suite(async <Client>(domain: DomainName) => {
      const database = await openTestDatabase<Client>(domain, provider);
      opened.push(database);
      return database;
    }, provider);
  });
}

const templates = new Map<string, Promise<string>>();

/** Runs `create` once in this worker. */
function once(key: string, create: () => Promise<string>): Promise<string> {
  let template = templates.get(key);
  if (!template) {
    template = create();
    templates.set(key, template);
  }
  return template;
}

async function copySqlite(domain: DomainName): Promise<DatabaseTarget> {
  const folder = join(inject('testServices').folder, 'sqlite');
  const template = await once(`sqlite/${domain}`, async () => {
    const file = join(folder, 'templates', `${domain}.db`);
    await migrateDatabase({ domain, target: { provider: 'sqlite', file } });
    return file;
  });
  const file = join(folder, `${domain}-${randomUUID()}.db`);
  await copyFile(template, file);
  if (existsSync(`${template}-wal`)) await copyFile(`${template}-wal`, `${file}-wal`);
  return { provider: 'sqlite', file };
}

async function copyPostgres(domain: DomainName): Promise<DatabaseTarget> {
  const url = await onServer(async (pool, serverUrl) => {
    const template = await once(`postgresql/${domain}`, async () => {
      const name = `template_${domain}`;
      const target = { provider: 'postgresql', url: databaseUrl(serverUrl, name) } as const;
      await withTemplates(pool, 'make', () => migrateDatabase({ domain, target }));
      return name;
    });
    return withTemplates(pool, 'copy', (client) => createDatabase(client, serverUrl, `${domain}_${randomUUID()}`, template));
  });
  return { provider: 'postgresql', url, poolSize: testPoolSize };
}

let serverUrl: Promise<string> | null = null;

/** The URL of this test run's PostgreSQL server; the first call starts it. */
export function testPostgresUrl(): Promise<string> {
  serverUrl ??= fetch(inject('testServices').postgresControlUrl).then(async (response) => {
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text;
  });
  return serverUrl;
}

let administration: pg.Pool | null = null;

async function onServer<T>(work: (client: pg.Pool, serverUrl: string) => Promise<T>): Promise<T> {
  const url = await testPostgresUrl();
  administration ??= new pg.Pool({ connectionString: url, max: 4, allowExitOnIdle: true }).on('error', () => undefined);
  return work(administration, url);
}

/** Any number that nothing else locks. */
const templatesLock = 4_203_677;

/**
 * Makes a template while no worker copies one. A copy keeps others from connecting to its template and waits until those who are have
 * left it: somebody who needs a second connection to make it would wait for the copy, and the copy for him.
 */
async function withTemplates<T>(pool: pg.Pool, use: 'make' | 'copy', work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const kind = use === 'make' ? '' : '_shared';
  try {
    await client.query(`SELECT pg_advisory_lock${kind}(${templatesLock})`);
    return await work(client).finally(() => client.query(`SELECT pg_advisory_unlock${kind}(${templatesLock})`));
  } finally {
    client.release();
  }
}

const objectInUse = '55006';

async function createDatabase(
  client: pg.Pool | pg.PoolClient,
  serverUrl: string,
  name: string,
  template = 'template0',
): Promise<string> {
  for (;;) {
    try {
      // Copying files beats copying through the log, as nothing has to survive a crash.
      await client.query(`CREATE DATABASE "${name}" TEMPLATE "${template}" STRATEGY file_copy`);
      return databaseUrl(serverUrl, name);
    } catch (error) {
      // The last connection of those who made the template takes a moment to go.
      if ((error as { code?: string }).code !== objectInUse) throw error;
    }
  }
}

async function dropDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  // Connections that the test left behind end with it.
  await onServer((client) => client.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`));
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
