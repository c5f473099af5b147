// Runs plugins: their hooks before the document and before the execution, and as an observer of plan, fetches and events.

import type { GatewayRequest } from '../edge/pipeline.ts';
import { isLive, type Outcome, type Stage } from '../edge/pipeline.ts';
import { answerTo } from '../edge/refusal.ts';
import type { CallObserver } from '../execution/execution.ts';
import type { GatewayPlugin } from '../plugins.ts';

/** Outside of everything that may refuse: plugins see refusals as answers. */
export function pluginRequestStage(plugins: readonly GatewayPlugin[]): Stage {
  return async (request, next) => {
    let outcome: Outcome | undefined;
    try {
      for (const plugin of plugins) outcome ??= await plugin.onRequest?.(request);
      outcome ??= await next(request);
    } catch (error) {
      outcome = answerTo(error, request.context);
    }
    for (const plugin of plugins) {
      if (isLive(outcome)) return outcome;
      outcome = (await plugin.onResponse?.(request, outcome)) ?? outcome;
    }
    return outcome;
  };
}

/** Null when no plugin looks at operations. */
export function pluginOperationStage(plugins: readonly GatewayPlugin[]): Stage | null {
  const interested = plugins.filter(({ onOperation }) => onOperation !== undefined);
  if (interested.length === 0) return null;
  return async (request, next) => {
    let answer: Outcome | undefined;
    for (const plugin of interested) answer ??= await plugin.onOperation?.(request);
    return answer ?? next(request);
  };
}

/** Undefined when no plugin looks into executions. */
export function pluginObserver(plugins: readonly GatewayPlugin[], request: GatewayRequest): CallObserver | undefined {
  const interested = plugins.filter(({ onPlan, onFetch, onSubscriptionEvent }) => onPlan ?? onFetch ?? onSubscriptionEvent);
  if (interested.length === 0) return undefined;
  const observer: CallObserver = {
    planned(plan, durationMs) {
      for (const plugin of interested) plugin.onPlan?.(request, plan, durationMs);
    },
    fetching(fetch, variables) {
      const hooks = interested.flatMap((plugin) => plugin.onFetch?.(request, fetch, variables) ?? []);
      return {
        headers: hooks.some(({ headers }) => headers !== undefined)
          ? Object.assign({}, ...hooks.map(({ headers }) => headers))
          : undefined,
        ended(result, failure) {
          for (const hook of hooks) hook.ended?.(result, failure);
        },
      };
    },
    event: () => ({
      observer,
      ended(errorCodes) {
        for (const plugin of interested) plugin.onSubscriptionEvent?.(request, errorCodes);
      },
    }),
  };
  return observer;
}
