// Many rows as a few SQL parameters, readable as a table by both engines: what set-based statements stand on.
import { join, raw, type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import { arrayLiteral } from './copy-text.ts';
import type { DatabaseProvider } from './database.ts';

export type ColumnType = 'text' | 'numeric' | 'bigint' | 'integer' | 'boolean' | 'timestamptz';
export type Value = string | number | bigint | boolean | Date | null;

/**
 * A FROM item named `r` with the given columns and rows; rows may carry more. Column names are constants of the code, never input.
 *
 * @example
 * sql`SELECT w.* FROM wallet w JOIN ${rowset('sqlite', { id: 'text' }, [{ id: '1' }])} ON w.id = r.id`
 */
export function rowset<Column extends string>(
  provider: DatabaseProvider,
  columns: Readonly<Record<Column, ColumnType>>,
  rows: readonly Readonly<Record<Column, Value>>[],
): Sql {
  const entries = Object.entries(columns) as [Column, ColumnType][];
  if (provider === 'postgresql') {
    // An array per column: PostgreSQL reads them several times faster than JSON.
    const arrays = entries.map(([name, type]) => sql`${arrayLiteral(rows.map((row) => row[name]))}::${raw(type)}[]`);
    return sql`unnest(${join(arrays)}) AS r(${raw(entries.map(([name]) => name).join(', '))})`;
  }
  const json = JSON.stringify(rows.map((row) => Object.fromEntries(entries.map(([name]) => [name, storable(row[name])]))));
  const selected = entries.map(([name]) => `json_extract(value, '$.${name}') AS ${name}`).join(', ');
  return sql`(SELECT ${raw(selected)} FROM json_each(${json})) AS r`;
}

/**
 * True where `column` is one of the values, given as one parameter. Unlike a join with a rowset, it leaves PostgreSQL no way to read the whole table.
 *
 * @example
 * sql`SELECT * FROM wallet w WHERE ${isAnyOf('sqlite', 'w.id', ids)}`
 */
export function isAnyOf(provider: DatabaseProvider, column: string, values: readonly string[]): Sql {
  if (provider === 'postgresql') return sql`${raw(column)} = ANY(${arrayLiteral(values)}::text[])`;
  return sql`${raw(column)} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

/** The columns of a rowset, for the SELECT of an INSERT. */
export function columnsOf(columns: Readonly<Record<string, ColumnType>>, prefix = ''): Sql {
  return raw(
    Object.keys(columns)
      .map((name) => `${prefix}${name}`)
      .join(', '),
  );
}

// Amounts travel as text, which SQLite keeps exactly; moments in the one form that Prisma, too, writes.
function storable(value: Value): string | number | boolean | null {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Date ? value.toISOString().replace('Z', '+00:00') : value;
}
