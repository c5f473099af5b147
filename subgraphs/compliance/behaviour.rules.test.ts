import { describe, expect, it } from 'vitest';
import type { Activity } from './behaviour.rules.ts';
import { defaultRules } from './rule.defaults.ts';
import type { RuleCode } from './rule.rules.ts';
import { decide, evaluateRules, reviewersNeeded, type ScreeningFacts } from './screening.rules.ts';

const requestedAt = new Date('2026-11-05T09:30:15.000Z');
const hourMs = 60 * 60_000;
const dollars = (amount: number) => BigInt(Math.round(amount * 100));
const earlier = (amount: number, hours = 1, changes: Partial<Activity> = {}): Activity => ({
  asset: 'USD',
  units: dollars(amount),
  at: new Date(requestedAt.getTime() - hours * hourMs),
  isRejected: false,
  ...changes,
});
const facts = (changes: Partial<ScreeningFacts> = {}): ScreeningFacts => ({
  kind: 'TRANSFER',
  asset: 'USD',
  units: dollars(10),
  requestedAt,
  usage: [],
  history: [],
  incoming: [],
  isPayeeKnown: true,
  parties: [{ id: 'alice', roles: ['REQUESTER'], normalisedName: 'alice', country: null, matches: [] }],
  ...changes,
});
const judge = (code: RuleCode, changes: Partial<ScreeningFacts>) =>
  evaluateRules(defaultRules, facts(changes)).find(({ ruleCode }) => ruleCode === code);
const partyIn = (country: string | null) => [{ ...facts().parties[0], country }] as ScreeningFacts['parties'];

const cases: [RuleCode, string, Partial<ScreeningFacts>, 'PASS' | 'REVIEW' | 'REFUSE'][] = [
  ['STRUCTURING', 'three just below', { units: dollars(4_900), history: [earlier(4_800), earlier(4_999.99, 23)] }, 'REVIEW'],
  ['STRUCTURING', 'two just below', { units: dollars(4_900), history: [earlier(4_800), earlier(4_900, 25)] }, 'PASS'],
  ['STRUCTURING', 'others just below', { units: dollars(20), history: [earlier(4_800), earlier(4_900), earlier(4_900)] }, 'PASS'],
  ['STRUCTURING', 'the threshold itself', { units: dollars(5_000), history: [earlier(4_800), earlier(4_900)] }, 'PASS'],
  [
    'STRUCTURING',
    'another asset',
    { units: dollars(4_900), history: [earlier(4_800, 1, { asset: 'EUR' }), earlier(4_900)] },
    'PASS',
  ],
  ['RAPID_IN_OUT', 'nearly all goes out', { units: dollars(900), incoming: [earlier(1_000)] }, 'REVIEW'],
  ['RAPID_IN_OUT', 'in parts', { units: dollars(500), incoming: [earlier(1_000, 5)], history: [earlier(400)] }, 'REVIEW'],
  ['RAPID_IN_OUT', 'half of it', { units: dollars(500), incoming: [earlier(1_000)] }, 'PASS'],
  ['RAPID_IN_OUT', 'little came in', { units: dollars(900), incoming: [earlier(999)] }, 'PASS'],
  ['RAPID_IN_OUT', 'rejected money', { units: dollars(900), incoming: [earlier(1_000, 1, { isRejected: true })] }, 'PASS'],
  ['DORMANT_ACCOUNT', 'after half a year', { units: dollars(500), history: [earlier(1, 181 * 24)] }, 'REVIEW'],
  ['DORMANT_ACCOUNT', 'a small amount', { units: dollars(499), history: [earlier(1, 181 * 24)] }, 'PASS'],
  ['DORMANT_ACCOUNT', 'the first movement', { units: dollars(5_000) }, 'PASS'],
  ['DORMANT_ACCOUNT', 'last week', { units: dollars(5_000), history: [earlier(1, 7 * 24)] }, 'PASS'],
  ['NEW_PAYEE', 'much to a stranger', { units: dollars(2_000), isPayeeKnown: false }, 'REVIEW'],
  ['NEW_PAYEE', 'much to a friend', { units: dollars(2_000) }, 'PASS'],
  ['NEW_PAYEE', 'little to a stranger', { units: dollars(1_999.99), isPayeeKnown: false }, 'PASS'],
  ['ROUND_AMOUNTS', 'three', { units: dollars(1_000), history: [earlier(3_000), earlier(2_000)] }, 'REVIEW'],
  [
    'ROUND_AMOUNTS',
    'one that is not',
    { units: dollars(1_001), history: [earlier(3_000), earlier(2_000), earlier(1_000)] },
    'PASS',
  ],
  ['RISKY_COUNTRY', 'refused', { parties: partyIn('KP') }, 'REFUSE'],
  ['RISKY_COUNTRY', 'looked at', { parties: partyIn('IR') }, 'REVIEW'],
  ['RISKY_COUNTRY', 'any other', { parties: partyIn('FR') }, 'PASS'],
  ['RISKY_COUNTRY', 'not known', { parties: partyIn(null) }, 'PASS'],
];

