// What both engines' adapters guard against: text that only one of them takes, and commits after a swallowed failure.
import type { SqlDriverAdapter, SqlQuery, SqlQueryable, Transaction } from '@prisma/driver-adapter-utils';
import { NulInTextError } from './database.errors.ts';

/**
 * PostgreSQL has no text with a NUL character and fails the statement; SQLite takes it. Ids, cursors and search words come from callers, so
 * that on both engines such a statement is refused as what it is: input that cannot be right.
 */
export function refuseNul(queryable: SqlQueryable): void {
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

/**
 * PostgreSQL answers COMMIT with a silent rollback once a statement has failed; SQLite would commit the rest. Neither is acceptable for code
 * that swallowed the failure: on both engines such a transaction is undone, and says so.
 */
export function withDoomedTransactions<Adapter extends SqlDriverAdapter>(adapter: Adapter): Adapter {
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
