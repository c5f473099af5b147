// The text format of PostgreSQL's COPY, and its array literals: the two cheapest ways to hand it many values.
import { NulInTextError } from './database.errors.ts';

/** Characters that mean something in COPY's text format, and the one that PostgreSQL has no text with. */
const special = /[\\\t\n\r\0]/;
const everySpecial = /[\\\t\n\r\0]/g;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One line per item, one field per reader. @throws {NulInTextError} */
export function copyText<Item>(readers: readonly ((item: Item) => unknown)[], items: readonly Item[]): string {
  const last = readers.length - 1;
  const moment = createMomentText();
  let text = '';
  for (const item of items) {
    for (let index = 0; index < last; index += 1) text += `${field(readers[index]?.(item), moment)}\t`;
    text += `${field(readers[last]?.(item), moment)}\n`;
  }
  return text;
}

function field(value: unknown, moment: (value: Date) => string): string {
  if (typeof value === 'string') return special.test(value) ? value.replace(everySpecial, escapeOf) : value;
  if (value === null || value === undefined) return '\\N';
  return value instanceof Date ? moment(value) : String(value);
}

/** Rows of one batch mostly have the same time. */
function createMomentText(): (value: Date) => string {
  let [lastMs, lastText] = [Number.NaN, ''];
  return (value) => {
    const ms = value.getTime();
    if (ms !== lastMs) [lastMs, lastText] = [ms, value.toISOString()];
    return lastText;
  };
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
