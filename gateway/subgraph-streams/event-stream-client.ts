// Subscribes to a subgraph over server-sent events ("distinct connections" of the GraphQL over SSE protocol): one request per subscription.
import type { ExecutionResult } from 'graphql';
import { Agent, request as send } from 'undici';
import type { SubgraphRequest } from '../../platform/graph/subgraph.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import { isResult, parseResult } from '../graphql-result.ts';

export interface EventStreamClient {
  /** @throws when the subgraph cannot be reached, or its stream breaks off. */
  subscribe(url: string, request: SubgraphRequest, signal: AbortSignal): AsyncGenerator<ExecutionResult, void, void>;
  close(): Promise<void>;
}

const connectTimeoutMs = 3000;
/** A peer that is gone without a word is found out by TCP. */
const keepAliveInitialDelayMs = 15_000;
const eventLengthMax = 64 * 1024 * 1024;

export function createEventStreamClient(headersOf: (request: SubgraphRequest) => Record<string, string>): EventStreamClient {
  const agent = new Agent({
    connect: { timeout: connectTimeoutMs, keepAlive: true, keepAliveInitialDelay: keepAliveInitialDelayMs },
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  return {
    async *subscribe(url, request, signal) {
      const { query, variables, operationName } = request;
      const { statusCode, headers, body } = await send(url, {
        method: 'POST',
        headers: { ...headersOf(request), accept: 'text/event-stream, application/json;q=0.5' },
        body: JSON.stringify({ query, variables, operationName }),
        dispatcher: agent,
        signal,
      });
      const type = String(headers['content-type'] ?? '');
      if (/^application\/(graphql-response\+)?json/i.test(type)) {
        // A refusal needs no stream.
        const result = parseResult(await body.text());
        if (result === null) throw unusable(`status ${statusCode} with a body that is no GraphQL result`);
        yield result;
        return;
      }
      if (statusCode !== 200 || !/^text\/event-stream/i.test(type)) {
        body.dump({ limit: 65_536 }).catch(() => {});
        throw gatewayErrors.SUBGRAPH_UNAVAILABLE({}, new Error(`status ${statusCode} with content type "${type}"`));
      }
      request.onOpen?.();
      body.setEncoding('utf8');
      let isComplete = false;
      for await (const { name, data } of readEvents(body)) {
        if (name === 'complete') {
          isComplete = true;
          break;
        }
        if (name !== 'next') continue;
        yield resultOf(data);
      }
      if (!isComplete) throw gatewayErrors.SUBGRAPH_UNAVAILABLE({}, new Error('the stream ended without "complete"'));
    },
    close: () => agent.destroy(),
  };
}

function resultOf(data: string): ExecutionResult {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw unusable('an event that is no JSON');
  }
  if (!isResult(value)) throw unusable('an event that is no GraphQL result');
  return value;
}

function unusable(problem: string) {
  return gatewayErrors.SUBGRAPH_INVALID_RESPONSE({}, new Error(problem));
}

/** Events of a stream as the HTML standard parses it (9.2.6); without an empty line at its end an event is not one. */
async function* readEvents(chunks: AsyncIterable<string>): AsyncGenerator<{ readonly name: string; readonly data: string }> {
  let rest = '';
  let name = '';
  let data: string[] = [];
  for await (const chunk of chunks) {
    rest += chunk;
    if (rest.length > eventLengthMax) throw unusable(`a line of more than ${eventLengthMax} characters`);
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (name !== '' || data.length > 0) yield { name: name || 'message', data: data.join('\n') };
        name = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') name = value;
      else if (field === 'data') data.push(value);
    }
  }
}
