// What migrations need of a database besides Prisma's schema engine: their history, and a lock. One per engine, loaded when it is used.
import type { DatabaseTarget } from './target.ts';

export type HistoryRow = Record<string, unknown>;

export interface MigrationStore {
  /** @throws DATABASE_MISSING when a SQLite file is gone that once was there: making a new one would hide the loss. */
  assertNotLost(): Promise<void>;
  /** Rows of `_prisma_migrations`; none when there is no such table, or no database yet. */
  history(): Promise<HistoryRow[]>;
  /** Keeps other processes from migrating meanwhile, and makes the database when there is none. The lock goes with the process. */
  withLock<T>(work: () => Promise<T>): Promise<T>;
}

export const lockWaitMs = 120_000;
export const historySql =
  'SELECT migration_name, checksum, finished_at, logs FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at';

export async function migrationStore(target: DatabaseTarget): Promise<MigrationStore> {
  if (target.provider === 'sqlite') return (await import('./sqlite-migration-store.ts')).createSqliteMigrationStore(target);
  return (await import('./postgres-migration-store.ts')).createPostgresMigrationStore(target.url);
}
