// Prisma's driver adapters, set up for this system: pragmas, pools, and a transaction that cannot commit after a swallowed failure.
import type { Client as LibsqlClient, Config as LibsqlConfig } from '@libsql/client';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { PrismaPg } from '@prisma/adapter-pg';
import type {
  SqlDriverAdapter,
  SqlMigrationAwareDriverAdapterFactory,
  SqlQuery,
  SqlQueryable,
  Transaction,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { NulInTextError } from './database.errors.ts';
import type { DatabaseTarget } from './target.ts';

const openBusyTimeoutMs = 5_000;
/**
 * libsql's calls are synchronous: while SQLite waits for another process, this whole process stands still.
 * So a writer waits this long only, and `transaction()` tries again without blocking.
 */
const writerBusyTimeoutMs = 10;
const poolSizeDefault = 10;
const connectTimeoutMs = 5_000;

/** `read` refuses writes, so that every write goes through `transaction()` and its queue. */
export type SqliteRole = 'read' | 'write' | 'migrate';

const forWriters = `PRAGMA busy_timeout = ${openBusyTimeoutMs}; PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;`;
const pragmas: Record<SqliteRole, string> = {
  read: `PRAGMA busy_timeout = ${openBusyTimeoutMs}; PRAGMA query_only = ON;`,
  write: `${forWriters} PRAGMA busy_timeout = ${writerBusyTimeoutMs};`,
  migrate: forWriters,
};

export class SqliteAdapterFactory extends PrismaLibSql {
  readonly #role: SqliteRole;

  constructor(file: string, role: SqliteRole) {
    // One connection per client: pragmas belong to a connection, and a file has one writer anyway.
    super({ url: `file:${file}`, concurrency: 1 });
    this.#role = role;
  }

  override createClient(config: LibsqlConfig): LibsqlClient {
    const client = super.createClient(config);
    const begin = client.transaction.bind(client);
    // The adapter asks for a deferred transaction, which may fail when its first write comes; an immediate one fails at once or not at all.
    client.transaction = async () => {
      try {
        return await begin('write');
      } catch (error) {
        // libsql does not reset a statement that found the file busy, and COMMIT would fail for as long as it exists: take a new connection.
        client.reconnect();
        await client.executeMultiple(pragmas[this.#role]);
        throw error;
      }
    };
    return client;
  }

  override async connect(): Promise<SqlDriverAdapter> {
    const adapter = await super.connect();
    await adapter.executeScript(pragmas[this.#role]);
    refuseNul(adapter);
    if (this.#role === 'read') return adapter;
    const dispose = adapter.dispose.bind(adapter);
    // Leaves the database complete in its one file, so that it can be copied.
    const execute = adapter.executeScript.bind(adapter);
    adapter.dispose = async () => {
      await execute('PRAGMA wal_checkpoint(TRUNCATE);').catch(() => undefined);
      await dispose();
    };
    return this.#role === 'migrate' ? withAtomicScripts(adapter) : withDoomedTransactions(adapter);
  }
}

export class PostgresAdapterFactory extends PrismaPg {
  readonly #migrates: boolean;

  constructor(
    target: Extract<DatabaseTarget, { provider: 'postgresql' }>,
    options: { applicationName: string; migrates?: boolean },
  ) {
    const pool = new pg.Pool({
      connectionString: target.url,
      max: target.poolSize ?? poolSizeDefault,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      application_name: options.applicationName,
    });
    super(pool, { disposeExternalPool: true });
    this.#migrates = options.migrates ?? false;
  }

  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect();
    if (this.#migrates) {
      // The adapter cuts scripts at every semicolon, which breaks function bodies. PostgreSQL itself runs a script as one transaction.
      adapter.executeScript = async (script) => {
        await adapter.underlyingDriver().query(script);
      };
    }
    refuseNul(adapter);
    return withDoomedTransactions(adapter);
  }
}

export function createAdapterFactory(
  target: DatabaseTarget,
  role: SqliteRole,
  applicationName: string,
): SqlMigrationAwareDriverAdapterFactory {
  if (target.provider === 'sqlite') return new SqliteAdapterFactory(target.file, role);
  return new PostgresAdapterFactory(target, { applicationName, migrates: role === 'migrate' });
}

/**
 * PostgreSQL has no text with a NUL character and fails the statement; SQLite takes it. Ids, cursors and search words come from callers, so
 * that on both engines such a statement is refused as what it is: input that cannot be right.
 */
function refuseNul(queryable: SqlQueryable): void {
  const queryRaw = queryable.queryRaw.bind(queryable);
  const executeRaw = queryable.executeRaw.bind(queryable);
  queryable.queryRaw = async (query) => queryRaw(withoutNul(query));
  queryable.executeRaw = async (query) => executeRaw(withoutNul(query));
}

function withoutNul(query: SqlQuery): SqlQuery {
  if (query.args.some(hasNul)) throw new NulInTextError();
  return query;
}

function hasNul(value: unknown): boolean {
  return typeof value === 'string' ? value.includes('\0') : Array.isArray(value) && value.some(hasNul);
}

function withAtomicScripts(adapter: SqlDriverAdapter): SqlDriverAdapter {
  const execute = adapter.executeScript.bind(adapter);
  adapter.executeScript = async (script) => {
    try {
      // Foreign keys can only be switched outside a transaction; scripts that rebuild tables need them off.
      // One call for all of it: the client rolls back whatever is still open at the end of a call.
      await execute(`PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE;\n${script}\n;COMMIT;`);
    } finally {
      await execute('PRAGMA foreign_keys = ON;');
    }
  };
  return adapter;
}

/**
 * PostgreSQL answers COMMIT with a silent rollback once a statement has failed; SQLite would commit the rest. Neither is acceptable for code
 * that swallowed the failure: on both engines such a transaction is undone, and says so.
 */
function withDoomedTransactions<Adapter extends SqlDriverAdapter>(adapter: Adapter): Adapter {
  const start = adapter.startTransaction.bind(adapter);
  adapter.startTransaction = async (isolationLevel) => {
    const transaction = await start(isolationLevel);
    refuseNul(transaction);
    return doomOnFailure(transaction);
  };
  return adapter;
}

function doomOnFailure(transaction: Transaction): Transaction {
  let failure: unknown = null;
  const watch =
    <Answer>(run: (query: SqlQuery) => Promise<Answer>) =>
    async (query: SqlQuery) => {
      if (failure !== null && query.sql === 'COMMIT') {
        await run({ ...query, sql: 'ROLLBACK' });
        refuseCommit(failure);
      }
      try {
        return await run(query);
      } catch (error) {
        failure ??= error;
        throw error;
      }
    };
  transaction.queryRaw = watch(transaction.queryRaw.bind(transaction));
  transaction.executeRaw = watch(transaction.executeRaw.bind(transaction));
  const commit = transaction.commit.bind(transaction);
  transaction.commit = async () => {
    if (failure === null) return commit();
    await transaction.rollback();
    refuseCommit(failure);
  };
  const rollbackToSavepoint = transaction.rollbackToSavepoint?.bind(transaction);
  if (rollbackToSavepoint) {
    transaction.rollbackToSavepoint = async (name) => {
      await rollbackToSavepoint(name);
      failure = null;
    };
  }
  return transaction;
}

function refuseCommit(cause: unknown): never {
  throw new Error('A statement of this transaction failed and the failure was swallowed; the transaction was rolled back.', {
    cause,
  });
}
