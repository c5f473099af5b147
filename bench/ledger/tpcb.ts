// pgbench's own TPC-B-like script on the same server: the yardstick of the machine. It keeps no entries, events or answers.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Measured, summarise } from './load.ts';

/** pgbench's smallest size. */
const accountsPerScale = 100_000;

/** On the PATH, or where Debian keeps it; null when this machine has none. */
export function findPgbench(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse() : [];
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...versions.map((version) => join(debian, version, 'bin'))];
  return folders.map((folder) => join(folder, 'pgbench')).find((path) => existsSync(path)) ?? null;
}

export async function measureTpcb(options: {
  program: string;
  databaseUrl: string;
  accounts: number;
  callers: number;
  seconds: number;
}): Promise<Measured> {
  const { program, databaseUrl, accounts, callers, seconds } = options;
  const scale = Math.max(1, Math.round(accounts / accountsPerScale));
  await run(program, ['--initialize', '--quiet', `--scale=${scale}`, databaseUrl], tmpdir());
  const folder = await mkdtemp(join(tmpdir(), 'clawpurse-pgbench-'));
  try {
    const flags = [`--client=${callers}`, '--jobs=2', `--time=${seconds}`, '--protocol=prepared', '--no-vacuum', '--log'];
    await run(program, [...flags, databaseUrl], folder);
    const logs = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
    // A line per transaction; its third field is the latency in microseconds.
    const latencies = logs.flatMap((log) =>
      log
        .trim()
        .split('\n')
        .map((line) => Number(line.split(' ')[2]) / 1_000),
    );
    return summarise(latencies, seconds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`pgbench failed (code ${code}):\n${output.trim()}`)),
    );
  });
}
