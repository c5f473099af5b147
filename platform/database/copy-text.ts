// The text format of PostgreSQL's COPY, and its array literals: the two cheapest ways to hand it many values.
import { NulInTextError } from './database.errors.ts';

/** Characters that mean something in COPY's text format, and the one that PostgreSQL has no text with. */
const special = /[\\\t\n\r\0]/;
const everySpecial = /[\\\t\n\r\0]/g;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One line per row, in the order of the columns. @throws {NulInTextError} */
export function copyText(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): string {
  let text = '';
  for (const row of rows) {
    for (let index = 0; index < columns.length; index += 1) {
      if (index > 0) text += '\t';
      text += field(row[columns[index] as string]);
    }
    text += '\n';
  }
  return text;
}

function field(value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  if (typeof value === 'string') return special.test(value) ? value.replace(everySpecial, escapeOf) : value;
  return value instanceof Date ? value.toISOString() : String(value);
}

function escapeOf(character: string): string {
  const escaped = escapes[character];
  if (escaped === undefined) throw new NulInTextError();
  return escaped;
}

/** An array of scalars as PostgreSQL reads it: `{"a","b",NULL}`. */
export function arrayLiteral(values: readonly unknown[]): string {
  let text = '{';
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) text += ',';
    text += element(values[index]);
  }
  return `${text}}`;
}

function element(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return /["\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : `"${value}"`;
  return value instanceof Date ? `"${value.toISOString()}"` : String(value);
}
