// Applies a domain's migrations. Safe to run again, from several processes at once, and to be killed at any point.
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { DomainName } from '../domains.ts';
import { createAdapterFactory } from './adapters.ts';
import { databaseErrors } from './database.errors.ts';
import { appliedMigrations, committedMark, migrationsFolder, pendingMigrations, readMigrations } from './migration-state.ts';
import { migrationStore } from './migration-store.ts';
import { explainOpenFailure } from './open.ts';
import { toMigrationList, wholeSchema, withSchemaEngine } from './schema-engine.ts';
import { type DatabaseTarget, describeTarget, ensureFolder } from './target.ts';

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
    const store = await migrationStore(target);
    await store.assertNotLost();
    if ((await pendingMigrations(domain, target)).length === 0) return { applied: [] };
    ensureFolder(target);
    return await store.withLock(() => applyPending(domain, target));
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
  const factory = withCommitMark(await createAdapterFactory(target, 'migrate', `clawpurse-migrate-${domain}`));
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
