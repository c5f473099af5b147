// The engine that runs query plans: compiles an operation once, then runs its code for every request.
import { type GraphQLError, type GraphQLSchema, getVariableValues } from 'graphql';
import { isDomainError } from '../../platform/errors.ts';
import type { OperationDeadline } from '../../platform/graph/subgraph.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { QueryPlan } from '../planning/plan.ts';
import type { PlanCache } from '../planning/plan-cache.ts';
import { withReservedVariables } from '../planning/reserved-variables.ts';
import { answerWith, refusal } from './answer.ts';
import { type CompiledOperation, createCompiledOperations, type OperationCode } from './compiled-operation.ts';
import type { CompiledFetch } from './compiled-plan.ts';
import { type EngineAnswer, type GraphEngine, isAnswer, type OperationRequest, type PreparedOperation } from './engine.ts';
import { createErrorLog } from './error-log.ts';
import type { CallContext, Execution, ExecutionTarget } from './execution.ts';
import { mergeFields, pickVariables } from './fetch.ts';
import type { Flights, Sharer } from './flights.ts';
import { createOperationDeadlines, type OperationDeadlines } from './operation-deadlines.ts';
import { badInput, notPlanned, unknownOperation } from './refusals.ts';
import { runPlan } from './run-plan.ts';
import { createAnswerFlights, shareAnswer } from './shared-answers.ts';
import { createResultFlights } from './subgraph-call.ts';
import { followEvents } from './subscription.ts';
import { withVisiblePath } from './visible-path.ts';
import { writeResponse } from './write-response.ts';

export interface PlanEngineOptions {
  readonly schema: GraphQLSchema;
  readonly plans: PlanCache;
  readonly target: Omit<ExecutionTarget, 'flights'>;
  /** Time for a whole operation, and for each event of a subscription; 0 for as long as their fetches take. */
  readonly operationTimeoutMs?: number;
  /** What one identity asks several times at once is done once: of a subgraph, or already of the gateway. */
  readonly sharing: { readonly subgraphQueries: boolean; readonly clientQueries: boolean };
}

export function createPlanEngine(options: PlanEngineOptions): GraphEngine {
  const { schema, plans, sharing } = options;
  const flights = sharing.subgraphQueries ? createResultFlights() : null;
  const answers = sharing.clientQueries ? createAnswerFlights() : null;
  const target: ExecutionTarget = { ...options.target, flights };
  const operations = createCompiledOperations(schema, target.types);
  const deadlines = createOperationDeadlines(options.operationTimeoutMs ?? 0);

  function prepare(request: OperationRequest): PreparedOperation | EngineAnswer {
    const { document, documentKey, operationName, variables } = request;
    const compiled = operations.find(document, documentKey, operationName);
    if (compiled === null) return refusal([unknownOperation(operationName)]);
    const coercion = coerce(schema, compiled, variables);
    if (coercion.errors !== undefined) return refusal(coercion.errors.map(badInput));
    const { coerced } = coercion;
    const plan = planOrRefusal(() => plans.planFor({ document, documentKey, operationName, coercedVariables: coerced }));
    if ('body' in plan) return plan;
    const code = compiled.codeFor(plan, coerced);
    return createPrepared({ target, answers, deadlines, schema, request, compiled, coerced, plan, code });
  }

  return {
    schema,
    prepare,
    async execute(request) {
      const prepared = prepare(request);
      return isAnswer(prepared) ? prepared : prepared.execute(request.call);
    },
    async subscribe(request) {
      const prepared = prepare(request);
      if (isAnswer(prepared)) return prepared;
      if (prepared.events === null) throw new Error('Only a subscription can be subscribed to.');
      return followEvents(target, prepared.events, request.call);
    },
  };
}

/** What cannot be planned is refused as a whole: an answer with a part of it would look complete. */
function planOrRefusal(makePlan: () => QueryPlan): QueryPlan | EngineAnswer {
  try {
    return makePlan();
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return refusal([notPlanned(error)]);
  }
}

type Variables = Readonly<Record<string, unknown>>;

