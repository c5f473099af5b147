// Puts together who watches requests: traces, plans on demand, plugins. With none of them there are no stages, and the engine stays as it is.
import type { Identity } from '../../platform/identity/identity.ts';
import type { Tracing } from '../../platform/telemetry/tracing.ts';
import { type GatewayRequest, isLive, type Next, type Outcome, type Stage } from '../edge/pipeline.ts';
import { answerTo } from '../edge/refusal.ts';
import { withExtension } from '../execution/answer.ts';
import type { GraphEngine } from '../execution/engine.ts';
import type { CallObserver } from '../execution/execution.ts';
import type { GatewayPlugin } from '../plugins.ts';
import { createObservedEngine } from './observed-engine.ts';
import { combineObservers } from './observers.ts';
import { recordPlan } from './plan-report.ts';
import { pluginObserver, pluginOperationStage, pluginRequestStage } from './plugin-stages.ts';
import { traceRequest } from './request-trace.ts';

export interface Observation {
  /** Before everything that may refuse. */
  readonly outermost: readonly Stage[];
  /** Once the caller is known, before the document is read. */
  readonly identified: readonly Stage[];
  /** Right before the execution. */
  readonly execution: readonly Stage[];
  watch(engine: GraphEngine): GraphEngine;
}

export interface ObservationOptions {
  readonly tracing: Tracing | null;
  readonly plugins: readonly GatewayPlugin[];
  /** Who may see plans: everybody, nobody, or those with a permission of this name. */
  readonly planAccess: string;
}

export function createObservation({ tracing, plugins, planAccess }: ObservationOptions): Observation {
  const operationStage = pluginOperationStage(plugins);
  const outermost = tracing === null ? [] : [traceStage(tracing)];
  const identified = [
    ...(planAccess === 'nobody' ? [] : [planStage(planAccess)]),
    ...(plugins.length === 0 ? [] : [pluginRequestStage(plugins), watchForPlugins(plugins)]),
  ];
  const isNeeded = outermost.length + identified.length > 0;
  return {
    outermost,
    identified,
    execution: operationStage === null ? [] : [operationStage],
    watch: (engine) => (isNeeded ? createObservedEngine(engine) : engine),
  };
}

function addObserver(request: GatewayRequest, observer: CallObserver): void {
  const { observer: known } = request.context;
  request.context = {
    ...request.context,
    observer: combineObservers(known === undefined ? [observer] : [known, observer]) ?? observer,
  };
}

function traceStage(tracing: Tracing): Stage {
  return async (request, next) => {
    const trace = traceRequest(tracing, request);
    addObserver(request, trace.observer);
    request.context = { ...request.context, log: request.context.log.child({ 'trace.id': trace.traceId }) };
    let outcome: Outcome;
    try {
      outcome = await next(request);
    } catch (error) {
      outcome = answerTo(error, request.context);
    }
    trace.answered(request, isLive(outcome) ? null : outcome);
    return outcome;
  };
}

function watchForPlugins(plugins: readonly GatewayPlugin[]): Stage {
  return (request, next) => {
    const observer = pluginObserver(plugins, request);
    if (observer !== undefined) addObserver(request, observer);
    return next(request);
  };
}

/** Header, or member of `extensions`, by which a client asks for the plan. */
const planHeader = 'x-query-plan';

function planStage(access: string): Stage {
  // Not async: who does not ask for a plan does not pay for another promise either.
  return (request, next) => {
    const isAsked = request.headers[planHeader] === 'true' || request.parameters.extensions.plan === true;
    return isAsked && maySee(access, request.context.identity) ? withPlan(request, next) : next(request);
  };
}

async function withPlan(request: GatewayRequest, next: Next): Promise<Outcome> {
  const recorder = recordPlan();
  addObserver(request, recorder.observer);
  const outcome = await next(request);
  return isLive(outcome) ? outcome : withExtension(outcome, 'plan', recorder.report());
}

function maySee(access: string, identity: Identity | null): boolean {
  return access === 'everybody' || (identity?.permissions.has(access) ?? false);
}
