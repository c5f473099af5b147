// What a subgraph sees on its socket when the gateway's caller has a newer token.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { SubgraphRequest } from '../../platform/graph/subgraph.ts';
import { silentLogger } from '../../platform/log.ts';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { createSubgraphStreams } from './subgraph-streams.ts';

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A server that takes every subscription, says nothing, and answers pings as the protocol has it. */
async function startQuietServer() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new WebSocketServer({ server });
  const received: Message[][] = [];
  sockets.on('connection', (socket) => {
    const messages: Message[] = [];
    received.push(messages);
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message;
      messages.push(message);
      if (message.type === 'connection_init') socket.send('{"type":"connection_ack"}');
      if (message.type === 'ping') socket.send(JSON.stringify({ type: 'pong', payload: message.payload }));
    });
  });
  const streams = createSubgraphStreams({
    name: 'quiet',
    urls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`],
    log: silentLogger(),
    headersOf: () => ({}),
  });
  onTestFinished(async () => {
    await streams.close();
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  });
  /** Follows until the test ends; gives what brings a newer token. */
  const follow = (token: string, more: Partial<SubgraphRequest> = {}) =>
    new Promise<(token: string) => void>((resolve) => {
      const request = { query: 'subscription { a }', token, requestId: 'r', onRenewable: resolve, ...more };
      void streams.subscribe(request)[Symbol.asyncIterator]().next();
    });
  return { received, follow };
}

it('is one ping for all streams of a socket, which those who come with that token share', async () => {
  const { received, follow } = await startQuietServer();
  const [first, second] = [await follow('T1'), await follow('T1')];
  for (const renew of [first, second]) renew('T2');
  await follow('T2');
  first('T3');
  await untilPasses(() => expect(received[0]).toHaveLength(6));
  expect(received[0]?.map(({ type, payload }) => (type === 'ping' ? payload : type))).toEqual([
    'connection_init',
    'subscribe',
    'subscribe',
    { authorization: 'Bearer T2' },
    'subscribe',
    { authorization: 'Bearer T3' },
  ]);
  await follow('T1');
  await untilPasses(() => expect(received.map((messages) => messages.length)).toEqual([6, 2]));
});

it('leaves sockets that were opened with the newer token before as they are', async () => {
  const { received, follow } = await startQuietServer();
  const renew = await follow('T1');
  await follow('T2');
  renew('T2');
  renew('T3');
  await follow('T2');
  await untilPasses(() => expect(received.map((messages) => messages.length)).toEqual([4, 3]));
});
