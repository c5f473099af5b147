// Response data while it is being put together: plain JSON objects, reached through positions that remember the way.

export type ResponseObject = { [key: string]: unknown };

/** The way from the root of the response to a value, as a list linked towards the root. */
export interface PathLink {
  readonly previous: PathLink | null;
  readonly key: string | number;
  /** The object or list that `key` is in. */
  readonly container: unknown;
}

/** An object of the response and where it stands. */
export interface Position {
  readonly object: ResponseObject;
  readonly path: PathLink | null;
}

/** True for objects that hold fields; false for lists, leaves and instances such as `Date`, which in-process subgraphs may return. */
export function isResponseObject(value: unknown): value is ResponseObject {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Sets a property that may be named `__proto__`: aliases are the client's to choose. */
export function setOwn(target: ResponseObject, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

export function getOwn(source: ResponseObject, key: string): unknown {
  return Object.hasOwn(source, key) ? source[key] : undefined;
}

export function pathToArray(link: PathLink | null): (string | number)[] {
  const path: (string | number)[] = [];
  for (let current = link; current !== null; current = current.previous) path.push(current.key);
  return path.reverse();
}

/** A copy that shares no object or list with the original. */
export function cloneData(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cloneData);
  if (!isResponseObject(value)) return value;
  const copy: ResponseObject = {};
  for (const key of Object.keys(value)) setOwn(copy, key, cloneData(value[key]));
  return copy;
}
