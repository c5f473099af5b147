// GraphQL over HTTP on the bare node server: methods, negotiation, status codes, batches. What an operation is and does is the pipeline's.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { DoorConfig } from '../../platform/config/door-settings.ts';
import type { Exchange } from '../../platform/server/http-server.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import type { TokenReader } from './admission.ts';
import { compressed } from './compression.ts';
import { createCrossOrigin } from './cors.ts';
import { type EventStreams, streamEvents } from './event-stream.ts';
import type { GatewayContext } from './gateway-context.ts';
import { parametersFromUrl, parametersOf, parseJson, readBody } from './http-parameters.ts';
import { isJsonBody, json, type Negotiated, negotiate } from './media-types.ts';
import type { OperationInput, Operations } from './operations.ts';
import { type Answer, type AnswerHead, isLive, type OperationParameters, type Outcome } from './pipeline.ts';
import { answerTo, badRequest, refuse } from './refusal.ts';
import { contextFor } from './request-context.ts';

export interface HttpEdgeOptions {
  readonly operations: Operations;
  readonly streams: EventStreams;
  readonly readToken: TokenReader;
  readonly bodyBytesMax: number;
  readonly door: DoorConfig;
  /** The address of the person, through the proxies that are believed. */
  readonly addressOf: (request: IncomingMessage) => string | null;
  readonly log: Logger;
}

interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly exchange: Exchange;
  readonly context: GatewayContext;
  readonly accepts: Negotiated;
}

const methods = 'GET, HEAD, POST, OPTIONS';
const assumed = { single: json, isLegacy: false, events: false } as const;

