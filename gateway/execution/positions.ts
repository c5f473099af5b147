// Finds the objects of the response that a Flatten node points at.
import type { PlanPath } from '../planning/plan.ts';
import { getOwn, isResponseObject, type PathLink, type Position } from './data.ts';
import type { TypeIndex } from './type-index.ts';

/** Every object at the path, in response order; what is null or missing on the way is left out. */
export function positionsAt(starts: readonly Position[], path: PlanPath, types: TypeIndex): Position[] {
  const steps = path.map(parseStep).filter((step) => step.key !== '' || step.types !== null);
  const found: Position[] = [];
  for (const start of starts) walk(start.object, start.path, steps, 0, types, found);
  return found;
}

interface Step {
  readonly key: string | number;
  /** Only objects of these types go on; null for all. */
  readonly types: ReadonlySet<string> | null;
}

/** Reads `name`, `@`, `name|[A,B]`, `@|[A,B]` and `|[A,B]`. */
function parseStep(element: string | number): Step {
  if (typeof element === 'number') return { key: element, types: null };
  const bar = element.indexOf('|[');
  if (bar < 0) return { key: element, types: null };
  return { key: element.slice(0, bar), types: new Set(element.slice(bar + 2, -1).split(',')) };
}

function walk(
  value: unknown,
  path: PathLink | null,
  steps: readonly Step[],
  at: number,
  types: TypeIndex,
  found: Position[],
): void {
  if (value === null || value === undefined) return;
  const step = steps[at];
  if (step?.key !== '@' && Array.isArray(value)) {
    value.forEach((element, index) => {
      walk(element, { previous: path, key: index, container: value }, steps, at, types, found);
    });
    return;
  }
  if (step === undefined) {
    if (isResponseObject(value)) found.push({ object: value, path });
    return;
  }
  const onward = (next: unknown, key: string | number) => {
    if (step.types !== null && !isOneOf(next, step.types)) return;
    walk(next, { previous: path, key, container: value }, steps, at + 1, types, found);
  };
  if (step.key === '@') {
    if (Array.isArray(value)) value.forEach(onward);
  } else if (step.key === '') {
    if (step.types === null || isOneOf(value, step.types)) walk(value, path, steps, at + 1, types, found);
  } else if (isResponseObject(value)) onward(getOwn(value, String(step.key)), step.key);
}

/** Lists pass here; their elements are looked at when the walk reaches them. */
function isOneOf(value: unknown, types: ReadonlySet<string>): boolean {
  if (!isResponseObject(value)) return true;
  const typename = value.__typename;
  return typeof typename !== 'string' || types.has(typename);
}
