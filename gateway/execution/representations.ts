// Writes the representations of an entity fetch as JSON text, each distinct one once, and remembers which objects each stands for.
import type { FetchNode, RequiredField, RequiredSelection } from '../planning/plan.ts';
import { getOwn, isResponseObject, type ResponseObject, setOwn } from './data.ts';
import type { FoundObjects } from './positions.ts';
import { applyRewrites } from './rewrites.ts';
import type { TypeIndex } from './type-index.ts';

export interface Representation {
  /** Fields are written in the plan's order, so that equal representations have equal text. */
  readonly text: string;
  /** The objects of the response that the entity completes, for each place that the writer was given. */
  readonly objects: readonly ResponseObject[][];
}

/**
 * Groups the objects found at one or several places by their representations. Objects whose required fields are missing are left out: what
 * was missing has been reported where it was fetched.
 *
 * Where a place has a map in `unifying`, its objects that are nothing but their representation become one object, which then stands in the
 * place of each; it is noted in the map, and they are no longer among those found.
 */
export type RepresentationWriter = (
  places: readonly FoundObjects[],
  unifying: readonly (Map<object, unknown> | null)[],
) => readonly Representation[];

export function compileRepresentations(fetch: FetchNode, types: TypeIndex): RepresentationWriter {
  const codeOf = createObjectCodes(fetch.requires ?? [], types);
  const { inputRewrites = [] } = fetch;
  const finish = (text: string): string => {
    if (inputRewrites.length === 0) return text;
    const value = JSON.parse(text) as ResponseObject;
    applyRewrites(inputRewrites, value, types);
    return JSON.stringify(value);
  };

  return (places, unifying) => {
    const groups: Groups = { placeCount: places.length, all: [], byText: new Map(), byValue: new Map() };
    for (let place = 0; place < places.length; place++) {
      const found = places[place] as FoundObjects;
      // Rewrites make equal representations of different objects: of two types behind one interface.
      const shared = inputRewrites.length === 0 ? (unifying[place] ?? null) : null;
      let kept: ResponseObject[] | null = null;
      for (let index = 0; index < found.objects.length; index++) {
        const object = found.objects[index] as ResponseObject;
        const group = groupOf(groups, codeOf(object.__typename), object, finish);
        const members = group?.objects[place];
        if (shared !== null && group !== undefined && takePlace(found, index, group.code, members?.[0])) {
          shared.set(members?.[0] as ResponseObject, null);
          kept ??= found.objects.slice(0, index);
        } else {
          members?.push(object);
          kept?.push(object);
        }
      }
      if (kept === null) continue;
      found.objects = kept;
      // They go with the objects as they were.
      found.holders.length = 0;
      found.keys.length = 0;
    }
    return groups.all;
  };
}

/** Puts the first object of a group in the place of another that is equal to it. */
function takePlace({ objects, holders, keys }: FoundObjects, index: number, code: ObjectCode, first?: ResponseObject): boolean {
  const holder = holders[index];
  if (first === undefined || !holder) return false;
  if (!isPlain(code, first) || !isPlain(code, objects[index] as ResponseObject)) return false;
  if (Array.isArray(holder)) holder[keys[index] as number] = first;
  else setOwn(holder, String(keys[index]), first);
  return true;
}

interface Group extends Representation {
  readonly code: ObjectCode;
}

interface Groups {
  readonly placeCount: number;
  readonly all: Group[];
  readonly byText: Map<string, Group>;
  /** By type, then by the value of each field. */
  readonly byValue: Map<unknown, unknown>;
}

/** The group of an object, without the object in it; undefined when something that is required is missing. */
function groupOf(groups: Groups, code: ObjectCode, object: ResponseObject, finish: (text: string) => string): Group | undefined {
  if (!code.namesType || typeof object.__typename !== 'string') return undefined;
  if (!code.isFlat) return groupByText(groups, code, object, finish);
  let map = groups.byValue;
  let step: unknown = object.__typename;
  for (const name of code.valueNames) {
    const value = getOwn(object, name);
    if (value === undefined) return undefined;
    if (typeof value === 'object' && value !== null) return groupByText(groups, code, object, finish);
    let next = map.get(step) as Map<unknown, unknown> | undefined;
    if (next === undefined) {
      next = new Map();
      map.set(step, next);
    }
    map = next;
    step = value;
  }
  const known = map.get(step) as Group | undefined;
  if (known !== undefined) return known;
  const group = groupByText(groups, code, object, finish);
  map.set(step, group);
  return group;
}

