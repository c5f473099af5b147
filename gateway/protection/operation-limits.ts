// Refuses operations that are too large before anything is validated, planned or sent. Works on the document alone, without a schema.
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import type { DomainError } from '../../platform/errors.ts';
import { createDocumentCache } from '../../platform/graph/document-cache.ts';
import { domainExtensions } from '../../platform/graph/error-format.ts';
import { gatewayErrors } from '../gateway.errors.ts';

export interface OperationLimits {
  readonly depthMax: number;
  readonly aliasesMax: number;
  readonly rootFieldsMax: number;
  readonly tokensMax: number;
  /** With fragments written out: fragments in fragments grow exponentially. */
  readonly fieldsMax: number;
  readonly directivesMax: number;
  /** Items of one list among the arguments: a list of ids asks for as many objects. */
  readonly listItemsMax: number;
}

export interface OperationGate {
  /**
   * Parses a document within the limits. Limits are those of the document's largest operation, with fragments written out.
   *
   * @throws {GraphQLError} GRAPHQL_PARSE_FAILED, OPERATION_TOO_LONG, OPERATION_TOO_DEEP, OPERATION_TOO_LARGE, TOO_MANY_ALIASES,
   * TOO_MANY_ROOT_FIELDS, TOO_MANY_DIRECTIVES, LIST_TOO_LONG, RESERVED_ALIAS
   */
  admit(query: string): DocumentNode;
}

export function createOperationGate(limits: OperationLimits): OperationGate {
  const admitted = createDocumentCache<DocumentNode>();

  return {
    admit(query) {
      const known = admitted.get(query);
      if (known !== undefined) return known;
      const document = parseWithin(query, limits.tokensMax);
      const refusal = findExcess(document, limits);
      if (refusal !== null) throw asGraphQLError(refusal);
      admitted.set(query, document);
      return document;
    },
  };
}

function parseWithin(query: string, tokensMax: number): DocumentNode {
  try {
    return parse(query, { maxTokens: tokensMax });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    if (error.message.endsWith('tokens. Parsing aborted.')) throw asGraphQLError(gatewayErrors.OPERATION_TOO_LONG({ tokensMax }));
    const { source, positions, message } = error;
    throw new GraphQLError(message, { source, positions, extensions: { code: 'GRAPHQL_PARSE_FAILED', retryable: false } });
  }
}

function asGraphQLError(refusal: DomainError): GraphQLError {
  return new GraphQLError(refusal.message, { originalError: refusal, extensions: { ...domainExtensions(refusal) } });
}

/** What a selection amounts to once its fragments are written out. */
interface Size {
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
  /** Fields of the selection itself, not of those below. */
  readonly ownFields: number;
  /** Of the longest list. */
  readonly listItems: number;
  readonly reservedAlias: string | null;
}

function findExcess(document: DocumentNode, limits: OperationLimits): DomainError | null {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measure = createMeasure(fragments);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const excess = excessOf(measure(definition.selectionSet), definition, limits);
    if (excess !== null) return excess;
  }
  return null;
}

function excessOf(size: Size, operation: OperationDefinitionNode, limits: OperationLimits): DomainError | null {
  const { depthMax, aliasesMax, rootFieldsMax, fieldsMax, directivesMax, listItemsMax } = limits;
  const directives = size.directives + (operation.directives?.length ?? 0);
  if (size.fields > fieldsMax) return gatewayErrors.OPERATION_TOO_LARGE({ fieldsMax });
  if (size.depth > depthMax) return gatewayErrors.OPERATION_TOO_DEEP({ depth: size.depth, depthMax });
  if (size.aliases > aliasesMax) return gatewayErrors.TOO_MANY_ALIASES({ aliases: size.aliases, aliasesMax });
  if (size.ownFields > rootFieldsMax) return gatewayErrors.TOO_MANY_ROOT_FIELDS({ rootFields: size.ownFields, rootFieldsMax });
  if (directives > directivesMax) return gatewayErrors.TOO_MANY_DIRECTIVES({ directives, directivesMax });
  if (size.listItems > listItemsMax) return gatewayErrors.LIST_TOO_LONG({ items: size.listItems, itemsMax: listItemsMax });
  if (size.reservedAlias !== null) return gatewayErrors.RESERVED_ALIAS({ alias: size.reservedAlias });
  return null;
}

