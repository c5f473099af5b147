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
import { domainExtensions } from '../../platform/graph/error-format.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { QueryPlan } from '../planning/plan.ts';
import type { PlanCache } from '../planning/plan-cache.ts';
import { withReservedVariables } from '../planning/reserved-variables.ts';
import { createSizeEstimate } from '../protection/response-size.ts';
import { completeResponse } from './complete.ts';
import type { GraphEngine, OperationRequest } from './engine.ts';
import { createErrorLog } from './error-log.ts';
import type { Execution, ExecutionTarget } from './execution.ts';
import { runPlan } from './run-plan.ts';
import { createSelectionReader } from './selection.ts';
import { subscribeToPlan } from './subscription.ts';
import { visiblePath } from './visible-path.ts';

export interface PlanEngineOptions {
  readonly schema: GraphQLSchema;
  readonly plans: PlanCache;
  /** Objects that one operation may ask for. */
  readonly objectsMax: number;
  readonly target: ExecutionTarget;
}

/** An operation that is ready to run. */
export interface PreparedOperation {
  readonly request: OperationRequest;
  readonly plan: QueryPlan;
  /** A fresh run; the signal ends its fetches. */
  startExecution(signal: AbortSignal): Execution;
  /** The client's response to what an execution brought together. */
  finish(execution: Execution): ExecutionResult;
}

export function createPlanEngine({ schema, plans, objectsMax, target }: PlanEngineOptions): GraphEngine {
  const estimate = createSizeEstimate(schema);

  /** @returns errors when the operation or its variables are refused. */
  function prepare(request: OperationRequest): PreparedOperation | { readonly errors: readonly GraphQLError[] } {
    const { document, operationName, variables } = request;
    const operation = getOperationAST(document, operationName);
    if (operation === null || operation === undefined) return { errors: [unknownOperation(operationName)] };
    const coercion = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (coercion.errors !== undefined) return { errors: coercion.errors };
    const { coerced } = coercion;
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    }
    const objects = estimate({ operation, fragments, coercedVariables: coerced });
    if (objects > objectsMax) return { errors: [tooManyObjects(objects, objectsMax)] };
    const plan = plans.planFor({ ...request, coercedVariables: coerced });
    const selections = createSelectionReader(schema, fragments, coerced);
    return {
      request,
      plan,
      startExecution: (signal) => ({
        target,
        call: { ...request.call, signal },
        variables: withReservedVariables(variables),
        coercedVariables: withReservedVariables(coerced),
        data: Object.create(null),
        errors: createErrorLog(),
        absentEntities: new Set(),
      }),
      finish(execution) {
        const { data, errors, absentEntities } = execution;
        const result = completeResponse({ schema, document, operation, selections, variables, data, errors, absentEntities });
        return withVisiblePaths(result, operation, fragments);
      },
    };
  }

  return {
    schema,
    async execute(request) {
      const prepared = prepare(request);
      if ('errors' in prepared) return prepared;
      const { node } = prepared.plan;
      if (node?.kind === 'Subscription') throw new Error('A subscription cannot be executed, only subscribed to.');
      const execution = prepared.startExecution(request.call.signal);
      if (node !== undefined) await runPlan(execution, node);
      return prepared.finish(execution);
    },
    async subscribe(request) {
      const prepared = prepare(request);
      if ('errors' in prepared) return prepared;
      const { node } = prepared.plan;
      if (node?.kind !== 'Subscription') throw new Error('Only a subscription can be subscribed to.');
      return subscribeToPlan(prepared, node);
    },
  };
}

function tooManyObjects(objects: number, objectsMax: number): GraphQLError {
  const refusal = gatewayErrors.TOO_MANY_OBJECTS({ objects, objectsMax });
  return new GraphQLError(refusal.message, {
    originalError: refusal,
    extensions: { ...domainExtensions(refusal), http: { status: 400 } },
  });
}

function unknownOperation(operationName: string | null): GraphQLError {
  const message =
    operationName === null
      ? 'The document has several operations: say which one with operationName.'
      : `The document has no operation named "${operationName}".`;
  return new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } });
}

function withVisiblePaths(
  result: ExecutionResult,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): ExecutionResult {
  if (result.errors === undefined) return result;
  const errors = result.errors.map((error) => {
    if (error.path === undefined) return error;
    const path = visiblePath(error.path, operation, fragments);
    return path.length === error.path.length
      ? error
      : new GraphQLError(error.message, { path: path.length === 0 ? undefined : path, extensions: error.extensions });
  });
  return { ...result, errors };
}
