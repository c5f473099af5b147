// Carries one log into its Redis stream, and finds out when the stream has lost something. The log stays the truth: the stream is refilled from it.

import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Ids } from '../clock.ts';
import type { EventLog } from './event-log.ts';
import { encodeEvent, type LoggedEvent } from './logged-event.ts';
import type { StreamKeys, StreamScripts, StreamState } from './redis-scripts.ts';
import type { LogPublisher } from './transport.ts';

const batchMax = 500;
/** Redis cuts off live listeners whose messages grow beyond some megabytes. */
const batchCharsMax = 1_000_000;

export interface RedisPublisherDeps {
  readonly client: Redis;
  readonly scripts: StreamScripts;
  readonly keys: StreamKeys;
  readonly eventLog: EventLog;
  readonly ids: Ids;
  readonly log: Logger;
}

export function createRedisPublisher({ client, scripts, keys, eventLog, ids, log }: RedisPublisherDeps): LogPublisher {
  let logId: string | null = null;
  /** Last position known to be in the stream; null until Redis has been asked. */
  let tail: number | null = null;

  async function knownLogId(): Promise<string> {
    logId ??= (await eventLog.head()).logId;
    return logId;
  }

  /** Starts the stream anew from what every consumer is known to have, unless another replica just did. */
  async function reset(observedStamp: string, reason: string): Promise<void> {
    const positions = await eventLog.consumerPositions();
    const base = positions.size === 0 ? 0 : Math.min(...positions.values());
    // Before anybody has consumed anything it is simply the first start.
    const level = positions.size === 0 ? 'info' : 'warn';
    log[level]({ stream: keys.stream, reason, base }, 'The event stream is started anew and refilled from the log');
    tail = await scripts.reset(keys, await knownLogId(), { fresh: ids.next(), observed: observedStamp }, base, positions);
  }

  async function publish(recent: readonly LoggedEvent[]): Promise<void> {
    if (tail === null) await maintain();
    const id = await knownLogId();
    const last = recent.at(-1)?.position ?? (await eventLog.head()).lastPosition;
    while (tail === null || tail < last) {
      const before = tail ?? 0;
      const entries = await nextEntries(recent, before);
      if (entries.length === 0) return;
      const reply = await scripts.publish(keys, id, before, entries);
      if (reply.status === 'foreign') await reset(reply.stamp, describeOwner(reply.stamp));
      else if (reply.status === 'behind' && reply.tail === 0) await reset(reply.stamp, 'it was emptied');
      else tail = reply.tail;
    }
  }

  /** The entries behind `after`: what was handed over where that suffices, else from the log. */
  async function nextEntries(recent: readonly LoggedEvent[], after: number): Promise<{ position: number; text: string }[]> {
    const start = after + 1 - (recent[0]?.position ?? Number.POSITIVE_INFINITY);
    const isAtHand = start >= 0 && start < recent.length;
    const events = isAtHand ? recent.slice(start, start + batchMax) : await eventLog.read(after, batchMax);
    const entries: { position: number; text: string }[] = [];
    let chars = 0;
    for (const event of events) {
      const text = encodeEvent(event);
      chars += text.length;
      if (entries.length > 0 && chars > batchCharsMax) break;
      entries.push({ position: event.position, text });
    }
    return entries;
  }

  async function maintain(): Promise<boolean> {
    const id = await knownLogId();
    const state = await scripts.inspect(keys);
    // Read after the stream: what is in the stream was in the log before.
    const { lastPosition } = await eventLog.head();
    const recorded = await eventLog.consumerPositions();
    const newcomers = [...state.settled.keys()].filter((name) => !recorded.has(name));
    for (const name of newcomers) recorded.set(name, 0);
    await eventLog.recordConsumerPositions(new Map(newcomers.map((name) => [name, 0])));

    if (state.logId !== id) await reset(state.stamp, describeOwner(state.stamp));
    // Such a stream was filled from a log that has since been restored from a backup: its positions mean other events now.
    else if (state.tail > lastPosition) await reset(state.stamp, `it ends at ${state.tail}, the log at ${lastPosition}`);
    else if (newcomers.length > 0 && state.first > 1)
      await reset(state.stamp, `${newcomers.join(', ')} is new and needs what was trimmed`);
    else {
      tail = state.tail;
      await recordAndTrim(state, recorded);
    }
    return (tail ?? 0) < lastPosition;
  }

  async function recordAndTrim(state: StreamState, recorded: Map<string, number>): Promise<void> {
    const advanced = [...state.settled].filter(([name, position]) => position > (recorded.get(name) ?? 0));
    await eventLog.recordConsumerPositions(new Map(advanced));
    for (const [name, position] of advanced) recorded.set(name, position);
    if (recorded.size === 0) return;
    // Recorded first: what is trimmed is never needed for a refill.
    const floor = Math.min(...recorded.values());
    if (floor >= state.first) await client.xtrim(keys.stream, 'MINID', '~', `${floor + 1}-0`);
  }

  return { publish, maintain, publishedTo: () => tail, stop: async () => {} };
}

function describeOwner(stamp: string): string {
  return stamp === '' ? 'it was not there' : 'it belongs to another log';
}
