// Live changes of what surrounds transactions (payment requests, schedules, payouts): one feed, read from its events.
import type { LiveFeed, RecordedEvent } from '../../platform/events/event.ts';

export type Followed<Change> = Change & { readonly cursor: string };

/** What a follower makes of an event; null when it is nothing for them. */
export type ReadChange<Change> = (event: RecordedEvent) => Change | null | Promise<Change | null>;

export interface FollowOptions {
  readonly key: string;
  readonly after?: string | null | undefined;
  readonly signal: AbortSignal;
}

/**
 * The feed's events that `read` makes something of, each with its cursor. Following begins with the call and not with the first read, so
 * that nothing of the meantime is missed; the signal ends it in any case. @throws INVALID_CURSOR
 */
export function followChanges<Change extends object>(
  feed: LiveFeed,
  options: FollowOptions,
  read: ReadChange<Change>,
): AsyncIterable<Followed<Change>> {
  return changesOf(feed, feed.follow(options), read);
}

async function* changesOf<Change extends object>(
  feed: LiveFeed,
  events: AsyncIterable<RecordedEvent>,
  read: ReadChange<Change>,
): AsyncIterable<Followed<Change>> {
  for await (const event of events) {
    const change = await read(event);
    if (change !== null) yield { ...change, cursor: feed.cursorOf(event) };
  }
}
