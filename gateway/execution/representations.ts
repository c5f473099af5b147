// Writes the representations of an entity fetch as JSON text, each distinct one once, and remembers which objects each stands for.
import type { FetchNode, RequiredField, RequiredSelection } from '../planning/plan.ts';
import { getOwn, isResponseObject, type ResponseObject } from './data.ts';
import { applyRewrites } from './rewrites.ts';
import type { TypeIndex } from './type-index.ts';

export interface Representation {
  /** Equal representations have equal text: fields are written in the plan's order. */
  readonly text: string;
  /** The objects of the response that the entity completes; at least one. */
  readonly objects: ResponseObject[];
}

/** Objects whose required fields are missing are left out: what was missing has been reported where it was fetched. */
export type RepresentationWriter = (objects: readonly ResponseObject[]) => Representation[];

export function compileRepresentations(fetch: FetchNode, types: TypeIndex): RepresentationWriter {
  const writeObject = compileObject(fetch.requires ?? [], types, true);
  const rewritten = fetch.inputRewrites === undefined || fetch.inputRewrites.length === 0 ? null : fetch.inputRewrites;

  function textOf(object: ResponseObject): string | undefined {
    const text = writeObject(object);
    if (text === undefined || rewritten === null) return text;
    const value = JSON.parse(text) as ResponseObject;
    applyRewrites(rewritten, value, types);
    return JSON.stringify(value);
  }

  return (objects) => {
    const unique = new Map<string, Representation>();
    for (const object of objects) {
      if (typeof object.__typename !== 'string') continue;
      const text = textOf(object);
      if (text === undefined) continue;
      const known = unique.get(text);
      if (known === undefined) unique.set(text, { text, objects: [object] });
      else known.objects.push(object);
    }
    return [...unique.values()];
  };
}

/** Gives undefined when a required field is missing. */
type ValueWriter = (value: unknown) => string | undefined;

interface FieldWriter {
  /** `"name":`, with the comma before it or the brace that opens the object. */
  readonly start: string;
  readonly name: string;
  readonly write: ValueWriter;
}

/** Which fields are written depends on the object's type alone, so they are put together once per type. */
function compileObject(
  selections: readonly RequiredSelection[],
  types: TypeIndex,
  /** What does not say its type is no representation: then nothing is required of objects of that type. */
  hasToNameType: boolean,
): (object: ResponseObject) => string | undefined {
  const byType = new Map<string, readonly FieldWriter[]>();
  const untyped = compileFields(selections, null, types);

  function fieldsOf(typename: unknown): readonly FieldWriter[] {
    if (typeof typename !== 'string') return untyped;
    let fields = byType.get(typename);
    if (fields === undefined) {
      fields = compileFields(selections, typename, types);
      // Names come from subgraphs: unknown ones are not remembered, so that the map stays as small as the schema.
      if (types.isKnown(typename)) byType.set(typename, fields);
    }
    return fields;
  }

  return (object) => {
    const fields = fieldsOf(object.__typename);
    if (hasToNameType && !fields.some(({ name }) => name === '__typename')) return undefined;
    if (fields.length === 0) return '{}';
    let text = '';
    for (const { start, name, write } of fields) {
      const value = getOwn(object, name);
      if (value === undefined) return undefined;
      const written = write(value);
      if (written === undefined) return undefined;
      text += start + written;
    }
    return `${text}}`;
  };
}

function compileFields(
  selections: readonly RequiredSelection[],
  typename: string | null,
  types: TypeIndex,
): readonly FieldWriter[] {
  const collected = new Map<string, RequiredField[]>();
  collectFields(selections, typename, types, collected);
  return [...collected].map(([name, fields], index) => {
    // The same field may be selected by several matching fragments, each with other parts of it.
    const below = fields.flatMap(({ selections: inner }) => inner ?? []);
    return {
      start: `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`,
      name,
      write: fields.some((field) => field.selections !== undefined) ? compileValue(below, types) : writeLeaf,
    };
  });
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
  const writeObject = compileObject(selections, types, false);
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
    return isResponseObject(value) ? writeObject(value) : 'null';
  };
  return write;
}

function writeLeaf(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}
