// The Playground: the session bar, and GraphiQL whose every request carries the signed-in person's token.
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { useEffect, useMemo, useRef } from 'react';
import { examples } from './examples.ts';
import { examplesPlugin } from './examples-plugin.tsx';
import { createFetcher } from './fetcher.ts';
import { LivePanel } from './live-panel.tsx';
import { createLiveStreams, type Follower } from './live-streams.ts';
import { planPlugin } from './plan-plugin.tsx';
import { createPlans } from './plans.ts';
import type { Session } from './session.ts';
import { SessionBar } from './session-bar.tsx';
import type { Settings } from './settings.ts';
import { useSession } from './use-session.ts';

const generalPlugins = [HISTORY_PLUGIN, explorerPlugin()];

export function App({ settings: { graphqlPath, demoUsers } }: { readonly settings: Settings }) {
  const state = useSession(graphqlPath);
  const { session } = state;
  const latest = useRef(session);
  latest.current = session;
  // One fetcher and one set of streams for the page's life: the token is looked up per request, so that switching person keeps every tab.
  const isDemo = demoUsers.length > 0;
  const { streams, fetcher, plugins } = useMemo(() => {
    const graphqlUrl = new URL(graphqlPath, window.location.href);
    const streams = createLiveStreams(graphqlUrl);
    const plans = createPlans();
    return {
      streams,
      fetcher: createFetcher({ graphqlUrl, streams, plans, follower: () => followerOf(latest) }),
      plugins: [...(isDemo ? [examplesPlugin] : []), planPlugin(plans), ...generalPlugins],
    };
  }, [graphqlPath, isDemo]);
  useEffect(() => {
    document.title = session === null ? 'ClawPurse Playground' : `${session.name} · ClawPurse Playground`;
  }, [session]);
  function leave(): void {
    if (session !== null) streams.stopOf(session.name);
    state.leave();
  }

  return (
    <>
      <SessionBar state={{ ...state, leave }} demoUsers={demoUsers} />
      <GraphiQL
        fetcher={fetcher}
        plugins={plugins}
        {...(isDemo
          ? { defaultTabs: examples.map(({ query, variables }) => ({ query, ...(variables ? { variables } : {}) })) }
          : {})}
        defaultEditorToolsVisibility="variables"
        shouldPersistHeaders={false}
      >
        <GraphiQL.Logo>
          <span />
        </GraphiQL.Logo>
        <GraphiQL.Footer>
          <LivePanel streams={streams} />
        </GraphiQL.Footer>
      </GraphiQL>
    </>
  );
}

/** The one who is signed in now. Somebody who has been replaced keeps the token of that moment for as long as it lives. */
function followerOf(latest: { readonly current: Session | null }): Follower {
  const session = latest.current;
  const isSignedIn = () => latest.current?.name === session?.name;
  return {
    name: session?.name ?? null,
    isSignedIn,
    accessToken: () => (isSignedIn() ? latest.current : session)?.accessToken ?? null,
  };
}
