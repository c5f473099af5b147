// The messages of graphql-transport-ws that a client may send, read without trust.
import { isObject } from './http-parameters.ts';
import type { OperationParameters } from './pipeline.ts';

export interface SubscribeMessage {
  readonly type: 'subscribe';
  readonly id: string;
  readonly payload: OperationParameters;
}

export type ClientMessage =
  | { readonly type: 'connection_init' | 'ping' | 'pong'; readonly payload: Record<string, unknown> | null }
  | { readonly type: 'complete'; readonly id: string }
  | SubscribeMessage;

const nothing = Object.freeze({});

/** Null when it is no message of the protocol. */
export function readMessage(text: string): ClientMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  const { type, id, payload } = value;
  switch (type) {
    case 'connection_init':
    case 'ping':
    case 'pong':
      return isMap(payload) ? { type, payload: payload ?? null } : null;
    case 'complete':
      return isId(id) ? { type, id } : null;
    case 'subscribe': {
      const parameters = isObject(payload) ? readParameters(payload) : null;
      return isId(id) && parameters !== null ? { type, id, payload: parameters } : null;
    }
    default:
      return null;
  }
}

function readParameters({ query, operationName, variables, extensions, documentId }: Record<string, unknown>) {
  if (!isText(query) || !isText(operationName) || !isText(documentId) || !isMap(variables) || !isMap(extensions)) return null;
  // A document may be named instead of sent.
  if (query === undefined && documentId === undefined && extensions === undefined) return null;
  return {
    query: query ?? null,
    operationName: operationName ?? null,
    variables: variables ?? nothing,
    extensions: extensions ?? nothing,
    documentId: documentId ?? null,
  };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isText(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || typeof value === 'string';
}

function isMap(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === undefined || value === null || isObject(value);
}
