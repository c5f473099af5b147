// Runs one real domain for a test: real database, real event runtime, real schema; only time, tokens and the other domains are the test's.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import { onTestFinished } from 'vitest';
import { type Ids, uuidIds } from '../clock.ts';
import { type Config, type EnvironmentVariables, loadConfig } from '../config/config.ts';
import type { Database, DatabaseProvider } from '../database/database.ts';
import type { RecordedEvent } from '../events/event.ts';
import { createInProcessTransport } from '../events/in-process.transport.ts';
import type { EventTransport } from '../events/transport.ts';
import type { SubgraphModule } from '../graph/subgraph.ts';
import { mergeKeySources } from '../identity/key-source.ts';
import type { KeySource } from '../identity/token-verifier.ts';
import { type Logger, silentLogger } from '../log.ts';
import { type RunningSubgraph, startSubgraph } from '../server/subgraph-service.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { createTestClock, type TestClock } from './clock.ts';
import { openTestDatabase } from './databases.ts';
import { createEventReader, type EventReader } from './event-reader.ts';
import { foreignLogs, publishForeign, watchDeliveries } from './foreign-events.ts';
import type { ForeignEvent } from './foreign-log.ts';
import { createTestTokens, type TestIdentity } from './tokens.ts';

export interface TestSubgraphOptions {
  readonly provider?: DatabaseProvider;
  /** Environment variables on top of the test's: `{ CLAWPURSE_DEMO: 'true' }`. */
  readonly env?: EnvironmentVariables;
  readonly clock?: TestClock;
  readonly ids?: Ids;
  /** Silent unless given. */
  readonly log?: Logger;
  /** A database that is open already, for example one that the test has put something into. */
  readonly database?: Database;
  /** To join several domains, or replicas of one. Default: a transport of its own. */
  readonly transport?: EventTransport;
  /** Nobody collects traces by default. */
  readonly tracing?: Tracing;
  /** Further keys that tokens may be signed with, besides the test's. */
  readonly keys?: KeySource;
}

export interface CallOptions {
  /** Who calls; nobody by default. */
  readonly as?: Partial<TestIdentity> | null;
  /** A token to send as it is, instead of `as`. */
  readonly token?: string;
  readonly requestId?: string;
  readonly client?: { readonly address: string | null; readonly userAgent: string | null };
}

export type Variables = Readonly<Record<string, unknown>>;
// biome-ignore lint/suspicious/noExplicitAny: tests read results freely; those that care name the type.
type AnyData = any;

export interface TestSubgraph extends EventReader {
  readonly running: RunningSubgraph;
  readonly database: Database;
  readonly config: Config;
  readonly clock: TestClock;
  readonly ids: Ids;
  /** A whole identity from the parts that matter to the test. */
  identity(partial?: Partial<TestIdentity>): TestIdentity;
  tokenFor(identity: Partial<TestIdentity>): Promise<string>;
  /** Runs an operation; errors are in the result. */
  execute<Data = AnyData>(query: string, variables?: Variables, options?: CallOptions): Promise<ExecutionResult<Data>>;
  /** Runs an operation that must succeed, and gives its data. */
  data<Data = AnyData>(query: string, variables?: Variables, options?: CallOptions): Promise<Data>;
  /** Runs an operation that must be refused, and gives its first error. */
  refusal(query: string, variables?: Variables, options?: CallOptions): Promise<Refusal>;
  /** Starts a subscription at once. Leaving the loop, or `return()`, ends it. */
  subscribe<Data = AnyData>(
    query: string,
    variables?: Variables,
    options?: CallOptions,
  ): AsyncGenerator<ExecutionResult<Data>, void, void>;
  /** Resolves when so many streams follow this domain's live feeds: what happens then reaches them. */
  whenFollowed(count?: number): Promise<void>;
  /** Publishes an event of another domain through the real transport; resolves when this domain has taken it, ignored it or parked it. */
  publish(event: ForeignEvent): Promise<RecordedEvent>;
  stop(): Promise<void>;
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details: AnyData;
  readonly retryable: boolean;
}

/**
 * Starts a domain for a test; it stops by itself when the test ends (after `beforeAll`, call `stop` in `afterAll`).
 *
 * @example
 * const wallet = await startTestSubgraph(walletModule, { provider });
 * const alice = wallet.identity();
 * const { openWallet } = await wallet.data(openWalletMutation, { input: { name: 'Savings' } }, { as: alice });
 * await wallet.waitForEvent('clawpurse.wallet.wallet_opened.v1', (event) => event.subject === openWallet.wallet.id);
 */
