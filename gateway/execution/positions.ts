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
}

/** Reads `name`, `@`, `name|[A,B]`, `@|[A,B]` and `|[A,B]`. */
export function readPath(path: PlanPath): readonly Step[] {
  return path.map(readStep).filter((step) => step.key !== '' || step.types !== null);
}

function readStep(element: string | number): Step {
  if (typeof element === 'number') return { key: element, types: null };
  const bar = element.indexOf('|[');
  if (bar < 0) return { key: element, types: null };
  return { key: element.slice(0, bar), types: new Set(element.slice(bar + 2, -1).split(',')) };
}

/**
 * The objects at the end of the steps, in response order; what is null or missing on the way is left out. `shared` holds values that stand
 * at several places of the response: what is below them is collected once.
 */
export function objectsAt(
  root: ResponseObject,
  steps: readonly Step[],
  shared: ReadonlyMap<object, unknown>,
): readonly ResponseObject[] {
  if (steps.length === 0) return [root];
  const found: ResponseObject[] = [];
  collect(root, steps, 0, shared, shared.size === 0 ? null : new Set(), found);
  return found;
}

function collect(
  value: unknown,
  steps: readonly Step[],
  at: number,
  shared: ReadonlyMap<object, unknown>,
  seen: Set<object> | null,
  found: ResponseObject[],
): void {
  if (typeof value !== 'object' || value === null) return;
  if (seen !== null && shared.has(value)) {
    if (seen.has(value)) return;
    seen.add(value);
  }
  const step = steps[at];
  if (Array.isArray(value)) {
    if (step !== undefined && step.key === '@') {
      for (const element of value) if (isOneOf(element, step.types)) collect(element, steps, at + 1, shared, seen, found);
    } else for (const element of value) collect(element, steps, at, shared, seen, found);
    return;
  }
  if (!isResponseObject(value)) return;
  if (step === undefined) {
    found.push(value);
    return;
  }
  if (step.key === '@') return;
  const next = step.key === '' ? value : getOwn(value, String(step.key));
  if (isOneOf(next, step.types)) collect(next, steps, at + 1, shared, seen, found);
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
