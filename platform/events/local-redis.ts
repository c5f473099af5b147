// A Redis server of one's own, from a `redis-server` on the PATH: to run distributed on one machine, and for tests.
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../ports.ts';
import { findOnPath, isRunning, isRunningAs } from '../processes.ts';

export interface LocalRedis {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
}

export interface LocalRedisOptions {
  /** Created when it does not exist. A server that a killed run left behind on the same folder is used again. */
  readonly dataDir: string;
  /** A free one unless given. */
  readonly port?: number;
  /** False: what it holds is gone when it stops. */
  readonly isDurable: boolean;
  /** Further arguments, for tests that let it misbehave. */
  readonly flags?: readonly string[];
}

const program = 'redis-server';
const startTimeoutMs = 20_000;

/** In the data folder: which process serves it, and where. */
export const redisStateFile = 'running.json';

export const hasLocalRedis = (): boolean => findOnPath(program) !== null;

/** @throws with what to do when there is no `redis-server`, or it does not start. */
export async function startLocalRedis(options: LocalRedisOptions): Promise<LocalRedis> {
  const path = findOnPath(program);
  if (path === null) throw new Error(`There is no ${program} on the PATH.`);
  const folder = resolve(options.dataDir);
  await mkdir(folder, { recursive: true });
  const left = await adopt(folder);
  if (left !== null) return left;
  const port = options.port ?? (await freePort());
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  const durability = ['--appendonly', options.isDurable ? 'yes' : 'no'];
  // A process group of its own, so that Ctrl-C does not end it before the services that use it.
  const server = spawn(path, [...flags, ...durability, ...(options.flags ?? [])], {
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const ended = new Promise<never>((_, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`${program} ended with code ${code} while starting in ${folder}.`)));
  });
  ended.catch(() => undefined);
  await Promise.race([untilAccepting(port), ended]);
  const pid = server.pid as number;
  await writeFile(join(folder, redisStateFile), JSON.stringify({ pid, port }));
  return running(pid, port);
}

function running(pid: number, port: number): LocalRedis {
  return { url: `redis://127.0.0.1:${port}`, pid, stop: () => end(pid, 'SIGTERM'), kill: () => end(pid, 'SIGKILL') };
}

/** One that a killed run left behind: two on the same data would destroy them. */
async function adopt(folder: string): Promise<LocalRedis | null> {
  const text = await readFile(join(folder, redisStateFile), 'utf8').catch(() => null);
  if (text === null) return null;
  const { pid, port } = JSON.parse(text) as { pid: number; port: number };
  return isRunningAs(pid, program) && (await isAccepting(port)) ? running(pid, port) : null;
}

async function untilAccepting(port: number): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (!(await isAccepting(port))) {
    if (Date.now() > deadline) throw new Error(`${program} did not accept connections within ${startTimeoutMs / 1000} s.`);
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

async function end(pid: number, signal: NodeJS.Signals): Promise<void> {
  if (!isRunning(pid)) return;
  process.kill(pid, signal);
  while (isRunning(pid)) await sleep(10);
}
