// One client on a WebSocket: the graphql-transport-ws protocol, its identity, and the operations that it runs.
import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from 'pino';
import type { Ids } from '../../platform/clock.ts';
import { isDomainError } from '../../platform/errors.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import type { TokenVerifier } from '../../platform/identity/token-verifier.ts';
import { closeCodes } from '../../platform/server/websocket.ts';
import { gatewayErrors } from '../gateway.errors.ts';
import { scopeOf, type TokenReader } from './admission.ts';
import { afterExpiry } from './expiry.ts';
import { messageFrame, nextFrame, nextPrefix } from './frames.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { Operations } from './operations.ts';
import type { Outbox } from './outbox.ts';
import { type Answer, isLive, type LiveAnswers, type LiveHandle } from './pipeline.ts';
import { answerTo } from './refusal.ts';
import { type ClientMessage, readMessage, type SubscribeMessage } from './socket-messages.ts';

export interface SessionOptions {
  readonly operations: Operations;
  readonly verifier: TokenVerifier | null;
  readonly readToken: TokenReader;
  readonly operationsMax: number;
  readonly initTimeoutMs: number;
  readonly ids: Ids;
  readonly log: Logger;
}

export interface SessionPeer {
  readonly headers: IncomingHttpHeaders;
  readonly client: GatewayContext['client'];
  readonly outbox: Outbox;
  close(code: number, reason: string): void;
  /** Takes a place among the connections once it is known whose it is. False when there is none left. */
  admit(identity: Identity | null): boolean;
}

export interface SocketSession {
  receive(text: string): void;
  /** The client reads too slowly: says so to each of its operations. @returns the last messages. */
  overflow(): Buffer[];
  closed(): void;
}

interface RunningOperation {
  readonly gone: AbortController;
  /** Of a subscription, once it has begun. */
  live: LiveHandle | null;
}

