// The servers that tests share, started once per test run: PostgreSQL when the first test asks for it, Redis when there is one.
// This file is vitest's global setup and runs in its main process; tests reach it through `databases.ts` and `redis.ts`.
import { existsSync, readdirSync, readFileSync, rmSync, statfsSync, statSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { loadConfig } from '../config/config.ts';
import { type LocalPostgres, startLocalPostgres } from '../database/local-postgres.ts';
import { hasLocalRedis, redisStateFile, startLocalRedis } from '../events/local-redis.ts';
import { isRunningAs } from '../processes.ts';

export interface TestServices {
  /** Folder of this run; removed at its end. */
  readonly folder: string;
  /** Answers with the URL of the PostgreSQL server, which it starts when asked first. */
  readonly postgresControlUrl: string;
  readonly redisUrl: string | null;
}

declare module 'vitest' {
  interface ProvidedContext {
    testServices: TestServices;
  }
}

const folderPrefix = 'clawpurse-test-';
const ownerlessMsMax = 600_000;
/** A file system in memory, which Linux has. */
const memoryFolder = '/dev/shm';
/** What the servers of a test run may come to hold at a time. */
const memoryBytesMin = 4 * 1024 ** 3;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  removeLeftovers();
  const folder = await mkdtemp(join(parentFolder(), folderPrefix));
  // PostgreSQL may run as another user, who has to reach its data below this folder.
  await chmod(folder, 0o711);
  await writeFile(join(folder, 'owner.pid'), String(process.pid));
  const postgres = await servePostgresOnDemand(join(folder, 'postgres'));
  const redis = await startRedis(folder);
  project.provide('testServices', { folder, postgresControlUrl: postgres.url, redisUrl: redis.url });
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

/** In memory where there is enough of it: every test copies a database, and a disk would set the pace of the whole suite. */
function parentFolder(): string {
  if (!existsSync(memoryFolder)) return tmpdir();
  const { bavail, bsize } = statfsSync(memoryFolder);
  return bavail * bsize >= memoryBytesMin ? memoryFolder : tmpdir();
}

async function servePostgresOnDemand(dataDir: string): Promise<{ url: string; stop(): Promise<void> }> {
  let starting: Promise<LocalPostgres> | null = null;
  const server: Server = createServer((_request, response) => {
    starting ??= startLocalPostgres({ dataDir, isDurable: false });
    starting.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await (await starting?.catch(() => null))?.stop('immediate');
    },
  };
}

async function startRedis(folder: string): Promise<{ url: string | null; stop(): Promise<void> }> {
  const { redisUrl } = loadConfig();
  if (redisUrl || !hasLocalRedis()) return { url: redisUrl ?? null, stop: async () => undefined };
  return startLocalRedis({ dataDir: join(folder, 'redis'), isDurable: false });
}

/** A test run that was killed leaves its folder, and the servers that ran in it, behind. */
function removeLeftovers(): void {
  const parents = [tmpdir(), memoryFolder].filter((parent) => existsSync(parent));
  const folders = parents.flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)));
  for (const folder of folders.filter((path) => basename(path).startsWith(folderPrefix))) {
    const owner = readPid(join(folder, 'owner.pid'));
    // Without an owner it is being made this moment, or was half removed.
    const isInUse = owner === null ? Date.now() - statSync(folder).mtimeMs < ownerlessMsMax : isRunningAs(owner, 'vitest');
    if (isInUse) continue;
    for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, entry);
      if (basename(path) === 'postmaster.pid') endIfMeant(readPid(path), dirname(path), 'SIGQUIT');
      if (basename(path) === redisStateFile) endIfMeant(readPid(path), 'redis-server', 'SIGKILL');
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function endIfMeant(pid: number | null, text: string, signal: NodeJS.Signals): void {
  if (pid !== null && isRunningAs(pid, text)) process.kill(pid, signal);
}

/** The first number in the file. */
function readPid(path: string): number | null {
  if (!existsSync(path)) return null;
  return Number(/\d+/.exec(readFileSync(path, 'utf8'))?.[0] ?? 0) || null;
}
