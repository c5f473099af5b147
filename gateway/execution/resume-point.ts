// Where a subscription stands and how it goes on from there: by convention an argument that takes a cursor, and a field that gives one.

import type { ExecutionResult } from 'graphql';
import {
  type FieldNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { LRUCache } from 'lru-cache';

export interface CursorNames {
  /** Argument of the subscription's field, `after`. */
  readonly argument: string;
  /** Field of its event, `cursor`. */
  readonly field: string;
}

/** What the operation that a subgraph is sent says about cursors. */
export interface ResumePoint {
  /** Response key of the subscription's field. */
  readonly eventKey: string;
  /** Response key of the cursor in the event; null when it was not selected. */
  readonly cursorKey: string | null;
  /** True when the field can go on after a cursor. */
  readonly takesCursor: boolean;
  /** The variable that the argument is, if it is one. */
  readonly variable: string | null;
  /** The cursor in the document itself. */
  readonly literal: string | null;
}

const operationsMax = 2000;

/** Reads each operation once. */
export function createResumePoints(schema: GraphQLSchema, names: CursorNames): (query: string) => ResumePoint {
  const known = new LRUCache<string, ResumePoint>({ max: operationsMax });
  return (query) => {
    const point = known.get(query) ?? readPoint(query, schema, names);
    known.set(query, point);
    return point;
  };
}

function readPoint(query: string, schema: GraphQLSchema, names: CursorNames): ResumePoint {
  const field = rootField(query);
  const argument = field.arguments?.find(({ name }) => name.value === names.argument)?.value;
  const definition = schema.getSubscriptionType()?.getFields()[field.name.value];
  const cursor = field.selectionSet === undefined ? null : findField(field.selectionSet, names.field);
  return {
    eventKey: keyOf(field),
    cursorKey: cursor === null ? null : keyOf(cursor),
    takesCursor: definition?.args.some(({ name }) => name === names.argument) ?? false,
    variable: argument?.kind === Kind.VARIABLE ? argument.name.value : null,
    literal: argument?.kind === Kind.STRING || argument?.kind === Kind.INT ? argument.value : null,
  };
}

/** The cursor that the operation begins after; null when it begins with the present. */
export function startOf(point: ResumePoint, variables: Readonly<Record<string, unknown>>): string | null {
  const given = point.variable === null ? point.literal : variables[point.variable];
  return given === undefined || given === null ? null : String(given);
}

/** Where the stream stands after an event; null when that cannot be told. */
export function cursorOf({ eventKey, cursorKey }: ResumePoint, { data }: ExecutionResult): string | null {
  if (cursorKey === null) return null;
  const event = data?.[eventKey] as Record<string, unknown> | null | undefined;
  const cursor = event?.[cursorKey];
  return typeof cursor === 'string' || typeof cursor === 'number' ? String(cursor) : null;
}

export interface UpstreamOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The operation as it goes on after a cursor. */
export function goOnAfter(
  { query, variables }: UpstreamOperation,
  point: ResumePoint,
  cursor: string,
  names: CursorNames,
): UpstreamOperation {
  if (point.variable !== null) return { query, variables: { ...variables, [point.variable]: cursor } };
  const field = rootField(query);
  const resumed: FieldNode = {
    ...field,
    arguments: [
      ...(field.arguments ?? []).filter(({ name }) => name.value !== names.argument),
      {
        kind: Kind.ARGUMENT,
        name: { kind: Kind.NAME, value: names.argument },
        value: { kind: Kind.STRING, value: cursor },
      },
    ],
  };
  const root = operationOf(query).selectionSet;
  const document = visit(parse(query, { noLocation: true }), {
    OperationDefinition: (operation) => ({ ...operation, selectionSet: { ...root, selections: [resumed] } }),
  });
  return { query: print(document), variables };
}

function operationOf(query: string): OperationDefinitionNode {
  for (const definition of parse(query, { noLocation: true }).definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) return definition;
  }
  throw new Error('A subscription without an operation was planned.');
}

function rootField(query: string): FieldNode {
  const field = operationOf(query).selectionSet.selections.find((selection) => selection.kind === Kind.FIELD);
  if (field === undefined) throw new Error('A subscription without a field was planned.');
  return field;
}

/** The field itself or within fragments of the same object. */
function findField({ selections }: SelectionSetNode, name: string): FieldNode | null {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD && selection.name.value === name) return selection;
    if (selection.kind !== Kind.INLINE_FRAGMENT) continue;
    const found = findField(selection.selectionSet, name);
    if (found !== null) return found;
  }
  return null;
}

function keyOf({ alias, name }: FieldNode): string {
  return alias?.value ?? name.value;
}
