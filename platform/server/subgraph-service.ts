// Starts one domain: opens its database, wires events, schema and identity into a running service, and stops it all in order.
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { type Clock, type Ids, systemClock, uuidIds } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../database/database.ts';
import { migrateDatabase } from '../database/migrate.ts';
import { openDatabase } from '../database/open.ts';
import { databaseTarget } from '../database/target.ts';
import { createEventRuntime, type EventRuntime } from '../events/runtime.ts';
import type { EventTransport } from '../events/transport.ts';
import { createOperationExecutor, type OperationExecutor } from '../graph/execution.ts';
import { buildSubgraph } from '../graph/schema.ts';
import type { SubgraphClient, SubgraphModule, SubgraphService } from '../graph/subgraph.ts';
import { jwksUrl, mergeKeySources, remoteKeySource } from '../identity/key-source.ts';
import { createTokenVerifier, type KeySource, type TokenVerifier } from '../identity/token-verifier.ts';
import { createLogger } from '../log.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { createActivity } from './activity.ts';
import { answers, type HealthCheck, runHealthChecks } from './health.ts';
import { createInProcessClient } from './in-process-client.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { serverErrors } from './server.errors.ts';

export interface StartSubgraphOptions {
  readonly module: SubgraphModule;
  readonly config: Config;
  /** One for all subgraphs of a process; whoever made it closes it after they have stopped. */
  readonly transport: EventTransport;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly log?: Logger;
  readonly metrics?: Metrics;
  readonly tracing?: Tracing | null;
  /** Public keys of access tokens, besides this domain's own. With neither, the JWKS endpoint of the configuration is asked. */
  readonly keys?: KeySource;
  /** Brings the database to the newest schema first. */
  readonly migrate?: boolean;
  /** A database that is open already, for tests. It is closed with the subgraph. */
  readonly database?: Database;
}

/** A domain that runs. Call it through `client`, or let `serveSubgraph` listen. */
export interface RunningSubgraph {
  readonly name: string;
  readonly schema: GraphQLSchema;
  readonly executor: OperationExecutor;
  /** In process. */
  readonly client: SubgraphClient;
  /** Only `auth` has them. */
  readonly keys: KeySource | undefined;
  readonly verifier: TokenVerifier;
  readonly events: EventRuntime;
  readonly database: Database;
  readonly checks: readonly HealthCheck[];
  readonly metrics: Metrics;
  /** Null when nobody collects traces. */
  readonly tracing: Tracing | null;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  /** Lets open requests finish, ends subscriptions, stops consumers and background work, closes the database. Safe to call again. */
  stop(): Promise<void>;
}

/**
 * Starts a domain.
 *
 * @example
 * const wallet = await startSubgraph({ module: walletModule, config, transport, migrate: true });
 * const result = await wallet.client.execute({ query: '{ wallets { nodes { id } } }', token, requestId });
 * await wallet.stop();
 * @throws START_FAILED naming the step and what to do; nothing is left open.
 */
export async function startSubgraph(options: StartSubgraphOptions): Promise<RunningSubgraph> {
  const { module, config, transport } = options;
  const { name } = module;
  const clock = options.clock ?? systemClock;
  const ids = options.ids ?? uuidIds;
  const log = options.log ?? createLogger(config, name);
  const metrics = options.metrics ?? createMetrics();
  const undo: (() => Promise<unknown>)[] = [];

  /** Runs one step; when it fails, takes back the steps before it and says which one it was. */
  async function step<T>(title: string, run: () => Promise<T> | T): Promise<T> {
    try {
      return await run();
    } catch (error) {
      for (const takeBack of undo.toReversed())
        await takeBack().catch((failure: unknown) => log.warn({ error: failure }, 'Cleaning up after a failed start.'));
      const problem = error instanceof Error ? error.message : String(error);
      throw serverErrors.START_FAILED({ service: name, step: title, problem }, error);
    }
  }

  if (options.migrate === true && options.database === undefined) {
    const { applied } = await step('migrating the database', () =>
      migrateDatabase({ domain: name, target: databaseTarget(config, name) }),
    );
    if (applied.length > 0) log.info({ migrations: applied }, 'Migrations applied.');
  }
  const onActionError = (error: unknown) => log.error({ error }, 'An action after a commit failed.');
  const database =
    options.database ?? (await step('opening the database', () => openDatabase({ domain: name, config, onActionError })));
  undo.push(() => database.close());

  const events = await step('setting up events', () =>
    createEventRuntime({ domain: name, database, transport, clock, ids, log }),
  );
  const service = await step('creating the domain', () =>
    module.create({ config, log, database, outbox: events.outbox, feed: events.feed, clock, ids }),
  );
  const { schema } = await step('building the schema', () => buildSubgraph(module, service));
  if (config.demo) await step('seeding the demonstration data', () => service.seed?.());

  undo.push(() => events.stop());
  await step('starting events', async () => {
    events.consume(service.consumers ?? []);
    await events.start();
  });
  undo.push(async () => service.stop?.());
  await step('starting background work', () => service.start?.());

  const tracing = options.tracing ?? null;
  return assemble({
    name,
    schema,
    service,
    events,
    database,
    clock,
    ids,
    log,
    metrics,
    tracing,
    config,
    keys: options.keys,
  });
}

