// Builds the representations of an entity fetch, each distinct one once, and remembers which positions each stands for.
import type { FetchNode, RequiredSelection } from '../planning/plan.ts';
import { getOwn, isResponseObject, type Position, type ResponseObject, setOwn } from './data.ts';
import { applyRewrites } from './rewrites.ts';
import type { TypeIndex } from './type-index.ts';

export interface Representation {
  readonly value: ResponseObject;
  /** Where in the response the entity stands; at least one place. */
  readonly positions: Position[];
}

/** Positions whose required fields are missing are left out: what was missing has been reported where it was fetched. */
export function collectRepresentations(fetch: FetchNode, positions: readonly Position[], types: TypeIndex): Representation[] {
  const unique = new Map<string, Representation>();
  for (const position of positions) {
    const value = select(position.object, fetch.requires ?? [], types);
    if (value === missing || typeof value.__typename !== 'string') continue;
    applyRewrites(fetch.inputRewrites, value, types);
    // Selections are read in the plan's order, so equal representations have equal text.
    const key = JSON.stringify(value);
    const known = unique.get(key);
    if (known === undefined) unique.set(key, { value, positions: [position] });
    else known.positions.push(position);
  }
  return [...unique.values()];
}

const missing = Symbol('a required field is missing');

function select(
  source: ResponseObject,
  selections: readonly RequiredSelection[],
  types: TypeIndex,
): ResponseObject | typeof missing {
  const selected: ResponseObject = {};
  return selectInto(selected, source, selections, types) ? selected : missing;
}

/** @returns false when a required field is missing. */
function selectInto(
  target: ResponseObject,
  source: ResponseObject,
  selections: readonly RequiredSelection[],
  types: TypeIndex,
): boolean {
  for (const selection of selections) {
    if (selection.kind === 'InlineFragment') {
      if (!matchesFragment(source, selection.typeCondition, types)) continue;
      if (!selectInto(target, source, selection.selections, types)) return false;
      continue;
    }
    const responseName = selection.alias ?? selection.name;
    const value = getOwn(source, responseName);
    if (value === undefined) return false;
    const selected = selection.selections === undefined ? leaf(value) : selectValue(value, selection.selections, types);
    if (selected === missing) return false;
    setOwn(target, responseName, combine(getOwn(target, responseName), selected));
  }
  return true;
}

function selectValue(value: unknown, selections: readonly RequiredSelection[], types: TypeIndex): unknown {
  if (Array.isArray(value)) {
    const list = value.map((element) => selectValue(element, selections, types));
    return list.includes(missing) ? missing : list;
  }
  return isResponseObject(value) ? select(value, selections, types) : null;
}

function matchesFragment(source: ResponseObject, typeCondition: string | undefined, types: TypeIndex): boolean {
  if (typeCondition === undefined) return true;
  const typename = source.__typename;
  return typeof typename === 'string' && types.matches(typename, typeCondition);
}

/** The same field may be selected by several matching fragments, each with other parts of it. */
function combine(existing: unknown, added: unknown): unknown {
  if (Array.isArray(existing) && Array.isArray(added)) return existing.map((element, index) => combine(element, added[index]));
  if (!isResponseObject(existing) || !isResponseObject(added)) return added;
  for (const key of Object.keys(added)) setOwn(existing, key, combine(getOwn(existing, key), added[key]));
  return existing;
}

/** In-process subgraphs may return instances such as `Date`; over HTTP the same value is its JSON form. */
function leaf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return 'toJSON' in value && typeof value.toJSON === 'function' ? value.toJSON() : value;
}
