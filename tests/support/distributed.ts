// A distributed system of a test's own: PostgreSQL, Redis and every service a process that the test may kill and start again.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackingService } from '../../cli/distributed/backing-services.ts';
import type { ServiceProcess } from '../../cli/distributed/service-process.ts';
import { planTopology, type Topology } from '../../cli/distributed/topology.ts';
import { loadConfig } from '../../platform/config/config.ts';
import { environment } from '../../platform/config/environment.ts';
import { startLocalPostgres } from '../../platform/database/local-postgres.ts';
import { migrateDatabase } from '../../platform/database/migrate.ts';
import { databaseTarget } from '../../platform/database/target.ts';
import { domainNames } from '../../platform/domains.ts';
import { startLocalRedis } from '../../platform/events/local-redis.ts';
import { isRunning } from '../../platform/processes.ts';

export interface RunningTopology {
  readonly topology: Topology;
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** Of the servers that the services use. */
  readonly pids: Readonly<Record<'postgresql' | 'redis', number | null>>;
  /** Lines that services wrote at level warn or above, newest last, for the message of a failing test. */
  readonly warnings: readonly string[];
  /** `kill -9`, and a start at the same address; resolves when it serves again. */
  crashService(name: string): Promise<void>;
  crashPostgres(): Promise<void>;
  crashRedis(): Promise<void>;
  stop(): Promise<void>;
}

const warningsKept = 500;

export interface RunningTopologyOptions {
  readonly folder: string;
  readonly replicas: number;
  readonly gateways: number;
  /** Further settings of every process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly postgresSettings?: Readonly<Record<string, string>>;
  /** Told of a process that ends though nobody has ended it. */
  readonly onUnexpectedEnd?: (service: ServiceProcess, how: string) => void;
}

export async function startTopology(options: RunningTopologyOptions): Promise<RunningTopology> {
  const startPostgres = async (port?: number): Promise<BackingService> => {
    const server = await startLocalPostgres({
      dataDir: join(options.folder, 'postgres'),
      isDurable: true,
      port: port ?? 0,
      settings: options.postgresSettings ?? {},
    });
    return { url: server.url, pid: server.pid, stop: () => server.stop('fast') };
  };
  const startRedis = (port?: number): Promise<BackingService> =>
    startLocalRedis({ dataDir: join(options.folder, 'redis'), isDurable: true, ...(port === undefined ? {} : { port }) });

  let postgres = await startPostgres();
  let redis = await startRedis();
  const config = loadConfig(environment({ DATABASE_URL: postgres.url }));
  for (const domain of domainNames) await migrateDatabase({ domain, target: databaseTarget(config, domain) });
  const warnings: string[] = [];
  const topology = await planTopology({
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    replicas: options.replicas,
    gateways: options.gateways,
    port: 'free',
    host: '127.0.0.1',
    env: { LOG_LEVEL: 'warn', ...options.env },
    onUnexpectedEnd: (service, how) => options.onUnexpectedEnd?.(service, how),
    onLine: (service, line) => {
      warnings.push(`${service}: ${line}`);
      if (warnings.length > warningsKept) warnings.shift();
    },
  });
  await topology.start();
  return {
    topology,
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    get pids() {
      return { postgresql: postgres.pid, redis: redis.pid };
    },
    warnings,
    async crashService(name) {
      const service = topology.processes.get(name);
      if (!service) throw new Error(`There is no process ${name}.`);
      await service.kill();
      await service.start();
      await service.untilReady();
    },
    async crashPostgres() {
      postgres = await crash(postgres, startPostgres);
    },
    async crashRedis() {
      redis = await crash(redis, startRedis);
    },
    async stop() {
      await topology.stop();
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}

async function crash({ pid, url }: BackingService, start: (port: number) => Promise<BackingService>): Promise<BackingService> {
  if (pid === null) throw new Error(`${url} is not ours to kill.`);
  process.kill(pid, 'SIGKILL');
  while (isRunning(pid)) await sleep(10);
  return start(Number(new URL(url).port));
}
