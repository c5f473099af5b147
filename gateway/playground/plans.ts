// The plan of the last operation that ran, as the gateway reports it on demand. Nothing of it is kept beyond the page.
import type { PlanReport } from '../observation/plan-report.types.ts';

export const planHeader = { 'x-query-plan': 'true' };

export interface ShownPlan {
  /** Null for an operation without a name. */
  readonly operationName: string | null;
  /** Null when the gateway shows none to this person. */
  readonly report: PlanReport | null;
}

/** In the form that React's `useSyncExternalStore` takes. */
export interface Plans {
  /** Takes the plan out of a result, where it would be in the way of what the reader asked for. */
  take<Result>(operationName: string | null, result: Result): Result;
  current(): ShownPlan | null;
  subscribe(listener: () => void): () => void;
}

export function createPlans(): Plans {
  const listeners = new Set<() => void>();
  let shown: ShownPlan | null = null;

  return {
    take(operationName, result) {
      const { extensions, ...rest } = result as { extensions?: { plan?: PlanReport } };
      const { plan, ...others } = extensions ?? {};
      shown = { operationName, report: plan ?? null };
      for (const listener of listeners) listener();
      if (plan === undefined) return result;
      return (Object.keys(others).length === 0 ? rest : { ...rest, extensions: others }) as typeof result;
    },
    current: () => shown,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
