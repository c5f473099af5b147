// Prisma's adapter for SQLite through libsql: one connection, its pragmas, and transactions that begin at once or not at all.
import type { Client as LibsqlClient, Config as LibsqlConfig } from '@libsql/client';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { AdapterRole } from './adapters.ts';
import { refuseNul, withDoomedTransactions } from './guarded-adapter.ts';

const openBusyTimeoutMs = 5_000;
/**
 * libsql's calls are synchronous: while SQLite waits for another process, this whole process stands still.
 * So a writer waits this long only, and `transaction()` tries again without blocking.
 */
const writerBusyTimeoutMs = 10;

const forWriters = `PRAGMA busy_timeout = ${openBusyTimeoutMs}; PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;`;
const pragmas: Record<AdapterRole, string> = {
  read: `PRAGMA busy_timeout = ${openBusyTimeoutMs}; PRAGMA query_only = ON;`,
  write: `${forWriters} PRAGMA busy_timeout = ${writerBusyTimeoutMs};`,
  migrate: forWriters,
};

export class SqliteAdapterFactory extends PrismaLibSql {
  readonly #role: AdapterRole;

  constructor(file: string, role: AdapterRole) {
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
