// A subgraph's server that fails in whatever way it is told to. For tests only.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { SubgraphClient } from '../../platform/graph/subgraph.ts';

export const faults = [
  'never answers',
  'is garbage',
  'is truncated JSON',
  'breaks off in its middle',
  'has the wrong content type',
  'has no content',
  'redirects',
  'is huge',
  'is a 500 page of a proxy',
  'is a 503 without a result',
  'is JSON but no result',
  'has entities that are no list',
  'closes the connection at once',
  'is no HTTP',
  'stops after its headers',
  'stops in its middle',
  'drips byte by byte',
] as const;
export type Fault = (typeof faults)[number];

export interface FaultServer {
  readonly url: string;
  /** Null answers as the subgraph does. */
  fault: Fault | null;
  /** Requests that have arrived. */
  readonly received: number;
  /** Requests whose sender closed the connection before they were answered. */
  readonly abandoned: number;
  /** Drops every connection and stops listening, as a crash would. */
  kill(): Promise<void>;
  /** Listens again, on the same port. */
  revive(): Promise<void>;
}

const json = { 'content-type': 'application/json' };

export async function startFaultServer(subgraph: SubgraphClient): Promise<FaultServer> {
  const sockets = new Set<Socket>();
  let received = 0;
  let abandoned = 0;

  const server = createServer(async (request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) abandoned += 1;
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received += 1;
    const { fault } = controls;
    if (fault !== null) {
      misbehave(fault, response);
      return;
    }
    const { query, variables, operationName } = JSON.parse(Buffer.concat(chunks).toString());
    const result = await subgraph.execute({ query, variables, operationName, token: null, requestId: 'fault server' });
    response.writeHead(200, json).end(JSON.stringify(result));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);

  const controls: FaultServer = {
    url: `http://127.0.0.1:${port}/graphql`,
    fault: null,
    get received() {
      return received;
    },
    get abandoned() {
      return abandoned;
    },
    async kill() {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
    async revive() {
      await listen(port);
    },
  };
  return controls;
}

function misbehave(fault: Fault, response: ServerResponse): void {
  const send = (status: number, headers: Record<string, string | number>, body = '') =>
    response.writeHead(status, headers).end(body);
  const begin = (text: string) => response.writeHead(200, { ...json, 'content-length': 1000 }).write(text);
  const actions: Record<Fault, () => unknown> = {
    'never answers': () => {},
    'is garbage': () => send(200, json, '<<garbage>>'),
    'is truncated JSON': () => send(200, json, '{"data":{"_entities":[{"name":"na'),
    'breaks off in its middle': () => {
      begin('{"data":{"_enti');
      setImmediate(() => response.destroy());
    },
    'has the wrong content type': () => send(200, { 'content-type': 'text/html' }, '{"data":{"_entities":[{"name":"x"}]}}'),
    'has no content': () => send(204, {}),
    redirects: () => send(302, { location: 'http://127.0.0.1:1/' }),
    'is huge': () => flood(response),
    'is a 500 page of a proxy': () => send(500, { 'content-type': 'text/html' }, '<html>'),
    'is a 503 without a result': () => send(503, json, '{"message":"no"}'),
    'is JSON but no result': () => send(200, json, '[1,2]'),
    'has entities that are no list': () => send(200, json, '{"data":{"_entities":"none"}}'),
    'closes the connection at once': () => response.socket?.destroy(),
    'is no HTTP': () => response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n'),
    'stops after its headers': () => response.writeHead(200, { ...json, 'content-length': 1000 }).flushHeaders(),
    'stops in its middle': () => begin('{"data":{"_enti'),
    'drips byte by byte': () => drip(response),
  };
  actions[fault]();
}

/** A gigabyte, unless the reader has had enough. */
function flood(response: ServerResponse): void {
  const chunk = `"${'x'.repeat(65_536)}",`;
  let left = 16_384;
  response.writeHead(200, json).write('{"data":{"_entities":[');
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= 1;
      if (!response.write(chunk)) return;
    }
    response.end('null]}}');
  };
  response.on('drain', more);
  more();
}

function drip(response: ServerResponse): void {
  response.writeHead(200, json).write('{"data":{"_entities":[{"name":"');
  const timer = setInterval(() => response.write('x'), 20);
  response.on('close', () => clearInterval(timer));
}
