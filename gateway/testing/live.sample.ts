// Two subgraphs with subscriptions whose events are joined, errors of many kinds, and fields that only signed-in callers get.
import { abortableStream } from '../../platform/graph/abortable-stream.ts';
import type { SampleGraph } from './sample-graph.ts';

type Listener = (event: { id: string }) => void;

/** What the sample's subscription `priceChanged` publishes to. One per test. */
export interface Ticker {
  publish(id: string): void;
  /** Subscriptions that are open upstream. */
  readonly followers: number;
  /** Ends every upstream stream with a failure. */
  breakAll(): void;
}

export function createLiveSample(): { graph: SampleGraph; ticker: Ticker } {
  const listeners = new Set<{ next: Listener; fail: (error: Error) => void }>();

  async function* follow(signal: AbortSignal): AsyncGenerator<{ priceChanged: { id: string } }> {
    const queue: { id: string }[] = [];
    let wake = () => {};
    let failure: Error | null = null;
    const listener = {
      next: (event: { id: string }) => {
        queue.push(event);
        wake();
      },
      fail: (error: Error) => {
        failure = error;
        wake();
      },
    };
    signal.addEventListener('abort', () => wake(), { once: true });
    listeners.add(listener);
    try {
      while (!signal.aborted) {
        const event = queue.shift();
        if (event !== undefined) yield { priceChanged: event };
        else if (failure !== null) throw failure;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      listeners.delete(listener);
    }
  }

  const ticker: Ticker = {
    publish: (id) => {
      for (const { next } of listeners) next({ id });
    },
    get followers() {
      return listeners.size;
    },
    breakAll: () => {
      for (const { fail } of listeners) fail(new Error('the source broke'));
    },
  };

  const graph: SampleGraph = {
    name: 'market',
    monolith: {},
    queries: [],
    subgraphs: [
      {
        name: 'prices',
        typeDefs: `
          type Query { instruments: [Instrument!]!  instrument(id: ID!): Instrument  whoami: String  broken: String  strict: Strict }
          type Mutation { setPrice(id: ID!, price: Int!): Instrument!  failing: Int }
          type Subscription { priceChanged: Instrument!  refused: Instrument @authenticated }
          type Instrument @key(fields: "id") { id: ID!  price: Int  pair: [Instrument!] }
          type Strict { must: String!  may: String }`,
        resolvers: {
          Query: {
            instruments: () => ['a', 'b', 'c', 'a'].map((id) => ({ id })),
            instrument: (_: unknown, { id }: { id: string }) => ({ id }),
            whoami: (_: unknown, __: unknown, { token }: { token: string | null }) => token,
            broken: () => {
              throw Object.assign(new Error('prices are broken'), {
                extensions: { code: 'BROKEN', secret: 'host 10.0.0.1', stacktrace: ['at x'] },
              });
            },
            strict: () => ({ must: null, may: 'x' }),
          },
          Mutation: {
            setPrice: (_: unknown, { id, price }: { id: string; price: number }) => ({ id, price }),
            failing: () => {
              throw new Error('refused');
            },
          },
          Subscription: {
            priceChanged: { subscribe: () => abortableStream(follow) },
            refused: {
              subscribe: () => {
                throw new Error('sign in first');
              },
            },
          },
          Instrument: {
            price: ({ id, price }: { id: string; price?: number }) => price ?? id.charCodeAt(0),
            pair: ({ id }: { id: string }) => [{ id }, { id: 'b' }],
          },
        },
      },
      {
        name: 'names',
        typeDefs: `
          type Query { nameOf(id: ID!): String }
          type Mutation { rename(id: ID!): Instrument! }
          type Instrument @key(fields: "id") { id: ID!  name: String  label: String!  risky: String }`,
        resolvers: {
          Query: { nameOf: (_: unknown, { id }: { id: string }) => `name ${id}` },
          Mutation: { rename: (_: unknown, { id }: { id: string }) => ({ id }) },
          Instrument: {
            __resolveReference: ({ id }: { id: string }) => (id === 'missing' ? null : { id }),
            name: ({ id }: { id: string }) => `name ${id}`,
            label: ({ id }: { id: string }) => {
              if (id === 'b') throw new Error('no label for b');
              return `label ${id}`;
            },
            risky: ({ id }: { id: string }) => {
              if (id === 'a') throw new Error('too risky');
              return 'safe';
            },
          },
        },
      },
    ],
  };
  return { graph, ticker };
}
