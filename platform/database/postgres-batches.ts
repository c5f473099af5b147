// Transactions for set-based hot paths on PostgreSQL: the driver without Prisma between, statements prepared once and sent without waiting
// for each other's answers, rows written by COPY. Knows nothing of retries; `transaction.ts` does.
import type { Sql } from '@prisma/client/runtime/client';
import pg from 'pg';
import { copyText } from './copy-text.ts';
import { NulInTextError } from './database.errors.ts';
import type { DatabaseTransaction, SqlExecutor } from './database.ts';
import type { ColumnsOf } from './insert-rows.ts';
import { surviveLostConnections } from './postgres-pool.ts';
import type { DatabaseTarget } from './target.ts';

/** Batches gather what many callers want, so few connections do. */
const poolSizeMax = 4;
const connectTimeoutMs = 5_000;

/**
 * Every statement of a batch looks rows up by their keys. Statistics lag behind tables that grow by thousands of rows a second, so the planner
 * must not conclude from them that reading a whole table is cheaper.
 */
const plannerSettings = `SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;
  SET plan_cache_mode = force_generic_plan`;

export interface PostgresBatches {
  attempt<T>(work: (tx: DatabaseTransaction) => Promise<T>, timeoutMs: number): Promise<{ result: T; actions: (() => void)[] }>;
  close(): Promise<void>;
}

/** A COPY whose rows are sent along with the command: PostgreSQL ignores them should the command fail. */
class CopyQuery extends pg.Query {
  readonly #command: string;
  readonly #rows: Buffer;
  constructor(command: string, rows: string, callback: (error: Error | null) => void) {
    super(command, undefined as never, callback as never);
    this.#command = command;
    this.#rows = Buffer.from(rows);
  }

  override submit = (connection: pg.Connection): void => {
    const wire = connection as unknown as CopyConnection;
    wire.stream.cork();
    wire.query(this.#command);
    wire.sendCopyFromChunk(this.#rows);
    wire.endCopyFrom();
    wire.stream.uncork();
  };

  /** The rows are on their way already. */
  handleCopyInResponse(): void {}
}

interface CopyConnection {
  readonly stream: { cork(): void; uncork(): void };
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

export function createPostgresBatches(
  target: Extract<DatabaseTarget, { provider: 'postgresql' }>,
  applicationName: string,
): PostgresBatches {
  const pool = new pg.Pool({
    connectionString: target.url,
    max: Math.min(poolSizeMax, target.poolSize ?? poolSizeMax),
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: applicationName,
    pipeline: true,
  } as pg.PoolConfig);
  pool.on('connect', (client) => {
    client.query(plannerSettings).catch(() => undefined);
  });
  surviveLostConnections(pool);

  async function attempt<T>(work: (tx: DatabaseTransaction) => Promise<T>, timeoutMs: number) {
    const client = await pool.connect();
    let failure: Error | undefined;
    // A server that answers no more would otherwise keep the batch, and all behind it, for ever.
    const timer = setTimeout(() => endConnection(client), timeoutMs);
    try {
      return await inTransaction(client, work);
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      clearTimeout(timer);
      client.release(failure !== undefined && isConnectionLost(client) ? failure : undefined);
    }
  }

  let closing: Promise<void> | null = null;
  return {
    attempt,
    close: () => {
      closing ??= pool.end();
      return closing;
    },
  };
}

async function inTransaction<T>(client: pg.PoolClient, work: (tx: DatabaseTransaction) => Promise<T>) {
  const actions: (() => void)[] = [];
  let firstFailure: unknown;
  let hasFailed = false;
  const pending = new Set<Promise<unknown>>();
  /** Every statement is waited for before the transaction ends, whether or not the work waited for it. */
  const track = <A>(statement: Promise<A>): Promise<A> => {
    const settled: Promise<void> = statement.then(
      () => {
        pending.delete(settled);
      },
      (error: unknown) => {
        pending.delete(settled);
        if (!hasFailed) firstFailure = error;
        hasFailed = true;
      },
    );
    pending.add(settled);
    return statement;
  };
  track(client.query('BEGIN'));
  try {
    const result = await work({
      provider: 'postgresql',
      client: executor(client, track),
      onCommit: (action) => actions.push(action),
      later: async (statement) => {
        statement.catch(() => undefined);
      },
      copy: (table, columns, items) => track(copy(client, table, columns, items)),
    });
    if (hasFailed) throw firstFailure;
    // Sent behind statements whose answers are still out: should one fail, PostgreSQL makes this a rollback.
    const commit = client.query('COMMIT');
    commit.catch(() => undefined);
    await Promise.all(pending);
    const { command } = await commit;
    if (hasFailed) throw firstFailure;
    if (command !== 'COMMIT') throw new Error('PostgreSQL rolled the transaction back instead of committing it.');
    return { result, actions };
  } catch (error) {
    await Promise.all(pending);
    await client.query('ROLLBACK').catch(() => undefined);
    // What came first is the reason; what followed only says that the transaction had failed.
    throw hasFailed && firstFailure !== undefined && isAborted(error) ? firstFailure : error;
  }
}

function isAborted(error: unknown): boolean {
  return (error as { code?: string }).code === '25P02';
}

const statementNames = new Map<string, string>();

/** One name for each text, so that a connection parses and plans it once. Texts are constants of the code, hence few. */
function statementName(text: string): string {
  let name = statementNames.get(text);
  if (name === undefined) {
    name = `s${statementNames.size}`;
    statementNames.set(text, name);
  }
  return name;
}

function executor(client: pg.PoolClient, track: <A>(statement: Promise<A>) => Promise<A>): SqlExecutor {
  const run = (text: string, values: readonly unknown[]) => {
    if (values.some((value) => typeof value === 'string' && value.includes('\0'))) return Promise.reject(new NulInTextError());
    return track(client.query({ name: statementName(text), text, values: [...values] }));
  };
  const parse = (query: TemplateStringsArray | Sql, values: readonly unknown[]) =>
    'raw' in query
      ? { text: query.reduce((text, part, index) => `${text}$${index}${part}`), values }
      : { text: query.text, values: query.values };
  return {
    $queryRaw: async <T>(query: TemplateStringsArray | Sql, ...given: unknown[]) => {
      const { text, values } = parse(query, given);
      return (await run(text, values)).rows as T;
    },
    $executeRaw: async (query, ...given) => {
      const { text, values } = parse(query, given);
      return (await run(text, values)).rowCount ?? 0;
    },
    $queryRawUnsafe: async <T>(text: string, ...values: unknown[]) => (await run(text, values)).rows as T,
    $executeRawUnsafe: async (text, ...values) => (await run(text, values)).rowCount ?? 0,
  };
}

function copy<Item>(client: pg.PoolClient, table: string, columns: ColumnsOf<Item>, items: readonly Item[]): Promise<void> {
  const readers = Object.values(columns).map(([, read]) => read);
  const text = copyText(readers, items);
  return new Promise((resolve, reject) => {
    const command = `COPY ${table} (${Object.keys(columns).join(', ')}) FROM STDIN`;
    client.query(new CopyQuery(command, text, (error) => (error ? reject(error) : resolve())));
  });
}

function endConnection(client: pg.PoolClient): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

function isConnectionLost(client: pg.PoolClient): boolean {
  const { _queryable: isQueryable, connection } = client as unknown as {
    _queryable: boolean;
    connection: { stream: { destroyed: boolean } };
  };
  return !isQueryable || connection.stream.destroyed;
}
