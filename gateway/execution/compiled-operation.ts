// What is made of an operation once, whatever its variables are: its parts, and for each plan that it can have the compiled plan and the
// compiled projection. Bounded by what it takes together, because anybody may send ever new operations.
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { QueryPlan } from '../planning/plan.ts';
import { type CompiledPlan, compilePlan } from './compiled-plan.ts';
import { compileProjection, type Projection } from './projection.ts';
import { createSelectionReader } from './selection.ts';
import type { TypeIndex } from './type-index.ts';

export interface CompiledOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The code for one of its plans; conditions are decided by the variables that the plan was chosen by. */
  codeFor(plan: QueryPlan, coercedVariables: Readonly<Record<string, unknown>>): OperationCode;
}

export interface OperationCode {
  readonly plan: CompiledPlan;
  readonly projection: Projection;
}

export interface CompiledOperations {
  /** Null when the document has no such operation. */
  find(document: DocumentNode, documentKey: string, operationName: string | null): CompiledOperation | null;
}

const operationsMax = 2000;
/** Fields of all compiled projections, and characters of all fetches, together: some 100 MB. */
const sizeMax = 1_000_000;
/** What an operation takes that does not come with its fields. */
const operationSize = 50;

export function createCompiledOperations(schema: GraphQLSchema, types: TypeIndex): CompiledOperations {
  const sizes = new WeakMap<CompiledOperation, number>();
  const known = new LRUCache<string, CompiledOperation>({
    max: operationsMax,
    maxSize: sizeMax,
    sizeCalculation: (compiled) => sizes.get(compiled) ?? operationSize,
  });

  function compile(document: DocumentNode, key: string, operation: OperationDefinitionNode): CompiledOperation {
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    }
    const codes = new Map<QueryPlan, OperationCode>();

    function remember(plan: QueryPlan, code: OperationCode): void {
      // The plan cache may have forgotten a plan and made it again.
      if (codes.size >= codesMax) codes.delete(codes.keys().next().value as QueryPlan);
      codes.set(plan, code);
      let size = operationSize;
      for (const { projection } of codes.values()) size += projection.fieldCount;
      sizes.set(compiled, size);
      known.set(key, compiled);
    }

    const compiled: CompiledOperation = {
      document,
      operation,
      fragments,
      codeFor(plan, coercedVariables) {
        let code = codes.get(plan);
        if (code === undefined) {
          const selections = createSelectionReader(schema, fragments, coercedVariables);
          code = {
            plan: compilePlan(plan, types),
            projection: compileProjection(schema, types.isFieldName, operation, selections),
          };
          remember(plan, code);
        }
        return code;
      },
    };
    return compiled;
  }

  return {
    find(document, documentKey, operationName) {
      const key = `${documentKey}\n${operationName ?? ''}`;
      let compiled = known.get(key);
      if (compiled === undefined) {
        const operation = getOperationAST(document, operationName);
        if (operation === null || operation === undefined) return null;
        compiled = compile(document, key, operation);
        known.set(key, compiled);
      }
      return compiled;
    },
  };
}

/** Plans of one operation that are kept ready: one for each way its conditions go. */
const codesMax = 16;
