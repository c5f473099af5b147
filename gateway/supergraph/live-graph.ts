// Serves the current engine and replaces it when the supergraph changes: whole or not at all, with old requests finishing on the old one.
import type { Logger } from 'pino';
import type { SubgraphClient } from '../../platform/graph/subgraph.ts';
import type { GraphEngine } from '../execution/engine.ts';
import type { SupergraphSource } from './source.ts';
import { type LoadedSupergraph, readSupergraph, SupergraphError } from './supergraph.ts';

/** An engine with everything that belongs to it alone. */
export interface ServedGraph {
  readonly supergraph: LoadedSupergraph;
  readonly engine: GraphEngine;
  /** Its subgraphs, for readiness. */
  readonly clients: readonly SubgraphClient[];
  /** Called once nothing runs on it any more and it has been replaced. */
  dispose(): Promise<void>;
}

export interface GraphLease {
  readonly graph: ServedGraph;
  /** Tells that the request or stream is over. */
  release(): void;
}

export interface LiveGraph {
  readonly current: ServedGraph;
  /** Takes part in the graph's life: it is not disposed of before the release. By default the current one. */
  lease(graph?: ServedGraph): GraphLease;
  onChange(listener: (graph: ServedGraph) => void): () => void;
  /** Why the last text was refused; null while the served graph is the newest. */
  readonly problem: string | null;
  /** Looks at the source now. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

export interface LiveGraphOptions {
  readonly source: SupergraphSource;
  readonly serve: (supergraph: LoadedSupergraph) => ServedGraph;
  readonly log: Logger;
  readonly onReload?: (outcome: 'replaced' | 'refused') => void;
}

/** @throws {SupergraphError} when the first supergraph cannot be read: there would be nothing to serve. */
export async function createLiveGraph({ source, serve, log, onReload }: LiveGraphOptions): Promise<LiveGraph> {
  const leases = createLeases((graph) => graph !== current, log);
  const listeners = new Set<(graph: ServedGraph) => void>();
  let current = serve(readSupergraph(await readSource(source)));
  let problem: string | null = null;
  let refusedText: string | null = null;
  let reloading: Promise<void> = Promise.resolve();
  leases.add(current);

  function refuse(error: unknown, text: string | null): void {
    problem = error instanceof Error ? error.message : String(error);
    if (text !== null && text === refusedText) return;
    refusedText = text;
    log.error({ error, source: source.description }, 'The new supergraph was refused; the old one serves on.');
    onReload?.('refused');
  }

  async function load(): Promise<void> {
    let text: string | null = null;
    try {
      text = await readSource(source);
      if (text === current.supergraph.sdl) {
        problem = null;
        return;
      }
      const next = serve(readSupergraph(text));
      const previous = current;
      leases.add(next);
      current = next;
      problem = null;
      refusedText = null;
      for (const listener of listeners) listener(next);
      log.info({ supergraph: next.supergraph.id, source: source.description }, 'The supergraph was replaced.');
      onReload?.('replaced');
      leases.settle(previous);
    } catch (error) {
      refuse(error, text);
    }
  }

  // One at a time, in order: a slow read must not put an older text over a newer one.
  const reload = () => {
    reloading = reloading.then(load);
    return reloading;
  };
  const stopWatching = source.watch(() => void reload());

  return {
    get current() {
      return current;
    },
    get problem() {
      return problem;
    },
    lease: (graph = current) => leases.take(graph),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reload,
    async stop() {
      stopWatching();
      await reloading;
      await Promise.all(leases.graphs().map((graph) => graph.dispose()));
    },
  };
}

/** Counts who is on which graph, and disposes of one that was replaced when the last has left it. */
function createLeases(isReplaced: (graph: ServedGraph) => boolean, log: Logger) {
  const counts = new Map<ServedGraph, number>();

  function settle(graph: ServedGraph): void {
    if (!isReplaced(graph) || counts.get(graph) !== 0) return;
    counts.delete(graph);
    graph.dispose().catch((error: unknown) => log.warn({ error }, 'A replaced graph could not be closed cleanly.'));
  }

  return {
    add: (graph: ServedGraph) => void counts.set(graph, 0),
    settle,
    graphs: () => [...counts.keys()],
    take(graph: ServedGraph): GraphLease {
      counts.set(graph, (counts.get(graph) ?? 0) + 1);
      let isReleased = false;
      return {
        graph,
        release() {
          if (isReleased) return;
          isReleased = true;
          counts.set(graph, (counts.get(graph) ?? 1) - 1);
          settle(graph);
        },
      };
    },
  };
}

async function readSource(source: SupergraphSource): Promise<string> {
  try {
    return await source.read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SupergraphError(`${source.description} cannot be read (${reason}). Write it with: npm run compose`, error);
  }
}
