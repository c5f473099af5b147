// The scripts that prepare a clone. They are plain JavaScript, because they run before anything is installed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../platform/project-root.ts';

const script = (name: string) => import(/* @vite-ignore */ join(projectRoot, 'scripts', 'lib', name));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawpurse-scripts-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the derived SQLite schema', () => {
  it('has text for decimals, no native types, and counters that count up by themselves', async () => {
    const { toSqlite } = await script('domain-schema.mjs');
    const model = [
      'model Entry {',
      '  sequence BigInt   @id @default(autoincrement())',
      '  units    Decimal  @default(0) @db.Decimal(78, 0)',
      '  limit    Decimal? @db.Decimal(78, 0)',
      '  at       DateTime @db.Timestamptz(3)',
      '  owner    Owner[]',
      '}',
    ].join('\n');
    expect(
      toSqlite(model, 'wallet')
        .split('\n')
        .map((line: string) => line.trim().replace(/\s+/g, ' ')),
    ).toEqual([
      'model Entry {',
      'sequence Int @id @default(autoincrement())',
      'units String @default("0")',
      'limit String?',
      'at DateTime',
      'owner Owner[]',
      '}',
    ]);
  });

  it.each([
    ['enums', 'enum State {\n  OPEN\n}', /String columns instead of enums/],
    ['lists of scalars', 'model A {\n  tags String[]\n}', /scalar lists/],
  ])('refuses %s, which SQLite does not have', async (_what, models, message) => {
    const { toSqlite } = await script('domain-schema.mjs');
    expect(() => toSqlite(models, 'wallet')).toThrow(message);
  });
});

describe('the lock between processes', () => {
  it('lets one work at a time', async () => {
    const { withLock } = await script('lock.mjs');
    const path = join(folder, 'one.lock');
    let running = 0;
    const work = async () => {
      running += 1;
      await new Promise((resolve) => setImmediate(resolve));
      expect(running).toBe(1);
      running -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(path, work)));
  });

  it('takes over what a killed process left behind', async () => {
    const holder = spawn(process.execPath, ['-e', `require('fs').mkdirSync(${JSON.stringify(join(folder, 'dead.lock'))})`]);
    await once(holder, 'exit');
    await writeFile(join(folder, 'dead.lock', 'pid'), String(holder.pid));
    const { withLock } = await script('lock.mjs');
    expect(await withLock(join(folder, 'dead.lock'), async () => 'mine')).toBe('mine');
  });
});

describe('preparing', () => {
  it.each(['18.20.4', '20.18.3'])('refuses Node.js %s and says which is needed', async (version) => {
    const { assertNodeVersion } = await script('prepare.mjs');
    expect(() => assertNodeVersion(version)).toThrow(/needs Node.js 20.19 or newer; this is/);
  });

  it.each(['20.19.0', '22.1.0'])('accepts Node.js %s', async (version) => {
    const { assertNodeVersion } = await script('prepare.mjs');
    expect(() => assertNodeVersion(version)).not.toThrow();
  });
});

describe('the lock file', () => {
  it('names no machine and no registry of its own', async () => {
    const text = await readFile(join(projectRoot, 'package-lock.json'), 'utf8');
    const hosts = new Set([...text.matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].map(([, host]) => host));
    expect([...hosts].filter((host) => host !== 'registry.npmjs.org')).toEqual([]);
  });
});
