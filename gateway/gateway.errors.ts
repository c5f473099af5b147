// The closed list of failures that the gateway itself raises. No message names a subgraph: clients see one graph.
import { defineErrors } from '../platform/errors.ts';

export const gatewayErrors = defineErrors({
  SUBGRAPH_UNAVAILABLE: {
    message: (_: Record<string, never>) => 'A part of the graph cannot be reached right now; try again shortly.',
    retryable: true,
  },
  SUBGRAPH_TIMEOUT: {
    message: (d: { timeoutMs: number }) => `A part of the graph did not answer within ${d.timeoutMs} ms; try again shortly.`,
    retryable: true,
  },
  OPERATION_TIMEOUT: {
    message: (d: { timeoutMs: number }) =>
      `The operation was not done within ${d.timeoutMs} ms: what was ready by then is in the answer. Ask for less, or try again shortly.`,
    retryable: true,
  },
  SUBGRAPH_OVERLOADED: {
    message: (_: Record<string, never>) => 'A part of the graph has too much to do right now; try again shortly.',
    retryable: true,
  },
  SUBGRAPH_CIRCUIT_OPEN: {
    message: (d: { retryAfterMs: number }) =>
      `A part of the graph keeps failing and is not asked for the moment; try again in ${d.retryAfterMs} ms.`,
    retryable: true,
  },
  GATEWAY_OVERLOADED: {
    message: (_: Record<string, never>) => 'The gateway has too much to do right now; try again shortly.',
    retryable: true,
  },
  SUBGRAPH_INVALID_RESPONSE: {
    message: (_: Record<string, never>) => 'A part of the graph gave an answer that cannot be used.',
    retryable: true,
  },
  SUBSCRIPTION_INTERRUPTED: {
    message: (_: Record<string, never>) =>
      'The live stream was interrupted; subscribe again, with `after` set to the last cursor you received.',
    retryable: true,
  },
  FIELD_NOT_RESOLVED: {
    message: (d: { field: string }) => `No part of the graph can answer the field "${d.field}" as it was selected.`,
  },
  OPERATION_NOT_PLANNED: {
    message: (_: Record<string, never>) => 'The graph has no way to answer this operation as it was selected.',
  },
  UNAUTHORIZED_FIELD_OR_TYPE: {
    message: (d: { reason: 'unauthenticated' | 'forbidden'; needed: string }) =>
      d.reason === 'unauthenticated'
        ? 'Sign in to have this field: it is not for everybody.'
        : `Your token does not give you this field: it needs ${d.needed}.`,
  },
  OPERATION_TOO_LONG: {
    message: (d: { tokensMax: number }) => `The document has more than ${d.tokensMax} lexical tokens.`,
  },
  OPERATION_TOO_DEEP: {
    message: (d: { depth: number; depthMax: number }) =>
      `The operation selects ${d.depth} levels of fields; at most ${d.depthMax} are allowed.`,
  },
  OPERATION_TOO_LARGE: {
    message: (d: { fieldsMax: number }) =>
      `The operation selects more than ${d.fieldsMax} fields once its fragments are written out.`,
  },
  TOO_MANY_OBJECTS: {
    message: (d: { objects: number; objectsMax: number }) =>
      `The operation asks for up to ${d.objects} objects, as its page sizes multiply; at most ${d.objectsMax} are allowed. Ask for smaller pages.`,
  },
  COST_ESTIMATED_TOO_EXPENSIVE: {
    message: (d: { estimatedCost: number; costMax: number }) =>
      `The operation is estimated to cost ${d.estimatedCost}; at most ${d.costMax} is allowed. Ask for less, or for smaller pages.`,
  },
  SLICING_ARGUMENT_REQUIRED: {
    message: (d: { field: string; slicingArguments: string; givenCount: number }) =>
      `The field ${d.field} needs exactly one of the arguments ${d.slicingArguments}, and was given ${d.givenCount}.`,
  },
  COST_BUDGET_EXCEEDED: {
    message: (d: { estimatedCost: number; budget: number; windowSeconds: number; retryAfterSeconds: number }) =>
      `The operation is estimated to cost ${d.estimatedCost}, and too little is left of your ${d.budget} per ${d.windowSeconds} s; try again in ${d.retryAfterSeconds} s.`,
    retryable: true,
  },
  RATE_LIMITED: {
    message: (d: { limit: number; windowSeconds: number; retryAfterSeconds: number }) =>
      `More than ${d.limit} operations in ${d.windowSeconds} s; try again in ${d.retryAfterSeconds} s.`,
    retryable: true,
  },
  PERSISTED_QUERY_NOT_FOUND: {
    // Clients look for this very text.
    message: (_: Record<string, never>) => 'PersistedQueryNotFound',
    retryable: true,
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    message: (_: Record<string, never>) => 'PersistedQueryNotSupported',
  },
  DOCUMENT_NOT_FOUND: {
    message: (d: { documentId: string }) => `There is no trusted document "${d.documentId}" here.`,
  },
  DOCUMENT_NOT_TRUSTED: {
    message: (_: Record<string, never>) =>
      'Only trusted documents are executed here: publish the document in the manifest, or send the id of one that is in it.',
  },
  LIST_TOO_LONG: {
    message: (d: { items: number; itemsMax: number }) =>
      `A list among the arguments has ${d.items} items; at most ${d.itemsMax} are allowed.`,
  },
  TOO_MANY_ALIASES: {
    message: (d: { aliases: number; aliasesMax: number }) =>
      `The operation uses ${d.aliases} aliases; at most ${d.aliasesMax} are allowed.`,
  },
  TOO_MANY_ROOT_FIELDS: {
    message: (d: { rootFields: number; rootFieldsMax: number }) =>
      `The operation selects ${d.rootFields} root fields; at most ${d.rootFieldsMax} are allowed.`,
  },
  TOO_MANY_DIRECTIVES: {
    message: (d: { directives: number; directivesMax: number }) =>
      `The operation uses ${d.directives} directives; at most ${d.directivesMax} are allowed.`,
  },
  RESERVED_ALIAS: {
    message: (d: { alias: string }) => `"${d.alias}" cannot be used as an alias: the name is reserved.`,
  },
  TOO_MANY_OPERATIONS: {
    message: (d: { operationsMax: number }) =>
      `This connection already runs ${d.operationsMax} operations; complete one before starting the next.`,
    retryable: true,
  },
  SUBSCRIPTION_NEEDS_WEBSOCKET: {
    message: (_: Record<string, never>) =>
      'Subscriptions run over WebSocket (graphql-transport-ws) or as an event stream (accept: text/event-stream) on this same URL, not as a single answer.',
  },
  TOO_MANY_SUBSCRIPTIONS: {
    message: (d: { subscriptionsMax: number; isPerClient: boolean }) =>
      d.isPerClient
        ? `You already run ${d.subscriptionsMax} subscriptions; end one before starting the next.`
        : `The gateway already runs ${d.subscriptionsMax} subscriptions; try again shortly.`,
    retryable: true,
  },
  TOO_MANY_CONNECTIONS: {
    message: (d: { connectionsMax: number }) =>
      `There are already ${d.connectionsMax} live connections; close one, or try again shortly.`,
    retryable: true,
  },
  CLIENT_TOO_SLOW: {
    message: (_: Record<string, never>) =>
      'Events came faster than they were read; subscribe again, with `after` set to the last cursor you received.',
    retryable: true,
  },
  TOKEN_OF_ANOTHER: {
    message: (_: Record<string, never>) =>
      'The token belongs to another session, or grants other rights: open another socket for it.',
  },
  CSRF_SUSPECTED: {
    message: (_: Record<string, never>) =>
      'This request could have been sent by any web page (CSRF): send it with POST and content-type: application/json, or with the header graphql-require-preflight.',
  },
});
