// The Playground: the session bar, and GraphiQL whose every request carries the signed-in person's token.
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { exampleTabs } from './examples.ts';
import { createFetcher } from './fetcher.ts';
import { refresh, refreshDelayMs, type Session, signIn, storedSession, storeSession } from './session.ts';
import { SessionBar } from './session-bar.tsx';
import type { DemoUser, Settings } from './settings.ts';

const plugins = [HISTORY_PLUGIN, explorerPlugin()];

export function App({ settings }: { readonly settings: Settings }) {
  const { session, problem, become, leave } = useSession(settings.graphqlPath);
  const latest = useRef(session);
  latest.current = session;
  // One fetcher for the page's life: the token is looked up per request, so that switching person keeps every tab as it is.
  const fetcher = useMemo(
    () => createFetcher(settings.graphqlPath, () => latest.current?.accessToken ?? null),
    [settings.graphqlPath],
  );
  const isDemo = settings.demoUsers.length > 0;

  return (
    <>
      <SessionBar session={session} demoUsers={settings.demoUsers} problem={problem} onSignIn={become} onSignOut={leave} />
      <GraphiQL
        fetcher={fetcher}
        plugins={plugins}
        {...(isDemo ? { defaultTabs: exampleTabs } : {})}
        defaultEditorToolsVisibility="variables"
        shouldPersistHeaders={false}
      >
        <GraphiQL.Logo>Playground</GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}

function useSession(graphqlPath: string) {
  const [session, setSession] = useState<Session | null>(storedSession);
  const [problem, setProblem] = useState<string | null>(null);

  const take = useCallback((next: Session | null, trouble: string | null = null) => {
    storeSession(next);
    setSession(next);
    setProblem(trouble);
  }, []);

  useEffect(() => {
    if (session === null) return;
    const timer = setTimeout(
      () =>
        refresh(graphqlPath, session).then(
          (next) => take(next),
          (error) => take(null, `The session has ended: ${explain(error)}`),
        ),
      refreshDelayMs(session, Date.now()),
    );
    return () => clearTimeout(timer);
  }, [session, graphqlPath, take]);

  return {
    session,
    problem,
    become: (user: DemoUser) => {
      signIn(graphqlPath, user).then(
        (next) => take(next),
        (error) => take(session, `Could not sign in: ${explain(error)}`),
      );
    },
    leave: () => take(null),
  };
}

function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