/** Each fragment is measured once, however often it is spread: counting must not cost what it protects from. */
function createMeasure(fragments: ReadonlyMap<string, FragmentDefinitionNode>): (selectionSet: SelectionSetNode) => Size {
  const known = new Map<string, Size>();
  const underWay = new Set<string>();

  function ofFragment(name: string): Size {
    const size = known.get(name);
    if (size !== undefined) return size;
    const fragment = fragments.get(name);
    // Validation refuses unknown fragments and cycles, with better messages.
    if (fragment === undefined || underWay.has(name)) return nothing;
    underWay.add(name);
    const measured = measure(fragment.selectionSet);
    underWay.delete(name);
    known.set(name, measured);
    return measured;
  }

  function measure(selectionSet: SelectionSetNode): Size {
    let total = nothing;
    for (const selection of selectionSet.selections) {
      const directives = selection.directives?.length ?? 0;
      if (selection.kind === Kind.FIELD) {
        const below = selection.selectionSet === undefined ? nothing : measure(selection.selectionSet);
        const alias = selection.alias?.value ?? null;
        const isIntrospection = selection.name.value === '__schema' || selection.name.value === '__type';
        total = add(total, {
          // The standard introspection query is deep; graphql-js bounds what is dangerous about introspection.
          depth: isIntrospection ? 1 : below.depth + 1,
          fields: below.fields + 1,
          aliases: below.aliases + (alias === null ? 0 : 1),
          directives: below.directives + directives,
          ownFields: 1,
          listItems: Math.max(below.listItems, longestList(selection.arguments?.map(({ value }) => value) ?? [])),
          // Objects are told apart by this very name on their way through the gateway.
          reservedAlias: alias === '__typename' && selection.name.value !== '__typename' ? alias : below.reservedAlias,
        });
      } else {
        const inner =
          selection.kind === Kind.INLINE_FRAGMENT ? measure(selection.selectionSet) : ofFragment(selection.name.value);
        total = add(total, { ...inner, directives: inner.directives + directives });
      }
    }
    return total;
  }

  return measure;
}

const nothing: Size = { depth: 0, fields: 0, aliases: 0, directives: 0, ownFields: 0, listItems: 0, reservedAlias: null };

function add(left: Size, right: Size): Size {
  return {
    depth: Math.max(left.depth, right.depth),
    fields: left.fields + right.fields,
    aliases: left.aliases + right.aliases,
    directives: left.directives + right.directives,
    ownFields: left.ownFields + right.ownFields,
    listItems: Math.max(left.listItems, right.listItems),
    reservedAlias: left.reservedAlias ?? right.reservedAlias,
  };
}

function longestList(values: readonly ValueNode[]): number {
  let longest = 0;
  for (const value of values) {
    if (value.kind === Kind.LIST) longest = Math.max(longest, value.values.length, longestList(value.values));
    else if (value.kind === Kind.OBJECT) longest = Math.max(longest, longestList(value.fields.map((field) => field.value)));
  }
  return longest;
}

/** @throws LIST_TOO_LONG for a list among the variables. Not recursive: anybody may send half a million brackets. */
export function assertListsWithin(variables: Readonly<Record<string, unknown>>, itemsMax: number): void {
  const open: unknown[] = Object.values(variables);
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const parts = Array.isArray(value) ? value : Object.values(value);
    if (Array.isArray(value) && parts.length > itemsMax) throw gatewayErrors.LIST_TOO_LONG({ items: parts.length, itemsMax });
    for (const part of parts) if (typeof part === 'object') open.push(part);
  }
}
