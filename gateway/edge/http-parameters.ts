// Reads the parameters of GraphQL over HTTP out of a body or a query string, and refuses what is none.
import type { IncomingMessage } from 'node:http';
import type { OperationParameters } from './pipeline.ts';
import { badRequest } from './refusal.ts';

const nothing = Object.freeze({});

/** The text of a body. @throws BODY_TOO_LARGE, or BAD_REQUEST when the client breaks off. */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<string> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > bytesMax) return Promise.reject(tooLarge(bytesMax));
  return new Promise((resolve, reject) => {
    let first: Buffer | null = null;
    let rest: Buffer[] | null = null;
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        request.pause();
        return reject(tooLarge(bytesMax));
      }
      if (first === null) first = chunk;
      else if (rest === null) rest = [first, chunk];
      else rest.push(chunk);
    });
    request.on('end', () => resolve(rest !== null ? Buffer.concat(rest, bytes).toString() : (first?.toString() ?? '')));
    request.on('error', () => reject(badRequest('The body ended before its time.')));
    // Also comes after the end of every request that is well, where making an error would be a tenth of all work on a small query.
    request.on('close', () => {
      if (!request.complete) reject(badRequest('The body ended before its time.'));
    });
  });
}

function tooLarge(bytesMax: number) {
  return badRequest(`The body is larger than ${bytesMax} bytes.`, 413, 'BODY_TOO_LARGE', { connection: 'close' });
}

/** @throws BAD_REQUEST */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(text === '' ? 'The body is empty: send a JSON object with a `query`.' : 'The body is no JSON.');
  }
}

/** @throws BAD_REQUEST naming the parameter that has the wrong type. */
export function parametersOf(value: unknown): OperationParameters {
  if (!isObject(value)) throw badRequest('The body must be a JSON object with a `query`.');
  const { query, operationName, variables, extensions, documentId } = value;
  return {
    query: textOf('query', query),
    operationName: textOf('operationName', operationName),
    variables: mapOf('variables', variables),
    extensions: mapOf('extensions', extensions),
    documentId: textOf('documentId', documentId),
  };
}

/** @throws BAD_REQUEST */
export function parametersFromUrl(search: URLSearchParams): OperationParameters {
  const json = (name: string) => {
    const text = search.get(name);
    if (text === null || text === '') return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw badRequest(`The parameter \`${name}\` is no JSON.`);
    }
  };
  return {
    query: search.get('query'),
    operationName: search.get('operationName') || null,
    variables: mapOf('variables', json('variables')),
    extensions: mapOf('extensions', json('extensions')),
    documentId: search.get('documentId'),
  };
}

function textOf(name: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  throw badRequest(`The parameter \`${name}\` must be a string.`);
}

function mapOf(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return nothing;
  if (isObject(value)) return value;
  throw badRequest(`The parameter \`${name}\` must be an object.`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
