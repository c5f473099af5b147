import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { summarise } from './summary.ts';

describe('the line about a live event', () => {
  it('gives the first values in the order of the selection, without ids, cursors and nulls', () => {
    const transaction = {
      id: '01930000-0000-7000-8000-0000000000a1',
      amount: { amount: '12.50', asset: { code: 'USD' } },
      memo: null,
    };
    const data = { transactionUpdated: { state: 'COMPLETED', cursor: 'c', transaction, version: 3, later: 'unsaid' } };
    expect(summarise({ data })).toBe('COMPLETED · 12.50 · USD · 3');
  });

  it('walks lists and shortens long values', () => {
    expect(summarise({ data: { names: ['a', 'x'.repeat(50)] } })).toBe(`a · ${'x'.repeat(40)}…`);
  });

  it('gives the error, with its code, when there is one', () => {
    const error = new GraphQLError('Sign in to do this.', { extensions: { code: 'UNAUTHENTICATED' } });
    expect(summarise({ data: null, errors: [error] })).toBe('UNAUTHENTICATED: Sign in to do this.');
    expect(summarise({ errors: [new GraphQLError('Odd.')] })).toBe('Odd.');
  });
});
