import { parse } from 'graphql';
import { expect, it } from 'vitest';
import type { QueryPlan } from './plan.ts';
import { createPlanCache } from './plan-cache.ts';

const document = parse('{ a }');

/** A cache whose plans are all as large as `operation`, and which of the operations it still knows. */
function aCache(operation: string) {
  const plan: QueryPlan = { kind: 'QueryPlan', node: { kind: 'Fetch', serviceName: 's', operation, operationKind: 'query' } };
  const seen: boolean[] = [];
  const cache = createPlanCache({
    planner: { overrideLabels: [], plan: () => plan },
    observe: ({ cached }) => seen.push(cached),
  });
  return (documentKey: string) => {
    cache.planFor({ document, operationName: null, documentKey, coercedVariables: {} });
    return seen.at(-1);
  };
}

it('plans an operation once', () => {
  const isCached = aCache('{ a }');
  expect([isCached('one'), isCached('one'), isCached('two')]).toEqual([false, true, false]);
});

it('forgets plans by what they take together, not by their number alone', () => {
  const isCached = aCache('x'.repeat(1_000_000));
  for (let n = 0; n < 10; n++) isCached(`${n}`);
  expect(isCached('9')).toBe(true);
  expect(isCached('0')).toBe(false);
});

it('turns overrides on as their labels say, and those with names of their own as configured', () => {
  const asked: string[][] = [];
  let drawn = 0;
  const cache = createPlanCache({
    planner: {
      overrideLabels: ['percent(50)', 'new-ledger', 'beta', 'other'],
      plan({ overrides }) {
        asked.push([...overrides]);
        return { kind: 'QueryPlan' };
      },
    },
    observe: () => {},
    overridePercents: new Map([
      ['new-ledger', 100],
      ['beta', 10],
    ]),
    random: () => drawn,
  });
  for (drawn of [0.05, 0.3, 0.9, 0.3]) cache.planFor({ document, operationName: null, documentKey: 'k', coercedVariables: {} });
  expect(asked).toEqual([['percent(50)', 'new-ledger', 'beta'], ['percent(50)', 'new-ledger'], ['new-ledger']]);
});
