// A distributed system of a test's own: PostgreSQL, Redis and every service a process, whose pids the test knows and may kill.
import { join } from 'node:path';
import { type BackingService, startPostgres, startRedis } from '../../cli/distributed/backing-services.ts';
import { planTopology, type Topology } from '../../cli/distributed/topology.ts';
import { loadConfig } from '../../platform/config/config.ts';
import { environment } from '../../platform/config/environment.ts';
import { migrateDatabase } from '../../platform/database/migrate.ts';
import { databaseTarget } from '../../platform/database/target.ts';
import { domainNames } from '../../platform/domains.ts';

export interface RunningTopology {
  readonly topology: Topology;
  readonly postgres: BackingService;
  readonly redis: BackingService;
  /** Lines that services wrote at level warn or above, newest last, for the message of a failing test. */
  readonly warnings: readonly string[];
  stop(): Promise<void>;
}

const warningsKept = 500;

export async function startTopology(options: { folder: string; replicas: number; gateways: number }): Promise<RunningTopology> {
  const postgres = await startPostgres(join(options.folder, 'postgres'));
  const redis = await startRedis(join(options.folder, 'redis'));
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
    env: { LOG_LEVEL: 'warn' },
    onLine: (service, line) => {
      warnings.push(`${service}: ${line}`);
      if (warnings.length > warningsKept) warnings.shift();
    },
  });
  await topology.start();
  return {
    topology,
    postgres,
    redis,
    warnings,
    stop: async () => {
      await topology.stop();
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}
