import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultRules } from './rule.defaults.ts';
import type { Rule } from './rule.rules.ts';
import {
  decide,
  decisions,
  evaluateRules,
  type RuleResult,
  ruleResults,
  type SanctionsMatch,
  type ScreenedParty,
  type ScreeningFacts,
  type Usage,
} from './screening.rules.ts';

const requestedAt = new Date('2026-11-05T09:30:15.000Z');
const minute = Math.floor(requestedAt.getTime() / 60_000);
const dollars = (amount: number) => BigInt(amount * 100);

const aParty = (changes: Partial<ScreenedParty> = {}): ScreenedParty => ({
  id: 'alice',
  roles: ['REQUESTER', 'SOURCE_OWNER'],
  normalisedName: 'alice archer',
  country: null,
  matches: [],
  ...changes,
});
const facts = (changes: Partial<ScreeningFacts> = {}): ScreeningFacts => ({
  kind: 'TRANSFER',
  asset: 'USD',
  units: dollars(12.5),
  requestedAt,
  usage: [],
  history: [],
  incoming: [],
  isPayeeKnown: true,
  parties: [aParty(), aParty({ id: 'bob', roles: ['DESTINATION_OWNER'], normalisedName: 'baker bob' })],
  ...changes,
});
const used = (changes: Partial<Usage> = {}): Usage => ({ asset: 'USD', minute, units: dollars(1), transactions: 1, ...changes });
const listed: SanctionsMatch = {
  list: 'test',
  listVersion: '1',
  reference: 'T-1',
  percent: 100,
  verdict: null,
  why: 'of 1 word',
};

function resultOf(
  code: Rule['code'],
  changes: Partial<ScreeningFacts>,
  rules: readonly Rule[] = defaultRules,
): RuleResult | undefined {
  return evaluateRules(rules, facts(changes)).find(({ ruleCode }) => ruleCode === code)?.result;
}

describe('the rules', () => {
  it('clear an ordinary transfer, each with its version, inputs and explanation', () => {
    const outcomes = evaluateRules(defaultRules, facts());
    expect(decide(outcomes)).toBe('CLEARED');
    expect(outcomes.map(({ ruleCode }) => ruleCode)).toEqual([
      'TRANSACTION_LIMIT',
      'DAILY_LIMIT',
      'VELOCITY',
      'SANCTIONED_NAME',
      'STRUCTURING',
      'RAPID_IN_OUT',
      'DORMANT_ACCOUNT',
      'NEW_PAYEE',
      'ROUND_AMOUNTS',
      'RISKY_COUNTRY',
    ]);
    expect(outcomes[0]).toEqual({
      ruleCode: 'TRANSACTION_LIMIT',
      ruleVersion: 1,
      result: 'PASS',
      inputs: { asset: 'USD', units: '1250', reviewFromUnits: '500000', refuseAboveUnits: '5000000' },
      explanation: 'The amount of 12.50 USD is within the limits.',
      isShadow: false,
      reviewersMin: 1,
    });
  });

  it.each([
    [4_999.99, 'PASS'],
    [5_000, 'REVIEW'],
    [50_000, 'REVIEW'],
    [50_000.01, 'REFUSE'],
  ])('judge a transfer of %d USD: %s', (amount, expected) => {
    expect(resultOf('TRANSACTION_LIMIT', { units: dollars(amount) })).toBe(expected);
  });

  it('let an operator confirm a deposit that a customer could not send', () => {
    expect(decide(evaluateRules(defaultRules, facts({ kind: 'DEPOSIT', units: dollars(100_000) })))).toBe('CLEARED');
    expect(decide(evaluateRules(defaultRules, facts({ kind: 'WITHDRAWAL', units: dollars(100_000) })))).toBe('REJECTED');
  });

  it('refuse what would exceed the daily limit together with what was moved before', () => {
    const usage = [
      used({ units: dollars(60_000), minute: minute - 600 }),
      used({ units: dollars(39_000), minute: minute - 1_440 }),
    ];
    expect(resultOf('DAILY_LIMIT', { usage, units: dollars(1_000) })).toBe('PASS');
    expect(resultOf('DAILY_LIMIT', { usage, units: dollars(1_000.01) })).toBe('REFUSE');
  });

  it('forget for the daily limit what is older than a day, and what was in another asset', () => {
    const usage = [used({ units: dollars(99_999), minute: minute - 1_441 }), used({ asset: 'EUR', units: dollars(99_999) })];
    expect(resultOf('DAILY_LIMIT', { usage, units: dollars(1_000) })).toBe('PASS');
  });

  it('hold the transaction after the most that may be requested in ten minutes, whatever the assets', () => {
    const usage = [used({ transactions: 60 }), used({ asset: 'BTC', minute: minute - 10, transactions: 39 })];
    expect(resultOf('VELOCITY', { usage })).toBe('PASS');
    expect(resultOf('VELOCITY', { usage: [...usage, used({ asset: 'EUR' })] })).toBe('REVIEW');
    expect(resultOf('VELOCITY', { usage: [used({ minute: minute - 11, transactions: 100 })] })).toBe('PASS');
  });

  it('refuse a party on a sanctions list, and name the entry but not the person', () => {
    const [outcome] = evaluateRules(
      defaultRules.filter(({ code }) => code === 'SANCTIONED_NAME'),
      facts({
        parties: [
          aParty(),
          aParty({ id: 'account', roles: ['DESTINATION_HOLDER'], normalisedName: 'gloomhaven malachar', matches: [listed] }),
        ],
      }),
    );
    expect(outcome).toMatchObject({
      result: 'REFUSE',
      explanation: 'The name of the destination holder is entry T-1 of the list test, version 1.',
    });
    expect(JSON.stringify(outcome)).not.toContain('gloomhaven');
  });

  it('hold a party whose name is not known, or cannot be read', () => {
    expect(resultOf('SANCTIONED_NAME', { parties: [aParty({ normalisedName: null })] })).toBe('REVIEW');
    expect(resultOf('SANCTIONED_NAME', { parties: [aParty({ normalisedName: '' })] })).toBe('REVIEW');
  });

  it('refuse a match even when another name is missing', () => {
    expect(resultOf('SANCTIONED_NAME', { parties: [aParty({ normalisedName: null }), aParty({ matches: [listed] })] })).toBe(
      'REFUSE',
    );
  });

  it('hold an asset that nobody has set a limit for', () => {
    expect(resultOf('TRANSACTION_LIMIT', { asset: 'DOGE' })).toBe('REVIEW');
    expect(resultOf('TRANSACTION_LIMIT', { asset: 'constructor' })).toBe('REVIEW');
  });

  it('do not take part when they are switched off', () => {
    const rules = defaultRules.map((rule) => (rule.code === 'TRANSACTION_LIMIT' ? { ...rule, isEnabled: false } : rule));
    expect(resultOf('TRANSACTION_LIMIT', { units: dollars(60_000) }, rules)).toBeUndefined();
  });

  it('clear nothing when there are none', () => {
    expect(decide([])).toBe('HELD');
  });

  it('cover every asset of the platform', async () => {
    const { assetRegistry } = await import('../../platform/money/assets.ts');
    for (const { code } of assetRegistry.all) {
      for (const kind of ['TRANSFER', 'DEPOSIT'] as const) {
        expect(decide(evaluateRules(defaultRules, facts({ kind, asset: code, units: 1n }))), `${kind} of ${code}`).toBe(
          'CLEARED',
        );
      }
    }
  });
});

