// Remembers what was made of documents, by their text. Anybody may send ever new documents, and a parsed one takes a hundred times the
// memory of its text or more, so that the bound is on text and not on their number.
import { LRUCache } from 'lru-cache';

/** Characters of all remembered texts together: some 500 ordinary operations, 50 to 130 MB when parsed. */
const textLengthsMax = 500_000;
/** Longer texts are rarely sent twice, and would crowd out the others. */
const textLengthMax = 50_000;

export interface DocumentCache<Value> {
  get(text: string): Value | undefined;
  set(text: string, value: Value): void;
}

export function createDocumentCache<Value extends object>(): DocumentCache<Value> {
  const cache = new LRUCache<string, Value>({
    maxSize: textLengthsMax,
    maxEntrySize: textLengthMax,
    sizeCalculation: (_value, text) => Math.max(1, text.length),
  });
  return {
    get: (text) => cache.get(text),
    set: (text, value) => {
      cache.set(text, value);
    },
  };
}