export function createSocketSession(peer: SessionPeer, options: SessionOptions): SocketSession {
  const { operations, verifier, readToken, ids, log } = options;
  const running = new Map<string, RunningOperation>();
  let state: 'new' | 'checking' | 'ready' | 'closed' = 'new';
  let identity: Identity | null = null;
  let token: string | null = null;
  let stopExpiry = () => {};
  let initTimer: NodeJS.Timeout | undefined = setTimeout(
    () => close(4408, 'Connection initialisation timeout'),
    options.initTimeoutMs,
  );

  function close(code: number, reason: string): void {
    if (state === 'closed') return;
    peer.close(code, reason);
    closed();
  }

  function closed(): void {
    state = 'closed';
    clearTimeout(initTimer);
    stopExpiry();
    for (const operation of running.values()) end(operation);
    running.clear();
    peer.outbox.close();
  }

  const say = (message: object) => peer.outbox.send(messageFrame(JSON.stringify(message)));

  async function begin(payload: Record<string, unknown> | null): Promise<void> {
    if (state !== 'new') return close(4429, 'Too many initialisation requests');
    state = 'checking';
    clearTimeout(initTimer);
    initTimer = undefined;
    const offered = payload === null ? null : readToken(payload);
    const verified = await verify(offered);
    if (isClosed() || verified === undefined) return;
    if (!peer.admit(verified)) return close(1013, 'Try again later');
    identity = verified;
    token = offered;
    closeAtExpiry();
    state = 'ready';
    say({ type: 'connection_ack' });
  }

  /** Undefined when the socket was closed for it. */
  async function verify(offered: string | null): Promise<Identity | null | undefined> {
    try {
      return verifier === null || offered === null ? null : await verifier.verify(offered);
    } catch (error) {
      if (!isDomainError(error)) throw error;
      if (error.code === 'TOKEN_EXPIRED') close(closeCodes.tokenExpired, 'Token expired');
      else if (error.retryable) close(1013, 'Try again later');
      else close(closeCodes.unauthorized, 'Unauthorized');
      return undefined;
    }
  }

  const isClosed = () => state === 'closed';

  function closeAtExpiry(): void {
    stopExpiry();
    stopExpiry = afterExpiry(identity, () => close(closeCodes.tokenExpired, 'Token expired'));
  }

  /** A ping may bring a newer token of the same session; the pong says what became of it. */
  async function pong(payload: Record<string, unknown> | null): Promise<void> {
    const offered = payload === null ? null : readToken(payload);
    if (state !== 'ready' || verifier === null || offered === null)
      return say(payload === null ? { type: 'pong' } : { type: 'pong', payload });
    try {
      const renewed = await verifier.verify(offered);
      if (isClosed()) return;
      if (scopeOf(renewed, renewed.token) !== scopeOf(identity, token)) throw gatewayErrors.TOKEN_OF_ANOTHER({});
      identity = renewed;
      token = renewed.token;
      closeAtExpiry();
      for (const { live } of running.values()) live?.renew({ identity, token });
      say({ type: 'pong', payload: { expiresAt: renewed.expiresAt.toISOString() } });
    } catch (error) {
      if (!isDomainError(error)) throw error;
      const { code, message, retryable } = error;
      if (!isClosed()) say({ type: 'pong', payload: { error: { message, code, retryable } } });
    }
  }

  async function subscribe({ id, payload }: SubscribeMessage): Promise<void> {
    if (state !== 'ready') return close(closeCodes.unauthorized, 'Unauthorized');
    if (running.has(id)) return close(4409, `Subscriber for ${id} already exists`.slice(0, 100));
    const operation: RunningOperation = { gone: new AbortController(), live: null };
    const context: GatewayContext = {
      identity,
      token,
      requestId: ids.next(),
      signal: operation.gone.signal,
      client: peer.client,
      log,
    };
    if (running.size >= options.operationsMax) {
      const refused = answerTo(gatewayErrors.TOO_MANY_OPERATIONS({ operationsMax: options.operationsMax }), context);
      return refuse(id, refused);
    }
    running.set(id, operation);
    const outcome = await operations.run({ transport: 'websocket', headers: peer.headers, parameters: payload, context });
    if (running.get(id) !== operation) return isLive(outcome) ? outcome.discard() : undefined;
    if (isLive(outcome)) return follow(id, operation, outcome);
    running.delete(id);
    if (!outcome.hasData) return refuse(id, outcome);
    peer.outbox.send(messageFrame(`{"id":${JSON.stringify(id)},"type":"next","payload":${outcome.body}}`));
    say({ id, type: 'complete' });
  }

  function follow(id: string, operation: RunningOperation, live: LiveAnswers): void {
    const prefix = nextPrefix(id);
    operation.live = live.open({
      next: (event) => peer.outbox.send(nextFrame(id, prefix, event)),
      end() {
        if (running.get(id) !== operation) return;
        running.delete(id);
        say({ id, type: 'complete' });
      },
    });
  }

  function refuse(id: string, answer: Answer): void {
    say({ id, type: 'error', payload: answer.result().errors });
  }

  function complete(id: string): void {
    const operation = running.get(id);
    if (operation === undefined) return;
    running.delete(id);
    end(operation);
  }

  function dispatch(message: ClientMessage): Promise<void> | void {
    switch (message.type) {
      case 'connection_init':
        return begin(message.payload);
      case 'ping':
        return pong(message.payload);
      case 'pong':
        return;
      case 'subscribe':
        return subscribe(message);
      case 'complete':
        return complete(message.id);
    }
  }

  return {
    receive(text) {
      if (isClosed()) return;
      const message = readMessage(text);
      if (message === null) return close(4400, 'Invalid message received');
      dispatch(message)?.catch((error: unknown) => {
        log.error({ error }, 'A WebSocket message could not be handled.');
        close(4500, 'Internal server error');
      });
    },
    overflow() {
      const { code, message, retryable, details } = gatewayErrors.CLIENT_TOO_SLOW({});
      const payload = [{ message, extensions: { code, retryable, details } }];
      return [...running].flatMap(([id, { live }]) =>
        live === null ? [] : [messageFrame(JSON.stringify({ id, type: 'error', payload }))],
      );
    },
    closed,
  };
}

function end({ gone, live }: RunningOperation): void {
  if (live === null) gone.abort(new Error('The client has gone.'));
  else live.close();
}