export function createHttpEdge(options: HttpEdgeOptions) {
  const { operations, streams, door, log } = options;
  const crossOrigin = createCrossOrigin(door);

  async function answer(visit: Visit): Promise<void> {
    const { request } = visit;
    const isPost = request.method === 'POST';
    if (!isPost && request.method !== 'GET' && request.method !== 'HEAD')
      throw badRequest(`GraphQL is asked with POST or GET, not ${request.method}.`, 405, 'METHOD_NOT_ALLOWED', {
        allow: methods,
      });
    const input = isPost ? await fromBody(visit) : fromUrl(visit);
    if (Array.isArray(input)) return sendBatch(visit, await Promise.all(input.map((each) => operations.run(each))));
    const outcome = await operations.run(input);
    if (isLive(outcome) || visit.accepts.single === null) streamEvents(outcome, visit.response, streams, headersOf(visit));
    else await send(visit, outcome);
  }

  async function fromBody(visit: Visit): Promise<OperationInput | OperationInput[]> {
    const { request } = visit;
    const { headers } = request;
    const encoding = headers['content-encoding'];
    if (!isJsonBody(headers['content-type']) || (encoding !== undefined && encoding !== 'identity')) {
      request.resume();
      const message = 'The body must be JSON in UTF-8, with the header content-type: application/json.';
      throw badRequest(message, 415, 'UNSUPPORTED_MEDIA_TYPE');
    }
    const body = parseJson(await readBody(request, options.bodyBytesMax));
    if (!Array.isArray(body)) return inputOf(visit, parametersOf(body), false);
    const max = door.batchOperationsMax;
    if (max === 0) throw badRequest('This gateway takes one operation per request, not an array of them.');
    if (body.length === 0 || body.length > max)
      throw badRequest(`A batch has ${body.length} operations; 1 to ${max} are taken.`, 400, 'BATCH_TOO_LARGE');
    // A stream cannot be one element of an array.
    const alone = { ...visit, accepts: { ...visit.accepts, events: false } };
    return body.map((each) => inputOf(alone, parametersOf(each), false));
  }

  function fromUrl(visit: Visit): OperationInput {
    const { url = '', headers } = visit.request;
    const mark = url.indexOf('?');
    const parameters = parametersFromUrl(new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)));
    return { ...inputOf(visit, parameters, crossOrigin.isUnasked(headers)), isQueryOnly: true };
  }

  function inputOf(visit: Visit, parameters: OperationParameters, isUnasked: boolean): OperationInput {
    const { headers } = visit.request;
    const lastEventId = headers['last-event-id'];
    return {
      // The head of a stream would never end.
      transport: visit.accepts.events && visit.request.method !== 'HEAD' ? 'event-stream' : 'http',
      headers,
      parameters,
      context: visit.context,
      isUnasked,
      resumeAfter: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : null,
    };
  }

  function headersOf({ request, exchange }: Visit): string[] {
    const headers = exchange.headers();
    for (const part of crossOrigin.headersFor(request.headers.origin)) headers.push(part);
    return headers;
  }

  async function send(visit: Visit, outcome: Answer): Promise<void> {
    const { accepts } = visit;
    const { head } = outcome;
    const status = head?.status ?? (outcome.hasData || accepts.isLegacy ? 200 : 400);
    await write(visit, status, accepts.single ?? json, head?.headers, outcome.body);
  }

  async function sendBatch(visit: Visit, outcomes: readonly Outcome[]): Promise<void> {
    const answers = outcomes.map((outcome) => {
      if (isLive(outcome)) throw refuse(gatewayErrors.SUBSCRIPTION_NEEDS_WEBSOCKET({}));
      return outcome;
    });
    const first = answers[0]?.head;
    // What all have in common is said of the whole: a token that was refused was refused for each.
    const isCommon = first !== undefined && answers.every(({ head }) => head?.status === first.status);
    const body = `[${answers.map((each) => each.body).join(',')}]`;
    const status = isCommon ? (first.status ?? 200) : 200;
    await write(visit, status, visit.accepts.single ?? json, isCommon ? first.headers : undefined, body);
  }

  async function write(visit: Visit, status: number, type: string, extra: AnswerHead['headers'], text: string): Promise<void> {
    const { request, response } = visit;
    const headers = headersOf(visit);
    headers.push('content-type', type);
    let isCacheable = false;
    for (const name in extra) {
      for (const value of [extra[name] ?? []].flat()) headers.push(name, value);
      isCacheable ||= name === 'cache-control';
    }
    if (!isCacheable) headers.push('cache-control', 'no-store');
    const body = await compressed(text, request.headers['accept-encoding'], door.compressionBytesMin);
    if (response.destroyed) return;
    if (body.encoding !== null) headers.push('content-encoding', body.encoding, 'vary', 'Accept-Encoding');
    headers.push('content-length', String(body.length));
    response.writeHead(status, headers);
    response.end(body.bytes);
  }

  function preflight(request: IncomingMessage, response: ServerResponse, exchange: Exchange): void {
    const headers = [...exchange.headers(), 'allow', methods, ...crossOrigin.preflightHeaders(request.headers)];
    response.writeHead(204, headers);
    response.end();
  }

  return {
    handle(request: IncomingMessage, response: ServerResponse, exchange: Exchange): void {
      request.on('error', () => response.destroy());
      if (request.method === 'OPTIONS') {
        preflight(request, response, exchange);
        return;
      }
      const { headers } = request;
      const token = options.readToken(headers);
      const context = contextFor(
        { address: options.addressOf(request), userAgent: headers['user-agent'], token, requestId: exchange.requestId, log },
        response,
      );
      const accepts = negotiate(headers.accept);
      const visit: Visit = { request, response, exchange, context, accepts: accepts ?? assumed };
      const outcome = accepts === null ? Promise.reject(notAcceptable()) : answer(visit);
      outcome.catch((error: unknown) => {
        if (response.headersSent || response.destroyed) {
          log.error({ error, requestId: exchange.requestId }, 'An answer broke off.');
          return response.destroy();
        }
        send(visit, answerTo(error, context)).catch(() => response.destroy());
      });
    },
  };
}

function notAcceptable() {
  const message = 'Answers are application/graphql-response+json, application/json or text/event-stream.';
  return badRequest(message, 406, 'NOT_ACCEPTABLE');
}