describe('properties of the rules', () => {
  const anAsset = fc.constantFrom('USD', 'BTC', 'ETH', 'NTMPI');
  const anAmount = fc.bigInt({ min: 1n, max: 10n ** 24n });
  const someUsage = fc.array(
    fc.record({
      asset: anAsset,
      minute: fc.integer({ min: minute - 3_000, max: minute + 5 }),
      units: fc.bigInt({ min: 0n, max: 10n ** 20n }),
      transactions: fc.integer({ min: 0, max: 150 }),
    }),
    { maxLength: 20 },
  );
  const someParties = fc.array(
    fc.record({ normalisedName: fc.constantFrom(null, '', 'alice archer'), matches: fc.constantFrom([], [listed]) }).map(aParty),
    { minLength: 1, maxLength: 4 },
  );
  const someFacts = fc
    .record({
      asset: anAsset,
      units: anAmount,
      usage: someUsage,
      parties: someParties,
      kind: fc.constantFrom('TRANSFER', 'DEPOSIT', 'WITHDRAWAL'),
    })
    .map((changes) => facts(changes));
  const severity = (result: RuleResult) => ruleResults.indexOf(result);
  const strictness = (given: ScreeningFacts) => decisions.indexOf(decide(evaluateRules(defaultRules, given)));

  it('never judge a larger amount more mildly', () => {
    fc.assert(
      fc.property(someFacts, anAmount, (given, more) => {
        const before = evaluateRules(defaultRules, given);
        const after = evaluateRules(defaultRules, { ...given, units: given.units + more });
        for (const [index, { result }] of before.entries()) {
          expect(severity(after[index]?.result ?? 'PASS')).toBeGreaterThanOrEqual(severity(result));
        }
      }),
    );
  });

  it('never decide more mildly for more that was moved before', () => {
    fc.assert(
      fc.property(someFacts, someUsage, (given, more) => {
        expect(strictness({ ...given, usage: [...given.usage, ...more] })).toBeGreaterThanOrEqual(strictness(given));
      }),
    );
  });

  it('never decide more mildly for a further party', () => {
    fc.assert(
      fc.property(someFacts, someParties, (given, more) => {
        expect(strictness({ ...given, parties: [...given.parties, ...more] })).toBeGreaterThanOrEqual(strictness(given));
      }),
    );
  });

  it('do not depend on the order of what was moved, nor of the rules', () => {
    fc.assert(
      fc.property(someFacts, (given) => {
        const reversed = evaluateRules(defaultRules.toReversed(), { ...given, usage: given.usage.toReversed() }).toReversed();
        expect(reversed).toEqual(evaluateRules(defaultRules, given));
      }),
    );
  });
});
