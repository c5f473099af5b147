// Applies a plan's rewrites: sets values and renames keys in representations and in what subgraphs answer.
import type { DataRewrite } from '../planning/plan.ts';
import { getOwn, isResponseObject, type ResponseObject, setOwn } from './data.ts';
import type { TypeIndex } from './type-index.ts';

const fragmentPrefix = '... on ';

export function applyRewrites(rewrites: readonly DataRewrite[] | undefined, data: unknown, types: TypeIndex): void {
  if (rewrites === undefined) return;
  for (const rewrite of rewrites) {
    const field = rewrite.path.at(-1);
    if (field === undefined) continue;
    atEachObject(data, rewrite.path.slice(0, -1), types, (object) => {
      if (rewrite.kind === 'ValueSetter') setOwn(object, field, rewrite.setValueTo);
      else renameKey(object, field, rewrite.renameKeyTo);
    });
  }
}

/** Undoes a fetch's aliases in the path of an error: `name__alias_0` is `name` to the client. */
export function originalPath(
  rewrites: readonly DataRewrite[] | undefined,
  path: readonly (string | number)[],
): (string | number)[] {
  const names = new Map<string, string>();
  for (const rewrite of rewrites ?? []) {
    const alias = rewrite.path.at(-1);
    if (rewrite.kind === 'KeyRenamer' && alias !== undefined) names.set(alias, rewrite.renameKeyTo);
  }
  return path.map((key) => (typeof key === 'string' ? (names.get(key) ?? key) : key));
}

function renameKey(object: ResponseObject, from: string, to: string): void {
  if (!Object.hasOwn(object, from)) return;
  setOwn(object, to, object[from]);
  delete object[from];
}

function atEachObject(value: unknown, path: readonly string[], types: TypeIndex, visit: (object: ResponseObject) => void): void {
  if (Array.isArray(value)) {
    for (const element of value) atEachObject(element, path, types, visit);
    return;
  }
  if (!isResponseObject(value)) return;
  const [step, ...rest] = path;
  if (step === undefined) visit(value);
  else if (step.startsWith(fragmentPrefix)) {
    const typename = value.__typename;
    // Planners select `__typename` wherever it makes a difference; without it the fragment is certain to match.
    if (typeof typename !== 'string' || types.matches(typename, step.slice(fragmentPrefix.length)))
      atEachObject(value, rest, types, visit);
  } else atEachObject(getOwn(value, step), rest, types, visit);
}
