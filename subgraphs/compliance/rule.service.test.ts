import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providers } from '../../platform/testing/databases.ts';
import { type Compliance, people, startCompliance } from './compliance.fixtures.ts';
import { ruleCodes } from './rule.rules.ts';

const versionFields = `version isEnabled windowMinutes transactionsMax note changedBy { id } createdAt supersededAt
  limits { asset { code } reviewFrom { amount } refuseAbove { amount } }`;
const rulesQuery = `{ rules { code title current { ${versionFields} } versions { ${versionFields} } } }`;
const updateRule = `mutation ($input: UpdateRuleInput!) { updateRule(input: $input) { rule { code current { ${versionFields} } versions { version note supersededAt } } } }`;

const usd = { asset: 'USD', reviewFrom: '10', refuseAbove: '20.50' };

describe.each(providers)('rules on %s', (provider) => {
  it('begin with defaults for everything', async () => {
    const compliance = await startCompliance({ provider });
    const { rules } = await compliance.data(rulesQuery, {}, { as: people.carol });
    expect(rules.map(({ code }: { code: string }) => code)).toEqual([...ruleCodes]);
    expect(rules[0]).toMatchObject({
      title: 'Amount of one transfer or withdrawal',
      current: { version: 1, isEnabled: true, windowMinutes: null, changedBy: null, supersededAt: null },
      versions: [{ version: 1 }],
    });
    expect(rules[0].current.limits[0]).toEqual({
      asset: { code: 'USD' },
      reviewFrom: { amount: '5000.00' },
      refuseAbove: { amount: '50000.00' },
    });
    expect(rules[2].current).toMatchObject({
      windowMinutes: 1440,
      limits: [{ reviewFrom: null, refuseAbove: { amount: '100000.00' } }, {}, {}, {}, {}, {}],
    });
    expect(rules[4].current).toMatchObject({ windowMinutes: 10, transactionsMax: 100, limits: [] });
  });

  it('change by a new version: the old one is kept, the change audited, and the next transaction judged by it', async () => {
    const compliance = await startCompliance({ provider });
    const input = { code: 'TRANSACTION_LIMIT', expectedVersion: 1, limits: [usd], note: 'Tighter.' };
    const { rule } = (await compliance.data(updateRule, { input }, { as: people.carol })).updateRule;
    expect(rule.current).toMatchObject({ version: 2, note: 'Tighter.', changedBy: { id: people.carol.userId } });
    expect(rule.current.limits.slice(0, 2)).toEqual([
      { asset: { code: 'USD' }, reviewFrom: { amount: '10.00' }, refuseAbove: { amount: '20.50' } },
      { asset: { code: 'EUR' }, reviewFrom: { amount: '5000.00' }, refuseAbove: { amount: '50000.00' } },
    ]);
    expect(rule.versions).toMatchObject([
      { version: 2, supersededAt: null },
      { version: 1, supersededAt: expect.any(String) },
    ]);
    expect((await compliance.screen({ units: 1_000n })).data.decision).toBe('HELD');
    expect((await compliance.screen({ units: 2_051n })).data.decision).toBe('REJECTED');
    const { data } = await compliance.audited(({ action }) => action === 'rule.update');
    expect(data).toMatchObject({ actorId: people.carol.userId, resourceType: 'Rule', resourceId: 'TRANSACTION_LIMIT' });
    expect(JSON.parse(String(data.details))).toMatchObject({
      version: 2,
      parameters: { limits: { USD: { reviewFrom: '1000', refuseAbove: '2050' } } },
    });
  });

  it('can be switched off and on', async () => {
    const compliance = await startCompliance({ provider });
    const change = (expectedVersion: number, isEnabled: boolean) =>
      compliance.data(
        updateRule,
        { input: { code: 'TRANSACTION_LIMIT', expectedVersion, isEnabled, note: 'test' } },
        { as: people.carol },
      );
    await change(1, false);
    expect((await compliance.screen({ units: 6_000_000n })).data.decision).toBe('CLEARED');
    await change(2, true);
    expect((await compliance.screen({ units: 600_000n })).data.decision).toBe('HELD');
  });

  it('are changed by one of several officers who looked at the same version', async () => {
    const compliance = await startCompliance({ provider });
    const results = await Promise.all(
      [1, 2, 3, 4].map((transactionsMax) =>
        compliance.execute(
          updateRule,
          { input: { code: 'VELOCITY', expectedVersion: 1, transactionsMax, note: 'mine' } },
          { as: people.carol },
        ),
      ),
    );
    const codes = results.map(({ errors }) => errors?.[0]?.extensions.code ?? 'DONE').sort();
    expect(codes).toEqual(['DONE', 'RULE_CHANGED_MEANWHILE', 'RULE_CHANGED_MEANWHILE', 'RULE_CHANGED_MEANWHILE']);
    const input = { code: 'VELOCITY', expectedVersion: 1, note: 'again' };
    expect((await compliance.refusal(updateRule, { input }, { as: people.carol })).details).toEqual({
      code: 'VELOCITY',
      expectedVersion: 1,
      version: 2,
    });
  });

  it('are read with compliance:read and changed with compliance:review', async () => {
    const compliance = await startCompliance({ provider });
    const input = { code: 'VELOCITY', expectedVersion: 1, transactionsMax: 1_000, note: 'more' };
    for (const as of [people.alice, people.olivia]) {
      expect((await compliance.refusal(rulesQuery, {}, { as })).code).toBe('FORBIDDEN');
      expect((await compliance.refusal(updateRule, { input }, { as })).code).toBe('FORBIDDEN');
    }
    expect((await compliance.refusal(rulesQuery)).code).toBe('UNAUTHENTICATED');
    expect((await compliance.data(rulesQuery, {}, { as: people.astrid })).rules).toHaveLength(ruleCodes.length);
    expect((await compliance.refusal(updateRule, { input }, { as: people.astrid })).code).toBe('FORBIDDEN');
  });
});

