// What the reader follows, in a panel under the response that stays while tabs change; in the tab of a subscription it takes the whole pane.
import { useGraphiQL } from '@graphiql/react';
import { useSyncExternalStore } from 'react';
import { liveNoticeText } from './fetcher.ts';
import type { LiveEvent, LiveStream, LiveStreams } from './live-streams.ts';
import { summarise } from './summary.ts';

export function LivePanel({ streams }: { readonly streams: LiveStreams }) {
  const all = useSyncExternalStore(streams.subscribe, streams.snapshot);
  const response = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.response ?? null);
  if (all.length === 0) return null;
  return (
    <section className={response === liveNoticeText ? 'live-panel whole' : 'live-panel'} aria-label="Live">
      <h2>Live</h2>
      {all.map((stream) => (
        <Stream key={stream.id} stream={stream} streams={streams} />
      ))}
    </section>
  );
}

function Stream({ stream, streams }: { readonly stream: LiveStream; readonly streams: LiveStreams }) {
  const { id, name, followerName, state, ending, events, eventCount } = stream;
  return (
    <article className={state} aria-label={name}>
      <header>
        <strong>{name}</strong>
        <span className="follower">{followerName === null ? 'anonymously' : `as ${followerName}`}</span>
        <span className="state" role="status">
          {describeState(stream)}
        </span>
        {state === 'ended' ? (
          <button type="button" onClick={() => streams.remove(id)}>
            Remove
          </button>
        ) : (
          <button type="button" onClick={() => streams.stop(id)}>
            Stop
          </button>
        )}
      </header>
      {ending !== null && <p className="ending">{ending}</p>}
      <ol>
        {events.map((event) => (
          <Event key={event.number} event={event} />
        ))}
      </ol>
      {eventCount > events.length && <p className="ending">Only the latest {events.length} are kept.</p>}
    </article>
  );
}

function Event({ event: { receivedAt, result } }: { readonly event: LiveEvent }) {
  const isRefusal = (result.errors?.length ?? 0) > 0;
  return (
    <li className={isRefusal ? 'refusal' : ''}>
      <details>
        <summary>
          <time dateTime={receivedAt.toISOString()}>{timeOfDay(receivedAt)}</time> {summarise(result)}
        </summary>
        <pre>{JSON.stringify(result, null, 2)}</pre>
      </details>
    </li>
  );
}

function describeState({ state, eventCount }: LiveStream): string {
  const count = eventCount === 1 ? '1 event' : `${eventCount} events`;
  switch (state) {
    case 'connecting':
      return 'connecting';
    case 'reconnecting':
      return `reconnecting, ${count} so far`;
    case 'live':
      return eventCount === 0 ? 'waiting for events' : count;
    case 'ended':
      return `ended after ${count}`;
  }
}

/** Local time to the millisecond: the states of one transfer are that close together. */
function timeOfDay(date: Date): string {
  return `${date.toLocaleTimeString('en-GB')}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
