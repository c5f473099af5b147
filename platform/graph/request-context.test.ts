import { describe, expect, it } from 'vitest';
import { bearerToken, personFrom, requestIdFrom } from './request-context.ts';

const ids = { next: () => 'made-here' };

describe('what comes with a request', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['Bearer abc', 'abc'],
    ['bearer  abc ', 'abc'],
    ['Basic dXNlcg==', 'Basic dXNlcg=='],
    ['Bearer a b', 'Bearer a b'],
    [['Bearer a'], null],
  ])('authorization %j holds the token %j', (header, token) => {
    expect(bearerToken(header)).toBe(token);
  });

  it.each([
    ['a-1.b_2', 'a-1.b_2'],
    ['', 'made-here'],
    ['with space', 'made-here'],
    ['line\nbreak', 'made-here'],
    ['x'.repeat(129), 'made-here'],
    [undefined, 'made-here'],
    [7, 'made-here'],
  ])('request id %j becomes %j', (value, id) => {
    expect(requestIdFrom(value, ids)).toBe(id);
  });

  it('keeps the person’s address and user agent within bounds', () => {
    const person = personFrom({ 'x-client-address': '::1', 'x-client-user-agent': 'x'.repeat(2000) });
    expect(person.address).toBe('::1');
    expect(person.userAgent).toHaveLength(512);
    expect(personFrom({ 'x-client-address': ['a', 'b'] })).toEqual({ address: null, userAgent: null });
  });
});
