// Delivers events concurrently, but those of one subject one after the other: an event starts when its predecessor is out of the way.

import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { LoggedEvent } from './logged-event.ts';

export interface Deliveries {
  /** Resolves true when the event is out of the way, false when it was given up because of `stop`. */
  submit(event: LoggedEvent): Promise<boolean>;
  /** How many more events may be submitted now. */
  room(): number;
  /** Resolves when there is room, or when stopping. */
  waitForRoom(): Promise<void>;
  inFlight(): LoggedEvent[];
  /** Lets handlers that run finish, and gives up the rest. */
  stop(): Promise<void>;
}

export interface DeliveriesDeps {
  readonly take: (event: LoggedEvent) => Promise<unknown>;
  /** Whether the event at this position may still be in delivery in another process. */
  readonly isUnsettledElsewhere: (source: LoggedEvent['source'], position: number) => Promise<boolean>;
  readonly inFlightMax: number;
  readonly log: Logger;
}

const predecessorPollFirstMs = 4;
const predecessorPollMaxMs = 50;
/** Events that were settled here and are remembered, so that their successors need not ask anybody. */
const settledMax = 20_000;
const retryFirstMs = 100;
const retryMaxMs = 5_000;

export function createDeliveries({ take, isUnsettledElsewhere, inFlightMax, log }: DeliveriesDeps): Deliveries {
  const inFlight = new Map<string, { event: LoggedEvent; done: Promise<boolean> }>();
  /** Ids by place, oldest first. What has been out of the way once stays so. */
  const settled = new Map<string, string>();
  const stopping = new AbortController();
  // Every delivery may be waiting on it.
  setMaxListeners(0, stopping.signal);
  let roomWaiters: (() => void)[] = [];

  /** @throws when stopping. */
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal });

  async function waitForPredecessor({ source, previousPosition }: LoggedEvent): Promise<void> {
    if (previousPosition === 0 || settled.has(keyOf(source, previousPosition))) return;
    for (let pollMs = predecessorPollFirstMs; ; pollMs = Math.min(pollMs * 2, predecessorPollMaxMs)) {
      const local = inFlight.get(keyOf(source, previousPosition));
      if (local) {
        if (await local.done) return;
      } else if (!(await isUnsettledElsewhere(source, previousPosition).catch(() => true))) return;
      await pause(pollMs);
    }
  }

  async function takeUntilDone(event: LoggedEvent): Promise<void> {
    for (let retryMs = retryFirstMs; ; retryMs = Math.min(retryMs * 2, retryMaxMs)) {
      stopping.signal.throwIfAborted();
      try {
        await take(event);
        return;
      } catch (error) {
        if (!stopping.signal.aborted)
          log.warn(
            { eventId: event.id, type: event.type, err: error },
            'An event can neither be handled nor parked; it is tried again',
          );
      }
      await pause(retryMs);
    }
  }

  async function deliver(event: LoggedEvent): Promise<boolean> {
    try {
      await waitForPredecessor(event);
      await takeUntilDone(event);
      return true;
    } catch (error) {
      if (stopping.signal.aborted) return false;
      throw error;
    }
  }

  function remember({ id, source, position }: LoggedEvent): void {
    settled.set(keyOf(source, position), id);
    if (settled.size <= settledMax) return;
    const [oldest] = settled.keys();
    if (oldest !== undefined) settled.delete(oldest);
  }

  /** Another event at a known place: the log was restored from a backup, and its places mean others from there on. */
  function forgetUnlessSame({ id, source, position }: LoggedEvent): void {
    if ((settled.get(keyOf(source, position)) ?? id) !== id) settled.clear();
  }

  function wakeRoomWaiters(): void {
    const waiters = roomWaiters;
    roomWaiters = [];
    for (const waiter of waiters) waiter();
  }

  return {
    submit: (event) => {
      const key = keyOf(event.source, event.position);
      // Delivered again while it is being handled: one handling answers both.
      const known = inFlight.get(key);
      if (known) return known.done;
      forgetUnlessSame(event);
      const done = deliver(event)
        .then((isDone) => {
          if (isDone) remember(event);
          return isDone;
        })
        .finally(() => {
          inFlight.delete(key);
          wakeRoomWaiters();
        });
      inFlight.set(key, { event, done });
      return done;
    },
    room: () => Math.max(0, inFlightMax - inFlight.size),
    waitForRoom: async () => {
      while (inFlight.size >= inFlightMax && !stopping.signal.aborted) {
        await new Promise<void>((resolve) => roomWaiters.push(resolve));
      }
    },
    inFlight: () => [...inFlight.values()].map((delivery) => delivery.event),
    stop: async () => {
      stopping.abort();
      wakeRoomWaiters();
      await Promise.all([...inFlight.values()].map((delivery) => delivery.done));
    },
  };
}

function keyOf(source: string, position: number): string {
  return `${source}:${position}`;
}