describe('the rules about behaviour', () => {
  it.each(cases)('%s: %s', (code, _what, changes, expected) => {
    const outcome = judge(code, changes);
    expect(outcome?.result).toBe(expected);
    expect(outcome?.explanation).toMatch(/^[A-Z0-9].*\.$/);
    expect(Object.keys(outcome?.inputs ?? {}).length).toBeGreaterThan(0);
  });

  it('say nothing against an asset without a threshold, and nothing of deposits', () => {
    expect(judge('STRUCTURING', { asset: 'DOGE', units: 1n })?.result).toBe('PASS');
    expect(judge('NEW_PAYEE', { kind: 'DEPOSIT', units: dollars(9_000), isPayeeKnown: false })).toBeUndefined();
    expect(judge('RISKY_COUNTRY', { kind: 'DEPOSIT', parties: partyIn('KP') })?.result).toBe('REFUSE');
  });

  it('on trial are recorded and change nothing; enforced they hold', () => {
    const stranger = facts({ units: dollars(2_000), isPayeeKnown: false });
    const outcomes = evaluateRules(defaultRules, stranger);
    expect(outcomes.find(({ ruleCode }) => ruleCode === 'NEW_PAYEE')).toMatchObject({ result: 'REVIEW', isShadow: true });
    expect(decide(outcomes)).toBe('CLEARED');
    expect(
      decide(
        evaluateRules(
          defaultRules.map((rule) => ({ ...rule, mode: 'ENFORCED' as const })),
          stranger,
        ),
      ),
    ).toBe('HELD');
  });

  it('ask for two people by the amount, or by the rule', () => {
    const needed = (changes: Partial<ScreeningFacts>) => reviewersNeeded(evaluateRules(defaultRules, facts(changes)));
    expect(needed({ units: dollars(6_000) })).toBe(1);
    expect(needed({ units: dollars(25_000) })).toBe(2);
    const match = { list: 'test', listVersion: '1', reference: 'T-1', percent: 92, verdict: null, why: 'of 2 words 2 alike' };
    const parties = [{ ...facts().parties[0], matches: [match] }] as ScreeningFacts['parties'];
    expect(needed({ parties })).toBe(2);
    expect(judge('SANCTIONED_NAME', { parties })).toMatchObject({
      result: 'REVIEW',
      explanation:
        'The name of the requester resembles entry T-1 of the list test, version 1, by 92 % (of 2 words 2 alike); from 88 % on it is looked at.',
    });
    const decided = (verdict: 'TRUE_MATCH' | 'FALSE_POSITIVE') =>
      judge('SANCTIONED_NAME', { parties: [{ ...parties[0], matches: [{ ...match, verdict }] }] as ScreeningFacts['parties'] })
        ?.result;
    expect([decided('TRUE_MATCH'), decided('FALSE_POSITIVE')]).toEqual(['REFUSE', 'PASS']);
  });
});
