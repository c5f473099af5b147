// Keeps one client per subgraph and address across reloads: a new graph takes over the connections of the old one.
import type { Logger } from 'pino';
import type { SubgraphClient } from '../platform/graph/subgraph.ts';
import type { SubgraphLocation } from './supergraph/supergraph.ts';

/** Makes the client of a subgraph; the URL is what the supergraph has, maybe empty. */
export type ClientFactory = (name: string, url: string) => SubgraphClient;

export interface ClientSet {
  /** @throws when the graph has no such subgraph. */
  client(name: string): SubgraphClient;
  readonly all: readonly SubgraphClient[];
  release(): Promise<void>;
}

export interface SubgraphClients {
  /** Clients of one graph; those that no graph holds any more are closed. */
  acquire(subgraphs: readonly SubgraphLocation[]): ClientSet;
}

export function createSubgraphClients(create: ClientFactory, log: Logger): SubgraphClients {
  const held = new Map<string, { readonly client: SubgraphClient; holders: number }>();

  async function releaseOne(key: string): Promise<void> {
    const entry = held.get(key);
    if (entry === undefined) return;
    entry.holders -= 1;
    if (entry.holders > 0) return;
    held.delete(key);
    await entry.client.close().catch((error: unknown) => log.warn({ error }, 'A subgraph client could not be closed cleanly.'));
  }

  return {
    acquire(subgraphs) {
      const clients = new Map<string, SubgraphClient>();
      const keys = subgraphs.map(({ name, url }) => {
        const key = `${name} ${url}`;
        const entry = held.get(key) ?? { client: create(name, url), holders: 0 };
        entry.holders += 1;
        held.set(key, entry);
        clients.set(name, entry.client);
        return key;
      });
      let released: Promise<void> | null = null;
      return {
        client(name) {
          const client = clients.get(name);
          if (client === undefined) throw new Error(`The plan names a subgraph ${name} that the supergraph does not have.`);
          return client;
        },
        all: [...clients.values()],
        release() {
          released ??= Promise.all(keys.map(releaseOne)).then(() => undefined);
          return released;
        },
      };
    },
  };
}
