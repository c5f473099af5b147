// The engine that runs query plans: prepares an operation once, then executes its plan for every request.
import {
  type ExecutionResult,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { isDomainError } from '../../platform/errors.ts';
import { domainExtensions } from '../../platform/graph/error-format.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { SubscriptionNode } from '../planning/plan.ts';
import type { PlanCache } from '../planning/plan-cache.ts';
import { withReservedVariables } from '../planning/reserved-variables.ts';
import { createSizeEstimate } from '../protection/response-size.ts';
import { answerWith, refusal } from './answer.ts';
import { completeResponse } from './complete.ts';
import { type EngineAnswer, type GraphEngine, isAnswer, type OperationRequest, type PreparedOperation } from './engine.ts';
import { createErrorLog } from './error-log.ts';
import type { CallContext, Execution, ExecutionTarget } from './execution.ts';
import { mergeFields, pickVariables } from './fetch.ts';
import { runPlan } from './run-plan.ts';
import { createSelectionReader } from './selection.ts';
import { followEvents } from './subscription.ts';
import { visiblePath } from './visible-path.ts';

export interface PlanEngineOptions {
  readonly schema: GraphQLSchema;
  readonly plans: PlanCache;
  /** Objects that one operation may ask for. */
  readonly objectsMax: number;
  readonly target: ExecutionTarget;
}

export function createPlanEngine({ schema, plans, objectsMax, target }: PlanEngineOptions): GraphEngine {
  const estimate = createSizeEstimate(schema);

  function prepare(request: OperationRequest): PreparedOperation | EngineAnswer {
    const { document, operationName, variables } = request;
    const operation = getOperationAST(document, operationName);
    if (operation === null || operation === undefined) return refusal([unknownOperation(operationName)]);
    const coercion = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (coercion.errors !== undefined) return refusal(coercion.errors.map(badInput));
    const { coerced } = coercion;
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    }
    const objects = estimate({ operation, fragments, coercedVariables: coerced });
    if (objects > objectsMax) return refusal([tooManyObjects(objects, objectsMax)]);
    const plan = plans.planFor({ ...request, coercedVariables: coerced });
    const { node } = plan;
    const selections = createSelectionReader(schema, fragments, coerced);

    const startExecution = (call: CallContext): Execution => {
      return {
        target,
        call,
        variables: withReservedVariables(variables),
        coercedVariables: withReservedVariables(coerced),
        data: Object.create(null),
        errors: createErrorLog(),
        absentEntities: new Set(),
      };
    };
    const finish = ({ data, errors, absentEntities }: Execution): EngineAnswer => {
      const result = completeResponse({ schema, document, operation, selections, variables, data, errors, absentEntities });
      return answerWith(JSON.stringify(result.data ?? null), visibleErrors(result, operation, fragments));
    };

    return {
      kind: operation.operation,
      operation,
      coercedVariables: coerced,
      plan,
      async execute(call) {
        if (node?.kind === 'Subscription') throw new Error('A subscription cannot be executed, only subscribed to.');
        const execution = startExecution(call);
        if (node !== undefined) await runPlan(execution, node);
        return finish(execution);
      },
      events: node?.kind === 'Subscription' ? eventsOf(node, startExecution, finish, request.call) : null,
    };
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

function eventsOf(
  { primary, rest }: SubscriptionNode,
  startExecution: (call: CallContext) => Execution,
  finish: (execution: Execution) => EngineAnswer,
  call: CallContext,
): PreparedOperation['events'] {
  return {
    subgraph: primary.serviceName,
    query: primary.operation,
    operationName: primary.operationName,
    variables: pickVariables(startExecution(call), primary),
    async answer(event, eventCall) {
      const execution = startExecution(eventCall);
      mergeFields(execution, primary, [{ object: execution.data, path: null }], event);
      if (rest !== undefined) await runPlan(execution, rest);
      return finish(execution);
    },
    answerFailure(error) {
      const execution = startExecution(call);
      const isRefusal = isDomainError(error) && !error.retryable;
      execution.errors.addFailure(isRefusal ? error : gatewayErrors.SUBSCRIPTION_INTERRUPTED({}, error), [[]]);
      return finish(execution);
    },
  };
}

/** graphql-js gives the errors of variables no code. */
function badInput(error: GraphQLError): GraphQLError {
  const { message, nodes, source, positions, originalError, extensions } = error;
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    originalError,
    extensions: { code: 'BAD_USER_INPUT', ...extensions },
  });
}

function tooManyObjects(objects: number, objectsMax: number): GraphQLError {
  const refused = gatewayErrors.TOO_MANY_OBJECTS({ objects, objectsMax });
  return new GraphQLError(refused.message, { originalError: refused, extensions: { ...domainExtensions(refused) } });
}

function unknownOperation(operationName: string | null): GraphQLError {
  const message =
    operationName === null
      ? 'The document has several operations: say which one with operationName.'
      : `The document has no operation named "${operationName}".`;
  return new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } });
}

function visibleErrors(
  { errors = [] }: ExecutionResult,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly GraphQLError[] {
  return errors.map((error) => {
    if (error.path === undefined) return error;
    const path = visiblePath(error.path, operation, fragments);
    return path.length === error.path.length
      ? error
      : new GraphQLError(error.message, { path: path.length === 0 ? undefined : path, extensions: error.extensions });
  });
}
