// Merges what a subgraph answered into the response. Fields already there are completed, never lost.
import { cloneData, getOwn, isResponseObject, type ResponseObject, setOwn } from './data.ts';
import type { TypeIndex } from './type-index.ts';

/**
 * Merges `source` into `target`. Objects and lists of equal length merge inwards; null never replaces a value, because it may only
 * mean that this subgraph could not tell. `share` lets the target hold parts of the source itself: only the first target may.
 */
export function mergeInto(target: ResponseObject, source: ResponseObject, types: TypeIndex, share: boolean): void {
  for (const key of Object.keys(source)) {
    const incoming = source[key];
    if (incoming === undefined) continue;
    const existing = getOwn(target, key);
    if (key === '__typename') {
      // A subgraph with @interfaceObject only knows the interface's name; the name of the object type wins.
      if (!types.isObjectType(existing)) setOwn(target, key, incoming);
      continue;
    }
    const merged = mergeValue(existing, incoming, types, share);
    if (merged !== existing) setOwn(target, key, merged);
  }
}

function mergeValue(existing: unknown, incoming: unknown, types: TypeIndex, share: boolean): unknown {
  if (incoming === null && existing !== undefined) return existing;
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
