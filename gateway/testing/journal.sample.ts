// A subgraph whose subscription can go on after a cursor, and one that its events are joined with. For tests only.
import { abortableStream } from '../../platform/graph/abortable-stream.ts';
import type { SampleGraph } from './sample-graph.ts';

/** What the sample's subscription `changed` follows. One per test. */
export interface Journal {
  /** Writes the next entry; cursors are 1, 2, 3, … */
  append(text?: string): void;
  /** Subscriptions that are open upstream. */
  readonly followers: number;
  /** The cursors that upstream subscriptions began after, in the order in which they were opened. */
  readonly openings: (string | null)[];
  /** Requests for the joined field. */
  readonly joins: number;
  /** Breaks every upstream stream; new ones are refused with the error until it is mended. */
  breakAll(options?: { readonly isLasting: boolean }): void;
  mend(): void;
}

export function createJournalSample(): { graph: SampleGraph; journal: Journal } {
  const entries: string[] = [];
  const openings: (string | null)[] = [];
  const waking = new Set<() => void>();
  let breaks = 0;
  let isBroken = false;
  let joins = 0;

  const wakeAll = () => {
    for (const wake of waking) wake();
  };

  async function* follow(after: string | null, signal: AbortSignal) {
    openings.push(after);
    if (isBroken) throw new Error('the journal is away');
    const breaksAtStart = breaks;
    let position = after === null ? entries.length : Number(after);
    let wake = () => {};
    const wakeMe = () => wake();
    waking.add(wakeMe);
    signal.addEventListener('abort', wakeMe, { once: true });
    try {
      while (!signal.aborted) {
        if (breaks !== breaksAtStart) throw new Error('the journal broke');
        const text = entries[position];
        if (text !== undefined) {
          position += 1;
          yield { changed: { cursor: String(position), value: position, text, item: { id: String(position) } } };
          continue;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      waking.delete(wakeMe);
    }
  }

  const journal: Journal = {
    append(text = '') {
      entries.push(text);
      wakeAll();
    },
    get followers() {
      return waking.size;
    },
    openings,
    get joins() {
      return joins;
    },
    breakAll({ isLasting } = { isLasting: false }) {
      isBroken = isLasting;
      breaks += 1;
      wakeAll();
    },
    mend() {
      isBroken = false;
    },
  };

  const graph: SampleGraph = {
    name: 'journal',
    monolith: {},
    queries: [],
    subgraphs: [
      {
        name: 'journal',
        typeDefs: `
          type Query { length: Int! }
          type Mutation { clear: Int }
          type Subscription { changed(after: String, topic: String): Change! }
          type Change { cursor: String!  value: Int!  text: String!  item: Item! }
          type Item @key(fields: "id") { id: ID! }`,
        resolvers: {
          Query: { length: () => entries.length },
          Mutation: { clear: () => 0 },
          Subscription: {
            changed: {
              subscribe: (_: unknown, { after }: { after?: string | null }) =>
                abortableStream((signal) => follow(after ?? null, signal)),
            },
          },
        },
      },
      {
        name: 'items',
        typeDefs: `
          type Query { items: Int }
          type Item @key(fields: "id") { id: ID!  title: String }`,
        resolvers: {
          Item: {
            __resolveReference({ id }: { id: string }) {
              joins += 1;
              return { id };
            },
            title: ({ id }: { id: string }) => `item ${id}`,
          },
        },
      },
    ],
  };
  return { graph, journal };
}
