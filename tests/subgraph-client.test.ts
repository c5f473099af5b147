// The gateway reaches a subgraph over HTTP and WebSocket exactly as it would in process: the same suite passes both ways.
import { createHttpSubgraph } from '../gateway/http-subgraph.ts';
import { silentLogger } from '../platform/log.ts';
import { graphqlPath, serveSubgraph } from '../platform/server/subgraph-http.ts';
import { describeDownloads } from '../platform/testing/download.suite.ts';
import { describeSubgraphClient, type OpenClient } from '../platform/testing/subgraph-client.suite.ts';

const overNetwork: OpenClient = async ({ running, config }) => {
  const server = await serveSubgraph(running, { config, host: '127.0.0.1', port: 0 });
  const urls = [new URL(graphqlPath, server.url).href];
  const client = createHttpSubgraph({ name: running.name, urls, log: silentLogger() });
  return { client, stop: server.stop };
};

describeSubgraphClient('a subgraph over HTTP and WebSocket', overNetwork);
describeDownloads('files of a subgraph over HTTP', overNetwork);
