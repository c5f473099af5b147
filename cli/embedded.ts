// The embedded topology: all subgraphs and the gateway in one process, connected by function calls.
import { createGateway } from '../gateway/gateway.ts';
import type { Config } from '../platform/config/config.ts';
import { migrateDatabase } from '../platform/database/migrate.ts';
import { databaseTarget } from '../platform/database/target.ts';
import { createEventTransport } from '../platform/events/runtime.ts';
import type { EventTransport } from '../platform/events/transport.ts';
import { createLogger, type Logger } from '../platform/log.ts';
import { createMetrics } from '../platform/server/metrics.ts';
import { createShutdown, type Shutdown } from '../platform/server/shutdown.ts';
import { type RunningSubgraph, startSubgraph } from '../platform/server/subgraph-service.ts';
import { createTracing, type Tracing } from '../platform/telemetry/tracing.ts';
import { lockDataFolder } from './data-folder.ts';
import { playgroundUsers } from './demo-users.ts';
import { loadAllDomains } from './domains.ts';
import { playgroundFolder, supergraphSource } from './paths.ts';
import { type Progress, silentProgress } from './progress.ts';

/** What comes after the grace for open requests: closing sockets, consumers and databases. */
const shutdownMarginMs = 10_000;

export interface EmbeddedSystem {
  readonly url: string;
  readonly shutdown: Shutdown;
  readonly log: Logger;
}

/** Migrates, seeds and starts everything; listens on the configured port, which should be free. When a step fails, what has been started is stopped again. */
export async function startEmbedded(config: Config, progress: Progress = silentProgress): Promise<EmbeddedSystem> {
  const log = createLogger(config, 'clawpurse');
  const shutdown = createShutdown({ log, limitMs: config.shutdownGraceMs + shutdownMarginMs });
  try {
    const domains = await startSubgraphs(config, log, shutdown, progress);
    const url = await progress.step('Start the gateway', () => startGateway(config, shutdown, domains));
    return { url, shutdown, log };
  } catch (error) {
    await shutdown.run('the start failed');
    throw error;
  }
}

const metrics = createMetrics();

export interface StartedDomains {
  readonly subgraphs: readonly RunningSubgraph[];
  readonly transport: EventTransport;
  readonly tracing: Tracing | null;
}

/** All domains, wired to each other through one transport. Also what `clawpurse seed` needs. */
export async function startSubgraphs(
  config: Config,
  log: Logger,
  shutdown: Shutdown,
  progress: Progress = silentProgress,
): Promise<StartedDomains> {
  const isOnSqlite = config.database.url === null && Object.values(config.database.domainUrls).every((url) => url === null);
  if (isOnSqlite) {
    const lock = await lockDataFolder(config.dataDir);
    shutdown.add('data folder', async () => lock.release());
  }
  const modules = await progress.step('Load the subgraphs', loadAllDomains, (loaded) =>
    loaded.map(({ name }) => name).join(', '),
  );
  await progress.step(
    'Migrate the databases',
    async () => {
      const applied: string[] = [];
      for (const { name } of modules)
        applied.push(...(await migrateDatabase({ domain: name, target: databaseTarget(config, name) })).applied);
      return applied.length;
    },
    (count) => (count === 0 ? 'up to date' : `${count} applied`),
  );

  const tracing = await createTracing(config.telemetry, 'embedded', log);
  if (tracing !== null) shutdown.add('tracing', () => tracing.stop());
  const transport = await createEventTransport(config, log);
  shutdown.add('event transport', () => transport.close());
  const title = config.demo ? 'Start the subgraphs and seed the demonstration data' : 'Start the subgraphs';
  const subgraphs = await progress.step(title, async () => {
    const started: RunningSubgraph[] = [];
    // `auth` first: its keys verify the tokens of the others.
    const [auth, ...others] = modules.toSorted((left, right) => Number(right.name === 'auth') - Number(left.name === 'auth'));
    for (const group of [auth ? [auth] : [], others]) {
      const keys = started.find((subgraph) => subgraph.keys !== undefined)?.keys;
      const running = group.map(async (module) => {
        const subgraph = await startSubgraph({
          module,
          config,
          transport,
          metrics,
          tracing,
          log: createLogger(config, module.name),
          ...(keys ? { keys } : {}),
        });
        started.push(subgraph);
        shutdown.add(module.name, () => subgraph.stop());
      });
      // All have to have settled, so that a failure of one leaves none behind unknown.
      const failed = (await Promise.allSettled(running)).find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    }
    return started;
  });
  return { subgraphs, transport, tracing };
}

async function startGateway(
  config: Config,
  shutdown: Shutdown,
  { subgraphs, transport, tracing }: StartedDomains,
): Promise<string> {
  const byName = new Map(subgraphs.map((subgraph) => [subgraph.name as string, subgraph]));
  const auth = byName.get('auth');
  const gateway = await createGateway({
    config,
    source: await supergraphSource(config),
    clients: (name) => {
      const subgraph = byName.get(name);
      if (!subgraph) throw new Error(`The supergraph names a subgraph "${name}" that does not run here. Run: npm run compose`);
      return subgraph.client;
    },
    verifier: auth?.verifier ?? null,
    ...(auth?.keys === undefined ? {} : { keys: auth.keys }),
    log: createLogger(config, 'gateway'),
    metrics,
    tracing,
    downloads: true,
    events: transport,
    checks: subgraphs.flatMap(({ name, checks }) => checks.map((check) => ({ ...check, name: `${name}: ${check.name}` }))),
    playground: { folder: playgroundFolder, demoUsers: config.demo ? playgroundUsers() : [] },
  });
  shutdown.add('gateway', () => gateway.stop());
  return gateway.listen({ port: config.port, host: config.host });
}
