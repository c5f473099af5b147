// The strip above GraphiQL: who is signed in, and one click to become a demo user.
import type { Session } from './session.ts';
import type { DemoUser } from './settings.ts';

export interface SessionBarProps {
  readonly session: Session | null;
  readonly demoUsers: readonly DemoUser[];
  readonly problem: string | null;
  readonly onSignIn: (user: DemoUser) => void;
  readonly onSignOut: () => void;
}

export function SessionBar({ session, demoUsers, problem, onSignIn, onSignOut }: SessionBarProps) {
  return (
    <header className="session-bar">
      <strong className="brand">ClawPurse</strong>
      <span className="who" role="status">
        {session === null ? 'Not signed in' : `Signed in as ${session.name}`}
      </span>
      {demoUsers.length > 0 && <span className="hint">{session === null ? 'Sign in as' : 'Switch to'}</span>}
      {demoUsers
        .filter((user) => user.name !== session?.name)
        .map((user) => (
          <button key={user.email} type="button" title={`${user.email}: ${user.role}`} onClick={() => onSignIn(user)}>
            {user.name} <small>{user.role}</small>
          </button>
        ))}
      {session !== null && (
        <button type="button" className="quiet" onClick={onSignOut}>
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
