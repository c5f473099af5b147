// Who is signed in, as React state: renewed ahead of its end, checked when the page opens, given back on sign-out.
import { useCallback, useEffect, useRef, useState } from 'react';
import {
  isAccepted,
  isRefusal,
  refresh,
  refreshDelayMs,
  type Session,
  signIn,
  signOut,
  storedSession,
  storeSession,
} from './session.ts';
import type { DemoUser } from './settings.ts';

const retryDelayMs = 5_000;

export interface SessionState {
  readonly session: Session | null;
  /** The name of whom a click is signing in; null when none is. */
  readonly arriving: string | null;
  readonly problem: string | null;
  become(user: DemoUser): void;
  leave(): void;
}

export function useSession(graphqlPath: string): SessionState {
  const [session, setSession] = useState<Session | null>(storedSession);
  const [arriving, setArriving] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const stored = useRef(session);

  const take = useCallback((next: Session | null, trouble: string | null = null) => {
    storeSession(next);
    setSession(next);
    setArriving(null);
    setProblem(trouble);
  }, []);

  useEffect(() => {
    if (session === null) return;
    let isPresent = true;
    let timer: ReturnType<typeof setTimeout>;
    const renewIn = (delayMs: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => refresh(graphqlPath, session).then(renewed, failed), delayMs);
    };
    const renewed = (next: Session) => isPresent && take(next);
    const failed = (error: unknown) => {
      if (!isPresent) return;
      if (isRefusal(error)) take(null, `The session has ended: ${error.message}`);
      else renewIn(retryDelayMs);
    };
    renewIn(refreshDelayMs(session, Date.now()));
    // A stored session may be of a server that has been started anew, with other keys and data.
    if (session === stored.current)
      isAccepted(graphqlPath, session).then((accepted) => isPresent && !accepted && renewIn(0), ignoreOutage);
    return () => {
      isPresent = false;
      clearTimeout(timer);
    };
  }, [session, graphqlPath, take]);

  return {
    session,
    arriving,
    problem,
    become(user) {
      setArriving(user.name);
      setProblem(null);
      signIn(graphqlPath, user).then(
        (next) => take(next),
        (error) => take(session, `Could not sign in: ${error instanceof Error ? error.message : error}`),
      );
    },
    leave() {
      if (session !== null) signOut(graphqlPath, session).catch(ignoreOutage);
      take(null);
    },
  };
}

/** The gateway cannot be reached: every request in the page will say so, and the next one that succeeds is as good as this one. */
function ignoreOutage(): void {}
