// A Redis of one's own, for tests that flush, freeze, kill and restart it. The one that all tests share must not be treated like that.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { hasLocalRedis, type LocalRedis, startLocalRedis } from '../events/local-redis.ts';

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
  if (!hasLocalRedis()) return null;
  const folder = await mkdtemp(join(tmpdir(), 'clawpurse-redis-'));
  const start = (port?: number): Promise<LocalRedis> =>
    startLocalRedis({
      dataDir: folder,
      isDurable: false,
      flags: ['--enable-debug-command', 'local'],
      ...(port === undefined ? {} : { port }),
    });
  let server = await start();
  const { url } = server;

  return {
    url,
    kill: () => server.kill(),
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
      server = await start(Number(new URL(url).port));
    },
    stop: async () => {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
