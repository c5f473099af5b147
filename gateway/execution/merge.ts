// Merges what a subgraph answered into the response. Fields already there are completed, never lost.
import { cloneData, getOwn, isResponseObject, type ResponseObject, setOwn } from './data.ts';
import type { TypeIndex } from './type-index.ts';

/**
 * Merges `source` into `target`. Objects and lists of equal length merge inwards; null never replaces a value, because it may only
 * mean that this subgraph could not tell. `share` lets the target hold parts of the source itself, so that several targets may hold the
 * same: only where nothing will complete them differently.
 */
export function mergeInto(target: ResponseObject, source: ResponseObject, types: TypeIndex, share: boolean): void {
  // Sources are plain data: nothing enumerable is inherited.
  for (const key in source) {
    const incoming = source[key];
    if (incoming === undefined) continue;
    const existing = ownValue(target, key);
    if (existing === undefined) {
      setOwn(target, key, share || typeof incoming !== 'object' ? incoming : cloneData(incoming));
    } else if (key === '__typename') {
      // A subgraph with @interfaceObject only knows the interface's name; the name of the object type wins.
      if (!types.isObjectType(existing)) target[key] = incoming;
    } else {
      const merged = mergeValue(existing, incoming, types, share);
      if (merged !== existing) setOwn(target, key, merged);
    }
  }
}

/** What is inherited is a function or, under `__proto__`, an object: nothing that data has. */
function ownValue(target: ResponseObject, key: string): unknown {
  const value = target[key];
  return typeof value === 'function' || key === '__proto__' ? getOwn(target, key) : value;
}

function mergeValue(existing: unknown, incoming: unknown, types: TypeIndex, share: boolean): unknown {
  if (incoming === null || incoming === undefined) return existing === undefined ? incoming : existing;
  if (typeof incoming !== 'object') return incoming;
  if (isResponseObject(existing) && isResponseObject(incoming)) {
    mergeInto(existing, incoming, types, share);
    return existing;
  }
  if (Array.isArray(existing) && Array.isArray(incoming) && existing.length === incoming.length) {
    for (let index = 0; index < incoming.length; index++) {
      existing[index] = mergeValue(existing[index], incoming[index], types, share);
    }
    return existing;
  }
  return share ? incoming : cloneData(incoming);
}
