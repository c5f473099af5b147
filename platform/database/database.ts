// One domain's database, whichever engine it runs on. The only place that opens transactions.

import type { ColumnsOf } from './insert-rows.ts';

export type DatabaseProvider = 'postgresql' | 'sqlite';

/** The raw-SQL face that every generated Prisma client has; enough for the tables that all domains share. */
export interface SqlExecutor {
  $queryRaw<T = unknown>(
    query: TemplateStringsArray | import('@prisma/client/runtime/client').Sql,
    ...values: unknown[]
  ): Promise<T>;
  $executeRaw(query: TemplateStringsArray | import('@prisma/client/runtime/client').Sql, ...values: unknown[]): Promise<number>;
  $queryRawUnsafe<T = unknown>(query: string, ...values: unknown[]): Promise<T>;
  $executeRawUnsafe(query: string, ...values: unknown[]): Promise<number>;
}

/** A transaction in progress. Domains narrow `Client` to their generated Prisma client. */
export interface DatabaseTransaction<Client = SqlExecutor> {
  readonly provider: DatabaseProvider;
  readonly client: Client;
  /** Runs after the transaction has committed; never when it rolled back. */
  onCommit(action: () => void): void;
  /**
   * For a statement whose answer nobody needs. Waits for it; where statements are sent ahead (see `batchTransaction`) it does not, and a
   * failure fails the transaction at its end.
   */
  later(statement: Promise<unknown>): Promise<void>;
  /** Writes many rows the quickest way there is; absent where there is none. `insertRows` knows what to do then. */
  readonly copy?: <Item>(table: string, columns: ColumnsOf<Item>, items: readonly Item[]) => Promise<void>;
}

export interface Database<Client = SqlExecutor> {
  readonly provider: DatabaseProvider;
  /** For reads outside a transaction. */
  readonly client: Client;
  /**
   * Runs `work` in one transaction: READ COMMITTED with row locks on PostgreSQL, one writer at a time on SQLite.
   * Deadlocks, serialisation failures and a busy file are retried with jitter, so `work` must have no effect outside the transaction.
   */
  transaction<T>(work: (tx: DatabaseTransaction<Client>) => Promise<T>, options?: { timeoutMs?: number }): Promise<T>;
  /**
   * As `transaction`, for set-based hot paths: plain SQL on the driver itself. On PostgreSQL, statements that are not waited for are sent
   * together, and all are waited for before the commit. On SQLite the same as `transaction`.
   */
  batchTransaction<T>(work: (tx: DatabaseTransaction) => Promise<T>, options?: { timeoutMs?: number }): Promise<T>;
  /** @throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
