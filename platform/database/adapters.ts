// Chooses the driver adapter of a database. Each engine's libraries are loaded only where that engine is used.
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { DatabaseTarget } from './target.ts';

/** On SQLite, `read` refuses writes, so that every write goes through `transaction()` and its queue. */
export type AdapterRole = 'read' | 'write' | 'migrate';

export async function createAdapterFactory(
  target: DatabaseTarget,
  role: AdapterRole,
  applicationName: string,
): Promise<SqlMigrationAwareDriverAdapterFactory> {
  if (target.provider === 'sqlite') {
    const { SqliteAdapterFactory } = await import('./sqlite-adapter.ts');
    return new SqliteAdapterFactory(target.file, role);
  }
  const { PostgresAdapterFactory } = await import('./postgres-adapter.ts');
  return new PostgresAdapterFactory(target, { applicationName, migrates: role === 'migrate' });
}
