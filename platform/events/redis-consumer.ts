// Reads streams for one consumer group. Replicas of a domain share the group; what a dead one held is claimed by the others.
import { setTimeout as sleep } from 'node:timers/promises';
import DataLoader from 'dataloader';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { DomainName } from '../domains.ts';
import { createDeliveries } from './deliveries.ts';
import { decodeEvent } from './logged-event.ts';
import type { StreamScripts } from './redis-scripts.ts';
import type { Consumption, Subscription } from './transport.ts';
import { createWorker } from './worker.ts';

export interface RedisConsumerDeps {
  /** For commands that answer at once. */
  readonly client: Redis;
  /** For blocking reads; used by nobody else. */
  readonly blocking: Redis;
  readonly scripts: StreamScripts;
  readonly consumption: Consumption;
  readonly streamOf: (source: DomainName) => string;
  /** Name of this replica in the group. */
  readonly reader: string;
  /** After this time without a sign of life, what a replica holds is taken over. */
  readonly claimIdleMs: number;
  readonly log: Logger;
}

const readCountMax = 100;
const readBlockMs = 2_000;
const readRetryMs = 100;
/** Readers of past processes are forgotten after this time. */
const forgetIdleMs = 3_600_000;

type Entry = [id: string, fields: string[] | null];
type ReadReply = [stream: string, entries: Entry[]][] | null;

