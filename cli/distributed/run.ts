// `clawpurse distributed`: PostgreSQL, Redis and every service on this machine, watched by a person at a terminal.
import { join } from 'node:path';
import { type Config, loadConfig } from '../../platform/config/config.ts';
import { environment } from '../../platform/config/environment.ts';
import { migrateDatabase } from '../../platform/database/migrate.ts';
import { databaseTarget } from '../../platform/database/target.ts';
import { domainNames } from '../../platform/domains.ts';
import { createLogger, type Logger } from '../../platform/log.ts';
import { createShutdown, type Shutdown } from '../../platform/server/shutdown.ts';
import { banner } from '../banner.ts';
import { assertPortFree } from '../port.ts';
import { createProgress, type Progress } from '../progress.ts';
import { type BackingService, startPostgres, startRedis } from './backing-services.ts';
import { planTopology, type Topology } from './topology.ts';

const stopLimitMs = 60_000;
const borrowed = (url: string): BackingService => ({ url, pid: null, stop: async () => undefined });

export interface RunOptions {
  readonly config: Config;
  readonly replicas: number;
  readonly gateways: number;
  readonly sinceMs: number;
}

export async function runDistributed(options: RunOptions): Promise<{ readonly shutdown: Shutdown; readonly log: Logger }> {
  const { config } = options;
  const log = createLogger(config, 'clawpurse');
  const shutdown = createShutdown({ log, limitMs: stopLimitMs });
  const progress = createProgress();
  try {
    await assertPortFree(config.port, config.host);
    const { postgres, redis } = await startBackingServices(config, shutdown, progress);
    await progress.step('Migrate the databases', () => migrateAll(postgres.url));
    const topology = await planTopology({
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      replicas: options.replicas,
      gateways: options.gateways,
      port: config.port,
      host: config.host,
      env: { LOG_LEVEL: config.logLevel },
      onLine: (service, line) => console.log(`${service.padEnd(15)}| ${line}`),
      onUnexpectedEnd: ({ name, url }, how) =>
        console.error(
          `\n  ! ${name} (${url}) ${how}. The others go on; nothing is restarted by itself. Stop with Ctrl-C and start again.\n`,
        ),
    });
    shutdown.add('services', async () => {
      const failed = await topology.stop();
      if (failed.length > 0) throw new Error(`These did not end in order: ${failed.join(', ')}.`);
    });
    await progress.step(`Start ${topology.processes.size} services`, () => topology.start());
    console.log(
      banner({
        config,
        urls: topology.gateways.map(({ url }) => url.replace('127.0.0.1', 'localhost')),
        readyInMs: performance.now() - options.sinceMs,
        extra: describeProcesses(topology, postgres, redis),
      }),
    );
    return { shutdown, log };
  } catch (error) {
    await shutdown.run('the start failed');
    throw error;
  }
}

async function startBackingServices(
  config: Config,
  shutdown: Shutdown,
  progress: Progress,
): Promise<{ postgres: BackingService; redis: BackingService }> {
  const { url: databaseUrl } = config.database;
  const { redisUrl } = config;
  // Redis first: it is the one that may be missing.
  const redis = redisUrl
    ? borrowed(redisUrl)
    : await progress.step('Start Redis', () => startRedis(join(config.dataDir, 'redis')));
  shutdown.add('redis', () => redis.stop());
  const postgres = databaseUrl
    ? borrowed(databaseUrl)
    : await progress.step('Start PostgreSQL', () => startPostgres(join(config.dataDir, 'postgres')));
  shutdown.add('postgresql', () => postgres.stop());
  return { postgres, redis };
}

/** Once, before any service starts: replicas then find their databases ready. */
async function migrateAll(databaseUrl: string): Promise<void> {
  const config = loadConfig(environment({ DATABASE_URL: databaseUrl }));
  for (const domain of domainNames) await migrateDatabase({ domain, target: databaseTarget(config, domain) });
}

function describeProcesses(topology: Topology, postgres: BackingService, redis: BackingService): string[] {
  const rows = [...topology.processes.values()].map(({ name, url, pid }) => `    ${name.padEnd(16)}${url.padEnd(32)}pid ${pid}`);
  const backing = [
    { name: 'postgresql', service: postgres },
    { name: 'redis', service: redis },
  ].map(
    ({ name, service }) =>
      `    ${name.padEnd(16)}${withoutPassword(service.url).padEnd(32)}${service.pid === null ? '' : `pid ${service.pid}`}`,
  );
  return ['', '  Processes', ...rows, ...backing];
}

function withoutPassword(text: string): string {
  const url = new URL(text);
  return `${url.protocol}//${url.host}`;
}
