// A Redis of one's own, for tests that flush, freeze, kill and restart it. The one that all tests share must not be treated like that.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../database/local-postgres.ts';
import { findOnPath } from './services.ts';

export interface DisposableRedis {
  readonly url: string;
  /** Runs one command on a connection of its own. */
  command(name: string, ...args: (string | number)[]): Promise<unknown>;
  /** Kills it without warning; what it held is lost. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Null when there is no `redis-server` on the PATH. */
export async function startDisposableRedis(): Promise<DisposableRedis | null> {
  const program = findOnPath('redis-server');
  if (!program) return null;
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'clawpurse-redis-'));
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess = await run(program, port, folder);

  const kill = async () => {
    const exited = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await exited;
  };
  return {
    url,
    kill,
    command: async (name, ...args) => {
      const client = new Redis(url, { maxRetriesPerRequest: 0 });
      client.on('error', () => undefined);
      try {
        return await client.call(name, ...args);
      } finally {
        client.disconnect();
      }
    },
    restart: async () => {
      server = await run(program, port, folder);
    },
    stop: async () => {
      if (server.exitCode === null && server.signalCode === null) await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function run(program: string, port: number, folder: string): Promise<ChildProcess> {
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const server = spawn(program, [...flags, '--enable-debug-command', 'local'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`redis-server ended with code ${code} while starting.`)));
    server.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.includes('Ready to accept connections')) resolve();
    });
  });
  return server;
}
