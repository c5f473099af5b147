// The PostgreSQL and the Redis of the distributed topology: those of the configuration, or ones started on this machine.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment } from '../../platform/config/environment.ts';
import { freePort, startLocalPostgres } from '../../platform/database/local-postgres.ts';
import { isRunning, isRunningAs } from '../../platform/processes.ts';
import { CommandError } from '../failure.ts';

export interface BackingService {
  readonly url: string;
  /** Null when it is somebody else's. */
  readonly pid: number | null;
  stop(): Promise<void>;
}

const startTimeoutMs = 20_000;

/** A PostgreSQL server with durable data in the folder. */
export async function startPostgres(dataDir: string): Promise<BackingService> {
  const { url, pid, stop } = await startLocalPostgres({ dataDir: resolve(dataDir), isDurable: true });
  return { url, pid, stop: () => stop('fast') };
}

/** @throws {CommandError} that says how to get Redis when there is no `redis-server`. */
export async function startRedis(dataDir: string, port?: number): Promise<BackingService> {
  const program = findOnPath('redis-server');
  if (!program) {
    throw new CommandError(
      'The distributed topology needs Redis. Set REDIS_URL, or install redis-server\n(Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis).',
    );
  }
  const folder = resolve(dataDir);
  await mkdir(folder, { recursive: true });
  const left = await adoptRedis(folder);
  if (left) return left;
  const listenPort = port ?? (await freePort());
  const flags = ['--port', String(listenPort), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', ''];
  // A process group of its own, so that Ctrl-C does not end it before the services that use it.
  const server = spawn(program, flags, { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const ended = new Promise<never>((_, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new CommandError(`redis-server ended with code ${code} while starting in ${folder}.`)));
  });
  ended.catch(() => undefined);
  await Promise.race([untilAccepting(listenPort), ended]);
  const pid = server.pid as number;
  await writeFile(join(folder, runningFile), JSON.stringify({ pid, port: listenPort }));
  return { url: redisUrl(listenPort), pid, stop: () => stopProcess(pid) };
}

const runningFile = 'running.json';
const redisUrl = (port: number) => `redis://127.0.0.1:${port}`;

/** One that a killed run left behind: two on the same data would destroy them. */
async function adoptRedis(folder: string): Promise<BackingService | null> {
  const text = await readFile(join(folder, runningFile), 'utf8').catch(() => null);
  if (text === null) return null;
  const { pid, port } = JSON.parse(text) as { pid: number; port: number };
  if (!isRunningAs(pid, 'redis-server') || !(await isAccepting(port))) return null;
  return { url: redisUrl(port), pid, stop: () => stopProcess(pid) };
}

async function untilAccepting(port: number): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (!(await isAccepting(port))) {
    if (Date.now() > deadline)
      throw new CommandError(`redis-server did not accept connections within ${startTimeoutMs / 1000} s.`);
    await sleep(20);
  }
}

function isAccepting(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const answer = (isOpen: boolean) => {
      socket.destroy();
      done(isOpen);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

async function stopProcess(pid: number): Promise<void> {
  if (!isRunning(pid)) return;
  process.kill(pid, 'SIGTERM');
  while (isRunning(pid)) await sleep(20);
}

/** Full path of a program, or null. */
export function findOnPath(program: string): string | null {
  const { PATH = '' } = environment();
  const paths = PATH.split(delimiter).map((folder) => join(folder, program));
  return paths.find((path) => existsSync(path)) ?? null;
}
