// The judge of the bank workload finds what is planted: a judge that sees nothing would let everything pass.
import { describe, expect, it } from 'vitest';
import { type AccountReading, type History, judgeHistory, judgeReading, noReadErrors, type StoredPayment } from './bank.rules.ts';

const bank = { ids: ['a', 'b'], total: 200n };
const account = (holderId: string, posted: string | null, available = posted): AccountReading => ({
  holderId,
  posted,
  available,
});
const noHistoryErrors = { lost: 0, duplicated: 0, refusedButMade: 0, unfinished: 0, wrongBalance: 0 };

const payment: StoredPayment = {
  id: 'p1',
  key: 'k1',
  state: 'COMPLETED',
  sourceId: 'a',
  destinationId: 'b',
  units: 30n,
  entries: 2,
};
const sound: History = {
  acknowledged: [{ key: 'k1', ids: new Set(['p1']) }],
  refusedKeys: ['k2'],
  payments: [payment],
  opening: new Map([
    ['a', 100n],
    ['b', 100n],
  ]),
  closing: new Map([
    ['a', 70n],
    ['b', 130n],
  ]),
};
const withPayment = (change: Partial<StoredPayment>): Partial<History> => ({ payments: [{ ...payment, ...change }] });

describe('a reading', () => {
  it.each([
    ['a sound one', [account('a', '150'), account('b', '50', '0')], {}],
    ['money that is gone', [account('a', '150'), account('b', '49')], { wrongTotal: 1 }],
    ['money from nowhere', [account('a', '150'), account('b', '51')], { wrongTotal: 1 }],
    ['an overdrawn account', [account('a', '201'), account('b', '-1')], { negativeValue: 1 }],
    ['more set aside than there is', [account('a', '150'), account('b', '50', '-1')], { negativeValue: 1 }],
    ['an account without a balance', [account('a', '200'), account('b', null)], { nilBalance: 1 }],
    ['an account that is missing', [account('a', '200')], { nilBalance: 1 }],
    ['an account that nobody opened', [account('a', '150'), account('b', '50'), account('x', '0')], { unexpectedKey: 1 }],
  ])('%s', (_what, reading, found) => {
    const errors = noReadErrors();
    judgeReading(reading, bank, errors);
    expect(errors).toEqual({ ...noReadErrors(), ...found });
  });
});

describe('a history', () => {
  it.each<[string, Partial<History>, Partial<typeof noHistoryErrors>]>([
    ['a sound one', {}, {}],
    ['an acknowledged payment that is nowhere', { payments: [], closing: sound.opening }, { lost: 1 }],
    [
      'a completed payment that moved nothing',
      { ...withPayment({ entries: 0 }), closing: sound.opening },
      { lost: 1, wrongBalance: 2 },
    ],
    ['two answers to one key', { acknowledged: [{ key: 'k1', ids: new Set(['p1', 'p2']) }] }, { lost: 1, duplicated: 1 }],
    [
      'two payments of one key',
      { payments: [payment, { ...payment, id: 'p2', state: 'FAILED', entries: 0 }] },
      { duplicated: 1 },
    ],
    ['a payment that moved money twice', withPayment({ entries: 4 }), { duplicated: 1 }],
    ['a failed payment that moved money', withPayment({ state: 'FAILED' }), { duplicated: 1, wrongBalance: 2 }],
    ['a refused request that was carried out', { refusedKeys: ['k1'] }, { refusedButMade: 1 }],
    ['a payment without an end', { ...withPayment({ state: 'POSTING', entries: 0 }), closing: sound.opening }, { unfinished: 1 }],
    ['a balance that is not the sum of its payments', { closing: new Map(sound.opening) }, { wrongBalance: 2 }],
  ])('%s', (_what, change, found) => {
    expect(judgeHistory({ ...sound, ...change })).toEqual({ ...noHistoryErrors, ...found });
  });
});
