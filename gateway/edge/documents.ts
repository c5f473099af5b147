// Documents as clients send them: parsed, measured and validated once per text and graph, within bounds.
import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  specifiedRules,
  validate,
} from 'graphql';
import { createDocumentCache } from '../../platform/graph/document-cache.ts';
import type { OperationGate } from '../protection/operation-limits.ts';
import { Refusal } from './refusal.ts';

export interface AdmittedDocument {
  readonly document: DocumentNode;
  /** SHA-256 of its text, in hexadecimal. */
  readonly key: string;
  /** The one with this name, or the only one; null when there is none such. */
  operation(name: string | null): OperationDefinitionNode | null;
}

export interface Documents {
  /** @throws {GraphQLError | Refusal} when it cannot be parsed, asks too much, or is not valid on the schema. */
  admit(text: string, schema: GraphQLSchema): AdmittedDocument;
}

interface Entry extends AdmittedDocument {
  /** The schema that it is valid on; after a reload it is looked at again. */
  validOn: GraphQLSchema | null;
}

export function createDocuments({ gate, introspection }: { gate: OperationGate; introspection: boolean }): Documents {
  const known = createDocumentCache<Entry>();
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];

  return {
    admit(text, schema) {
      const entry = known.get(text) ?? entryOf(gate.admit(text), text);
      if (entry.validOn === schema) return entry;
      const errors = validate(schema, entry.document, rules);
      if (errors.length > 0) throw new Refusal(errors.map(invalid));
      entry.validOn = schema;
      known.set(text, entry);
      return entry;
    },
  };
}

function entryOf(document: DocumentNode, text: string): Entry {
  const operations = new Map<string | null, OperationDefinitionNode | null>();
  return {
    document,
    key: createHash('sha256').update(text).digest('hex'),
    validOn: null,
    operation(name) {
      const found = operations.get(name);
      if (found !== undefined) return found;
      const operation = getOperationAST(document, name) ?? null;
      // Only names that are there are remembered: anybody may invent others.
      if (operation !== null) operations.set(name, operation);
      return operation;
    },
  };
}

function invalid({ message, nodes, extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(message, {
    nodes,
    extensions: { ...extensions, code: 'GRAPHQL_VALIDATION_FAILED', retryable: false },
  });
}

/** True when nothing but the schema is asked for, which is the same for everybody. */
export function asksOnlyForSchema({ selectionSet }: OperationDefinitionNode): boolean {
  return selectionSet.selections.every((selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith('__'));
}
