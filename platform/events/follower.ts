// One follower of a live feed: pages from the log until it is near the present, then a bounded queue that the live tail fills.
import type { RecordedEvent } from './event.ts';
import { feedErrors } from './feed.errors.ts';
import type { LiveTail } from './live-tail.ts';
import type { LoggedEvent } from './logged-event.ts';

/** Events of a feed that are read from the log at once. */
export const pageSize = 200;
/** Once a replay is so near to the present, live events are collected while the rest is read. */
const joinDistance = 1_000;

export interface FollowerDeps {
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

export interface Follower {
  readonly iterator: AsyncIterator<RecordedEvent>;
  /** Ends it as if there were nothing more. */
  end(): void;
  /** Ends it with an error that says where to go on. */
  interrupt(reason: string): void;
}

export function createFollower(deps: FollowerDeps): Follower {
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
