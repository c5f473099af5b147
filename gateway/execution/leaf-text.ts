// Writes leaves of the response as JSON text, as their types serialize them. The usual case of each built-in scalar is decided by a look at
// the value; everything else is left to the type itself.
import { type GraphQLLeafType, isEnumType } from 'graphql';

/** Gives undefined for what the type cannot stand for. */
export type LeafWriter = (value: unknown) => string | undefined;

export function leafWriterOf(type: GraphQLLeafType): LeafWriter {
  if (isEnumType(type)) return enumWriter(type);
  switch (type.name) {
    case 'String':
      return (value) => (typeof value === 'string' ? quote(value) : serialized(type, value));
    case 'ID':
      return (value) => (typeof value === 'string' ? quote(value) : serialized(type, value));
    case 'Int':
      // Whole numbers of 32 bits.
      return (value) => (typeof value === 'number' && (value | 0) === value ? `${value | 0}` : serialized(type, value));
    case 'Float':
      return (value) => (typeof value === 'number' && Number.isFinite(value) ? String(value) : serialized(type, value));
    case 'Boolean':
      return (value) => (value === true ? 'true' : value === false ? 'false' : serialized(type, value));
    default:
      return (value) => serialized(type, value);
  }
}

function enumWriter(type: GraphQLLeafType): LeafWriter {
  const known = new Map<unknown, string>();
  return (value) => {
    const text = known.get(value);
    if (text !== undefined) return text;
    const written = serialized(type, value);
    // As many as the enum has values.
    if (written !== undefined && typeof value === 'string') known.set(value, written);
    return written;
  };
}

function serialized(type: GraphQLLeafType, value: unknown): string | undefined {
  try {
    const result: unknown = type.serialize(value);
    return result === null || result === undefined ? undefined : JSON.stringify(result);
  } catch {
    return undefined;
  }
}

const shortLength = 40;
/** What JSON escapes: quotes, backslashes, control characters, and surrogates that may stand alone. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/;

/** A string in quotes, as `JSON.stringify` has it. */
export function quote(text: string): string {
  if (text.length > shortLength) return needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`;
  // A loop is quicker than the start of a regular expression's.
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff)) return JSON.stringify(text);
  }
  return `"${text}"`;
}
