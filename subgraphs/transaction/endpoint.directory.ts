// Answers whether an endpoint may be used, from the projection, waiting a bounded moment for one whose event is still on its way.
// It never says why an endpoint was not found: someone else's and a missing one take the same path and the same time.
import { EventEmitter } from 'node:events';
import type { RecordedEvent } from '../../platform/events/event.ts';
import { consumedEndpointEvents, readEndpointChange } from './endpoint.events.ts';
import { type Endpoint, findEndpoints, saveEndpoint } from './endpoint.repository.ts';
import { consumedMemberEvents, readMemberChange } from './member.events.ts';
import { saveMemberChange } from './member.repository.ts';
import type { TransactionDatabase, Tx } from './transaction.repository.ts';
import type { PartyType } from './transaction.rules.ts';

export const endpointWaitMsMax = 1_000;
/** Another replica may be the one that takes the event: its commit is only seen by looking. */
const lookAgainMs = 250;
/** Requests that may wait at a time; beyond it nobody waits, whether the endpoint is foreign or missing. */
const waitersMax = 1_000;

export interface EndpointWish {
  readonly id: string;
  readonly type: PartyType;
  /** Whether the endpoint may be used for what is wished; the others that were found are at hand. */
  readonly accepts: (endpoint: Endpoint, found: ReadonlyMap<string, Endpoint>) => boolean;
}

export interface EndpointDirectory {
  /** The endpoints wished for, null for each that is not there or will not do, once all are found or the time is up. */
  find(wishes: readonly EndpointWish[], options?: { waitMs?: number; signal?: AbortSignal }): Promise<(Endpoint | null)[]>;
  /** The projection's consumer: events of the wallet domain. */
  readonly eventTypes: readonly string[];
  apply(event: RecordedEvent, tx: Tx): Promise<void>;
}

export function createEndpointDirectory(deps: { database: TransactionDatabase; waitMs?: number }): EndpointDirectory {
  const { database, waitMs: waitMsDefault = endpointWaitMsMax } = deps;
  const arrivals = new EventEmitter().setMaxListeners(0);
  let waiters = 0;

  async function look(wishes: readonly EndpointWish[]): Promise<(Endpoint | null)[]> {
    const found = await findEndpoints(
      database.client,
      wishes.map((wish) => wish.id),
    );
    return wishes.map((wish) => {
      const endpoint = found.get(wish.id);
      return endpoint?.type === wish.type && endpoint.status !== 'REMOVED' && wish.accepts(endpoint, found) ? endpoint : null;
    });
  }

  async function find(
    wishes: readonly EndpointWish[],
    { waitMs = waitMsDefault, signal }: { waitMs?: number; signal?: AbortSignal } = {},
  ) {
    const deadline = performance.now() + waitMs;
    const arrival = watchArrivals(
      arrivals,
      wishes.map((wish) => wish.id),
    );
    waiters += 1;
    try {
      for (;;) {
        // Watching began before this look, so an event that commits after it wakes the wait below.
        const endpoints = await look(wishes);
        const leftMs = deadline - performance.now();
        if (endpoints.every((endpoint) => endpoint !== null) || leftMs <= 0 || waiters > waitersMax || signal?.aborted)
          return endpoints;
        await arrival.next(Math.min(leftMs, lookAgainMs), signal);
      }
    } finally {
      waiters -= 1;
      arrival.stop();
    }
  }

  async function apply(event: RecordedEvent, tx: Tx): Promise<void> {
    if (consumedMemberEvents.includes(event.type)) return applyMembers(event, tx);
    const change = readEndpointChange(event);
    await saveEndpoint(tx.client, change, event.time);
    tx.onCommit(() => arrivals.emit(arrivalOf(change.id)));
  }

  /** Who has just become a member may be waited for as much as a wallet that has just been opened. */
  async function applyMembers(event: RecordedEvent, tx: Tx): Promise<void> {
    const change = readMemberChange(event);
    await saveMemberChange(tx.client, change, event.time);
    tx.onCommit(() => arrivals.emit(arrivalOf(change.walletId)));
  }

  return { find, eventTypes: [...consumedEndpointEvents, ...consumedMemberEvents], apply };
}

/** Prefixed, because an id from outside could be a name that emitters treat specially. */
const arrivalOf = (endpointId: string): string => `endpoint:${endpointId}`;

/** Remembers arrivals between waits, so that none is missed. */
function watchArrivals(arrivals: EventEmitter, ids: readonly string[]) {
  let hasArrived = false;
  let wake: (() => void) | null = null;
  const onArrival = () => {
    hasArrived = true;
    wake?.();
  };
  for (const id of ids) arrivals.on(arrivalOf(id), onArrival);
  return {
    async next(waitMs: number, signal?: AbortSignal): Promise<void> {
      if (!hasArrived) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, waitMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          signal?.addEventListener('abort', wake, { once: true });
        });
      }
      if (wake !== null) signal?.removeEventListener('abort', wake);
      wake = null;
      hasArrived = false;
    },
    stop: () => {
      for (const id of ids) arrivals.off(arrivalOf(id), onArrival);
    },
  };
}
