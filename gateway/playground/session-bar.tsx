// The strip above GraphiQL: who is signed in, and one click to become a demo user.
import type { DemoUser } from './settings.ts';
import type { SessionState } from './use-session.ts';

export interface SessionBarProps {
  readonly state: SessionState;
  readonly demoUsers: readonly DemoUser[];
}

export function SessionBar({ state: { session, arriving, problem, become, leave }, demoUsers }: SessionBarProps) {
  return (
    <header className="session-bar">
      <strong className="brand">ClawPurse Playground</strong>
      <span className="who" role="status">
        {arriving !== null ? `Signing in as ${arriving}…` : session === null ? 'Not signed in' : `Signed in as ${session.name}`}
      </span>
      {demoUsers.length > 0 ? (
        <span className="hint">{session === null ? 'Sign in as' : 'Switch to'}</span>
      ) : (
        <span className="hint">Put your access token under Headers: {'{ "authorization": "Bearer …" }'}</span>
      )}
      {demoUsers
        .filter((user) => user.name !== session?.name)
        .map((user) => (
          <button key={user.email} type="button" title={`${user.email}, ${user.role}`} onClick={() => become(user)}>
            {user.name} <small>{user.role}</small>
          </button>
        ))}
      {session !== null && (
        <button type="button" className="quiet" onClick={leave}>
          Sign out
        </button>
      )}
      {problem !== null && (
        <span className="problem" role="alert">
          {problem}
        </span>
      )}
    </header>
  );
}
