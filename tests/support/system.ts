// The whole system as its users meet it: addresses, and nothing else. The same behaviours are asked of both topologies.
import { describe, inject } from 'vitest';

export type TopologyName = 'embedded' | 'distributed';

export interface System {
  readonly topology: TopologyName;
  /** One per gateway: GraphQL over HTTP. */
  readonly graphqlUrls: readonly string[];
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers `/embedded` and `/distributed` with a System, which it starts when asked first; null without Redis. */
    systemsControlUrl: string;
    hasRedis: boolean;
  }
}

/** A gateway's address, each in turn, so that a behaviour is spread over all of them. */
export function createGatewayChooser(system: System): () => string {
  let turn = 0;
  return () => {
    const url = system.graphqlUrls[turn++ % system.graphqlUrls.length];
    if (url === undefined) throw new Error(`The ${system.topology} system has no gateway.`);
    return url;
  };
}

export function webSocketUrl(graphqlUrl: string): string {
  return graphqlUrl.replace(/^http/, 'ws');
}

/**
 * Runs the suite against each topology: embedded, and distributed with two gateways and two replicas of each subgraph. Both are
 * shared by all test files of a run, so a test makes people and wallets of its own and counts on nothing else being still.
 */
export function describeEachTopology(behaviour: string, suite: (system: () => Promise<System>) => void): void {
  describe(`${behaviour} (embedded)`, () => suite(once(() => startedSystem('embedded'))));
  const distributed = inject('hasRedis') ? describe : describe.skip;
  const advice = inject('hasRedis') ? '' : ': needs Redis; set REDIS_URL or install redis-server';
  distributed(`${behaviour} (distributed${advice})`, () => suite(once(() => startedSystem('distributed'))));
}

/** The system of the run, started when it is asked for first. */
export async function startedSystem(topology: TopologyName): Promise<System> {
  const response = await fetch(`${inject('systemsControlUrl')}/${topology}`);
  if (!response.ok) throw new Error(`The ${topology} system did not start:\n${await response.text()}`);
  return (await response.json()) as System;
}

function once<Value>(create: () => Promise<Value>): () => Promise<Value> {
  let created: Promise<Value> | null = null;
  return () => {
    created ??= create();
    return created;
  };
}
