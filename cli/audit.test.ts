// `clawpurse audit` over a real database: what it says of a sound ledger, and of one that somebody has edited.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../platform/config/config.ts';
import { migrateDatabase } from '../platform/database/migrate.ts';
import { databaseTarget } from '../platform/database/target.ts';
import { auditLedger } from './audit.ts';

it('says that a ledger is sound, and names the first row that is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clawpurse-audit-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const config = loadConfig({ CLAWPURSE_DATA_DIR: folder });
  const target = databaseTarget(config, 'wallet');
  await migrateDatabase({ domain: 'wallet', target });
  const said: string[] = [];
  const write = (line: string) => said.push(line);
  expect(await auditLedger(config, write)).toBe(true);
  expect(said.at(-1)).toContain('Sound');
  if (target.provider !== 'sqlite') throw new Error('This test is about a file.');
  const client = createClient({ url: `file:${target.file}` });
  await client.execute(`INSERT INTO account (id, holder_type, holder_id, asset, debits_posted, credits_posted, debits_pending, credits_pending, version, created_at, updated_at)
    VALUES ('forged', 'WALLET', 'w', 'USD', '0', '5', '0', '0', 0, '2026-11-01T00:00:00.000+00:00', '2026-11-01T00:00:00.000+00:00')`);
  client.close();
  expect(await auditLedger(config, write)).toBe(false);
  expect(said.at(-1)).toContain('ACCOUNT_BALANCE: forged counts 5 credited where its entries give 0');
});