interface Parts {
  readonly name: SubgraphModule['name'];
  readonly schema: GraphQLSchema;
  readonly service: SubgraphService;
  readonly events: EventRuntime;
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing | null;
  readonly config: Config;
  readonly keys: KeySource | undefined;
}

function assemble(parts: Parts): RunningSubgraph {
  const { name, schema, service, events, database, clock, ids, log, metrics, tracing, config } = parts;
  const sources = [parts.keys, service.keys].filter((source) => source !== undefined);
  const verifier = createTokenVerifier({
    issuer: config.auth.issuer,
    audience: config.auth.audience,
    keys: sources.length === 0 ? remoteKeySource(jwksUrl(config)) : mergeKeySources(sources),
    clock,
    // Asking in process costs nothing that a flood of invented key ids could use up.
    ...(sources.length === 0 ? {} : { unknownKeyCooldownMs: 0 }),
  });
  const executor = createOperationExecutor(schema, { tokensMax: config.limits.tokensMax * internalTokensFactor });
  const activity = createActivity(name);
  const stopping = new AbortController();
  const checks = healthChecks(parts, service.keys);
  const forgetGauges = publishGauges(parts);
  const client = createInProcessClient({
    name,
    clock,
    executor,
    verifier,
    downloads: service.downloads ?? {},
    log,
    activity,
    metrics,
    tracing,
    stopping: stopping.signal,
    ping: async () => {
      const { checks: reports } = await runHealthChecks(checks);
      const failed = Object.entries(reports).find(([, report]) => report.status === 'failed');
      if (failed !== undefined) throw new Error(`${name} is not ready: ${failed[0]}: ${failed[1].message ?? 'failed'}`);
    },
  });

  async function stopInOrder(): Promise<void> {
    const isIdle = await activity.drain(config.shutdownGraceMs);
    if (!isIdle) log.warn({ openRequests: activity.openCount }, 'Stopping although requests are still open.');
    stopping.abort();
    await service.stop?.();
    await events.stop();
    forgetGauges();
    await database.close();
  }
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= stopInOrder();
    return stopped;
  };
  return {
    name,
    schema,
    executor,
    client,
    keys: service.keys,
    verifier,
    events,
    database,
    checks,
    metrics,
    tracing,
    clock,
    ids,
    log,
    stop,
  };
}

/** The gateway's own documents are longer than what clients send: fragments expanded, keys added, entities batched. */
const internalTokensFactor = 10;

function healthChecks({ database, events }: Parts, keys: KeySource | undefined): HealthCheck[] {
  const checks = [answers('database', () => database.ping()), ...events.checks];
  return keys === undefined ? checks : [...checks, answers('keys', () => keys.jwks())];
}

function publishGauges({ name, events, metrics }: Parts): () => void {
  const gauge = (metric: string, help: string, read: () => Promise<number>) =>
    metrics.gauge({ name: metric, help, service: name, read });
  const forget = [
    gauge('clawpurse_outbox_lag_events', 'Committed events that consumers cannot get yet.', () => events.lag()),
    gauge('clawpurse_inbox_parked_events', 'Events whose handling failed and that wait to be tried again.', () =>
      events.parked(),
    ),
    gauge(
      'clawpurse_inbox_exhausted_events',
      'Parked events that only an operator can set going again.',
      async () => (await events.status()).exhausted,
    ),
    gauge(
      'clawpurse_live_followers',
      'Streams that follow a live feed of the domain.',
      async () => (await events.status()).followers,
    ),
  ];
  return () => {
    for (const each of forget) each();
  };
}
