// A query plan made ready to run, once per plan: paths read, bodies of requests written as far as they are constant, representations
// compiled, and for each entity fetch whether what it brings may stand at several places of the response without being copied.
import type { BatchFetchNode, FetchNode, PlanNode, QueryPlan } from '../planning/plan.ts';
import { fetchedFieldsOf } from './fetched-fields.ts';
import { readPath, type Step } from './positions.ts';
import { compileRepresentations, type RepresentationWriter } from './representations.ts';
import type { TypeIndex } from './type-index.ts';

export interface CompiledPlan {
  readonly root: CompiledNode | null;
  /** The stream of a subscription; its `root` runs for each event. */
  readonly primary: CompiledFetch | null;
}

export type CompiledNode =
  | { readonly kind: 'Sequence' | 'Parallel'; readonly nodes: readonly CompiledNode[] }
  | { readonly kind: 'Condition'; readonly variable: string; readonly on: CompiledNode | null; readonly off: CompiledNode | null }
  | { readonly kind: 'Fetch'; readonly fetch: CompiledFetch }
  | { readonly kind: 'Batch'; readonly batch: CompiledBatch }
  | { readonly kind: 'Graph'; readonly steps: readonly CompiledStep[] };

export interface CompiledStep {
  readonly node: CompiledNode;
  readonly after: readonly number[];
}

/** Several entity fetches in one request. */
export interface CompiledBatch {
  /** What is sent. */
  readonly node: FetchNode;
  readonly bodyStart: string;
  readonly variableNames: readonly string[];
  readonly entities: readonly CompiledEntities[];
}

/** One `_entities` of a request. */
export interface CompiledEntities {
  readonly alias: string;
  readonly variable: string;
  /** The same fetch at each of its places in the response. */
  readonly fetches: readonly CompiledFetch[];
}

export interface CompiledFetch {
  readonly node: FetchNode;
  /** From the root of the response to the objects that the fetch completes. */
  readonly steps: readonly Step[];
  /** The body of the request up to the variables' values: `{"query":"…","variables":{`. */
  readonly bodyStart: string;
  readonly variableNames: readonly string[];
  /** Null for a fetch on a root type. */
  readonly writeRepresentations: RepresentationWriter | null;
  /** True when equal representations stay equal: all later fetches treat the places where they stand alike. */
  readonly canShareEntities: boolean;
}

export function compilePlan({ node }: QueryPlan, types: TypeIndex): CompiledPlan {
  const compiler = createCompiler(types);
  if (node === undefined) return { root: null, primary: null };
  if (node.kind === 'Subscription') {
    const primary = compiler.fetch(node.primary, []);
    const root = node.rest === undefined ? null : compiler.node(node.rest, []);
    compiler.decideSharing();
    return { root, primary };
  }
  const root = compiler.node(node, []);
  compiler.decideSharing();
  return { root, primary: null };
}

function createCompiler(types: TypeIndex) {
  const fetches: { -readonly [Key in keyof CompiledFetch]: CompiledFetch[Key] }[] = [];

  function compileFetch(fetch: FetchNode, steps: readonly Step[]): CompiledFetch {
    const compiled = {
      node: fetch,
      steps,
      bodyStart: bodyStartOf(fetch),
      variableNames: fetch.variableUsages ?? [],
      writeRepresentations: fetch.requires === undefined ? null : compileRepresentations(fetch, types),
      canShareEntities: false,
    };
    fetches.push(compiled);
    return compiled;
  }

  function compileBatch({ fetch, entities }: BatchFetchNode, steps: readonly Step[]): CompiledBatch {
    return {
      node: fetch,
      bodyStart: bodyStartOf(fetch),
      variableNames: fetch.variableUsages ?? [],
      entities: entities.map(({ alias, variable, paths, fetch: single }) => ({
        alias,
        variable,
        fetches: paths.map((path) => compileFetch(single, [...steps, ...readPath(path)])),
      })),
    };
  }

  function compileNode(node: PlanNode, steps: readonly Step[]): CompiledNode {
    switch (node.kind) {
      case 'Sequence':
      case 'Parallel':
        return { kind: node.kind, nodes: node.nodes.map((each) => compileNode(each, steps)) };
      case 'Flatten':
        return compileNode(node.node, [...steps, ...readPath(node.path)]);
      case 'Condition':
        return {
          kind: 'Condition',
          variable: node.condition,
          on: node.ifClause === undefined ? null : compileNode(node.ifClause, steps),
          off: node.elseClause === undefined ? null : compileNode(node.elseClause, steps),
        };
      case 'Fetch':
        return { kind: 'Fetch', fetch: compileFetch(node, steps) };
      case 'BatchFetch':
        return { kind: 'Batch', batch: compileBatch(node, steps) };
      case 'Graph':
        return { kind: 'Graph', steps: node.steps.map(({ node: each, after }) => ({ node: compileNode(each, steps), after })) };
      case 'Defer':
        throw new Error('The planner made a Defer node, although the graph does not offer @defer.');
    }
  }

  function decideSharing(): void {
    for (const fetch of fetches) {
      if (fetch.writeRepresentations === null) continue;
      fetch.canShareEntities = fetches.every((other) => other === fetch || leavesAlike(other, fetch));
    }
  }

  return { node: compileNode, fetch: compileFetch, decideSharing };
}

function bodyStartOf({ operation, operationName }: FetchNode): string {
  const name = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`;
  return `{"query":${JSON.stringify(operation)}${name},"variables":{`;
}

/** Whether `other` does the same at all places where `fetch` has put the same entity. */
function leavesAlike(other: CompiledFetch, fetch: CompiledFetch): boolean {
  const here = namedSteps(fetch.steps);
  const there = namedSteps(other.steps);
  const isAtOrBelow = here.every(({ key }, index) => there[index]?.key === key);
  if (!isAtOrBelow) return true;
  // Its values come from around each place, and differ from place to place.
  if (other.node.contextRewrites !== undefined && other.node.contextRewrites.length > 0) return false;
  if (there.length > here.length) return here.every(({ types }, index) => there[index]?.types === types);
  // At the same places it must not complete the very objects that `fetch` brings.
  return !haveCommonObject(fetch, other);
}

function haveCommonObject(left: CompiledFetch, right: CompiledFetch): boolean {
  if (left.node.outputRewrites !== undefined || right.node.outputRewrites !== undefined) return true;
  const names = new Set(objectNames(left.node));
  return objectNames(right.node).some((name) => names.has(name));
}

function objectNames(fetch: FetchNode): readonly string[] {
  return fetchedFieldsOf(fetch).flatMap(({ responseName, isObject }) => (isObject ? [responseName] : []));
}

/** The steps by name, with the type conditions on the way to each; whether there are lists between them makes no difference. */
function namedSteps(steps: readonly Step[]): { readonly key: string; types: string }[] {
  const named: { readonly key: string; types: string }[] = [{ key: '', types: '' }];
  for (const { key, types } of steps) {
    if (key !== '' && key !== '@') named.push({ key: String(key), types: '' });
    const last = named.at(-1);
    if (last !== undefined && types !== null) last.types += `[${[...types].sort().join()}]`;
  }
  return named;
}
