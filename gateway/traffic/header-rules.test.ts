import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../platform/config/config.ts';
import { createHeaderRules } from './header-rules.ts';

/** As configured, defaults and checks included. */
const rulesOf = (rules: unknown) => createHeaderRules(loadConfig({ HEADER_RULES: JSON.stringify(rules) }).gateway.headerRules);

const received = {
  'accept-language': 'de',
  'x-tenant-id': 't1',
  'x-tenant-region': ['eu', 'us'],
  cookie: 'a=1',
  authorization: 'Basic abc',
  connection: 'close, X-Private',
  'x-private': 'secret',
  'content-length': '12',
  te: 'trailers',
};

describe('headers to subgraphs', () => {
  it('are propagated by name and by pattern, renamed, defaulted, inserted and removed, for all and for one', () => {
    const rules = rulesOf({
      '*': {
        request: [
          { propagate: 'accept-language' },
          { propagateMatching: '^x-tenant-' },
          { propagate: 'x-flag', default: 'off' },
          { insert: 'x-gateway', value: 'clawpurse' },
        ],
      },
      reviews: {
        request: [{ propagate: 'cookie', rename: 'x-cookie' }, { remove: 'authorization' }, { removeMatching: '-region$' }],
      },
    });
    const headers = rules?.begin(received);
    const common = { 'accept-language': 'de', 'x-tenant-id': 't1', 'x-flag': 'off', 'x-gateway': 'clawpurse' };
    expect(headers?.to('products')).toEqual({ ...common, 'x-tenant-region': 'eu, us' });
    expect(headers?.to('reviews')).toEqual({ ...common, 'x-tenant-region': null, 'x-cookie': 'a=1', authorization: null });
    expect(headers?.to('reviews'), 'made once').toBe(headers?.to('reviews'));
  });

  it('never are those between two neighbours, whatever the rules say', () => {
    const rules = rulesOf({
      '*': {
        request: [
          { propagateMatching: '.*' },
          { insert: 'transfer-encoding', value: 'chunked' },
          { propagate: 'cookie', rename: 'host' },
        ],
      },
    });
    const sent = rules?.begin(received).to('any');
    expect(Object.keys(sent ?? {}).sort()).toEqual([
      'accept-language',
      'authorization',
      'cookie',
      'x-tenant-id',
      'x-tenant-region',
    ]);
  });

  it('give requests of the same headers the same scope, and of other headers another', () => {
    const rules = rulesOf({ one: { request: [{ propagate: 'accept-language' }] } });
    const scopeOf = (headers: object) => rules?.begin(headers as never).scope;
    expect(scopeOf({ 'accept-language': 'de', other: '1' })).toBe(scopeOf({ 'accept-language': 'de', other: '2' }));
    expect(scopeOf({ 'accept-language': 'de' })).not.toBe(scopeOf({ 'accept-language': 'fr' }));
    expect(scopeOf({ 'accept-language': 'de' })).not.toBe(scopeOf({}));
  });
});

describe('headers back to the client', () => {
  it('are those of the list only: cookies all, others the first, the last or all', () => {
    const rules = rulesOf({
      '*': {
        response: [
          { propagate: 'set-cookie' },
          { propagate: 'x-first', keep: 'first' },
          { propagate: 'x-last' },
          { propagate: 'x-all', keep: 'all' },
          { propagate: 'transfer-encoding' },
        ],
      },
    });
    const headers = rules?.begin({});
    expect(headers?.forClient()).toBeNull();
    const answer = (n: number) => ({
      'set-cookie': [`c${n}=1`],
      'x-first': `${n}`,
      'x-last': `${n}`,
      'x-all': `${n}`,
      'x-secret': 's',
      'transfer-encoding': 'chunked',
    });
    headers?.from('a', answer(1));
    headers?.from('b', answer(2));
    headers?.from('c', undefined);
    expect(headers?.forClient()).toEqual({ 'set-cookie': ['c1=1', 'c2=1'], 'x-first': '1', 'x-last': '2', 'x-all': '1, 2' });
  });
});

describe('rules', () => {
  it('that say nothing cost nothing', () => {
    expect(rulesOf({})).toBeNull();
    expect(rulesOf({ '*': {} })).toBeNull();
  });

  it.each([
    [{ '*': { request: [{ propagateMatching: '(' }] } }, 'request.0'],
    [{ '*': { request: [{ propagate: 'Upper' }] } }, 'request.0'],
    [{ '*': { requests: [] } }, 'requests'],
  ])('that are not valid are refused by their place: %j', (rules, place) => {
    expect(() => rulesOf(rules)).toThrow(place);
  });
});
