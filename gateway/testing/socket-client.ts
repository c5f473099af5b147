// A bare client of graphql-transport-ws, which also does what a well-behaved one does not. For tests only.
import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface SocketMessage {
  readonly type: string;
  readonly id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages freely.
  readonly payload?: any;
}

export interface SocketClient {
  readonly socket: WebSocket;
  readonly closed: Promise<[number, string]>;
  /** Everything that was received and not yet taken by `next`. */
  readonly received: SocketMessage[];
  send(message: unknown): void;
  subscribe(id: string, query: string, variables?: Record<string, unknown>): void;
  /** The next message that was not taken yet. */
  next(): Promise<SocketMessage>;
}

/** Opens a socket at the gateway's URL; initialises it unless told not to. */
export async function openSocketClient(
  url: string,
  payload: Record<string, unknown> | null = {},
  protocol: string | undefined = 'graphql-transport-ws',
): Promise<SocketClient> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, protocol);
  const received: SocketMessage[] = [];
  const waiting: ((message: SocketMessage) => void)[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as SocketMessage;
    const taker = waiting.shift();
    if (taker === undefined) received.push(message);
    else taker(message);
  });
  const closed = once(socket, 'close').then(([code, reason]) => [code, String(reason)] as [number, string]);
  await once(socket, 'open');
  const client: SocketClient = {
    socket,
    closed,
    received,
    send: (message) => socket.send(JSON.stringify(message)),
    subscribe: (id, query, variables) => client.send({ type: 'subscribe', id, payload: { query, variables } }),
    next() {
      const message = received.shift();
      return message === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(message);
    },
  };
  if (payload !== null) {
    client.send({ type: 'connection_init', payload });
    const { type } = await client.next();
    if (type !== 'connection_ack') throw new Error(`Expected an acknowledgement, got ${type}.`);
  }
  return client;
}
