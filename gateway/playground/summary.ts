// One line about an event of whatever shape, for the live panel.
import type { ExecutionResult } from 'graphql';

const partsMax = 4;
const valueCharactersMax = 40;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The first error, else the first values in the order in which the reader selected them. */
export function summarise({ data, errors }: ExecutionResult): string {
  const [error] = errors ?? [];
  if (error !== undefined) {
    const { code } = error.extensions ?? {};
    return typeof code === 'string' ? `${code}: ${error.message}` : error.message;
  }
  return leaves(data).slice(0, partsMax).join(' · ');
}

/** Every leaf that says something at a glance: ids, cursors and nulls do not. */
function leaves(value: unknown, name = ''): string[] {
  if (value === null || value === undefined || name === 'cursor') return [];
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, name));
  if (typeof value === 'object') return Object.entries(value).flatMap(([key, inner]) => leaves(inner, key));
  const text = String(value);
  if (uuid.test(text)) return [];
  return [text.length > valueCharactersMax ? `${text.slice(0, valueCharactersMax)}…` : text];
}
