// The PostgreSQL and the Redis of the distributed topology when the configuration names none: started on this machine, with durable data.
import { resolve } from 'node:path';
import { startLocalPostgres } from '../../platform/database/local-postgres.ts';
import { hasLocalRedis, startLocalRedis } from '../../platform/events/local-redis.ts';
import { CommandError } from '../failure.ts';

export interface BackingService {
  readonly url: string;
  /** Null when it is somebody else's. */
  readonly pid: number | null;
  stop(): Promise<void>;
}

export async function startPostgres(dataDir: string): Promise<BackingService> {
  const { url, pid, stop } = await startLocalPostgres({ dataDir: resolve(dataDir), isDurable: true });
  return { url, pid, stop: () => stop('fast') };
}

/** @throws {CommandError} that says how to get Redis when there is no `redis-server`. */
export async function startRedis(dataDir: string): Promise<BackingService> {
  if (!hasLocalRedis()) {
    throw new CommandError(
      'The distributed topology needs Redis. Set REDIS_URL, or install redis-server\n(Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis).',
    );
  }
  return startLocalRedis({ dataDir, isDurable: true }).catch((error: unknown) => {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
  });
}
