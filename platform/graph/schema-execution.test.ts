import { execute, graphql, parse, subscribe } from 'graphql';
import { describe, expect, it } from 'vitest';
import { aContext, auth, buildAuth, buildPurse } from './schema.fixtures.ts';
import { buildSubgraph, type Subgraph } from './schema.ts';

const authGraph = buildAuth();
const purseGraph = buildPurse();

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
