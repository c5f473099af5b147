// What the gateway knows of the caller of one request, from the moment it is admitted. Plugins see it as their context value.
import type { Logger } from 'pino';
import type { Identity } from '../../platform/identity/identity.ts';
import type { CallContext } from '../execution/execution.ts';

export interface GatewayContext extends CallContext {
  /** Null for anonymous requests, and where the gateway was not told how to verify tokens. */
  readonly identity: Identity | null;
  readonly log: Logger;
}