// Decided before the database is asked, so one engine and one instance will do.
describe('a change of a rule', () => {
  let compliance: Compliance;
  beforeAll(async () => {
    compliance = await startCompliance();
  });
  afterAll(() => compliance.stop());

  it.each([
    [{ code: 'SANCTIONED_NAME', isEnabled: false }, 'RULE_CANNOT_BE_DISABLED', { code: 'SANCTIONED_NAME' }],
    [{ code: 'SANCTIONED_NAME', limits: [usd] }, 'RULE_PARAMETER_NOT_TAKEN', { parameter: 'limits' }],
    [{ code: 'TRANSACTION_LIMIT', windowMinutes: 5 }, 'RULE_PARAMETER_NOT_TAKEN', { parameter: 'windowMinutes' }],
    [{ code: 'DAILY_LIMIT', transactionsMax: 5 }, 'RULE_PARAMETER_NOT_TAKEN', { parameter: 'transactionsMax' }],
    [{ code: 'VELOCITY', limits: [usd] }, 'RULE_PARAMETER_NOT_TAKEN', { parameter: 'limits' }],
    [{ code: 'TRANSACTION_LIMIT', limits: [{ ...usd, reviewFrom: '30' }] }, 'RULE_LIMIT_INVALID', { asset: 'USD' }],
    [{ code: 'TRANSACTION_LIMIT', limits: [{ ...usd, asset: 'DOGE' }] }, 'UNKNOWN_ASSET', { field: 'input.limits.0.asset' }],
    [
      { code: 'TRANSACTION_LIMIT', limits: [{ ...usd, reviewFrom: '1.005' }] },
      'AMOUNT_TOO_PRECISE',
      { field: 'input.limits.0.reviewFrom' },
    ],
    [{ code: 'TRANSACTION_LIMIT', limits: [{ ...usd, refuseAbove: '-1' }] }, 'AMOUNT_NOT_POSITIVE', {}],
    [{ code: 'DAILY_LIMIT', windowMinutes: 0 }, 'BAD_USER_INPUT', { field: 'input.windowMinutes' }],
    [{ code: 'VELOCITY', windowMinutes: 44_641 }, 'BAD_USER_INPUT', { field: 'input.windowMinutes' }],
    [{ code: 'VELOCITY', transactionsMax: -1 }, 'BAD_USER_INPUT', { field: 'input.transactionsMax' }],
    [{ code: 'VELOCITY', note: '  ' }, 'BAD_USER_INPUT', { field: 'input.note' }],
  ])('is refused: %j: %s', async (change, code, details) => {
    const refusal = await compliance.refusal(
      updateRule,
      { input: { expectedVersion: 1, note: 'test', ...change } },
      { as: people.carol },
    );
    expect(refusal).toMatchObject({ code, details });
    const { rules } = await compliance.data(rulesQuery, {}, { as: people.carol });
    for (const { versions } of rules) expect(versions).toHaveLength(1);
  });
});
