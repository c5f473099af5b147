// Plans each operation once, for each way its conditions can go. Bounded: the least recently used plans go first.

import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { conditionVariablesOf, resolveConditions } from './conditions.ts';
import type { QueryPlan } from './plan.ts';
import type { Planner } from './planner.ts';

/** Operations that are remembered; a front end has hundreds. */
const operationsMax = 2000;
/**
 * Characters of all remembered plans together, as JSON. An ordinary plan has some thousand, and takes eight times as many bytes; but
 * anybody may send operations whose plans are as large as the limits allow, and each is new.
 */
const planLengthsMax = 10_000_000;

export interface PlannableOperation {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly documentKey: string;
  /** Coerced, with defaults: conditions are decided by them. */
  readonly coercedVariables: Readonly<Record<string, unknown>>;
}

export interface PlanCache {
  planFor(operation: PlannableOperation): QueryPlan;
}

export type PlanObserver = (planning: { readonly cached: boolean; readonly durationSeconds: number }) => void;

export interface PlanCacheOptions {
  readonly planner: Planner;
  readonly observe: PlanObserver;
  /** Of 100 requests, for how many the labels of overrides are on that are not `percent(x)`. */
  readonly overridePercents?: ReadonlyMap<string, number>;
  /** A number from 0 to 1 per request; decides which overrides are on. */
  readonly random?: () => number;
}

export function createPlanCache({ planner, observe, overridePercents, random = Math.random }: PlanCacheOptions): PlanCache {
  const overrides = percentsOf(planner.overrideLabels, overridePercents);
  const plans = new LRUCache<string, QueryPlan>({
    max: operationsMax,
    maxSize: planLengthsMax,
    sizeCalculation: (plan) => JSON.stringify(plan).length,
  });
  const conditionVariables = new LRUCache<string, readonly string[]>({ max: operationsMax });

  function conditionsOf(documentKey: string, document: DocumentNode): readonly string[] {
    const known = conditionVariables.get(documentKey);
    if (known !== undefined) return known;
    const names = conditionVariablesOf(document);
    conditionVariables.set(documentKey, names);
    return names;
  }

  return {
    planFor({ document, operationName, documentKey, coercedVariables }) {
      const conditions = conditionsOf(documentKey, document).map((name) => `${name}=${coercedVariables[name] === true}`);
      const active = drawOverrides(overrides, random);
      const key = [documentKey, operationName ?? '', ...active, ...conditions].join('\n');
      const startedAt = performance.now();
      const known = plans.get(key);
      const plan =
        known ?? planner.plan({ document: resolveConditions(document, coercedVariables), operationName, overrides: active });
      if (known === undefined) plans.set(key, plan);
      observe({ cached: known !== undefined, durationSeconds: (performance.now() - startedAt) / 1000 });
      return plan;
    },
  };
}

/** `percent(10)` says itself how often it is on; a label that nothing is said of is off. */
function percentsOf(labels: readonly string[], configured: ReadonlyMap<string, number> = new Map()): ReadonlyMap<string, number> {
  return new Map(
    labels.map((label) => {
      const percent = /^percent\((\d+(?:\.\d+)?)\)$/.exec(label)?.[1];
      return [label, percent === undefined ? (configured.get(label) ?? 0) : Number(percent)];
    }),
  );
}

/** One draw decides all labels of a request. */
function drawOverrides(percents: ReadonlyMap<string, number>, random: () => number): ReadonlySet<string> {
  if (percents.size === 0) return noOverrides;
  const drawn = random() * 100;
  return new Set([...percents].flatMap(([label, percent]) => (drawn < percent ? [label] : [])));
}

const noOverrides: ReadonlySet<string> = new Set();
