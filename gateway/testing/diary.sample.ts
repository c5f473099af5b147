// A diary over three subgraphs that changes: mutations whose order shows in their answers, and subscriptions to what was written. For tests only.
import type { SampleGraph } from './sample-graph.ts';

interface Entry {
  readonly __typename: 'Entry';
  readonly id: string;
  readonly authorId: string;
  text: string;
  mood: string;
  /** Tick of its last change. */
  at: number;
}

interface Person {
  readonly __typename: 'Person';
  readonly id: string;
  name: string;
}

/** The federated graph and the one schema have one each, which stay equal as long as both do the same in the same order. */
function createDiary() {
  let ticks = 0;
  const entries: Entry[] = [];
  const people: Person[] = [];
  const tags = new Map<string, string[]>();

  function write(text: string, mood: string): Entry {
    ticks += 1;
    const id = `e${entries.length}`;
    const entry: Entry = { __typename: 'Entry', id, authorId: `w${entries.length % 2}`, text, mood, at: ticks };
    entries.push(entry);
    return { ...entry };
  }

  function reset(): void {
    ticks = 0;
    entries.length = 0;
    people.length = 0;
    tags.clear();
    for (const id of ['w0', 'w1']) people.push({ __typename: 'Person', id, name: `writer ${id}` });
    for (const text of ['one', 'two', 'three']) write(text, text === 'two' ? 'WILD' : 'CALM');
    tags.set('e0', ['a', 'b']);
  }

  reset();
  return {
    reset,
    get ticks() {
      return ticks;
    },
    // As they are now: what is answered does not change with what is done later.
    entry: (id: string) => entries.filter((entry) => entry.id === id).map((entry) => ({ ...entry }))[0] ?? null,
    latest: (first: number) => entries.slice(-first || entries.length).map((entry) => ({ ...entry })),
    person: (id: string) => people.filter((person) => person.id === id).map((person) => ({ ...person }))[0] ?? null,
    tagsOf: (id: string) => [...(tags.get(id) ?? [])],
    write,
    edit(id: string, text: string, mood: string | undefined) {
      ticks += 1;
      const entry = entries.find((each) => each.id === id);
      if (entry === undefined) return null;
      Object.assign(entry, { text, mood: mood ?? entry.mood, at: ticks });
      return { ...entry };
    },
    tag(id: string, name: string) {
      ticks += 1;
      if (!entries.some((entry) => entry.id === id)) return null;
      tags.set(id, [...(tags.get(id) ?? []), name]);
      return { __typename: 'Tagging' as const, at: ticks, entryId: id };
    },
    rename(id: string, name: string) {
      ticks += 1;
      const person = people.find((each) => each.id === id);
      if (person !== undefined) person.name = name;
      return person === undefined ? null : { ...person };
    },
    fail(): never {
      ticks += 1;
      throw new Error('not today');
    },
  };
}

type Diary = ReturnType<typeof createDiary>;

/** Of all fields together; each has some of them. */
interface Args {
  readonly id: string;
  readonly text: string;
  readonly name: string;
  readonly mood: string;
  readonly first: number;
  readonly length: number;
}

const favouriteOf = (id: string) => `e${id.slice(1)}`;
const summaryOf = (text: string, length: number) => `${text.slice(0, length)}…`;

async function* each<Value>(values: readonly Value[], name: string) {
  for (const value of values) yield { [name]: value };
}

const rootsOf = (diary: Diary) => ({
  notes: {
    Query: {
      entry: (_: unknown, { id }: Args) => diary.entry(id),
      entries: (_: unknown, { first }: Args) => diary.latest(first),
      ticks: () => diary.ticks,
    },
    Mutation: {
      write: (_: unknown, { text, mood }: Args) => diary.write(text, mood),
      edit: (_: unknown, { id, text, mood }: Args) => diary.edit(id, text, mood),
      failing: () => diary.fail(),
    },
    Subscription: {
      written: { subscribe: (_: unknown, { first }: Args) => each(diary.latest(first), 'written') },
      happened: {
        subscribe: () => each([diary.latest(2), [], [diary.person('w0'), ...diary.latest(1)]], 'happened'),
      },
    },
  },
  tags: {
    Mutation: { tag: (_: unknown, { id, name }: Args) => diary.tag(id, name) },
    Subscription: {
      tagged: {
        subscribe: () =>
          each(
            ['e0', 'e1'].map((entryId) => ({ __typename: 'Tagging', at: 0, entryId })),
            'tagged',
          ),
      },
    },
  },
  people: {
    Query: { person: (_: unknown, { id }: Args) => diary.person(id) },
    Mutation: { rename: (_: unknown, { id, name }: Args) => diary.rename(id, name) },
  },
});