function groupByText(
  groups: Groups,
  code: ObjectCode,
  object: ResponseObject,
  finish: (text: string) => string,
): Group | undefined {
  const written = code.write(object);
  if (written === undefined) return undefined;
  const text = finish(written);
  let group = groups.byText.get(text);
  if (group === undefined) {
    group = { text, code, objects: Array.from({ length: groups.placeCount }, () => []) };
    groups.byText.set(text, group);
    groups.all.push(group);
  }
  return group;
}

/** Objects of one group have the same values under the representation's names: with no other names they are equal. */
function isPlain(code: ObjectCode, object: ResponseObject): boolean {
  if (!code.isFlat) return false;
  let count = 0;
  for (const key in object) if (object[key] !== undefined) count += 1;
  return count === code.fieldCount;
}

/** Gives undefined when a required field is missing. */
type ValueWriter = (value: unknown) => string | undefined;

/** What is required of objects of one type. */
interface ObjectCode {
  readonly fieldCount: number;
  /** What does not say its type is no representation: then nothing is required of objects of that type. */
  readonly namesType: boolean;
  /** True when all fields are leaves. */
  readonly isFlat: boolean;
  /** All fields but the type. */
  readonly valueNames: readonly string[];
  write(object: ResponseObject): string | undefined;
}

/** Which fields are required depends on the object's type alone, so they are put together once per type. */
function createObjectCodes(selections: readonly RequiredSelection[], types: TypeIndex): (typename: unknown) => ObjectCode {
  const byType = new Map<unknown, ObjectCode>();
  const untyped = compileObject(selections, null, types);
  return (typename) => {
    if (typeof typename !== 'string') return untyped;
    let code = byType.get(typename);
    if (code === undefined) {
      code = compileObject(selections, typename, types);
      // Names come from subgraphs: unknown ones are not remembered, so that the map stays as small as the schema.
      if (types.isKnown(typename)) byType.set(typename, code);
    }
    return code;
  };
}

function compileObject(selections: readonly RequiredSelection[], typename: string | null, types: TypeIndex): ObjectCode {
  const collected = new Map<string, RequiredField[]>();
  collectFields(selections, typename, types, collected);
  const fields = [...collected].map(([name, same], index) => {
    // The same field may be selected by several matching fragments, each with other parts of it.
    const below = same.flatMap(({ selections: inner }) => inner ?? []);
    const isLeaf = same.every((field) => field.selections === undefined);
    return {
      name,
      start: `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`,
      isLeaf,
      write: isLeaf ? writeLeaf : compileValue(below, types),
    };
  });
  return {
    fieldCount: fields.length,
    namesType: collected.has('__typename'),
    isFlat: fields.every(({ isLeaf }) => isLeaf),
    valueNames: [...collected.keys()].filter((name) => name !== '__typename'),
    write(object) {
      if (fields.length === 0) return '{}';
      let text = '';
      for (const { name, start, write } of fields) {
        const value = getOwn(object, name);
        const written = value === undefined ? undefined : write(value);
        if (written === undefined) return undefined;
        text += start + written;
      }
      return `${text}}`;
    },
  };
}

function collectFields(
  selections: readonly RequiredSelection[],
  typename: string | null,
  types: TypeIndex,
  collected: Map<string, RequiredField[]>,
): void {
  for (const selection of selections) {
    if (selection.kind === 'Field') {
      const name = selection.alias ?? selection.name;
      const known = collected.get(name);
      if (known === undefined) collected.set(name, [selection]);
      else known.push(selection);
      continue;
    }
    const { typeCondition } = selection;
    if (typeCondition !== undefined && (typename === null || !types.matches(typename, typeCondition))) continue;
    collectFields(selection.selections, typename, types, collected);
  }
}

function compileValue(selections: readonly RequiredSelection[], types: TypeIndex): ValueWriter {
  const codeOf = createObjectCodes(selections, types);
  const write: ValueWriter = (value) => {
    if (Array.isArray(value)) {
      let text = '[';
      for (let index = 0; index < value.length; index++) {
        const written = write(value[index]);
        if (written === undefined) return undefined;
        text += index === 0 ? written : `,${written}`;
      }
      return `${text}]`;
    }
    return isResponseObject(value) ? codeOf(value.__typename).write(value) : 'null';
  };
  return write;
}

function writeLeaf(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}
