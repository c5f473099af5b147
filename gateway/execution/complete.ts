// Turns merged data into the client's response: exactly the selected fields, in order, typed, with nulls propagated as the GraphQL
// specification says. Nothing that is not in the API schema can leave here.
import {
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLNullableType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import type { DomainError } from '../../platform/errors.ts';
import { domainExtensions } from '../../platform/graph/error-format.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import { getOwn, isResponseObject, type PathLink, pathToArray, type ResponseObject, setOwn } from './data.ts';
import type { ErrorLog } from './error-log.ts';
import { introspect, isIntrospectionField } from './introspection.ts';
import type { CollectedFields, SelectionReader } from './selection.ts';

export interface CompletionInput {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly selections: SelectionReader;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly data: ResponseObject;
  readonly errors: ErrorLog;
  readonly absentEntities: ReadonlySet<ResponseObject>;
}

export function completeResponse(input: CompletionInput): ExecutionResult {
  const { schema, operation, selections, errors } = input;
  const rootType = schema.getRootType(operation.operation);
  if (!rootType) throw new Error(`The schema has no root type for a ${operation.operation}.`);
  const fields = selections.rootFields(rootType, operation.selectionSet);
  const data = completeFields(input, rootType, input.data, fields, null);
  const response = data === invalid ? null : (data as ResponseObject);
  return errors.errors.length === 0 ? { data: response } : { errors: [...errors.errors], data: response };
}

/** A null where null is not allowed: travels up to the next place where it is. Its error has been recorded. */
const invalid = Symbol('null where it is not allowed');

function completeFields(
  input: CompletionInput,
  type: GraphQLCompositeType,
  source: ResponseObject,
  fields: CollectedFields,
  path: PathLink | null,
): ResponseObject | typeof invalid {
  const completed: ResponseObject = Object.create(null);
  for (const [responseName, nodes] of fields) {
    const field = nodes[0] as FieldNode;
    const here: PathLink = { previous: path, key: responseName, container: source };
    if (field.name.value === '__typename') {
      completed[responseName] = type.name;
      continue;
    }
    if (path === null && isIntrospectionField(field)) {
      completed[responseName] = introspect(input.schema, input.document, input.operation, nodes, input.variables);
      continue;
    }
    const definition = isObjectType(type) || isInterfaceType(type) ? type.getFields()[field.name.value] : undefined;
    if (definition === undefined)
      throw new Error(`${type.name} has no field ${field.name.value}: the operation was not validated.`);
    const value = getOwn(source, responseName);
    // An entity that is not there, or not for this caller, is null where it stands. That is an answer, not a failure.
    if (value === undefined && isNonNullType(definition.type) && input.absentEntities.has(source)) return invalid;
    if (value === undefined && path === null) refuse(input, here, gatewayErrors.FIELD_NOT_RESOLVED({ field: responseName }));
    const result = completeValue(input, definition.type, value, nodes, here);
    if (result === invalid) return invalid;
    setOwn(completed, responseName, result);
  }
  return completed;
}

function completeValue(
  input: CompletionInput,
  type: GraphQLOutputType,
  value: unknown,
  nodes: readonly FieldNode[],
  path: PathLink,
): unknown {
  if (isNonNullType(type)) {
    const result = completeNullable(input, type.ofType, value, nodes, path);
    if (result !== null) return result;
    refuse(input, path, nullNotAllowed);
    return invalid;
  }
  const result = completeNullable(input, type, value, nodes, path);
  return result === invalid ? null : result;
}

/** @returns null where there is nothing, or where something went wrong that has been recorded. */
function completeNullable(
  input: CompletionInput,
  type: GraphQLNullableType & GraphQLOutputType,
  value: unknown,
  nodes: readonly FieldNode[],
  path: PathLink,
): unknown {
  if (value === null || value === undefined) return null;
  if (isListType(type))
    return Array.isArray(value) ? completeList(input, type.ofType, value, nodes, path) : unusable(input, path);
  if (isLeafType(type)) {
    try {
      return type.serialize(value) ?? unusable(input, path);
    } catch {
      return unusable(input, path);
    }
  }
  if (!isResponseObject(value)) return unusable(input, path);
  const runtimeType = runtimeTypeOf(input, type, value, nodes);
  if (runtimeType === null) return unusable(input, path);
  const completed = completeFields(input, runtimeType, value, input.selections.subfields(runtimeType, nodes), path);
  return completed === invalid ? null : completed;
}

function completeList(
  input: CompletionInput,
  type: GraphQLOutputType,
  list: readonly unknown[],
  nodes: readonly FieldNode[],
  path: PathLink,
): unknown {
  const completed: unknown[] = [];
  for (const [index, element] of list.entries()) {
    const result = completeValue(input, type, element, nodes, { previous: path, key: index, container: list });
    if (result === invalid) return null;
    completed.push(result);
  }
  return completed;
}

/** Null when the subgraphs named a type that the client may not know, or none although the selection depends on it. */
function runtimeTypeOf(
  { schema, selections }: CompletionInput,
  type: GraphQLCompositeType,
  value: ResponseObject,
  nodes: readonly FieldNode[],
): GraphQLCompositeType | null {
  if (isObjectType(type)) return type;
  const typename = value.__typename;
  const named = typeof typename === 'string' ? schema.getType(typename) : undefined;
  if (isObjectType(named)) return schema.isSubType(type, named) ? named : null;
  // A subgraph with @interfaceObject knows the interface alone, and the planner does not ask further when that is enough.
  const isUnnamed = typename === undefined || isInterfaceType(named);
  return isInterfaceType(type) && isUnnamed && !selections.dependsOnObjectType(type, nodes) ? type : null;
}

function unusable(input: CompletionInput, path: PathLink): null {
  refuse(input, path, gatewayErrors.SUBGRAPH_INVALID_RESPONSE({}));
  return null;
}

const nullNotAllowed = gatewayErrors.SUBGRAPH_INVALID_RESPONSE({});

/** Records an error, unless what led to it was reported already: the null that follows from a failure is no second one. */
function refuse({ errors }: CompletionInput, link: PathLink, failure: DomainError): void {
  const path = pathToArray(link);
  if (errors.explains(path)) return;
  const message =
    failure === nullNotAllowed ? `Cannot return null for the non-nullable field "${fieldName(path)}".` : failure.message;
  errors.add(new GraphQLError(message, { path, extensions: domainExtensions(failure) }));
}

function fieldName(path: readonly (string | number)[]): string {
  return String(path.findLast((key) => typeof key === 'string') ?? '');
}
