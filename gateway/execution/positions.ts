// Finds the objects of the response that a path of the plan points at. Two walks over the same steps: one that only collects objects, each
// once, for running a plan; and one that remembers the way to each place, for errors and for values of enclosing objects.
import type { PlanPath } from '../planning/plan.ts';
import { getOwn, isResponseObject, type PathLink, type Position, type ResponseObject } from './data.ts';

/** One step of a path, read once. */
export interface Step {
  /** Empty for a step that only looks at the type of where it stands. */
  readonly key: string | number;
  /** Only objects of these types go on; null for all. */
  readonly types: ReadonlySet<string> | null;
  /** True for names that JavaScript objects inherit something under. */
  readonly isInherited: boolean;
}

/** Reads `name`, `@`, `name|[A,B]`, `@|[A,B]` and `|[A,B]`. */
export function readPath(path: PlanPath): readonly Step[] {
  return path.map(readStep).filter((step) => step.key !== '' || step.types !== null);
}

function readStep(element: string | number): Step {
  const text = String(element);
  const bar = text.indexOf('|[');
  const key = bar < 0 ? element : text.slice(0, bar);
  const types = bar < 0 ? null : new Set(text.slice(bar + 2, -1).split(','));
  return { key, types, isInherited: key in Object.prototype };
}

/** Objects of the response, each once, and where each was found: `holders[i][keys[i]]` is `objects[i]`. */
export interface FoundObjects {
  objects: ResponseObject[];
  readonly holders: (ResponseObject | unknown[] | null)[];
  readonly keys: (string | number)[];
}

/**
 * The objects at the end of the steps, in response order; what is null or missing on the way is left out. `shared` holds values that stand
 * at several places of the response: what is below them is collected once.
 */
export function objectsAt(root: ResponseObject, steps: readonly Step[], shared: ReadonlyMap<object, unknown>): FoundObjects {
  const found: FoundObjects = { objects: [], holders: [], keys: [] };
  collect({ steps, shared, seen: shared.size === 0 ? null : new Set(), found }, root, 0, null, '');
  return found;
}

interface Search {
  readonly steps: readonly Step[];
  readonly shared: ReadonlyMap<object, unknown>;
  readonly seen: Set<object> | null;
  readonly found: FoundObjects;
}

function collect(
  search: Search,
  value: unknown,
  at: number,
  holder: ResponseObject | unknown[] | null,
  key: string | number,
): void {
  if (typeof value !== 'object' || value === null) return;
  const { steps, seen } = search;
  if (seen !== null && search.shared.has(value)) {
    if (seen.has(value)) return;
    seen.add(value);
  }
  const step = steps[at];
  if (Array.isArray(value)) {
    const isStep = step !== undefined && step.key === '@';
    for (let index = 0; index < value.length; index++) {
      const element: unknown = value[index];
      if (!isStep) collect(search, element, at, value, index);
      else if (isOneOf(element, step.types)) collect(search, element, at + 1, value, index);
    }
    return;
  }
  if (!isResponseObject(value)) return;
  if (step === undefined) {
    const { objects, holders, keys } = search.found;
    objects.push(value);
    holders.push(holder);
    keys.push(key);
    return;
  }
  if (step.key === '@') return;
  if (step.key === '') {
    if (isOneOf(value, step.types)) collect(search, value, at + 1, holder, key);
    return;
  }
  const next = step.isInherited ? getOwn(value, String(step.key)) : value[step.key];
  if (isOneOf(next, step.types)) collect(search, next, at + 1, value, step.key);
}

/** Every place at the end of the steps, with the way to it; an object that stands at several places is there several times. */
export function positionsAt(root: ResponseObject, steps: readonly Step[]): Position[] {
  const found: Position[] = [];
  walk(root, null, steps, 0, found);
  return found;
}

function walk(value: unknown, path: PathLink | null, steps: readonly Step[], at: number, found: Position[]): void {
  if (typeof value !== 'object' || value === null) return;
  const step = steps[at];
  if (Array.isArray(value)) {
    const isStep = step?.key === '@';
    value.forEach((element, index) => {
      if (isStep && !isOneOf(element, step.types)) return;
      walk(element, { previous: path, key: index, container: value }, steps, isStep ? at + 1 : at, found);
    });
    return;
  }
  if (!isResponseObject(value)) return;
  if (step === undefined) {
    found.push({ object: value, path });
    return;
  }
  if (step.key === '@') return;
  const isHere = step.key === '';
  const next = isHere ? value : getOwn(value, String(step.key));
  if (!isOneOf(next, step.types)) return;
  walk(next, isHere ? path : { previous: path, key: step.key, container: value }, steps, at + 1, found);
}

/** Lists pass here; their elements are looked at when the walk reaches them. */
function isOneOf(value: unknown, types: ReadonlySet<string> | null): boolean {
  if (types === null || !isResponseObject(value)) return true;
  const typename = value.__typename;
  return typeof typename !== 'string' || types.has(typename);
}
