// The stage that judges what an operation asks for before it is executed: its objects, its cost, and the caller's budget. What it did cost is
// known afterwards, and settles the budget.
import {
  type Answer,
  type GatewayRequest,
  isLive,
  type LiveAnswers,
  type Next,
  type Outcome,
  type Stage,
  withHead,
} from '../../edge/pipeline.ts';
import { refuse } from '../../edge/refusal.ts';
import { withExtension } from '../../execution/answer.ts';
import { gatewayErrors } from '../../gateway.errors.ts';
import type { ServedGraph } from '../../supergraph/live-graph.ts';
import { allowed, type Rate, type RateLimiter, type Taken } from '../rate/rate-limiter.ts';
import { chargeEvents } from './event-charges.ts';
import type { CostEstimate, OperationCost } from './operation-cost.ts';

export interface DemandStageOptions {
  /** Objects that one operation may ask for. */
  readonly objectsMax: number;
  /** Null: costs are neither judged nor reported. */
  readonly cost: CostControl | null;
  costOf(graph: ServedGraph, request: Pick<GatewayRequest, 'document' | 'operation'>): OperationCost | null;
}

export interface CostControl {
  /** Whether what costs too much is refused, or only measured. */
  readonly isEnforced: boolean;
  readonly costMax: number;
  /** What one caller may spend. */
  readonly budget: { readonly rate: Rate; readonly limiter: RateLimiter; callerOf(request: GatewayRequest): string } | null;
  readonly report: 'off' | 'headers' | 'extensions';
  /** `refusal`: why the operation was refused, or would have been; null when it was not. */
  observe(cost: { readonly estimated: number; readonly actual: number | null; readonly refusal: string | null }): void;
}

export function demandStage({ objectsMax, cost: control, costOf }: DemandStageOptions): Stage {
  return (request, next) => {
    const cost = costOf(request.graph, request);
    if (cost === null) return next(request);
    const estimate = cost.estimate(request.parameters.variables);
    if (estimate.objects > objectsMax) throw refuse(gatewayErrors.TOO_MANY_OBJECTS({ objects: estimate.objects, objectsMax }));
    return control === null ? next(request) : spend(control, cost, estimate, request, next);
  };
}

function spend(
  control: CostControl,
  cost: OperationCost,
  estimate: CostEstimate,
  request: GatewayRequest,
  next: Next,
): Outcome | Promise<Outcome> {
  const { isEnforced, budget } = control;
  const estimated = estimate.cost;
  // More than a whole budget can never be had, however long somebody waits.
  const excess = excessOf(estimate, Math.min(control.costMax, budget?.rate.amount ?? Number.POSITIVE_INFINITY));
  if (excess !== null && isEnforced) {
    control.observe({ estimated, actual: null, refusal: excess.code });
    throw refuse(excess);
  }
  const refusal = excess?.code ?? null;
  if (budget === null) return report(control, cost, estimated, refusal, request, next);
  const taken = budget.limiter.take(budget.callerOf(request), estimated);
  const go = ({ isAllowed, retryAfterMs }: Taken) => {
    if (isAllowed) return report(control, cost, estimated, refusal, request, next);
    const overdrawn = overdraft(estimated, budget.rate, retryAfterMs);
    if (!isEnforced) return report(control, cost, estimated, overdrawn.error.code, request, next);
    control.observe({ estimated, actual: null, refusal: overdrawn.error.code });
    throw refuse(overdrawn.error, overdrawn.head);
  };
  return taken instanceof Promise ? taken.then(go) : go(taken);
}

function excessOf({ cost, unsized }: CostEstimate, costMax: number) {
  if (unsized !== null) {
    const { field, slicingArguments, givenCount } = unsized;
    return gatewayErrors.SLICING_ARGUMENT_REQUIRED({ field, slicingArguments: slicingArguments.join(', '), givenCount });
  }
  return cost > costMax ? gatewayErrors.COST_ESTIMATED_TOO_EXPENSIVE({ estimatedCost: cost, costMax }) : null;
}

function overdraft(estimatedCost: number, { amount, windowMs }: Rate, retryAfterMs: number) {
  const retryAfterSeconds = Math.ceil(retryAfterMs / 1000);
  return {
    error: gatewayErrors.COST_BUDGET_EXCEEDED({
      estimatedCost,
      budget: amount,
      windowSeconds: windowMs / 1000,
      retryAfterSeconds,
    }),
    head: { status: 429 },
  };
}

/** Runs it, and tells what it cost: those who measure, the budget, and the client where that is wanted. */
async function report(
  control: CostControl,
  cost: OperationCost,
  estimated: number,
  refusal: string | null,
  request: GatewayRequest,
  next: Next,
): Promise<Outcome> {
  const outcome = await next(request);
  if (isLive(outcome)) {
    control.observe({ estimated, actual: null, refusal });
    return withCharges(outcome, control, cost, estimated, request);
  }
  const actual = outcome.hasData ? cost.actual(outcome.result().data, request.parameters.variables) : 0;
  control.observe({ estimated, actual, refusal });
  const { budget } = control;
  if (budget !== null && actual !== estimated) budget.limiter.settle(budget.callerOf(request), actual - estimated);
  return withReport(outcome, control, estimated, actual);
}

/** There is no telling how many events there will be: the estimate is that of one, and each is charged as it comes. */
function withCharges(
  live: LiveAnswers,
  control: CostControl,
  cost: OperationCost,
  estimated: number,
  request: GatewayRequest,
): LiveAnswers {
  const { budget, isEnforced } = control;
  const { variables } = request.parameters;
  return chargeEvents(live, {
    caller: budget?.callerOf(request) ?? '',
    prepaid: budget === null ? 0 : estimated,
    costOf: (data) => cost.actual(data, variables),
    observe: (actual) => control.observe({ estimated, actual, refusal: null }),
    take: (caller, amount) => budget?.limiter.take(caller, amount) ?? allowed,
    settle: (caller, amount) => budget?.limiter.settle(caller, amount),
    overdrawn(owed, { retryAfterMs }) {
      if (budget === null) return null;
      const { error } = overdraft(owed, budget.rate, retryAfterMs);
      control.observe({ estimated, actual: null, refusal: error.code });
      return isEnforced ? error : null;
    },
  });
}

function withReport(answer: Answer, { report: place, costMax }: CostControl, estimated: number, actual: number): Answer {
  if (place === 'headers')
    return withHead(answer, { headers: { 'graphql-cost-estimated': String(estimated), 'graphql-cost-actual': String(actual) } });
  if (place === 'extensions') return withExtension(answer, 'cost', { estimated, actual, max: costMax });
  return answer;
}