export interface DiarySample {
  readonly graph: SampleGraph;
  /** Both diaries as they were in the beginning. */
  reset(): void;
  /** What was done so far, on the federated graph and on the one schema. */
  ticks(): readonly [number, number];
}

export function createDiarySample(): DiarySample {
  const [diary, single] = [createDiary(), createDiary()];
  const roots = rootsOf(diary);
  const { notes, tags, people } = rootsOf(single);
  const graph: SampleGraph = {
    name: 'diary',
    subgraphs: [
      {
        name: 'notes',
        typeDefs: `
          enum Mood { CALM WILD }
          union Happening = Entry | Person
          type Query { entry(id: ID!): Entry  entries(first: Int = 2): [Entry!]!  ticks: Int! }
          type Mutation { write(text: String!, mood: Mood = CALM): Entry!  edit(id: ID!, text: String!, mood: Mood): Entry  failing: Int }
          type Subscription { written(first: Int = 2): Entry!  happened: [Happening!]! }
          type Entry @key(fields: "id") { id: ID!  text: String!  mood: Mood!  at: Int!  author: Person! }
          type Person @key(fields: "id") { id: ID! }`,
        resolvers: {
          ...roots.notes,
          Entry: {
            __resolveReference: ({ id }: { id: string }) => diary.entry(id),
            author: ({ authorId }: Entry) => ({ __typename: 'Person', id: authorId }),
          },
        },
      },
      {
        name: 'tags',
        typeDefs: `
          type Mutation { tag(id: ID!, name: String!): Tagging }
          type Subscription { tagged: Tagging! }
          type Tagging { at: Int!  entry: Entry! }
          type Entry @key(fields: "id") { id: ID!  text: String! @external  tags: [String!]!  summary(length: Int = 5): String @requires(fields: "text") }`,
        resolvers: {
          ...roots.tags,
          Tagging: { entry: ({ entryId }: { entryId: string }) => ({ id: entryId }) },
          Entry: {
            __resolveReference: (reference: object) => reference,
            tags: ({ id }: Entry) => diary.tagsOf(id),
            summary: ({ text }: Entry, { length }: Args) => summaryOf(text, length),
          },
        },
      },
      {
        name: 'people',
        typeDefs: `
          type Query { person(id: ID!): Person }
          type Mutation { rename(id: ID!, name: String!): Person }
          type Person @key(fields: "id") { id: ID!  name: String!  favourite: Entry }
          type Entry @key(fields: "id", resolvable: false) { id: ID! }`,
        resolvers: {
          ...roots.people,
          Person: {
            __resolveReference: ({ id }: { id: string }) => diary.person(id),
            favourite: ({ id }: Person) => ({ id: favouriteOf(id) }),
          },
        },
      },
    ],
    monolith: {
      Query: { ...notes.Query, ...people.Query },
      Mutation: { ...notes.Mutation, ...tags.Mutation, ...people.Mutation },
      Subscription: { ...notes.Subscription, ...tags.Subscription },
      Tagging: { entry: ({ entryId }: { entryId: string }) => single.entry(entryId) },
      Entry: {
        author: ({ authorId }: Entry) => single.person(authorId),
        tags: ({ id }: Entry) => single.tagsOf(id),
        summary: ({ text }: Entry, { length }: Args) => summaryOf(text, length),
      },
      Person: { favourite: ({ id }: Person) => single.entry(favouriteOf(id)) },
    },
    queries: [],
  };
  return {
    graph,
    reset() {
      diary.reset();
      single.reset();
    },
    ticks: () => [diary.ticks, single.ticks],
  };
}
