// The live feeds of a domain: replays what a follower missed from the log, then hands over to the live tail without gap or repeat.
import type { DomainName } from '../domains.ts';
import { platformErrors } from '../errors.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { LiveFeed } from './event.ts';
import type { EventLog } from './event-log.ts';
import { createFollower, type Follower, pageSize } from './follower.ts';
import type { LiveTail } from './live-tail.ts';

export interface FeedDeps {
  readonly domain: DomainName;
  readonly eventLog: EventLog;
  readonly tail: LiveTail;
  /** Resolves with the log's id once the tail runs. */
  readonly logId: Promise<string>;
  /** Most live events that wait for one follower. */
  readonly queueMax: number;
}

export interface StoppableFeed extends LiveFeed {
  /** Ends every follower with FEED_INTERRUPTED. */
  stop(): void;
}

export function createLiveFeed({ domain, eventLog, tail, logId, queueMax }: FeedDeps): StoppableFeed {
  const following = new Set<Follower>();
  let knownLogId: string | null = null;
  let isStopped = false;
  logId.then(
    (id) => {
      knownLogId = id;
    },
    () => undefined,
  );

  const cursorAt = (position: number): string => {
    if (knownLogId === null) throw new Error(`The event runtime of ${domain} has not been started: there are no cursors yet.`);
    return encodeCursor({ domain, logId: knownLogId, position });
  };

  async function startPosition(after: string | null): Promise<number> {
    const id = await logId;
    if (after === null) return tail.seen();
    const position = decodeCursor(after, { domain, logId: id });
    // Another replica may be ahead of this one: only the log itself knows its end.
    if (position > tail.seen() && position > (await eventLog.head()).lastPosition) {
      throw platformErrors.INVALID_CURSOR({ cursor: after, problem: 'it lies in the future' });
    }
    return position;
  }

  return {
    follow: ({ key, after = null, signal }) => {
      const follower = createFollower({
        key,
        queueMax,
        tail,
        cursorAt,
        requestedCursor: after ?? '',
        // Without a cursor the present is now, not when the first event is asked for.
        start: after === null && knownLogId !== null ? tail.seen() : () => startPosition(after),
        readPage: (from, upTo) => eventLog.readFeed(key, from, upTo, pageSize),
        onEnd: () => {
          following.delete(follower);
          signal?.removeEventListener('abort', follower.end);
        },
      });
      following.add(follower);
      if (signal?.aborted) follower.end();
      else signal?.addEventListener('abort', follower.end, { once: true });
      if (isStopped) follower.interrupt('the service is stopping');
      return { [Symbol.asyncIterator]: () => follower.iterator };
    },
    cursorOf: (event) => {
      if (event.source !== domain) throw new Error(`An event of ${event.source} has no place in the feeds of ${domain}.`);
      return cursorAt(event.position);
    },
    currentCursor: async () => {
      await logId;
      // What commits from now on comes behind the end of the log, and the tail is never beyond it.
      return cursorAt(tail.seen());
    },
    stop: () => {
      isStopped = true;
      for (const follower of [...following]) follower.interrupt('the service is stopping');
    },
  };
}
