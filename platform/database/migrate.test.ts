import { closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createEmptyTarget, createTestTarget, providers } from '../testing/databases.ts';
import { createAdapterFactory } from './adapters.ts';
import type { DatabaseProvider } from './database.ts';
import { migrateDatabase } from './migrate.ts';
import { appliedMigrations, readMigrations } from './migration-state.ts';
import { openTarget } from './open.ts';
import { type DatabaseTarget, ensureFolder } from './target.ts';

const domain = 'wallet';
const namesOf = async (provider: DatabaseProvider) => (await readMigrations(domain, provider)).map(({ name }) => name);

/** Runs SQL as an administrator would, whatever state the database is in. */
async function administer(target: DatabaseTarget, sql: string): Promise<void> {
  ensureFolder(target);
  const adapter = await (await createAdapterFactory(target, 'migrate', 'test')).connect();
  await adapter.executeScript(sql);
  await adapter.dispose();
}

const historyTable = `CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMP,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMP, started_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

function fileOf(target: DatabaseTarget): string {
  if (target.provider !== 'sqlite') throw new Error('Only SQLite has files.');
  return target.file;
}

describe.each(providers)('migrating on %s', (provider) => {
  it('applies everything once, and then nothing', async () => {
    const target = await createEmptyTarget(provider);
    expect(await migrateDatabase({ domain, target })).toEqual({ applied: await namesOf(provider) });
    expect(await migrateDatabase({ domain, target })).toEqual({ applied: [] });
    const applied = await appliedMigrations(target);
    expect(applied.every((migration) => migration.isFinished)).toBe(true);
  });

  it('is safe when several replicas start at once', async () => {
    const target = await createEmptyTarget(provider);
    const results = await Promise.all([1, 2, 3, 4].map(() => migrateDatabase({ domain, target })));
    expect(results.flatMap(({ applied }) => applied)).toEqual(await namesOf(provider));
  });

  it('goes on after it was killed before a migration was committed', async () => {
    const target = await createEmptyTarget(provider);
    const [first] = await readMigrations(domain, provider);
    // All that such a migration leaves is the row that says it began.
    await administer(
      target,
      `${historyTable}; INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('1', '${first?.checksum}', '${first?.name}')`,
    );
    expect(await migrateDatabase({ domain, target })).toEqual({ applied: await namesOf(provider) });
    const database = await openTarget({ domain, target });
    await database.close();
  });

  it('goes on after it was killed between the commit of a migration and its mark', async () => {
    const target = await createTestTarget(domain, provider);
    const [name] = (await namesOf(provider)).slice(-1);
    await administer(target, `UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '${name}'`);
    await expect(openTarget({ domain, target })).rejects.toMatchObject({ code: 'DATABASE_NOT_MIGRATED' });
    await migrateDatabase({ domain, target });
    const database = await openTarget({ domain, target });
    await database.ping();
    await database.close();
  });

  it('says which migrations a database lacks', async () => {
    const target = await createTestTarget(domain, provider);
    const [name] = (await namesOf(provider)).slice(-1);
    await administer(target, `DELETE FROM _prisma_migrations WHERE migration_name = '${name}'`);
    await expect(openTarget({ domain, target })).rejects.toMatchObject({
      code: 'DATABASE_NOT_MIGRATED',
      details: { pending: [name] },
      message: expect.stringContaining('npm run migrate'),
    });
  });

  it('refuses a database that a newer version wrote', async () => {
    const target = await createTestTarget(domain, provider);
    await administer(target, "UPDATE _prisma_migrations SET migration_name = '9999_from_the_future'");
    await expect(migrateDatabase({ domain, target })).rejects.toMatchObject({ code: 'DATABASE_TOO_NEW' });
  });

  it('refuses a migration that was edited after it had been applied', async () => {
    const target = await createTestTarget(domain, provider);
    await administer(target, "UPDATE _prisma_migrations SET checksum = 'other'");
    await expect(migrateDatabase({ domain, target })).rejects.toMatchObject({ code: 'MIGRATION_EDITED' });
  });
});

describe('opening a SQLite file', () => {
  it('that is not a database names the file and what to do', async () => {
    const target = await createTestTarget(domain, 'sqlite');
    await rm(`${fileOf(target)}-wal`, { force: true });
    await writeFile(fileOf(target), 'this is no database, but a text that is long enough to be taken for one '.repeat(100));
    const damaged = {
      code: 'DATABASE_DAMAGED',
      message: expect.stringMatching(/Restore it from a backup/),
      details: { path: fileOf(target) },
    };
    await expect(openTarget({ domain, target })).rejects.toMatchObject(damaged);
    await expect(migrateDatabase({ domain, target })).rejects.toMatchObject(damaged);
  });

  it('with a damaged page is refused before anything reads wrong data', async () => {
    const target = await createTestTarget(domain, 'sqlite');
    await administer(target, 'PRAGMA user_version = 1');
    const file = openSync(fileOf(target), 'r+');
    writeSync(file, Buffer.alloc(2_000, 0xff), 0, 2_000, 4_096 * 3);
    closeSync(file);
    await expect(openTarget({ domain, target })).rejects.toMatchObject({ code: 'DATABASE_DAMAGED' });
  });

  it('that was cut short is refused', async () => {
    const target = await createTestTarget(domain, 'sqlite');
    truncateSync(fileOf(target), Math.floor((await stat(fileOf(target))).size / 2));
    await expect(openTarget({ domain, target })).rejects.toMatchObject({ code: 'DATABASE_DAMAGED' });
  });

  it('that is gone is an error, not a new and empty database', async () => {
    const target = await createEmptyTarget('sqlite');
    await migrateDatabase({ domain, target });
    await rm(fileOf(target));
    await expect(migrateDatabase({ domain, target })).rejects.toMatchObject({ code: 'DATABASE_MISSING' });
    await rm(`${fileOf(target)}.lock`);
    await expect(migrateDatabase({ domain, target })).resolves.toEqual({ applied: await namesOf('sqlite') });
    expect((await readFile(fileOf(target))).subarray(0, 15).toString()).toBe('SQLite format 3');
  });
});

describe('opening PostgreSQL', () => {
  it('that does not answer says where it was looked for, without the password', async () => {
    const target: DatabaseTarget = { provider: 'postgresql', url: 'postgresql://someone:secret@127.0.0.1:1/clawpurse_wallet' };
    const failure = await openTarget({ domain, target }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'DATABASE_UNREACHABLE', retryable: true });
    expect(String(failure)).toContain('someone@127.0.0.1:1/clawpurse_wallet');
    expect(String(failure)).not.toContain('secret');
  });
});
