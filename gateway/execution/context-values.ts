// Values that a fetch takes from enclosing objects of the response (`@context`, `@fromContext`), as variables.
import type { FetchNode, KeyRenamer } from '../planning/plan.ts';
import { getOwn, isResponseObject, type PathLink, type Position } from './data.ts';
import type { TypeIndex } from './type-index.ts';

export interface ContextGroup {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly positions: Position[];
}

const fragmentPrefix = '... on ';

/** Positions by the values they take from around them: one fetch serves those that take the same. */
export function contextGroups(fetch: FetchNode, positions: readonly Position[], types: TypeIndex): readonly ContextGroup[] {
  const rewrites = fetch.contextRewrites ?? [];
  if (rewrites.length === 0) return [{ variables: {}, positions: [...positions] }];
  const groups = new Map<string, ContextGroup>();
  for (const position of positions) {
    const variables: Record<string, unknown> = {};
    for (const rewrite of rewrites) {
      const value = valueFor(rewrite, position, types);
      if (value !== undefined) variables[rewrite.renameKeyTo] = value;
    }
    const key = JSON.stringify(variables);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { variables, positions: [position] });
    else group.positions.push(position);
  }
  return [...groups.values()];
}

/** Follows a path such as `["..", "... on User", "locale"]` from the position; `..` climbs to the next object up. */
function valueFor(rewrite: KeyRenamer, position: Position, types: TypeIndex): unknown {
  let link = position.path;
  let value: unknown = position.object;
  for (const step of rewrite.path) {
    if (step === '..') {
      const parent = climb(link);
      if (parent === null) return undefined;
      value = parent.container;
      link = parent.previous;
    } else if (step.startsWith(fragmentPrefix)) {
      if (!isResponseObject(value)) return undefined;
      const typename = value.__typename;
      if (typeof typename === 'string' && !types.matches(typename, step.slice(fragmentPrefix.length))) return undefined;
    } else value = isResponseObject(value) ? getOwn(value, step) : undefined;
  }
  return value;
}

function climb(link: PathLink | null): PathLink | null {
  let current = link;
  while (current !== null && typeof current.key === 'number') current = current.previous;
  return current;
}
