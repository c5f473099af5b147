// Moves committed events into the log and hands the log to the transport. Woken after each commit; sweeps for what a dead replica left.
import type { Logger } from 'pino';
import type { EventLog } from './event-log.ts';
import type { LoggedEvent } from './logged-event.ts';
import type { LogPublisher } from './transport.ts';
import { createWorker } from './worker.ts';

export interface Relay {
  /** Something was appended and has committed; `sequenced` is in the log already. Never blocks. */
  onCommitted(sequenced: readonly LoggedEvent[]): void;
  start(): void;
  /** Sequences and publishes what is committed, once more, and ends. */
  stop(): Promise<void>;
}

export interface RelayDeps {
  readonly eventLog: EventLog;
  readonly publisher: LogPublisher;
  /** Called with what this replica has just put in the log, in order. */
  readonly onSequenced: (events: readonly LoggedEvent[]) => void;
  readonly log: Logger;
}

const sequenceBatchMax = 500;
/** Commits wake the relay of their own process; what is swept is what a process has left that died in between. */
const sweepPauseMs = 2_000;
const maintainPauseMs = 1_000;
/** Newest events kept at hand for publishing; while the transport is away longer than that, the log is read instead. */
const recentMax = 5_000;

export function createRelay({ eventLog, publisher, onSequenced, log }: RelayDeps): Relay {
  let recent: readonly LoggedEvent[] = [];
  /** True when a commit has announced something: the look that the sweep takes first can be spared. */
  let isExpecting = false;

  async function sequence(): Promise<void> {
    // The sweep must not take the head's lock for nothing.
    if (!isExpecting && !(await eventLog.hasPending())) return;
    isExpecting = false;
    for (;;) {
      const events = await eventLog.sequence(sequenceBatchMax);
      passOn(events);
      if (events.length < sequenceBatchMax) return;
    }
  }

  function passOn(events: readonly LoggedEvent[]): void {
    if (events.length === 0) return;
    remember(events);
    onSequenced(events);
    publishing.wake();
  }

  function remember(events: readonly LoggedEvent[]): void {
    const last = recent.at(-1);
    const isNext = last !== undefined && events[0]?.position === last.position + 1;
    // A new list each time: transports hold on to the one they were given.
    recent = (isNext ? [...recent, ...events] : [...events]).slice(-recentMax);
  }

  async function publish(): Promise<void> {
    const batch = recent;
    await publisher.publish(batch);
    const last = batch.at(-1);
    if (last) recent = recent.filter((event) => event.position > last.position);
  }

  async function maintain(): Promise<void> {
    if (await publisher.maintain()) publishing.wake();
  }

  const sequencing = createWorker({
    run: sequence,
    pauseMs: sweepPauseMs,
    onError: (error, failures) => log.error({ err: error, failures }, 'Sequencing events failed; it is tried again'),
  });
  const publishing = createWorker({
    run: publish,
    pauseMs: 60_000,
    onError: (error, failures) => {
      // An outage says so once, not twice a second.
      if (failures === 1) log.warn({ err: error }, 'Publishing events failed; it is tried again until it works');
    },
  });
  const maintaining = createWorker({
    run: maintain,
    pauseMs: maintainPauseMs,
    onError: (error, failures) => {
      if (failures === 1) log.warn({ err: error }, 'The upkeep of the event transport failed; it is tried again');
    },
  });

  return {
    onCommitted: (sequenced) => {
      if (sequenced.length > 0) return passOn(sequenced);
      isExpecting = true;
      sequencing.wake();
    },
    start: () => {
      sequencing.start();
      publishing.start();
      maintaining.start();
    },
    stop: async () => {
      await Promise.all([sequencing.stop(), publishing.stop(), maintaining.stop()]);
      const onLate = (error: unknown) => log.warn({ err: error }, 'The last events of this process stay for the next one');
      await sequence().then(publish).catch(onLate);
    },
  };
}
