// The session of this browser tab and the operations that begin, renew and end it, sent to the graph like any other.
import type { DemoUser } from './settings.ts';

export interface Session {
  readonly name: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** ISO time at which the access token ends. */
  readonly expiresAt: string;
}

interface GraphAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly retryable?: boolean } }[];
}

/** The graph answered, and the answer is no. Anything else that goes wrong may go away by itself. */
class Refusal extends Error {}

export function isRefusal(error: unknown): error is Error {
  return error instanceof Refusal;
}

const storageKey = 'clawpurse.session';
const refreshAheadMs = 45_000;

const sessionFields = 'accessToken refreshToken accessTokenExpiresAt';
const signInDocument = `mutation SignIn($input: SignInInput!) { signIn(input: $input) { ${sessionFields} user { displayName } } }`;
const signOutDocument = 'mutation SignOut($input: SignOutInput!) { signOut(input: $input) { __typename } }';
const whoAmIDocument = 'query WhoAmI { me { id } }';
const refreshDocument = `mutation RefreshSession($input: RefreshSessionInput!) { refreshSession(input: $input) { ${sessionFields} user { displayName } } }`;

/** @throws Error with the server's message when the credentials are refused. */
export async function signIn(graphqlPath: string, user: DemoUser): Promise<Session> {
  return toSession(await send(graphqlPath, signInDocument, { email: user.email, password: user.password }), 'signIn');
}

/** @throws Error when the refresh token has been used, revoked or has expired. */
export async function refresh(graphqlPath: string, session: Session): Promise<Session> {
  return toSession(await send(graphqlPath, refreshDocument, { refreshToken: session.refreshToken }), 'refreshSession');
}

/** Ends the session at the server; what its access token could do, it can do no longer than the token lives. */
export async function signOut(graphqlPath: string, session: Session): Promise<void> {
  await send(graphqlPath, signOutDocument, { refreshToken: session.refreshToken });
}

/** False when the server does not know the session's access token, or no longer. */
export async function isAccepted(graphqlPath: string, session: Session): Promise<boolean> {
  const { data } = await send(graphqlPath, whoAmIDocument, null, session.accessToken);
  return data?.me !== null && data?.me !== undefined;
}

export function storedSession(): Session | null {
  const text = sessionStorage.getItem(storageKey);
  return text === null ? null : (JSON.parse(text) as Session);
}

export function storeSession(session: Session | null): void {
  if (session === null) sessionStorage.removeItem(storageKey);
  else sessionStorage.setItem(storageKey, JSON.stringify(session));
}

/** Milliseconds until the session should be refreshed; never negative. */
export function refreshDelayMs(session: Session, nowMs: number): number {
  return Math.max(0, Date.parse(session.expiresAt) - nowMs - refreshAheadMs);
}

async function send(
  graphqlPath: string,
  query: string,
  input: Record<string, string> | null,
  accessToken: string | null = null,
): Promise<GraphAnswer> {
  const answer = await fetch(graphqlPath, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(accessToken === null ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ query, ...(input === null ? {} : { variables: { input } }) }),
  });
  if (answer.status >= 500) throw new Error(`The gateway answered with status ${answer.status}.`);
  return (await answer.json()) as GraphAnswer;
}

function toSession({ data, errors }: GraphAnswer, field: string): Session {
  const payload = data?.[field] as
    | { accessToken: string; refreshToken: string; accessTokenExpiresAt: string; user: { displayName: string } }
    | null
    | undefined;
  if (!payload) {
    const [error] = errors ?? [];
    const message = error?.message ?? 'The server did not answer the sign-in.';
    throw error?.extensions?.retryable === true ? new Error(message) : new Refusal(message);
  }
  return {
    name: payload.user.displayName,
    accessToken: payload.accessToken,
    refreshToken: payload.refreshToken,
    expiresAt: payload.accessTokenExpiresAt,
  };
}