const noVariables: Variables = {};

function coerce(
  schema: GraphQLSchema,
  { operation }: CompiledOperation,
  variables: Variables,
):
  | { readonly errors: readonly GraphQLError[]; readonly coerced?: never }
  | { readonly errors?: never; readonly coerced: Variables } {
  const { variableDefinitions = [] } = operation;
  return variableDefinitions.length === 0 ? { coerced: noVariables } : getVariableValues(schema, variableDefinitions, variables);
}

interface Preparation {
  readonly target: ExecutionTarget;
  readonly answers: Flights<EngineAnswer> | null;
  readonly deadlines: OperationDeadlines;
  readonly schema: GraphQLSchema;
  readonly request: OperationRequest;
  readonly compiled: CompiledOperation;
  readonly coerced: Variables;
  readonly plan: QueryPlan;
  readonly code: OperationCode;
}

function createPrepared(preparation: Preparation): PreparedOperation {
  const { target, answers, deadlines, request, compiled, coerced, plan, code } = preparation;
  const { operation } = compiled;
  const { root, primary } = code.plan;
  const variables = withReservedVariables(request.variables);
  const coercedVariables = withReservedVariables(coerced);

  const start: StartExecution = (call, sharer, deadline) => ({
    target,
    call,
    deadline,
    variables,
    coercedVariables,
    data: Object.create(null),
    errors: createErrorLog(),
    absentEntities: new Set(),
    shared: new Map(),
    found: new Map(),
    sharer,
  });
  const finish = (execution: Execution): EngineAnswer => {
    const { schema } = preparation;
    const { document } = compiled;
    const text = writeResponse(
      { schema, document, operation, projection: code.projection, variables: request.variables },
      execution,
    );
    const { errors } = execution.errors;
    return answerWith(
      text,
      errors.length === 0 ? errors : errors.map((error) => withVisiblePath(error, compiled, target.types.isFieldName)),
    );
  };
  const run = (call: CallContext): Promise<EngineAnswer> =>
    deadlines.during(async (deadline) => {
      const execution = start(call, operation.operation === 'query' ? call : null, deadline);
      await runPlan(execution, root);
      return finish(execution);
    });

  return {
    kind: operation.operation,
    operation,
    coercedVariables: coerced,
    plan,
    async execute(call) {
      if (primary !== null) throw new Error('A subscription cannot be executed, only subscribed to.');
      const answer = await (answers === null
        ? run(call)
        : shareAnswer(answers, operation.operation, request, call, () => run(call)));
      return answer;
    },
    events: primary === null ? null : eventsOf(primary, { call: request.call, variables, root, deadlines, start, finish }),
  };
}

type StartExecution = (call: CallContext, sharer: Sharer | null, deadline: OperationDeadline | undefined) => Execution;

interface EventRun {
  readonly call: CallContext;
  readonly variables: Variables;
  readonly root: OperationCode['plan']['root'];
  readonly deadlines: OperationDeadlines;
  readonly start: StartExecution;
  readonly finish: (execution: Execution) => EngineAnswer;
}

function eventsOf(
  primary: CompiledFetch,
  { call, variables, root, deadlines, start, finish }: EventRun,
): PreparedOperation['events'] {
  /** An event must not be joined with what was asked for because of an earlier one. */
  const sharer: Sharer = {};
  return {
    subgraph: primary.node.serviceName,
    query: primary.node.operation,
    operationName: primary.node.operationName,
    variables: pickVariables({ variables }, primary),
    answer: (event, eventCall) =>
      deadlines.during(async (deadline) => {
        const execution = start(eventCall, sharer, deadline);
        mergeFields(execution, primary, [execution.data], event);
        await runPlan(execution, root);
        return finish(execution);
      }),
    answerFailure(error) {
      const execution = start(call, sharer, undefined);
      const isRefusal = isDomainError(error) && !error.retryable;
      execution.errors.addFailure(isRefusal ? error : gatewayErrors.SUBSCRIPTION_INTERRUPTED({}, error), [[]]);
      return finish(execution);
    },
  };
}
