// GraphQL over server-sent events, "distinct connections": one response per operation, with the events `next` and `complete`.
import type { ServerResponse } from 'node:http';
import { identityErrors } from '../../platform/identity/identity.errors.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import { afterExpiry } from './expiry.ts';
import type { GatewayContext } from './gateway-context.ts';
import { createOutbox, type OutboxLimits } from './outbox.ts';
import { headerLines, isLive, type LiveEvent, type Outcome } from './pipeline.ts';
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

interface Place {
  readonly response: ServerResponse;
  readonly context: GatewayContext;
}

/** Answers with a stream: of events, or of the one answer there is. */
export function streamEvents(outcome: Outcome, { response, context }: Place, streams: EventStreams, headers: string[]): void {
  const place = isLive(outcome) ? streams.quota.take(holderOf(context)) : null;
  if (isLive(outcome) && place !== null && typeof place !== 'function') {
    outcome.discard();
    const refusal = answerTo(gatewayErrors.TOO_MANY_CONNECTIONS({ connectionsMax: place.max }), context);
    writeSingle(response, 503, [...headers, 'retry-after', '1'], refusal.body);
    return;
  }
  const status = isLive(outcome) ? 200 : (outcome.head?.status ?? 200);
  if (!isLive(outcome) && status !== 200 && status !== 400) {
    // Where HTTP has a word for it, it says more than an event.
    writeSingle(response, status, [...headers, ...headerLines(outcome.head)], outcome.body);
    return;
  }
  headers.push('content-type', 'text/event-stream; charset=utf-8', 'cache-control', 'no-store', 'x-accel-buffering', 'no');
  response.writeHead(200, headers);
  if (!isLive(outcome)) {
    response.end(`event: next\ndata: ${outcome.body}\n\n${completion}`);
    return;
  }
  response.flushHeaders();
  const stopExpiry = afterExpiry(context.identity, () =>
    finish(notice(identityErrors.TOKEN_EXPIRED({ reason: 'expired' }), context)),
  );
  const outbox = createOutbox(response, streams.limits, () => finish(notice(gatewayErrors.CLIENT_TOO_SLOW({}), context)));
  streams.open.add(response);
  const handle = outcome.open({
    next: (event) => outbox.send(encodeEvent(event)),
    end: () => {
      outbox.send(completion);
      outbox.end(() => response.end());
    },
  });
  response.once('close', leave);

  function leave(): void {
    stopExpiry();
    outbox.close();
    streams.open.delete(response);
    if (typeof place === 'function') place();
    handle.close();
  }

  function finish(last: Buffer): void {
    outbox.close();
    response.end(last);
  }
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

function notice(error: Parameters<typeof answerTo>[0], context: GatewayContext): Buffer {
  return Buffer.concat([Buffer.from(`event: next\ndata: ${answerTo(error, context).body}\n\n`), completion]);
}

function writeSingle(response: ServerResponse, status: number, headers: string[], body: string): void {
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, [...headers, 'content-type', 'application/json; charset=utf-8', 'content-length', length]);
  response.end(body);
}
