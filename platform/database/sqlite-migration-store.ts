// The history and the lock of migrations on SQLite.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@libsql/client';
import { databaseErrors, isTransientConflict } from './database.errors.ts';
import { type HistoryRow, historySql, lockWaitMs, type MigrationStore } from './migration-store.ts';
import type { DatabaseTarget } from './target.ts';

type SqliteTarget = Extract<DatabaseTarget, { provider: 'sqlite' }>;
const lockPollMs = 50;

export function createSqliteMigrationStore(target: SqliteTarget): MigrationStore {
  return {
    // Whoever looks while another process migrates may meet a busy file, which SQLite does not always wait for by itself.
    assertNotLost: () => whenFree(() => assertNotLost(target)),
    history: () => whenFree(() => readHistory(target.file)),
    withLock: (work) => withFileLock(target, work),
  };
}

async function readHistory(file: string): Promise<HistoryRow[]> {
  if (!existsSync(file)) return [];
  const client = createClient({ url: `file:${file}`, concurrency: 1 });
  try {
    await client.execute('PRAGMA busy_timeout = 5000');
    const { rows } = await client.execute(historySql);
    return rows as unknown as HistoryRow[];
  } catch (error) {
    if (/no such table/.test(String(error))) return [];
    throw error;
  } finally {
    client.close();
  }
}

/** The file beside a SQLite database that migrations lock, and that remembers that the database was made. */
function lockFile(target: SqliteTarget): string {
  return `${target.file}.lock`;
}

async function assertNotLost(target: SqliteTarget): Promise<void> {
  if (existsSync(target.file) || !existsSync(lockFile(target))) return;
  const client = createClient({ url: `file:${lockFile(target)}`, concurrency: 1 });
  try {
    const { rows } = await client.execute('PRAGMA user_version');
    if (Number(rows[0]?.user_version ?? 0) > 0) throw databaseErrors.DATABASE_MISSING({ path: target.file });
  } finally {
    client.close();
  }
}

/** SQLite's own lock on a file beside the database: the system lets go of it when the process dies. */
async function withFileLock<T>(target: SqliteTarget, work: () => Promise<T>): Promise<T> {
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

async function whenFree<T>(acquire: () => Promise<T>, beforeRetry?: () => void): Promise<T> {
  const deadline = Date.now() + lockWaitMs;
  for (;;) {
    try {
      return await acquire();
    } catch (error) {
      if (!isTransientConflict('sqlite', error) || Date.now() > deadline) throw error;
      await sleep(lockPollMs);
      beforeRetry?.();
    }
  }
}
