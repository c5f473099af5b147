// Applies a domain's migrations. Safe to run again, from several processes at once, and to be killed at any point.
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@libsql/client';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import type { DomainName } from '../domains.ts';
import { createAdapterFactory } from './adapters.ts';
import { databaseErrors, isTransientConflict } from './database.errors.ts';
import {
  appliedMigrations,
  assertNoneMissing,
  committedMark,
  lockFile,
  migrationsFolder,
  pendingMigrations,
  readMigrations,
} from './migration-state.ts';
import { explainOpenFailure } from './open.ts';
import { toMigrationList, wholeSchema, withSchemaEngine } from './schema-engine.ts';
import { type DatabaseTarget, describeTarget, ensureFolder } from './target.ts';

const lockWaitMs = 120_000;
const lockPollMs = 50;
/** Any fixed number: all processes that migrate one database ask for the same lock. */
const advisoryLockKey = 7_246_118_340;

export interface MigrateOptions {
  readonly domain: DomainName;
  readonly target: DatabaseTarget;
}

/**
 * Brings the database to the newest schema, creating it when it does not exist.
 * @throws MIGRATION_FAILED, MIGRATION_EDITED, DATABASE_TOO_NEW, DATABASE_DAMAGED, DATABASE_MISSING, DATABASE_UNREACHABLE
 */
export async function migrateDatabase({ domain, target }: MigrateOptions): Promise<{ applied: string[] }> {
  try {
    await assertNoneMissing(target);
    if ((await pendingMigrations(domain, target)).length === 0) return { applied: [] };
    ensureFolder(target);
    return await withMigrationLock(target, () => applyPending(domain, target));
  } catch (error) {
    throw explainOpenFailure(error, target);
  }
}

async function applyPending(domain: DomainName, target: DatabaseTarget): Promise<{ applied: string[] }> {
  if ((await pendingMigrations(domain, target)).length === 0) return { applied: [] };
  const list = toMigrationList(
    migrationsFolder(domain, target.provider),
    target.provider,
    await readMigrations(domain, target.provider),
  );
  const unfinished = (await appliedMigrations(target)).filter((migration) => !migration.isFinished);
  const factory = withCommitMark(createAdapterFactory(target, 'migrate', `clawpurse-migrate-${domain}`));
  return withSchemaEngine({ factory }, async (engine) => {
    // A migration runs in one transaction that marks its own row: a row without an end was either committed or left no trace.
    for (const { name, isCommitted } of unfinished) {
      if (isCommitted) await engine.markMigrationApplied({ migrationName: name, migrationsList: list });
      else await engine.markMigrationRolledBack({ migrationName: name });
    }
    try {
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList: list, filters: wholeSchema });
      return { applied: appliedMigrationNames };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      throw databaseErrors.MIGRATION_FAILED({ domain, target: describeTarget(target), problem }, error);
    }
  });
}

/** Lets every script mark the unfinished row of the history in its own transaction. */
function withCommitMark(factory: SqlMigrationAwareDriverAdapterFactory): SqlMigrationAwareDriverAdapterFactory {
  const mark = `UPDATE "_prisma_migrations" SET "logs" = '${committedMark}' WHERE "finished_at" IS NULL AND "rolled_back_at" IS NULL;`;
  const marking = (adapter: SqlDriverAdapter) => {
    const execute = adapter.executeScript.bind(adapter);
    adapter.executeScript = (script) =>
      execute(/CREATE TABLE\s+"?_prisma_migrations/i.test(script) ? script : `${script}\n;${mark}`);
    return adapter;
  };
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => marking(await factory.connect()),
    connectToShadowDb: () => factory.connectToShadowDb(),
  };
}

function withMigrationLock<T>(target: DatabaseTarget, work: () => Promise<T>): Promise<T> {
  return target.provider === 'sqlite' ? withFileLock(target, work) : withAdvisoryLock(target.url, work);
}

/** SQLite's own lock on a file beside the database: the system lets go of it when the process dies. */
async function withFileLock<T>(target: Extract<DatabaseTarget, { provider: 'sqlite' }>, work: () => Promise<T>): Promise<T> {
  const client = createClient({ url: `file:${lockFile(target)}`, concurrency: 1 });
  try {
    const lock = await whenFree(
      () => client.transaction('write'),
      () => client.reconnect(),
    );
    try {
      const result = await work();
      await lock.execute('PRAGMA user_version = 1');
      await lock.commit();
      return result;
    } finally {
      lock.close();
    }
  } finally {
    client.close();
  }
}

async function whenFree<T>(acquire: () => Promise<T>, beforeRetry: () => void): Promise<T> {
  const deadline = Date.now() + lockWaitMs;
  for (;;) {
    try {
      return await acquire();
    } catch (error) {
      if (!isTransientConflict('sqlite', error) || Date.now() > deadline) throw error;
      await sleep(lockPollMs);
      beforeRetry();
    }
  }
}

async function withAdvisoryLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  await createPostgresDatabase(url);
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'clawpurse-migrate-lock',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`SET lock_timeout = ${lockWaitMs}`);
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLockKey]);
    return await work();
  } finally {
    await client.end().catch(() => undefined);
  }
}

const duplicateDatabase = '42P04';
const uniqueViolation = '23505';

async function createPostgresDatabase(url: string): Promise<void> {
  const server = new URL(url);
  const name = decodeURIComponent(server.pathname.slice(1));
  server.pathname = '/postgres';
  const client = new pg.Client({
    connectionString: server.href,
    connectionTimeoutMillis: 5_000,
    application_name: 'clawpurse-migrate',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch (error) {
    // Two replicas may create it at once; and a user who may not look at "postgres" can still use a database that exists.
    const code = (error as { code?: unknown }).code;
    if (code !== duplicateDatabase && code !== uniqueViolation && code !== '42501') throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
