// What every resolver of every subgraph receives as its context.
import type { Logger } from 'pino';
import type { Identity } from '../identity/identity.ts';

export interface GraphContext {
  /** Null for anonymous requests. Verified by this very service. */
  readonly identity: Identity | null;
  readonly requestId: string;
  readonly log: Logger;
  /** Aborted when the client has gone or the deadline has passed. */
  readonly signal: AbortSignal;
  /** One value per key and request: where a domain keeps its DataLoaders. */
  loader<Loader>(key: string, create: () => Loader): Loader;
  /** Address and user agent of the person, as the gateway passed them on; for rate limits, lockout and the session list. */
  readonly client: { readonly address: string | null; readonly userAgent: string | null };
}
