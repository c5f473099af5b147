// The sample subgraphs as real servers on loopback: Apollo Server over HTTP, graphql-ws on the same path. For tests only.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { useServer as attachProtocol } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { type SampleGraph, type SampleSubgraph, subgraphSchema } from './sample-graph.ts';

export interface HttpSample {
  urlOf(name: string): string;
  /** Drops every connection and stops listening, as a crash would. */
  crash(name: string): Promise<void>;
  /** Connections over WebSocket that are open to a subgraph. */
  socketsOf(name: string): number;
  close(): Promise<void>;
}

export async function startHttpSample(graph: SampleGraph): Promise<HttpSample> {
  const running = new Map<string, { server: Server; sockets: WebSocketServer; apollo: ApolloServer }>();
  await Promise.all(graph.subgraphs.map(async (subgraph) => running.set(subgraph.name, await startSubgraph(subgraph))));

  const find = (name: string) => {
    const found = running.get(name);
    if (found === undefined) throw new Error(`No sample subgraph ${name}.`);
    return found;
  };
  async function crash(name: string): Promise<void> {
    const { server, sockets } = find(name);
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }

  return {
    urlOf: (name) => `http://127.0.0.1:${(find(name).server.address() as AddressInfo).port}/graphql`,
    crash,
    socketsOf: (name) => find(name).sockets.clients.size,
    async close() {
      await Promise.all([...running.keys()].map(crash));
      await Promise.all([...running.values()].map(({ apollo }) => apollo.stop()));
    },
  };
}

async function startSubgraph(subgraph: SampleSubgraph) {
  const schema = subgraphSchema(subgraph);
  const apollo = new ApolloServer({
    schema,
    introspection: true,
    plugins: [ApolloServerPluginInlineTraceDisabled()],
    stopOnTerminationSignals: false,
  });
  await apollo.start();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = new HeaderMap(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method ?? 'POST',
        headers,
        search: '',
        body: JSON.parse(Buffer.concat(chunks).toString()),
      },
      context: async () => ({ token: request.headers.authorization?.replace('Bearer ', '') ?? null }),
    });
    response.writeHead(answer.status ?? 200, Object.fromEntries(answer.headers));
    response.end(answer.body.kind === 'complete' ? answer.body.string : '');
  });
  const sockets = new WebSocketServer({ server, path: '/graphql' });
  attachProtocol({ schema }, sockets);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, sockets, apollo };
}
