// Writes the response text straight from the data that the plan has brought together: exactly the selected fields, in order, typed, with
// nulls propagated as the GraphQL specification says.
import { type DocumentNode, GraphQLError, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { DomainError } from '../../platform/errors.ts';
import { domainExtensions } from '../../platform/graph/error-format.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import { responseNameOf } from '../planning/data-names.ts';
import { getOwn, isResponseObject, type ResponseObject } from './data.ts';
import type { Execution } from './execution.ts';
import { introspect } from './introspection.ts';
import type { FieldCode, LeafCode, ObjectCode, ObjectValueCode, Projection, ValueCode } from './projection.ts';

export interface ResponseSource {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly projection: Projection;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The text of `data`. What cannot be answered is null in it and an error of the execution. */
export function writeResponse(source: ResponseSource, execution: Execution): string {
  const writing: Writing = { source, execution, path: [] };
  return writeObject(writing, source.projection.root, execution.data, 0) ?? 'null';
}

interface Writing {
  readonly source: ResponseSource;
  readonly execution: Execution;
  /** Where the writing is, in data names; valid up to the depth that goes with it. */
  readonly path: (string | number)[];
}

/** Undefined stands for a null that is not allowed where it is: it travels up to the next place where it is. Its error has been recorded. */
type Written = string | undefined;

function writeObject(writing: Writing, code: ObjectCode, object: ResponseObject, depth: number): Written {
  const { path } = writing;
  const { fields } = code;
  let text = '';
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index] as FieldCode;
    const value = fieldValue(field, object);
    path[depth] = field.dataName;
    let written: Written;
    if (value !== undefined && value !== null) written = writeValue(writing, field.value, value, depth + 1);
    else if (value === undefined) written = writeMissing(writing, field, object, depth + 1);
    if (written === undefined) {
      if (field.isNonNull) {
        // An entity that is not there, or not for this caller, is null where it stands. That is an answer, not a failure.
        if (value !== undefined || !writing.execution.absentEntities.has(object)) refuseNull(writing, depth + 1);
        return undefined;
      }
      written = 'null';
    }
    text += field.start + written;
  }
  return text + code.end;
}

function fieldValue({ introspection, isInherited, dataName }: FieldCode, object: ResponseObject): unknown {
  if (introspection !== null) return undefined;
  return isInherited ? getOwn(object, dataName) : object[dataName];
}

/** A field that nobody brought: introspection, an entity that is not there, or something that the plan has left out. */
function writeMissing(
  writing: Writing,
  { introspection, responseName }: FieldCode,
  object: ResponseObject,
  depth: number,
): Written {
  const { source, execution } = writing;
  if (introspection !== null) {
    const { schema, document, operation, variables } = source;
    return JSON.stringify(introspect(schema, document, operation, introspection, variables));
  }
  if (execution.absentEntities.has(object)) return undefined;
  refuse(writing, depth, gatewayErrors.FIELD_NOT_RESOLVED({ field: responseName }));
  return undefined;
}

/** @returns undefined where something went wrong that has been recorded. */
function writeValue(writing: Writing, code: ValueCode, value: unknown, depth: number): Written {
  if (code.kind === 'leaf') return code.write(value) ?? writeUnusualLeaf(writing, code, value, depth);
  const { shared } = writing.execution;
  // What stands at several places is written once, and has no errors when it is used again.
  if (shared.size === 0 || !shared.has(value as object)) return writeComposite(writing, code, value, depth);
  const before = shared.get(value as object);
  if (before?.code === code) return before.text;
  const { errors } = writing.execution;
  const errorCount = errors.errors.length;
  const text = writeComposite(writing, code, value, depth);
  if (text !== undefined && errors.errors.length === errorCount) {
    // Reading a character makes one piece of the many that the text consists of: it will be copied into the response several times.
    shared.set(value as object, { code, text, firstCharacter: text.charCodeAt(0) });
  }
  return text;
}

function writeComposite(writing: Writing, code: Exclude<ValueCode, { kind: 'leaf' }>, value: unknown, depth: number): Written {
  if (code.kind === 'list')
    return Array.isArray(value) ? writeList(writing, code.element, value, depth) : unusable(writing, depth);
  if (!isResponseObject(value)) return unusable(writing, depth);
  return writeObjectOf(writing, code, value, depth);
}

function writeObjectOf(writing: Writing, code: ObjectValueCode, object: ResponseObject, depth: number): Written {
  const objectCode = code.only ?? code.byTypename(object.__typename);
  if (objectCode !== null) return writeObject(writing, objectCode, object, depth);
  return writing.execution.target.types.isHiddenType(object.__typename) ? undefined : unusable(writing, depth);
}

/** What clients may not know (`@inaccessible`) is null to them, and no failure where null is allowed. */
function writeUnusualLeaf(writing: Writing, { typeName }: LeafCode, value: unknown, depth: number): undefined {
  if (!writing.execution.target.types.isHiddenValue(typeName, value)) unusable(writing, depth);
}

function writeList(writing: Writing, element: ValueCode, list: readonly unknown[], depth: number): Written {
  const { path } = writing;
  let text = '[';
  for (let index = 0; index < list.length; index++) {
    const value = list[index];
    path[depth] = index;
    let written = value === null || value === undefined ? undefined : writeValue(writing, element, value, depth + 1);
    if (written === undefined) {
      if (element.isNonNull) {
        refuseNull(writing, depth + 1);
        return undefined;
      }
      written = 'null';
    }
    text += index === 0 ? written : `,${written}`;
  }
  return `${text}]`;
}

function unusable(writing: Writing, depth: number): undefined {
  refuse(writing, depth, gatewayErrors.SUBGRAPH_INVALID_RESPONSE({}));
}

function refuseNull(writing: Writing, depth: number): void {
  const name = responseNameOf(String(writing.path.findLast((key, index) => index < depth && typeof key === 'string') ?? ''));
  const failure = gatewayErrors.SUBGRAPH_INVALID_RESPONSE({});
  refuse(writing, depth, failure, `Cannot return null for the non-nullable field "${name}".`);
}

/** Records an error, unless what led to it was reported already: the null that follows from a failure is no second one. */
function refuse({ execution, path }: Writing, depth: number, failure: DomainError, message = failure.message): void {
  const here = path.slice(0, depth);
  if (execution.errors.explains(here)) return;
  execution.errors.add(new GraphQLError(message, { path: here, extensions: domainExtensions(failure) }));
}
