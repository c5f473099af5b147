// Writes many rows of one table: by COPY where the transaction has it, else by one set-based statement.
import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from './database.ts';
import { type ColumnType, columnsOf, rowset, type Value } from './rowset.ts';

/** What a table's columns hold of an item: their types, and how to read them. */
export type ColumnsOf<Item> = Readonly<Record<string, readonly [type: ColumnType, read: (item: Item) => Value]>>;

/**
 * Inserts one row per item, in their order. Table and column names are constants of the code, never input.
 * A row that breaks a unique constraint fails the transaction; see `violatedTable`.
 */
export async function insertRows<Item>(
  tx: DatabaseTransaction,
  table: string,
  columns: ColumnsOf<Item>,
  items: readonly Item[],
): Promise<void> {
  if (items.length === 0) return;
  if (tx.copy) return tx.later(tx.copy(table, columns, items));
  const target: Sql = columnsOf({ [table]: 'text' });
  const types = typesOf(columns);
  await tx.client.$executeRaw(
    sql`INSERT INTO ${target} (${columnsOf(types)}) SELECT ${columnsOf(types, 'r.')} FROM ${rowset(tx.provider, types, rowsOf(columns, items))}`,
  );
}

/** The columns' types alone, for a rowset. */
export function typesOf<Item>(columns: ColumnsOf<Item>): Record<string, ColumnType> {
  return Object.fromEntries(Object.entries(columns).map(([name, [type]]) => [name, type]));
}

/** The items as rows, for a rowset. */
export function rowsOf<Item>(columns: ColumnsOf<Item>, items: readonly Item[]): Record<string, Value>[] {
  const entries = Object.entries(columns);
  return items.map((item) => Object.fromEntries(entries.map(([name, [, read]]) => [name, read(item)])));
}
