// Writes a new migration for both providers: the SQL from the last written schema to the present one. Run by `npm run migration`.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ColumnTypeEnum, type SqlDriverAdapter, type SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { DatabaseProvider } from './database.ts';
import { migrationsFolder } from './migration-state.ts';
import { diffSchemas } from './schema-engine.ts';

/** Beside the migrations: the schema that they lead to. */
const snapshotName = 'schema.prisma';

export interface AuthorOptions {
  readonly domain: string;
  readonly provider: DatabaseProvider;
  /** The domain's assembled schema. */
  readonly schema: string;
}

/** The SQL that is missing for the schema as it is now; null when the migrations are up to date. */
export async function pendingSql({ domain, provider, schema }: AuthorOptions): Promise<string | null> {
  const snapshotPath = join(migrationsFolder(domain, provider), snapshotName);
  const previous = existsSync(snapshotPath) ? await readFile(snapshotPath, 'utf8') : null;
  if (previous === schema) return null;
  return diffSchemas(offlineFactory(provider), previous, schema);
}

/** Writes `<0002_name>/migration.sql` and gives its path; null when nothing has changed. */
export async function writeMigration(options: AuthorOptions & { readonly name: string }): Promise<string | null> {
  const { domain, provider, schema, name } = options;
  if (!/^[a-z][a-z0-9_]*$/.test(name))
    throw new Error(`"${name}" is no name for a migration: use lower case, digits and underscores, such as "add_holds".`);
  const folder = migrationsFolder(domain, provider);
  const sql = await pendingSql(options);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, snapshotName), schema);
  if (sql === null) return null;
  const path = join(folder, `${await nextNumber(folder)}_${name}`, 'migration.sql');
  await mkdir(join(path, '..'));
  await writeFile(path, `${sql.trim()}\n`);
  return path;
}

async function nextNumber(folder: string): Promise<string> {
  const numbers = (await readdir(folder)).map((name) => Number(/^(\d+)_/.exec(name)?.[1] ?? 0));
  return String(Math.max(0, ...numbers) + 1).padStart(4, '0');
}

/** Comparing two schemas reads no database; the engine only asks what kind of server it is talking to. */
function offlineFactory(provider: DatabaseProvider): SqlMigrationAwareDriverAdapterFactory {
  const identity = { provider: provider === 'sqlite' ? 'sqlite' : 'postgres', adapterName: 'offline' } as const;
  const refuse = () => Promise.reject(new Error('There is no database behind a comparison of schemas.'));
  const connect = async (): Promise<SqlDriverAdapter> => ({
    ...identity,
    queryRaw: async () => ({
      columnNames: ['exists', 'version', 'numeric_version'],
      columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
      rows: [[true, 'PostgreSQL 15.0', 150_000]],
    }),
    executeRaw: refuse,
    executeScript: refuse,
    startTransaction: refuse,
    dispose: async () => undefined,
  });
  return { ...identity, connect, connectToShadowDb: connect };
}
