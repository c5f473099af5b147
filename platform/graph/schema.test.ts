import { composeServices } from '@apollo/composition';
import { execute, type GraphQLObjectType, graphql, parse, subscribe } from 'graphql';
import { Arg, Args, Ctx, Directive, Field, FieldResolver, ID, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../log.ts';
import { parseMoney } from '../money/money.ts';
import { MoneyInput, MoneyType, toMoneyType } from '../money/money.types.ts';
import { Authenticated, RequiresPermission } from './authorisation.ts';
import { ConnectionArgs, connectionType, toConnection } from './connection.ts';
import type { GraphContext } from './context.ts';
import { LiveSubscription } from './live-subscription.ts';
import { DateTime } from './scalars.ts';
import { buildSubgraph, type Subgraph } from './schema.ts';
import { schemaProblems } from './schema-rules.ts';

// Two small subgraphs that both have a class for the type User, as real domains do.

@ObjectType('User', { description: 'A person.' })
@Directive('@key(fields: "id")')
class UserType {
  @Field(() => ID, { description: 'Id.' })
  id: string;
  @Field(() => String, { description: 'Name.' })
  name: string;
  @Field(() => DateTime, { description: 'Since when.' })
  since: Date;
  @RequiresPermission('user:read')
  @Field(() => String, { nullable: true, description: 'E-mail address.' })
  email?: string;
}

@Resolver(() => UserType)
class UserResolver {
  readonly #greeting: string;
  constructor(greeting: string) {
    this.#greeting = greeting;
  }
  @Query(() => UserType, { nullable: true, description: 'A user by id.' })
  user(@Arg('id', () => ID, { description: 'Id of the user.' }) id: string): UserType | null {
    return { id, name: `${this.#greeting} ${id}`, since: new Date(0), email: 'a@b.c' };
  }
  @Authenticated()
  @Query(() => UserType, { description: 'Who is asking.' })
  me(@Ctx() context: GraphContext): UserType {
    return { id: context.identity?.userId ?? '', name: 'me', since: new Date(0) };
  }
}

@ObjectType('User', { description: 'A person.' })
@Directive('@key(fields: "id")')
class UserStub {
  @Field(() => ID, { description: 'Id.' })
  id: string;
}

@ObjectType('Purse', { description: 'Holds money.' })
@Directive('@key(fields: "id")')
class PurseType {
  @Field(() => ID, { description: 'Id.' })
  id: string;
  @Field(() => MoneyType, { description: 'What is in it.' })
  balance: MoneyType;
  @Field(() => UserStub, { description: 'Whose it is.' })
  owner: UserStub;
}
const PurseConnection = connectionType(PurseType, 'PurseConnection');

const aPurse = (id: string): PurseType => ({ id, balance: toMoneyType({ units: 1250n, asset: 'USD' }), owner: { id: 'u1' } });

@Resolver(() => UserStub)
class PurseResolver {
  @FieldResolver(() => PurseConnection, { description: 'Purses of the user.' })
  purses(@Root() user: UserStub, @Args(() => ConnectionArgs) args: ConnectionArgs) {
    return toConnection(
      [aPurse(`${user.id}-1`), aPurse(`${user.id}-2`)],
      args,
      (purse) => purse.id,
      (purse) => purse,
    );
  }
  @RequiresPermission('wallet:freeze')
  @Mutation(() => PurseType, { description: 'Freezes a purse.' })
  freezePurse(@Arg('input', () => MoneyInput, { description: 'Any money.' }) input: MoneyInput): PurseType {
    return { ...aPurse('frozen'), balance: toMoneyType(parseMoney(input)) };
  }
  @RequiresPermission('audit:read')
  @LiveSubscription(() => PurseType, { description: 'Purses as they change.' })
  async *purseChanged(@Args(() => ConnectionArgs) args: ConnectionArgs): AsyncIterable<PurseType> {
    for (let count = 1; count <= args.first; count += 1) yield aPurse(`live-${count}`);
  }
}

const auth = { name: 'auth', schema: { resolvers: [UserResolver] } };
const purse = { name: 'purse', schema: { resolvers: [PurseResolver], orphanedTypes: [UserStub] } };

function aContext(permissions: string[] | null = null): GraphContext {
  const identity =
    permissions === null
      ? null
      : {
          userId: 'u1',
          sessionId: 's1',
          roles: [],
          permissions: new Set(permissions),
          methods: ['pwd'],
          expiresAt: new Date(),
          token: '',
        };
  const loaders = new Map<string, unknown>();
  return {
    identity,
    requestId: 'r1',
    log: silentLogger(),
    signal: new AbortController().signal,
    client: { address: null, userAgent: null },
    loader: <Loader>(key: string, create: () => Loader) => {
      if (!loaders.has(key)) loaders.set(key, create());
      return loaders.get(key) as Loader;
    },
  };
}

let authGraph: Subgraph;
let purseGraph: Subgraph;
beforeAll(() => {
  authGraph = buildSubgraph(auth, { resolvers: [new UserResolver('hello')] });
  purseGraph = buildSubgraph(purse, {
    resolvers: [new PurseResolver()],
    references: {
      Purse: (reference) => (reference.id === 'gone' ? null : Object.freeze(aPurse(String(reference.id)))),
    },
  });
});

describe('the printed schema', () => {
  it('is the same on every build, with descriptions and authorisation', () => {
    expect(buildSubgraph(purse).sdl).toBe(purseGraph.sdl);
    expect(purseGraph.sdl).toMatchInlineSnapshot(`
      "extend schema
        @link(
          url: "https://specs.apollo.dev/federation/v2.9"
          import: ["@authenticated", "@key", "@requiresScopes", "@shareable"]
        )

      """What can be changed. Every mutation takes one input."""
      type Mutation {
        """Freezes a purse."""
        freezePurse(
          """Any money."""
          input: MoneyInput!
        ): Purse! @authenticated @requiresScopes(scopes: [["wallet:freeze"]])
      }

      """What can be followed live."""
      type Subscription {
        """Purses as they change."""
        purseChanged(
          """How many items to return: 1 to 100."""
          first: Int! = 20
          """Return the items after this cursor."""
          after: Cursor
        ): Purse! @authenticated @requiresScopes(scopes: [["audit:read"]])
      }

      """Something that amounts are counted in: a currency or a token."""
      type Asset @shareable {
        """Unique code, for example USD or ETH."""
        code: String!
        """Name for people."""
        name: String!
        """What the asset is."""
        kind: AssetKind!
        """Decimals of the smallest unit: 2 for cents, 18 for wei."""
        scale: Int!
        """What people write before the amount."""
        symbol: String!
      }

      """What an asset is."""
      enum AssetKind {
        """Money of a state."""
        FIAT
        """A token on a chain."""
        CRYPTO
      }

      """
      A place in a list or in a live stream. Opaque: send back what you were given.
      """
      scalar Cursor

      """
      An exact decimal number as a string: "12.50". Never a JSON number, which would lose digits.
      """
      scalar Decimal

      """An exact amount of one asset."""
      type Money @shareable {
        """The amount in whole units of the asset, exact: "12.50"."""
        amount: Decimal!
        """What the amount is counted in."""
        asset: Asset!
      }

      """
      An amount to move: more than zero, with no more decimals than the asset has.
      """
      input MoneyInput {
        """The amount in whole units of the asset: "12.50"."""
        amount: Decimal!
        """Code of the asset: "USD"."""
        asset: String!
      }

      """Where a page lies in its list."""
      type PageInfo @shareable {
        """True when there is more after this page."""
        hasNextPage: Boolean!
        """True when this page does not start the list."""
        hasPreviousPage: Boolean!
        """Cursor of the first item; null on an empty page."""
        startCursor: Cursor
        """
        Cursor of the last item; null on an empty page. Send it as \`after\` to go on.
        """
        endCursor: Cursor
      }

      """Holds money."""
      type Purse @key(fields: "id") {
        """Id."""
        id: ID!
        """What is in it."""
        balance: Money!
        """Whose it is."""
        owner: User!
      }

      """A page of a list of Purse."""
      type PurseConnection {
        """The items with their cursors."""
        edges: [PurseEdge!]!
        """The items alone."""
        nodes: [Purse!]!
        """Where the page lies in the list."""
        pageInfo: PageInfo!
      }

      """A Purse and its place in the list."""
      type PurseEdge {
        """Place of the item in the list."""
        cursor: Cursor!
        """The item."""
        node: Purse!
      }

      """A person."""
      type User @key(fields: "id") {
        """Id."""
        id: ID!
        """Purses of the user."""
        purses(
          """How many items to return: 1 to 100."""
          first: Int! = 20
          """Return the items after this cursor."""
          after: Cursor
        ): PurseConnection!
      }
      "
    `);
  });

  it('keeps classes of the same GraphQL name in different subgraphs apart', () => {
    expect(authGraph.sdl).toContain('since: DateTime!');
    expect(authGraph.sdl).not.toContain('Purse');
    expect(purseGraph.sdl).not.toContain('since');
    expect(Object.keys((purseGraph.schema.getType('User') as GraphQLObjectType).getFields())).toEqual(['id', 'purses']);
  });

  it('answers _service with that very text', async () => {
    const result = await graphql({ schema: purseGraph.schema, source: '{ _service { sdl } }' });
    expect(result.data?._service).toEqual({ sdl: purseGraph.sdl });
  });

  it('composes into a supergraph', () => {
    const services = [authGraph, purseGraph].map(({ name, sdl }) => ({ name, typeDefs: parse(sdl), url: `http://${name}` }));
    const composed = composeServices(services);
    expect(composed.errors).toBeUndefined();
    expect(composed.supergraphSdl).toContain('@requiresScopes(scopes: [["wallet:freeze"]])');
  });

  it('obeys the conventions of the graph', () => {
    expect(schemaProblems(authGraph.sdl)).toEqual([]);
    expect(schemaProblems(purseGraph.sdl)).toEqual([]);
  });
});

describe('execution', () => {
  const run = (
    graph: Subgraph,
    source: string,
    permissions: string[] | null = null,
    variableValues: Record<string, unknown> = {},
  ) => graphql({ schema: graph.schema, source, contextValue: aContext(permissions), variableValues });

  it('calls the instance that the service made', async () => {
    const result = await run(authGraph, '{ user(id: "x") { name since } }');
    expect(result).toEqual({ data: { user: { name: 'hello x', since: '1970-01-01T00:00:00.000Z' } } });
  });

  it('resolves references, null for missing ones, and lets fields of other domains hang on stubs', async () => {
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) {
      __typename ... on Purse { id balance { amount asset { code scale } } } ... on User { purses(first: 1) { nodes { id } pageInfo { hasNextPage } } } } }`;
    const representations = [
      { __typename: 'Purse', id: 'p1' },
      { __typename: 'Purse', id: 'gone' },
      { __typename: 'User', id: 'u9' },
    ];
    const result = await run(purseGraph, query, null, { r: representations });
    expect(result.errors).toBeUndefined();
    expect(result.data?._entities).toEqual([
      { __typename: 'Purse', id: 'p1', balance: { amount: '12.50', asset: { code: 'USD', scale: 2 } } },
      null,
      { __typename: 'User', purses: { nodes: [{ id: 'u9-1' }], pageInfo: { hasNextPage: true } } },
    ]);
  });

  it.each([
    ['an anonymous caller', null, 'UNAUTHENTICATED'],
    ['a caller without the permission', ['wallet:read'], 'FORBIDDEN'],
  ])('refuses a protected mutation to %s', async (_, permissions, code) => {
    const result = await run(purseGraph, 'mutation { freezePurse(input: { amount: "1", asset: "USD" }) { id } }', permissions);
    expect(result.errors?.[0]?.originalError).toMatchObject({ code });
    expect(result.data).toBeNull();
  });

  it('allows it to a caller with the permission', async () => {
    const result = await run(
      purseGraph,
      'mutation { freezePurse(input: { amount: "1", asset: "USD" }) { balance { amount } } }',
      ['wallet:freeze'],
    );
    expect(result).toEqual({ data: { freezePurse: { balance: { amount: '1.00' } } } });
  });

  it('protects a field of a type as well', async () => {
    const refused = await run(authGraph, '{ user(id: "x") { id email } }', []);
    expect(refused.errors?.[0]?.originalError).toMatchObject({ code: 'FORBIDDEN' });
    expect(refused.data).toEqual({ user: { id: 'x', email: null } });
    const allowed = await run(authGraph, '{ user(id: "x") { email } }', ['user:read']);
    expect(allowed).toEqual({ data: { user: { email: 'a@b.c' } } });
  });

  it('refuses a page size out of bounds and names the argument', async () => {
    const query =
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { purses(first: 101) { nodes { id } } } } }';
    const result = await run(purseGraph, query, null, { r: [{ __typename: 'User', id: 'u' }] });
    expect(result.errors?.[0]?.originalError).toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { field: 'first', problem: 'must not be greater than 100' },
    });
  });

  it('refuses numbers where a decimal is wanted', async () => {
    const result = await run(purseGraph, 'mutation { freezePurse(input: { amount: 1.5, asset: "USD" }) { id } }', [
      'wallet:freeze',
    ]);
    expect(result.errors?.[0]?.message).toContain('Decimal is written as a string');
  });

  it('names a declared resolver class that has no instance', () => {
    expect(() => buildSubgraph(purse, { resolvers: [] })).toThrow('PurseResolver');
  });

  it('names a reference resolver for a type that is not in the schema', () => {
    expect(() => buildSubgraph(purse, { resolvers: [new PurseResolver()], references: { Nobody: () => null } })).toThrow(
      'Nobody',
    );
  });

  it('does not execute a schema that was only built to be printed', async () => {
    const result = await execute({
      schema: buildSubgraph(auth).schema,
      document: parse('{ user(id: "x") { id } }'),
      contextValue: aContext(),
    });
    expect(result.errors?.[0]?.message).toContain('built to be printed');
  });
});

describe('live subscriptions', () => {
  const start = (permissions: string[] | null, document = 'subscription { purseChanged(first: 2) { id } }') =>
    subscribe({ schema: purseGraph.schema, document: parse(document), contextValue: aContext(permissions) });

  it('deliver what the method yields', async () => {
    const stream = await start(['audit:read']);
    const ids = [];
    for await (const result of stream as AsyncIterable<{ data: { purseChanged: { id: string } } }>)
      ids.push(result.data.purseChanged.id);
    expect(ids).toEqual(['live-1', 'live-2']);
  });

  it.each([
    ['an anonymous caller', null, 'UNAUTHENTICATED'],
    ['a caller without the permission', [], 'FORBIDDEN'],
  ])('do not even start for %s', async (_, permissions, code) => {
    const refused = await start(permissions);
    expect(refused).toMatchObject({ errors: [{ originalError: { code } }] });
  });

  it('check their arguments', async () => {
    expect(await start(['audit:read'], 'subscription { purseChanged(first: 0) { id } }')).toMatchObject({
      errors: [{ originalError: { code: 'BAD_USER_INPUT' } }],
    });
  });
});
