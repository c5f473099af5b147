// Writes many rows of one table: by COPY where the transaction has it, else by one set-based statement.
import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from './database.ts';
import { type ColumnType, columnsOf, rowset } from './rowset.ts';

export type Row<Columns extends Record<string, ColumnType>> = Readonly<
  Record<keyof Columns & string, string | number | bigint | boolean | Date | null>
>;

/**
 * Inserts the rows in their order. Table and column names are constants of the code, never input.
 * A row that breaks a unique constraint fails the transaction; see `isUniqueViolation`.
 */
export async function insertRows<Columns extends Record<string, ColumnType>>(
  tx: DatabaseTransaction,
  table: string,
  columns: Columns,
  rows: readonly Row<Columns>[],
): Promise<void> {
  if (rows.length === 0) return;
  if (tx.copy) return tx.later(tx.copy(table, Object.keys(columns), rows));
  const target: Sql = columnsOf({ [table]: 'text' });
  await tx.client.$executeRaw(
    sql`INSERT INTO ${target} (${columnsOf(columns)}) SELECT ${columnsOf(columns, 'r.')} FROM ${rowset(tx.provider, columns, rows)}`,
  );
}
