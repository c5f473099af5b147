// A query plan made ready to run, once per plan: paths read, bodies of requests written as far as they are constant, representations
// compiled, and for each entity fetch whether what it brings may stand at several places of the response without being copied.
import type { BatchFetchNode, FetchNode, GraphStep, PlanNode, PlanPath, QueryPlan } from '../planning/plan.ts';
import { changesPaths } from './fetched-fields.ts';
import { readPath, type Step } from './positions.ts';
import { compileRepresentations, type RepresentationWriter } from './representations.ts';
import { decideSharing, type SharingDecision } from './sharing-analysis.ts';
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
  /** Equal for equal steps. */
  readonly path: string;
  /** True when it brings more than leaves, so that paths may lead further than before. */
  readonly changesPaths: boolean;
  /** The body of the request up to the variables' values: `{"query":"…","variables":{`. */
  readonly bodyStart: string;
  readonly variableNames: readonly string[];
  /** Null for a fetch on a root type. */
  readonly writeRepresentations: RepresentationWriter | null;
  readonly sharing: SharingDecision;
}

export function compilePlan({ node }: QueryPlan, types: TypeIndex): CompiledPlan {
  const compiler = createCompiler(types);
  if (node === undefined) return { root: null, primary: null };
  if (node.kind === 'Subscription') {
    const primary = compiler.fetch(node.primary, noPlace, new Set());
    const root = node.rest === undefined ? null : compiler.node(node.rest, noPlace, new Set([primary]));
    compiler.decideSharing();
    return { root, primary };
  }
  const root = compiler.node(node, noPlace, new Set());
  compiler.decideSharing();
  return { root, primary: null };
}

interface Place {
  readonly steps: readonly Step[];
  readonly path: string;
}

const noPlace: Place = { steps: [], path: '' };

function placeAt({ steps, path }: Place, further: PlanPath): Place {
  return { steps: [...steps, ...readPath(further)], path: `${path}${JSON.stringify(further)}` };
}

/** Fetches that have certainly ended when another begins. */
type Earlier = ReadonlySet<CompiledFetch>;

function createCompiler(types: TypeIndex) {
  const fetches: { fetch: { -readonly [Key in keyof CompiledFetch]: CompiledFetch[Key] }; earlier: Earlier }[] = [];

  function compileFetch(fetch: FetchNode, { steps, path }: Place, earlier: Earlier): CompiledFetch {
    const compiled = {
      node: fetch,
      steps,
      path,
      changesPaths: changesPaths(fetch),
      bodyStart: bodyStartOf(fetch),
      variableNames: fetch.variableUsages ?? [],
      writeRepresentations: fetch.requires === undefined ? null : compileRepresentations(fetch, types),
      sharing: { canShareEntities: false, canUnify: false },
    };
    fetches.push({ fetch: compiled, earlier });
    return compiled;
  }

  function compileBatch({ fetch, entities }: BatchFetchNode, place: Place, earlier: Earlier): CompiledBatch {
    return {
      node: fetch,
      bodyStart: bodyStartOf(fetch),
      variableNames: fetch.variableUsages ?? [],
      entities: entities.map(({ alias, variable, paths, fetch: single }) => ({
        alias,
        variable,
        fetches: paths.map((path) => compileFetch(single, placeAt(place, path), earlier)),
      })),
    };
  }

  /** The fetches that a piece of work compiles. */
  function compiledBy<Result>(work: () => Result): { readonly result: Result; readonly made: readonly CompiledFetch[] } {
    const count = fetches.length;
    const result = work();
    return { result, made: fetches.slice(count).map(({ fetch }) => fetch) };
  }

  function compileSequence(nodes: readonly PlanNode[], place: Place, earlier: Earlier): CompiledNode {
    let before = earlier;
    const compiled = nodes.map((each) => {
      const { result, made } = compiledBy(() => compileNode(each, place, before));
      before = new Set([...before, ...made]);
      return result;
    });
    return { kind: 'Sequence', nodes: compiled };
  }

  function compileGraph(steps: readonly GraphStep[], place: Place, earlier: Earlier): CompiledNode {
    /** By step: what has ended when it has. */
    const ended: Earlier[] = [];
    const compiled = steps.map(({ node, after }): CompiledStep => {
      const before = new Set([...earlier, ...after.flatMap((index) => [...(ended[index] ?? [])])]);
      const { result, made } = compiledBy(() => compileNode(node, place, before));
      ended.push(new Set([...before, ...made]));
      return { node: result, after };
    });
    return { kind: 'Graph', steps: compiled };
  }

  function compileNode(node: PlanNode, place: Place, earlier: Earlier): CompiledNode {
    switch (node.kind) {
      case 'Sequence':
        return compileSequence(node.nodes, place, earlier);
      case 'Parallel':
        return { kind: 'Parallel', nodes: node.nodes.map((each) => compileNode(each, place, earlier)) };
      case 'Flatten':
        return compileNode(node.node, placeAt(place, node.path), earlier);
      case 'Condition':
        return {
          kind: 'Condition',
          variable: node.condition,
          on: node.ifClause === undefined ? null : compileNode(node.ifClause, place, earlier),
          off: node.elseClause === undefined ? null : compileNode(node.elseClause, place, earlier),
        };
      case 'Fetch':
        return { kind: 'Fetch', fetch: compileFetch(node, place, earlier) };
      case 'BatchFetch':
        return { kind: 'Batch', batch: compileBatch(node, place, earlier) };
      case 'Graph':
        return compileGraph(node.steps, place, earlier);
      case 'Defer':
        throw new Error('The planner made a Defer node, although the graph does not offer @defer.');
    }
  }

  return {
    node: compileNode,
    fetch: compileFetch,
    decideSharing() {
      for (const { fetch, earlier } of fetches) {
        if (fetch.writeRepresentations === null) continue;
        const others = fetches.flatMap((other) => (other.fetch === fetch ? [] : [other.fetch]));
        fetch.sharing = decideSharing(fetch, others, earlier);
      }
    },
  };
}

function bodyStartOf({ operation, operationName }: FetchNode): string {
  const name = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`;
  return `{"query":${JSON.stringify(operation)}${name},"variables":{`;
}
