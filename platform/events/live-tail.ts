// Watches the end of one domain's log in this process and passes each new event to the followers of its feeds, in order and once.
// Whatever it hears is only a hint; what it has not heard it reads from the log, once for all followers.
import type { EventLog } from './event-log.ts';
import type { LoggedEvent } from './logged-event.ts';
import { createWorker, type Worker } from './worker.ts';

export interface TailFollower {
  readonly key: string;
  push(event: LoggedEvent): void;
}

export interface LiveTail {
  /** Position up to which every follower has been given its events. */
  seen(): number;
  /** From now on the follower is given every event of its feed behind `seen()`. */
  join(follower: TailFollower): void;
  leave(follower: TailFollower): void;
  followers(): number;
  /** Newly sequenced events, in order, perhaps known already, perhaps with something missing before them. */
  offer(events: readonly LoggedEvent[]): void;
  start(from: number): void;
  stop(): Promise<void>;
}

export interface LiveTailDeps {
  readonly eventLog: EventLog;
  /** Longest time that an event of another replica stays unnoticed while Redis is dead. */
  readonly pollMs: number;
  readonly onError: (error: unknown, failuresInRow: number) => void;
}

const pageSize = 500;
/** While nobody follows, the end of the log is looked at that much less often. */
const idleFactor = 10;

export function createLiveTail({ eventLog, pollMs, onError }: LiveTailDeps): LiveTail {
  const byKey = new Map<string, Set<TailFollower>>();
  let count = 0;
  let position = 0;

  function dispatch(events: readonly LoggedEvent[]): void {
    for (const event of events) {
      if (event.position !== position + 1) continue;
      position = event.position;
      for (const key of event.feeds) {
        // A follower may leave while it is served.
        for (const follower of [...(byKey.get(key) ?? [])]) follower.push(event);
      }
    }
  }

  async function catchUp(): Promise<void> {
    const { lastPosition } = await eventLog.head();
    if (count === 0 && lastPosition > position) {
      position = lastPosition;
      return;
    }
    while (position < lastPosition) {
      const page = await eventLog.read(position, pageSize);
      // While reading, the same events may have come by themselves: `dispatch` skips what is known.
      dispatch(page.filter((event) => event.position > position));
      if (page.length === 0) return;
    }
  }

  const polling: Worker = createWorker({ run: catchUp, pauseMs: () => (count > 0 ? pollMs : pollMs * idleFactor), onError });

  return {
    seen: () => position,
    join: (follower) => {
      const known = byKey.get(follower.key) ?? new Set();
      if (known.has(follower)) return;
      byKey.set(follower.key, known.add(follower));
      count += 1;
      // Ends the long pause.
      if (count === 1) polling.wake();
    },
    leave: (follower) => {
      const known = byKey.get(follower.key);
      if (!known?.delete(follower)) return;
      count -= 1;
      if (known.size === 0) byKey.delete(follower.key);
    },
    followers: () => count,
    offer: (events) => {
      const fresh = events.filter((event) => event.position > position);
      const [first] = fresh;
      if (first === undefined) return;
      if (first.position === position + 1) dispatch(fresh);
      else polling.wake();
    },
    start: (from) => {
      position = from;
      polling.start();
    },
    stop: () => polling.stop(),
  };
}
