// GraphQL over server-sent events, "distinct connections": one response per operation, with the events `next` and `complete`.
import type { ServerResponse } from 'node:http';
import type { DomainError } from '../../platform/errors.ts';
import { identityErrors } from '../../platform/identity/identity.errors.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import { afterExpiry } from './expiry.ts';
import { createOutbox, type OutboxLimits } from './outbox.ts';
import { type Answer, headerLines, isLive, type LiveAnswers, type LiveEvent, type Outcome } from './pipeline.ts';
import { holderOf, type Quota } from './quotas.ts';
import { answerTo } from './refusal.ts';

export interface EventStreams {
  readonly quota: Quota;
  readonly limits: OutboxLimits;
  readonly open: Set<ServerResponse>;
  /** Ends every stream without `complete`, so that browsers connect again with their last event id. */
  stop(): void;
}

/** Ends proxies' and browsers' doubts about a connection on which nothing happens. */
const heartbeat = Buffer.from(':\n\n');
/** A client that was told to go gets this long to read it. */
const closeGraceMs = 5000;
const streamHeaders = [
  'content-type',
  'text/event-stream; charset=utf-8',
  'cache-control',
  'no-store',
  // Proxies must not wait for more.
  'x-accel-buffering',
  'no',
];
const completion = Buffer.from('event: complete\ndata: \n\n');

export function createEventStreams(quota: Quota, limits: OutboxLimits, heartbeatMs: number): EventStreams {
  const open = new Set<ServerResponse>();
  const beats = setInterval(() => {
    for (const response of open) if (!response.writableNeedDrain) response.write(heartbeat);
  }, heartbeatMs);
  beats.unref();
  return {
    quota,
    limits,
    open,
    stop() {
      clearInterval(beats);
      for (const response of open) response.end();
    },
  };
}

/** Answers with a stream: of events, or of the one answer there is. */
export function streamEvents(outcome: Outcome, response: ServerResponse, streams: EventStreams, headers: string[]): void {
  if (!isLive(outcome)) sendSingle(outcome, response, headers);
  else if (response.destroyed) outcome.discard();
  else {
    const { context } = outcome;
    const place = streams.quota.take(holderOf(context));
    if (typeof place === 'function') follow(outcome, response, streams, headers, place);
    else {
      outcome.discard();
      const refused = answerTo(gatewayErrors.TOO_MANY_CONNECTIONS({ connectionsMax: place.max }), context);
      writeJson(response, 503, [...headers, 'retry-after', '1'], refused.body);
    }
  }
}

function sendSingle({ head, body }: Answer, response: ServerResponse, headers: string[]): void {
  const status = head?.status ?? 200;
  if (status !== 200 && status !== 400) {
    // Where HTTP has a word for it, it says more than an event.
    writeJson(response, status, [...headers, ...headerLines(head)], body);
    return;
  }
  response.writeHead(200, [...headers, ...streamHeaders]);
  response.end(`event: next\ndata: ${body}\n\n${completion}`);
}

function follow(
  live: LiveAnswers,
  response: ServerResponse,
  streams: EventStreams,
  headers: string[],
  releasePlace: () => void,
): void {
  const { context } = live;
  response.writeHead(200, [...headers, ...streamHeaders]);
  response.flushHeaders();
  const endWith = (error: DomainError) => {
    outbox.close();
    response.end(`event: next\ndata: ${answerTo(error, context).body}\n\n${completion}`);
    // The client may not be reading.
    setTimeout(() => response.destroy(), closeGraceMs).unref();
  };
  const outbox = createOutbox(response, streams.limits, () => endWith(gatewayErrors.CLIENT_TOO_SLOW({})));
  const stopExpiry = afterExpiry(context.identity, () => endWith(identityErrors.TOKEN_EXPIRED({ reason: 'expired' })));
  streams.open.add(response);
  const handle = live.open({
    next: (event) => outbox.send(encodeEvent(event)),
    end: () => {
      outbox.send(completion);
      outbox.end(() => response.end());
    },
  });
  response.once('close', () => {
    stopExpiry();
    outbox.close();
    streams.open.delete(response);
    releasePlace();
    handle.close();
  });
}

/** Made once for all who share the event. */
function encodeEvent(event: LiveEvent): Buffer {
  const known = event.encoded.eventStream;
  if (known !== undefined) return known;
  const id = event.cursor === null || /[\r\n\0]/.test(event.cursor) ? '' : `id: ${event.cursor}\n`;
  const bytes = Buffer.from(`event: next\n${id}data: ${event.body}\n\n`);
  event.encoded.eventStream = bytes;
  return bytes;
}

function writeJson(response: ServerResponse, status: number, headers: string[], body: string): void {
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, [...headers, 'content-type', 'application/json; charset=utf-8', 'content-length', length]);
  response.end(body);
}
