// What the client's selection comes to, compiled once per operation: for each object type the fields in the order of the response, their
// names as text, and how their values are written. Nothing that is not in the API schema is in it.
import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import { dataNameOf, type IsFieldName } from '../planning/data-names.ts';
import { isIntrospectionField } from './introspection.ts';
import { type LeafWriter, leafWriterOf } from './leaf-text.ts';
import type { CollectedFields, SelectionReader } from './selection.ts';

export type ValueCode = LeafCode | ListCode | ObjectValueCode;

interface Nullability {
  readonly isNonNull: boolean;
}

export interface LeafCode extends Nullability {
  readonly kind: 'leaf';
  readonly typeName: string;
  readonly write: LeafWriter;
}

export interface ListCode extends Nullability {
  readonly kind: 'list';
  readonly element: ValueCode;
}

export interface ObjectValueCode extends Nullability {
  readonly kind: 'object';
  /** Set where only one type is possible. */
  readonly only: ObjectCode | null;
  /** By the name that the subgraph gave. Null when the client may not know the type, or none was named although the selection depends on it. */
  byTypename(typename: unknown): ObjectCode | null;
}

export interface ObjectCode {
  readonly typeName: string;
  readonly fields: readonly FieldCode[];
  /** What stands after the last field. */
  readonly end: string;
}

export interface FieldCode {
  /** What stands before the value: a brace or comma, constant fields, the name. */
  readonly start: string;
  readonly responseName: string;
  /** Its name in the data that fetches bring. */
  readonly dataName: string;
  /** True for data names that JavaScript objects inherit something under. */
  readonly isInherited: boolean;
  readonly isNonNull: boolean;
  readonly value: ValueCode;
  /** The fields of the selection, where introspection answers them. */
  readonly introspection: readonly FieldNode[] | null;
}

export interface Projection {
  readonly root: ObjectCode;
  /** Grows as types are met for which nothing was compiled before; bounds of caches are on it. */
  readonly fieldCount: number;
}

export function compileProjection(
  schema: GraphQLSchema,
  isFieldName: IsFieldName,
  operation: OperationDefinitionNode,
  selections: SelectionReader,
): Projection {
  const rootType = schema.getRootType(operation.operation);
  if (!rootType) throw new Error(`The schema has no root type for a ${operation.operation}.`);
  const compiler = createCompiler(schema, isFieldName, selections);
  const root = compiler.object(rootType, selections.rootFields(rootType, operation.selectionSet), true);
  return {
    root,
    get fieldCount() {
      return compiler.fieldCount;
    },
  };
}

const inheritedNames = new Set(Object.getOwnPropertyNames(Object.prototype));

function createCompiler(schema: GraphQLSchema, isFieldName: IsFieldName, selections: SelectionReader) {
  /** Code by the selection it is for: fragments that are spread at many places are compiled once. */
  const known = new Map<string, ObjectCode>();
  const ids = new WeakMap<object, number>();
  let nextId = 0;
  let fieldCount = 0;

  function idOf(node: object): number {
    let id = ids.get(node);
    if (id === undefined) {
      id = nextId++;
      ids.set(node, id);
    }
    return id;
  }

  function compileObject(type: GraphQLCompositeType, fields: CollectedFields, isRoot: boolean): ObjectCode {
    const compiled: FieldCode[] = [];
    /** What is written before the next value. */
    let pending = '{';
    for (const [responseName, nodes] of fields) {
      const node = nodes[0] as FieldNode;
      const start = `${pending}${pending.endsWith('{') ? '' : ','}${JSON.stringify(responseName)}:`;
      if (node.name.value === '__typename') {
        pending = `${start}${JSON.stringify(type.name)}`;
        continue;
      }
      compiled.push(compileField(type, responseName, nodes, start, isRoot));
      // Not a brace: the next field is not the first.
      pending = '';
    }
    fieldCount += fields.size;
    return { typeName: type.name, fields: compiled, end: `${pending}}` };
  }

  function compileField(
    type: GraphQLCompositeType,
    responseName: string,
    nodes: readonly FieldNode[],
    start: string,
    isRoot: boolean,
  ): FieldCode {
    const node = nodes[0] as FieldNode;
    const dataName = dataNameOf(node, isFieldName);
    const isInherited = inheritedNames.has(dataName);
    if (isRoot && isIntrospectionField(node)) {
      return { start, responseName, dataName, isInherited, isNonNull: false, value: anything, introspection: nodes };
    }
    const definition = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
    if (definition === undefined)
      throw new Error(`${type.name} has no field ${node.name.value}: the operation was not validated.`);
    const value = compileValue(definition.type, nodes, false);
    return { start, responseName, dataName, isInherited, isNonNull: value.isNonNull, value, introspection: null };
  }

  function compileValue(type: GraphQLOutputType, nodes: readonly FieldNode[], isNonNull: boolean): ValueCode {
    if (isNonNullType(type)) return compileValue(type.ofType, nodes, true);
    if (isListType(type)) return { kind: 'list', isNonNull, element: compileValue(type.ofType, nodes, false) };
    if (isLeafType(type)) return { kind: 'leaf', isNonNull, typeName: type.name, write: leafWriterOf(type) };
    if (isObjectType(type)) {
      const only = below(type, nodes);
      return { kind: 'object', isNonNull, only, byTypename: () => only };
    }
    return { kind: 'object', isNonNull, only: null, byTypename: compileAbstract(type, nodes) };
  }

  function below(type: GraphQLCompositeType, nodes: readonly FieldNode[]): ObjectCode {
    const key = `${type.name} ${nodes.map(idOf).join()}`;
    let code = known.get(key);
    if (code === undefined) {
      code = compileObject(type, selections.subfields(type, nodes), false);
      known.set(key, code);
    }
    return code;
  }

  /** Types are compiled as they are met: a selection on an interface may have to do with a few of many. */
  function compileAbstract(type: GraphQLCompositeType, nodes: readonly FieldNode[]): ObjectValueCode['byTypename'] {
    const byName = new Map<unknown, ObjectCode | null>();
    let unnamed: ObjectCode | null | undefined;

    // A subgraph with @interfaceObject knows the interface alone, and the planner does not ask further when that is enough.
    const asInterface = () => {
      unnamed ??= isInterfaceType(type) && !selections.dependsOnObjectType(type, nodes) ? below(type, nodes) : null;
      return unnamed;
    };
    const compileFor = (named: GraphQLObjectType) =>
      !isObjectType(type) && schema.isSubType(type as never, named) ? below(named, nodes) : null;

    return (typename) => {
      const code = byName.get(typename);
      if (code !== undefined) return code;
      const named = typeof typename === 'string' ? schema.getType(typename) : undefined;
      if (isObjectType(named)) {
        const compiled = compileFor(named);
        byName.set(typename, compiled);
        return compiled;
      }
      return typename === undefined || isInterfaceType(named) ? asInterface() : null;
    };
  }

  return {
    object: compileObject,
    get fieldCount() {
      return fieldCount;
    },
  };
}

/** Stands for a value that something else writes. */
const anything: LeafCode = { kind: 'leaf', isNonNull: false, typeName: '', write: () => undefined };
