// The caller of one HTTP request, with a signal that tells of their leaving.
import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { GatewayContext } from './gateway-context.ts';

const userAgentLengthMax = 512;

interface Caller {
  readonly address: string | null;
  readonly userAgent: string | undefined;
  readonly token: string | null;
  readonly requestId: string;
  readonly log: Logger;
}

/** The signal is aborted when the response is closed before it was sent. */
export function contextFor({ address, userAgent, token, requestId, log }: Caller, response: ServerResponse): GatewayContext {
  return {
    identity: null,
    token,
    requestId,
    signal: signalOf(response),
    client: { address, userAgent: boundedUserAgent(userAgent) },
    log,
  };
}

export function boundedUserAgent(userAgent: string | undefined): string | null {
  return userAgent === undefined ? null : userAgent.slice(0, userAgentLengthMax);
}

function signalOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  // Every fetch of the request listens to it.
  setMaxListeners(0, gone.signal);
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('The client has gone.'));
  });
  return gone.signal;
}
