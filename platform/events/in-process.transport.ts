// Events within one process: every consumer follows the logs themselves, woken when they grow. Nothing is kept outside the databases.
import type { Logger } from 'pino';
import type { DomainName } from '../domains.ts';
import { createDeliveries } from './deliveries.ts';
import type { EventLog } from './event-log.ts';
import type { LoggedEvent } from './logged-event.ts';
import type { Consumption, EventTransport, LogPublisher, Subscription } from './transport.ts';
import { createWorker } from './worker.ts';

const pageSize = 200;
/** Newest events that a reader keeps at hand; when it falls further behind it reads the log. */
const recentMax = 1_000;
const recordPauseMs = 1_000;
/** Finds what another process on the same database has sequenced. */
const readPauseMs = 5_000;

interface Reader extends Subscription {
  readonly source: DomainName;
  offer(events: readonly LoggedEvent[]): void;
}

export function createInProcessTransport({ log }: { log: Logger }): EventTransport {
  const logs = new Map<DomainName, EventLog>();
  const consumptions = new Set<Consumption>();
  const readers = new Map<Consumption, Map<DomainName, Reader>>();
  const listeners = new Map<DomainName, Set<(events: readonly LoggedEvent[]) => void>>();
  const publishedTo = new Map<DomainName, number>();

  function openReaders(): void {
    for (const consumption of consumptions) {
      const own = readers.get(consumption) ?? new Map<DomainName, Reader>();
      readers.set(consumption, own);
      for (const source of consumption.sources) {
        const sourceLog = logs.get(source);
        if (sourceLog && !own.has(source)) own.set(source, createReader(consumption, sourceLog, log));
      }
    }
  }

  async function closeReaders(isMeant: (reader: Reader) => boolean): Promise<void> {
    const closing: Promise<void>[] = [];
    for (const own of readers.values()) {
      for (const [source, reader] of own) {
        if (!isMeant(reader)) continue;
        own.delete(source);
        closing.push(reader.stop());
      }
    }
    await Promise.all(closing);
  }

  function connectLog(sourceLog: EventLog): LogPublisher {
    const source = sourceLog.domain;
    logs.set(source, sourceLog);
    openReaders();
    return {
      publish: async (recent) => {
        const last = recent.at(-1);
        if (!last) return;
        publishedTo.set(source, Math.max(last.position, publishedTo.get(source) ?? 0));
        for (const own of readers.values()) own.get(source)?.offer(recent);
        for (const listener of listeners.get(source) ?? []) listener(recent);
      },
      maintain: async () => false,
      publishedTo: () => publishedTo.get(source) ?? null,
      stop: async () => {
        if (logs.get(source) !== sourceLog) return;
        logs.delete(source);
        await closeReaders((reader) => reader.source === source);
      },
    };
  }

  return {
    connectLog,
    consume: (consumption) => {
      consumptions.add(consumption);
      openReaders();
      return {
        stop: async () => {
          consumptions.delete(consumption);
          const own = readers.get(consumption);
          readers.delete(consumption);
          await Promise.all([...(own?.values() ?? [])].map((reader) => reader.stop()));
        },
      };
    },
    listen: (source, onEvents) => {
      const known = listeners.get(source) ?? new Set();
      listeners.set(source, known.add(onEvents));
      return {
        stop: async () => {
          known.delete(onEvents);
        },
      };
    },
    status: () => ({ kind: 'in-process', isConnected: true }),
    close: () => closeReaders(() => true),
  };
}

/** Follows one log for one consumer, from the position recorded in that log. */
function createReader(consumption: Consumption, sourceLog: EventLog, log: Logger): Reader {
  const { consumer } = consumption;
  const deliveries = createDeliveries({
    take: (event) => consumption.take(event),
    // One reader submits the whole log in order: what is not in its own hands is settled.
    isUnsettledElsewhere: async () => false,
    inFlightMax: consumption.inFlightMax,
    log,
  });
  let recent: readonly LoggedEvent[] = [];
  let position: number | null = null;
  let floor = 0;
  let recordedFloor = 0;
  const settledAbove = new Set<number>();
  let isStopping = false;

  function settle(settled: number): void {
    settledAbove.add(settled);
    while (settledAbove.delete(floor + 1)) floor += 1;
  }

  async function nextPage(after: number): Promise<readonly LoggedEvent[]> {
    const [oldest] = recent;
    if (oldest && oldest.position <= after + 1) {
      const page = recent.filter((event) => event.position > after);
      recent = [];
      if (page.length > 0) return page;
    }
    return sourceLog.read(after, pageSize);
  }

  async function readOn(): Promise<void> {
    if (position === null) {
      floor = (await sourceLog.consumerPositions()).get(consumer) ?? 0;
      recordedFloor = floor;
      position = floor;
    }
    for (let page = await nextPage(position); page.length > 0 && !isStopping; page = await nextPage(position)) {
      for (const event of page) {
        await deliveries.waitForRoom();
        if (isStopping) return;
        deliveries.submit(event).then(
          (isDone) => isDone && settle(event.position),
          (error: unknown) => log.error({ err: error }, 'A delivery ended unexpectedly'),
        );
        position = event.position;
      }
    }
  }

  // Seldom, because the inbox knows what has taken effect: a lost record costs repeats after a crash, no more.
  async function recordFloor(): Promise<void> {
    if (floor === recordedFloor) return;
    const reached = floor;
    await sourceLog.recordConsumerPositions(new Map([[consumer, reached]]));
    recordedFloor = reached;
  }

  const onError = (error: unknown) =>
    log.warn({ consumer, source: sourceLog.domain, err: error }, 'Reading an event log failed; it is tried again');
  const reading = createWorker({ run: readOn, pauseMs: readPauseMs, onError });
  const recording = createWorker({ run: recordFloor, pauseMs: recordPauseMs, onError });
  reading.start();
  recording.start();

  return {
    source: sourceLog.domain,
    offer: (events) => {
      const end = recent.at(-1)?.position;
      const isNext = end !== undefined && events[0]?.position === end + 1;
      recent = isNext ? [...recent, ...events] : events;
      if (recent.length > recentMax) recent = [];
      reading.wake();
    },
    stop: async () => {
      isStopping = true;
      await Promise.all([reading.stop(), deliveries.stop(), recording.stop()]);
      await recordFloor().catch(onError);
    },
  };
}
