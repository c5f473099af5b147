// The signed-in person of this browser tab: signs in through the graph itself, refreshes ahead of expiry, forgets on sign-out.
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
  readonly errors?: readonly { readonly message: string }[];
}

const storageKey = 'clawpurse.session';
const refreshAheadMs = 45_000;

const sessionFields = 'accessToken refreshToken accessTokenExpiresAt';
const signInDocument = `mutation SignIn($input: SignInInput!) { signIn(input: $input) { ${sessionFields} user { displayName } } }`;
const refreshDocument = `mutation RefreshSession($input: RefreshSessionInput!) { refreshSession(input: $input) { ${sessionFields} user { displayName } } }`;

/** @throws Error with the server's message when the credentials are refused. */
export async function signIn(graphqlPath: string, user: DemoUser): Promise<Session> {
  return toSession(await send(graphqlPath, signInDocument, { email: user.email, password: user.password }), 'signIn');
}

/** @throws Error when the refresh token has been used, revoked or has expired. */
export async function refresh(graphqlPath: string, session: Session): Promise<Session> {
  return toSession(await send(graphqlPath, refreshDocument, { refreshToken: session.refreshToken }), 'refreshSession');
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

async function send(graphqlPath: string, query: string, input: Record<string, string>): Promise<GraphAnswer> {
  const answer = await fetch(graphqlPath, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  return (await answer.json()) as GraphAnswer;
}

function toSession(answer: GraphAnswer, field: string): Session {
  const payload = answer.data?.[field] as
    | { accessToken: string; refreshToken: string; accessTokenExpiresAt: string; user: { displayName: string } }
    | null
    | undefined;
  if (!payload) throw new Error(answer.errors?.[0]?.message ?? 'The server did not answer the sign-in.');
  return {
    name: payload.user.displayName,
    accessToken: payload.accessToken,
    refreshToken: payload.refreshToken,
    expiresAt: payload.accessTokenExpiresAt,
  };
}
