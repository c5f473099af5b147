import { buildSchema, type DocumentNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../log.ts';
import type { GraphContext } from './context.ts';
import { createOperationExecutor } from './execution.ts';

const schema = buildSchema('type Query { hello(name: String!): String, other: Int } type Subscription { ticks: Int }');
const context = { log: silentLogger(), requestId: 'r', signal: new AbortController().signal } as unknown as GraphContext;
const executor = createOperationExecutor(schema, { tokensMax: 50 });
const codeOf = async (request: { query: string; operationName?: string; variables?: Record<string, unknown> }) =>
  (await executor.execute(request, context)).errors?.[0]?.extensions.code;

describe('the operation executor', () => {
  it('parses and validates a text once', () => {
    const documents: DocumentNode[] = [1, 2].map(() => executor.prepare({ query: '{ other }' }).document);
    expect(documents[0]).toBe(documents[1]);
  });

  it('chooses the operation by name', async () => {
    const query = 'query A { other } query B { hello(name: "x") }';
    expect(executor.prepare({ query, operationName: 'B' }).type).toBe('query');
    expect(await codeOf({ query })).toBe('OPERATION_RESOLUTION_FAILURE');
    expect(await codeOf({ query, operationName: 'C' })).toBe('OPERATION_RESOLUTION_FAILURE');
  });

  it.each([
    ['text that does not parse', '{ other', 'GRAPHQL_PARSE_FAILED'],
    ['nothing at all', '', 'GRAPHQL_PARSE_FAILED'],
    ['more tokens than allowed', `{ ${'other '.repeat(60)} }`, 'GRAPHQL_PARSE_FAILED'],
    ['a document of fragments only', 'fragment F on Query { other }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a missing argument', '{ hello }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a subscription', 'subscription { ticks }', 'BAD_REQUEST'],
  ])('refuses %s', async (_, query, code) => {
    expect(await codeOf({ query })).toBe(code);
  });

  it('refuses a missing variable', async () => {
    expect(await codeOf({ query: 'query ($name: String!) { hello(name: $name) }' })).toBe('BAD_USER_INPUT');
  });

  it('does not stream a query', async () => {
    const results = [];
    for await (const result of executor.subscribe({ query: '{ other }' }, context)) results.push(result);
    expect(results).toMatchObject([{ errors: [{ extensions: { code: 'BAD_REQUEST' } }] }]);
  });
});
