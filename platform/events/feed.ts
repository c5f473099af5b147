// The live feeds of a domain: replays what a follower missed from the log, then hands over to the live tail without gap or repeat.
import type { DomainName } from '../domains.ts';
import { platformErrors } from '../errors.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { LiveFeed, RecordedEvent } from './event.ts';
import type { EventLog } from './event-log.ts';
import { feedErrors } from './feed.errors.ts';
import type { LiveTail } from './live-tail.ts';
import type { LoggedEvent } from './logged-event.ts';

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

const pageSize = 200;
/** Once a replay is so near to the present, live events are collected while the rest is read. */
const joinDistance = 1_000;

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

interface FollowerDeps {
  readonly key: string;
  readonly queueMax: number;
  readonly tail: LiveTail;
  readonly cursorAt: (position: number) => string;
  /** To be given back when it ends before it has started. */
  readonly requestedCursor: string;
  /** Where it starts, or how to find out. */
  readonly start: number | (() => Promise<number>);
  readonly readPage: (after: number, upTo: number) => Promise<LoggedEvent[]>;
  readonly onEnd: () => void;
}

interface Follower {
  readonly iterator: AsyncIterator<RecordedEvent>;
  /** Ends it as if there were nothing more. */
  end(): void;
  /** Ends it with an error that says where to go on. */
  interrupt(reason: string): void;
}

function createFollower(deps: FollowerDeps): Follower {
  const { tail, queueMax } = deps;
  /** From the log, to be delivered before `queue`. */
  let replay: LoggedEvent[] = [];
  let queue: LoggedEvent[] = [];
  /** Everything up to here has been delivered, or is in `replay`, or was not in this feed. */
  let position = 0;
  /** Replay ends here, and what is in `queue` follows; null while not joined. */
  let joinedAt: number | null = null;
  let lastDelivered = 0;
  let ending: { readonly error: unknown } | { readonly error?: undefined } | null = null;
  let wake = () => {};
  let turn: Promise<unknown> = Promise.resolve();

  const tailFollower = {
    key: deps.key,
    push: (event: LoggedEvent) => {
      // The cursor may lie ahead of this process's tail.
      if (event.position <= position) return;
      if (queue.length >= queueMax) return interrupt('the follower is too slow');
      queue.push(event);
      wake();
    },
  };

  function finish(how: NonNullable<typeof ending>): void {
    if (ending) return;
    ending = how;
    replay = [];
    queue = [];
    tail.leave(tailFollower);
    deps.onEnd();
    wake();
  }
  const end = () => finish({});
  function interrupt(reason: string): void {
    const cursor = isStarted ? deps.cursorAt(lastDelivered) : deps.requestedCursor;
    finish({ error: feedErrors.FEED_INTERRUPTED({ reason, cursor }) });
  }

  let isStarted = false;
  function startAt(start: number): void {
    isStarted = true;
    position = start;
    lastDelivered = start;
    joinWhenNear();
  }

  function joinWhenNear(): void {
    if (joinedAt !== null || ending || tail.seen() - position > joinDistance) return;
    joinedAt = Math.max(tail.seen(), position);
    tail.join(tailFollower);
  }

  async function readOn(): Promise<void> {
    joinWhenNear();
    const upTo = joinedAt ?? tail.seen();
    const page = await deps.readPage(position, upTo);
    // A short page has reached the end of what was asked for.
    position = page.length < pageSize ? upTo : (page.at(-1)?.position ?? upTo);
    if (!ending) replay = page;
  }

  async function pull(): Promise<IteratorResult<RecordedEvent>> {
    if (!isStarted && !ending && typeof deps.start === 'function') startAt(await deps.start());
    for (;;) {
      if (ending) {
        const { error } = ending;
        // The error is told once; afterwards the iteration is over.
        ending = {};
        if (error !== undefined) throw error;
        return { done: true, value: undefined };
      }
      const event = replay.shift() ?? (joinedAt !== null && position >= joinedAt ? queue.shift() : undefined);
      if (event) {
        lastDelivered = event.position;
        return { done: false, value: event };
      }
      if (joinedAt === null || position < joinedAt) await readOn();
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }

  if (typeof deps.start === 'number') startAt(deps.start);
  return {
    iterator: {
      next: () => {
        const result = turn.then(pull, pull);
        turn = result.catch((error: unknown) => {
          finish({});
          return error;
        });
        return result;
      },
      return: async () => {
        end();
        return { done: true, value: undefined };
      },
    },
    end,
    interrupt,
  };
}
