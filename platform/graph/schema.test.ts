import { composeServices } from '@apollo/composition';
import { type GraphQLObjectType, graphql, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildAuth, buildPurse, PurseResolver, purse } from './schema.fixtures.ts';
import { buildSubgraph } from './schema.ts';
import { schemaProblems } from './schema-rules.ts';

const authGraph = buildAuth();
const purseGraph = buildPurse();

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

describe('building', () => {
  it('names a declared resolver class that has no instance', () => {
    expect(() => buildSubgraph(purse, { resolvers: [] })).toThrow('PurseResolver');
  });

  it('names a reference resolver for a type that is not in the schema', () => {
    expect(() => buildSubgraph(purse, { resolvers: [new PurseResolver()], references: { Nobody: () => null } })).toThrow(
      'Nobody',
    );
  });
});
