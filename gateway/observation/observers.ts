// Several who watch the same request, as one.
import type { CallHeaderFields } from '../../platform/graph/subgraph.ts';
import type { CallObserver, EventWatch, FetchWatch } from '../execution/execution.ts';

/** Undefined when there are none, so that the request pays nothing. */
export function combineObservers(observers: readonly CallObserver[]): CallObserver | undefined {
  if (observers.length <= 1) return observers[0];
  return {
    planned(plan, durationMs) {
      for (const observer of observers) observer.planned?.(plan, durationMs);
    },
    fetching: (fetch, variables) => combineWatches(observers.map((observer) => observer.fetching(fetch, variables))),
    event: () => combineEvents(observers.flatMap((observer) => observer.event?.() ?? [])),
  };
}

function combineWatches(watches: readonly FetchWatch[]): FetchWatch {
  let headers: CallHeaderFields | undefined;
  for (const watch of watches) if (watch.headers !== undefined) headers = { ...headers, ...watch.headers };
  return {
    headers,
    ended(result, failure) {
      for (const watch of watches) watch.ended(result, failure);
    },
  };
}

const nobody: CallObserver = { fetching: () => ({ headers: undefined, ended: () => {} }) };

function combineEvents(events: readonly EventWatch[]): EventWatch {
  return {
    observer: combineObservers(events.map(({ observer }) => observer)) ?? nobody,
    ended(errorCodes) {
      for (const event of events) event.ended(errorCodes);
    },
  };
}