export async function startTestSubgraph(module: SubgraphModule, options: TestSubgraphOptions = {}): Promise<TestSubgraph> {
  const config = loadConfig({
    NODE_ENV: 'test',
    CLAWPURSE_DEMO: 'false',
    LOG_LEVEL: 'silent',
    SHUTDOWN_GRACE_MS: '2000',
    ...options.env,
  });
  const clock = options.clock ?? createTestClock();
  const ids = options.ids ?? uuidIds;
  const log = options.log ?? silentLogger();
  const ownTransport = options.transport === undefined ? createInProcessTransport({ log }) : null;
  const realTransport = options.transport ?? (ownTransport as EventTransport);
  const transport = watchDeliveries(realTransport);
  const logs = foreignLogs(realTransport, { clock, ids });
  const tokens = createTestTokens({ config, clock, ids });
  const database = options.database ?? (await openTestDatabase(module.name, options.provider ?? 'sqlite'));
  const keys = options.keys === undefined ? tokens.keys : mergeKeySources([tokens.keys, options.keys]);
  const { tracing = null } = options;
  const running = await startSubgraph({ module, config, transport, clock, ids, log, keys, database, tracing });

  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= (async () => {
      await running.stop();
      await ownTransport?.close();
    })();
    return stopped;
  };
  stopWithTest(stop);

  const requestOf = async (query: string, variables: Variables, call: CallOptions) => ({
    query,
    variables,
    token: call.token ?? (call.as === undefined || call.as === null ? null : await tokens.tokenFor(call.as)),
    requestId: call.requestId ?? ids.next(),
    ...(call.client === undefined ? {} : { client: call.client }),
  });
  const execute = async (query: string, variables: Variables = {}, call: CallOptions = {}) =>
    running.client.execute(await requestOf(query, variables, call)) as Promise<ExecutionResult<AnyData>>;

  return {
    running,
    database,
    config,
    clock,
    ids,
    identity: tokens.identity,
    tokenFor: tokens.tokenFor,
    execute,
    async data(query, variables, call) {
      const result = await execute(query, variables, call);
      if (result.errors !== undefined) throw new Error(`The operation failed:\n${result.errors.map(describeError).join('\n')}`);
      return result.data;
    },
    async refusal(query, variables, call) {
      const { errors, data } = await execute(query, variables, call);
      const [error] = errors ?? [];
      if (error === undefined) throw new Error(`The operation was not refused; it gave ${JSON.stringify(data)}`);
      const { code, details, retryable } = error.extensions as unknown as Refusal;
      return { code, message: error.message, details, retryable };
    },
    subscribe: (query, variables = {}, call = {}) =>
      subscribeAtOnce(async () => running.client.subscribe(await requestOf(query, variables, call))),
    whenFollowed: (count = 1) => untilFollowed(running, count),
    publish: (event) => publishForeign(event, transport, { module: module.name, logs }),
    ...createEventReader(module.name, { database, clock, transport }),
    stop,
  };
}

function stopWithTest(stop: () => Promise<void>): void {
  try {
    onTestFinished(stop);
  } catch {
    // Started in beforeAll: many tests share it, and afterAll stops it.
  }
}

function describeError(error: { readonly message: string; readonly extensions: { readonly [key: string]: unknown } }): string {
  return `${String(error.extensions.code)}: ${error.message}`;
}

/** Starts at once, so that nothing is missed before the first `next()`; signing the token takes a moment all the same. */
function subscribeAtOnce<Data>(
  open: () => Promise<AsyncIterable<ExecutionResult>>,
): AsyncGenerator<ExecutionResult<Data>, void, void> {
  const opening = open().then((stream) => stream[Symbol.asyncIterator]());
  let first: Promise<IteratorResult<ExecutionResult>> | null = opening.then((iterator) => iterator.next());
  first.catch(() => {});
  const stream = {
    next: async () => {
      const waiting = first ?? (await opening).next();
      first = null;
      return waiting;
    },
    return: async () => {
      await (await opening).return?.();
      return { done: true as const, value: undefined };
    },
    throw: (error: unknown) => Promise.reject(error),
    [Symbol.asyncIterator]: () => stream,
    [Symbol.asyncDispose]: async () => void (await stream.return()),
  };
  return stream as unknown as AsyncGenerator<ExecutionResult<Data>, void, void>;
}

const followerPollMs = 5;
const followerWaitMs = 10_000;

async function untilFollowed({ events }: RunningSubgraph, count: number): Promise<void> {
  for (const startedMs = performance.now(); (await events.status()).followers < count; ) {
    if (performance.now() - startedMs > followerWaitMs)
      throw new Error(`No ${count} streams followed within ${followerWaitMs} ms.`);
    await sleep(followerPollMs);
  }
}
