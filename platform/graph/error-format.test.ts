import { GraphQLError, GraphQLInt, GraphQLObjectType, GraphQLSchema, graphql } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { formatError } from './error-format.ts';

function format(error: unknown) {
  const lines: string[] = [];
  const log = createLogger({ logLevel: 'info' }, 'test', { write: (line) => void lines.push(line) });
  return { formatted: formatError(error, { log, requestId: 'request-1' }), lines };
}

describe('formatError', () => {
  it('passes a known failure with its code, details and whether to try again; nothing is logged', () => {
    const failure = new DomainError('WALLET_FROZEN', 'The wallet is frozen.', { details: { walletId: 'w1' }, retryable: true });
    const { formatted, lines } = format(new GraphQLError('outer', { originalError: failure, path: ['wallet', 0] }));
    expect(formatted).toEqual({
      message: 'The wallet is frozen.',
      path: ['wallet', 0],
      extensions: { code: 'WALLET_FROZEN', details: { walletId: 'w1' }, retryable: true },
    });
    expect(lines).toEqual([]);
  });

  it('finds it under several wrappings', () => {
    const inner = new GraphQLError('inner', { originalError: new DomainError('X', 'x') });
    expect(format(new GraphQLError('outer', { originalError: inner })).formatted.extensions?.code).toBe('X');
  });

  it.each([
    ['an error of the program', new Error('connection to db-7.internal refused')],
    ['a GraphQLError that a resolver threw', new GraphQLError('table "wallet" does not exist', { path: ['a'] })],
    [
      'one that carries a code of its own making',
      new GraphQLError('inside', { path: ['a'], extensions: { code: 'DB_DOWN', secret: 1 } }),
    ],
    ['something that is no error', 'text'],
  ])('hides %s, and logs it with the request id', (_, error) => {
    const { formatted, lines } = format(error);
    expect(formatted.message).toBe('Something went wrong on our side. Tell support the request id request-1.');
    expect(formatted.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', retryable: false, requestId: 'request-1' });
    expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ 'log.level': 'error', requestId: 'request-1' });
  });

  it('tells the caller about a wrong operation, without anything that came along', () => {
    const error = new GraphQLError('Cannot query field "x".', {
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED', stacktrace: ['secret'] },
    });
    expect(format(error).formatted).toEqual({
      message: 'Cannot query field "x".',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED', retryable: false },
    });
  });
});

describe('what graphql-js itself finds', () => {
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        list: { type: GraphQLInt, args: { first: { type: GraphQLInt, defaultValue: 20 } }, resolve: () => 1 },
        bounded: { type: GraphQLInt, args: { first: { type: GraphQLInt } }, resolve: () => 1.5 },
      },
    }),
  });
  const firstError = async (source: string, variableValues: Record<string, unknown> = {}) => {
    const { errors } = await graphql({ schema, source, variableValues });
    return format(errors?.[0]).formatted;
  };

  it('a variable of the wrong type is the caller’s mistake', async () => {
    const formatted = await firstError('query ($first: Int) { list(first: $first) }', { first: 'many' });
    expect(formatted.extensions?.code).toBe('BAD_USER_INPUT');
    expect(formatted.message).toContain('$first');
  });

  it('a result that does not fit its type is ours', async () => {
    expect((await firstError('{ bounded }')).extensions?.code).toBe('INTERNAL_SERVER_ERROR');
  });
});
