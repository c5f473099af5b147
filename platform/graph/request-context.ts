// Builds the context of one request: verified identity, loader cache, abort signal. The same for every transport.
import type { Logger } from 'pino';
import type { Ids } from '../clock.ts';
import type { TokenVerifier } from '../identity/token-verifier.ts';
import type { GraphContext } from './context.ts';
import type { SubgraphRequest } from './subgraph.ts';

export interface ContextDeps {
  readonly verifier: TokenVerifier;
  readonly log: Logger;
}

export type ContextRequest = Pick<SubgraphRequest, 'token' | 'requestId' | 'client'> & { readonly signal: AbortSignal };

/** @throws what the token verifier throws: a wrong token is refused even where none would be needed. */
export async function createGraphContext(request: ContextRequest, { verifier, log }: ContextDeps): Promise<GraphContext> {
  const identity = request.token === null ? null : await verifier.verify(request.token);
  const loaders = new Map<string, unknown>();
  return {
    identity,
    requestId: request.requestId,
    log: log.child({ 'http.request.id': request.requestId, ...(identity === null ? {} : { 'user.id': identity.userId }) }),
    signal: request.signal,
    client: request.client ?? { address: null, userAgent: null },
    loader: <Loader>(key: string, create: () => Loader) => {
      if (!loaders.has(key)) loaders.set(key, create());
      return loaders.get(key) as Loader;
    },
  };
}

const requestIdPattern = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's request id when it is fit for logs, else a new one. */
export function requestIdFrom(value: unknown, ids: Ids): string {
  return typeof value === 'string' && requestIdPattern.test(value) ? value : ids.next();
}

/** The token of an `Authorization: Bearer …` value; null without one. Anything else is passed on to be refused. */
export function bearerToken(authorization: unknown): string | null {
  if (typeof authorization !== 'string' || authorization.trim() === '') return null;
  const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
  return token ?? authorization;
}

/** Bounded, because these texts end up in the session list. */
const personTextLengthMax = 512;

/** Address and user agent of the person, from the gateway's headers or `connection_init`. */
export function personFrom(fields: { readonly [name: string]: unknown }): GraphContext['client'] {
  return { address: personText(fields['x-client-address']), userAgent: personText(fields['x-client-user-agent']) };
}

function personText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, personTextLengthMax) : null;
}