export function createRedisConsumer(deps: RedisConsumerDeps): Subscription {
  const { client, blocking, scripts, consumption, streamOf, reader, claimIdleMs, log } = deps;
  const group: string = consumption.consumer;
  const streams = consumption.sources.map(streamOf);
  const stopping = new AbortController();

  // Questions of one moment travel together.
  const unsettled = new DataLoader(
    async (questions: readonly { source: DomainName; position: number }[]) => {
      const answers = new Map<object, boolean>();
      for (const source of new Set(questions.map((question) => question.source))) {
        const asked = questions.filter((question) => question.source === source);
        const replies = await scripts.unsettled(
          streamOf(source),
          group,
          asked.map((question) => question.position),
        );
        for (const [index, question] of asked.entries()) answers.set(question, replies[index] ?? true);
      }
      return questions.map((question) => answers.get(question) ?? true);
    },
    { cache: false },
  );
  const deliveries = createDeliveries({
    take: (event) => consumption.take(event),
    isUnsettledElsewhere: (source, position) => unsettled.load({ source, position }),
    inFlightMax: consumption.inFlightMax,
    log,
  });
  const acknowledgements = createAcknowledgements(client, group);

  function deliver(stream: string, [id, fields]: Entry): void {
    try {
      // An entry that was trimmed while it was pending has no fields.
      const event = decodeEvent(fields?.[1] ?? '');
      deliveries.submit(event).then(
        (isDone) => isDone && acknowledgements.add(stream, id),
        (error: unknown) => log.error({ err: error }, 'A delivery ended unexpectedly'),
      );
    } catch (error) {
      // Nobody but a relay writes here; keeping it would not make it readable.
      log.error({ stream, id, err: error }, 'An entry of the event stream cannot be read and is dropped');
      acknowledgements.add(stream, id);
    }
  }

  async function ensureGroups(): Promise<void> {
    for (const stream of streams) {
      await client.xgroup('CREATE', stream, group, '0', 'MKSTREAM').catch((error: Error) => {
        if (!error.message.startsWith('BUSYGROUP')) throw error;
      });
    }
  }

  /** Entries that Redis counts as given to this reader although their reply was lost. */
  async function redeliverOwn(): Promise<void> {
    for (const stream of streams) {
      for (let after = '0'; ; ) {
        const reply = (await client.xreadgroup(
          'GROUP',
          group,
          reader,
          'COUNT',
          readCountMax,
          'STREAMS',
          stream,
          after,
        )) as ReadReply;
        const entries = reply?.[0]?.[1] ?? [];
        for (const entry of entries) deliver(stream, entry);
        if (entries.length < readCountMax) break;
        after = entries.at(-1)?.[0] ?? '';
      }
    }
  }

  async function read(): Promise<void> {
    let isFresh = false;
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        if (!isFresh) {
          await ensureGroups();
          await redeliverOwn();
          isFresh = true;
        }
        await deliveries.waitForRoom();
        if (stopping.signal.aborted) return;
        const count = Math.min(readCountMax, deliveries.room());
        const ids = streams.map(() => '>');
        const reply = (await blocking.xreadgroup(
          'GROUP',
          group,
          reader,
          'COUNT',
          count,
          'BLOCK',
          readBlockMs,
          'STREAMS',
          ...streams,
          ...ids,
        )) as ReadReply;
        for (const [stream, entries] of reply ?? []) for (const entry of entries) deliver(stream, entry);
        failures = 0;
      } catch (error) {
        if (stopping.signal.aborted) return;
        isFresh = false;
        failures += 1;
        if (failures === 1 && !isGroupLost(error))
          log.warn({ consumer: group, err: error }, 'Reading events from Redis failed; it is tried again');
        if (failures > 1 || !isGroupLost(error))
          await sleep(readRetryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  /** A sign of life for what is still being handled here, so that nobody takes it over. */
  async function touchInFlight(): Promise<void> {
    for (const source of consumption.sources) {
      const ids = deliveries
        .inFlight()
        .filter((event) => event.source === source)
        .map((event) => `${event.position}-0`);
      if (ids.length > 0) await client.xclaim(streamOf(source), group, reader, 0, ...ids, 'JUSTID');
    }
  }

  // Also without room: what is in flight here may be waiting for exactly these, and a dead replica held a bounded number.
  async function claimFromDead(): Promise<void> {
    for (const stream of streams) {
      for (let cursor = '0-0'; ; ) {
        const reply = await client.xautoclaim(stream, group, reader, claimIdleMs, cursor, 'COUNT', readCountMax);
        const [next, entries] = reply as [string, Entry[]];
        for (const entry of entries) deliver(stream, entry);
        cursor = next;
        if (cursor === '0-0') break;
      }
      await scripts.forgetReaders(stream, group, reader, forgetIdleMs);
    }
  }

  // A flushed Redis shows itself to the reading loop, which sees to it.
  const onError = (error: unknown, failures: number) => {
    if (failures === 1 && !isGroupLost(error))
      log.warn({ consumer: group, err: error }, 'Claiming events in Redis failed; it is tried again');
  };
  const touching = createWorker({ run: touchInFlight, pauseMs: claimIdleMs / 3, onError });
  const claiming = createWorker({ run: claimFromDead, pauseMs: claimIdleMs / 2, onError });
  const reading = read();
  touching.start();
  claiming.start();

  /** What is left unhandled becomes claimable at once instead of after the idle time. */
  async function handOver(): Promise<void> {
    await acknowledgements.flush();
    for (const stream of streams) {
      const pending = (await client.xpending(stream, group, '-', '+', 1_000, reader)) as [string, ...unknown[]][];
      const ids = pending.map(([id]) => id);
      if (ids.length > 0) await client.xclaim(stream, group, reader, 0, ...ids, 'IDLE', claimIdleMs * 10, 'JUSTID');
      await scripts.forgetReaders(stream, group, reader, 0);
    }
  }

  return {
    stop: async () => {
      stopping.abort();
      // Ends the blocking read; entries it might have been given are handed over below.
      blocking.disconnect();
      await Promise.all([reading, deliveries.stop(), touching.stop(), claiming.stop()]);
      await handOver().catch((error: unknown) =>
        log.debug({ err: error }, 'Unfinished events could not be handed over; they are claimed later'),
      );
    },
  };
}

function isGroupLost(error: unknown): boolean {
  return error instanceof Error && /^(NOGROUP|UNBLOCKED)/.test(error.message);
}

/** Collects acknowledgements of one moment. One that is lost costs a redelivery, which the inbox answers. */
function createAcknowledgements(client: Redis, group: string): { add(stream: string, id: string): void; flush(): Promise<void> } {
  let waiting = new Map<string, string[]>();
  let isScheduled = false;

  async function flush(): Promise<void> {
    isScheduled = false;
    const batch = waiting;
    waiting = new Map();
    await Promise.all([...batch].map(([stream, ids]) => client.xack(stream, group, ...ids)));
  }

  return {
    add: (stream, id) => {
      const ids = waiting.get(stream);
      if (ids) ids.push(id);
      else waiting.set(stream, [id]);
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(() => void flush().catch(() => undefined));
    },
    flush,
  };
}
