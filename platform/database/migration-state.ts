// What migrations a domain has on disk and which of them a database has. Reads only, and cheap: every start asks.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DomainName } from '../domains.ts';
import { projectRoot } from '../project-root.ts';
import { databaseErrors } from './database.errors.ts';
import type { DatabaseProvider } from './database.ts';
import { migrationStore } from './migration-store.ts';
import { type DatabaseTarget, describeTarget } from './target.ts';

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the SQL, as Prisma records it. */
  readonly checksum: string;
}

export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  /** Written by the migration's own transaction, see migrate.ts. */
  readonly isCommitted: boolean;
  readonly isFinished: boolean;
}

export function migrationsFolder(domain: string, provider: DatabaseProvider): string {
  return join(projectRoot, 'prisma', domain, 'migrations', provider);
}

/** The domain's migrations in the order in which they are applied. */
export async function readMigrations(domain: string, provider: DatabaseProvider): Promise<readonly Migration[]> {
  const folder = migrationsFolder(domain, provider);
  if (!existsSync(folder)) throw new Error(`${folder} does not exist. Run: npm run migration -- ${domain} init`);
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** The database's own history; empty when there is no database yet. */
export async function appliedMigrations(target: DatabaseTarget): Promise<readonly AppliedMigration[]> {
  const rows = await (await migrationStore(target)).history();
  return rows.map((row) => ({
    name: String(row.migration_name),
    checksum: String(row.checksum),
    isCommitted: String(row.logs ?? '').includes(committedMark),
    isFinished: row.finished_at !== null,
  }));
}

/** What a migration's own transaction writes into its row of the history: proof that it was committed. */
export const committedMark = 'committed by clawpurse';

/**
 * Names of the migrations that the database lacks.
 * @throws MIGRATION_EDITED, DATABASE_TOO_NEW
 */
export async function pendingMigrations(domain: DomainName, target: DatabaseTarget): Promise<string[]> {
  const [known, applied] = await Promise.all([readMigrations(domain, target.provider), appliedMigrations(target)]);
  const finished = new Map(applied.filter((migration) => migration.isFinished).map((migration) => [migration.name, migration]));
  for (const { name, checksum } of known) {
    const twin = finished.get(name);
    if (twin && twin.checksum !== checksum) throw databaseErrors.MIGRATION_EDITED({ domain, migration: name });
  }
  const names = new Set(known.map((migration) => migration.name));
  const unknown = [...finished.keys()].filter((name) => !names.has(name));
  if (unknown.length > 0) throw databaseErrors.DATABASE_TOO_NEW({ domain, target: describeTarget(target), unknown });
  return known.filter((migration) => !finished.has(migration.name)).map((migration) => migration.name);
}
