import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providers } from '../../platform/testing/databases.ts';
import { type Compliance, people, startCompliance } from './compliance.fixtures.ts';
import { ruleCodes } from './rule.rules.ts';

const versionFields = `version isEnabled mode reviewersMin windowMinutes transactionsMax note changedBy { id } approvedBy { id } createdAt supersededAt
  limits { asset { code } reviewFrom { amount } refuseAbove { amount } }`;
const rulesQuery = `{ rules { code title current { ${versionFields} } versions { ${versionFields} } } }`;
const changeFields =
  'id code baseVersion state note proposedBy { id } decidedBy { id } decisionNote terms { mode transactionsMax }';
const propose = `mutation ($input: ProposeRuleChangeInput!) { proposeRuleChange(input: $input) { ruleChange { ${changeFields} } } }`;
const decision = (verb: string) =>
  `mutation ($input: DecideRuleChangeInput!) { ${verb}RuleChange(input: $input) { ruleChange { ${changeFields} } } }`;
const [approve, reject, withdraw] = ['approve', 'reject', 'withdraw'].map(decision) as [string, string, string];
const changesQuery = `query ($state: RuleChangeState) { ruleChanges(state: $state) { nodes { ${changeFields} } } }`;

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
      limits: [{ reviewFrom: null, refuseAbove: { amount: '100000.00' } }, {}, {}, {}, {}, {}, {}, {}],
    });
    expect(rules[4].current).toMatchObject({ windowMinutes: 10, transactionsMax: 100, limits: [] });
  });

  it('change when one officer proposes and another approves: a new version, audited, by which the next transaction is judged', async () => {
    const compliance = await startCompliance({ provider });
    const input = { code: 'TRANSACTION_LIMIT', expectedVersion: 1, limits: [usd], note: 'Tighter.' };
    const { ruleChange } = (await compliance.data(propose, { input }, { as: people.carol })).proposeRuleChange;
    expect(ruleChange).toMatchObject({ state: 'PROPOSED', baseVersion: 1, proposedBy: { id: people.carol.userId } });
    expect((await compliance.screen({ units: 1_000n })).data.decision).toBe('CLEARED');

    const changeId = ruleChange.id;
    for (const mutation of [approve, reject]) {
      const refusal = await compliance.refusal(mutation, { input: { changeId } }, { as: people.carol });
      expect(refusal).toMatchObject({ code: 'RULE_CHANGE_NEEDS_ANOTHER', details: { changeId } });
    }
    expect((await compliance.audited(({ outcome }) => outcome === 'REFUSED')).data).toMatchObject({
      action: 'rule_change.approve',
    });
    const approved = await compliance.data(approve, { input: { changeId, note: 'Agreed.' } }, { as: people.cedric });
    expect(approved.approveRuleChange.ruleChange).toMatchObject({
      state: 'APPROVED',
      decidedBy: { id: people.cedric.userId },
      decisionNote: 'Agreed.',
    });

    const { rules } = await compliance.data(rulesQuery, {}, { as: people.carol });
    expect(rules[0].current).toMatchObject({ version: 2, note: 'Tighter.', changedBy: { id: people.carol.userId } });
    expect(rules[0].current.approvedBy).toEqual({ id: people.cedric.userId });
    expect(rules[0].current.limits.slice(0, 2)).toEqual([
      { asset: { code: 'USD' }, reviewFrom: { amount: '10.00' }, refuseAbove: { amount: '20.50' } },
      { asset: { code: 'EUR' }, reviewFrom: { amount: '5000.00' }, refuseAbove: { amount: '50000.00' } },
    ]);
    expect(rules[0].versions).toMatchObject([
      { version: 2, supersededAt: null },
      { version: 1, supersededAt: expect.any(String) },
    ]);
    expect((await compliance.screen({ units: 1_000n })).data.decision).toBe('HELD');
    expect((await compliance.screen({ units: 2_051n })).data.decision).toBe('REJECTED');
    const { data } = await compliance.audited(({ action }) => action === 'rule.update');
    expect(data).toMatchObject({ actorId: people.cedric.userId, resourceType: 'Rule', resourceId: 'TRANSACTION_LIMIT' });
    expect(JSON.parse(String(data.details))).toMatchObject({
      version: 2,
      proposedBy: people.carol.userId,
      parameters: { limits: { USD: { reviewFrom: '1000', refuseAbove: '2050' } } },
    });

    // Switched off and on, put on trial and enforced.
    await compliance.changeRule({ code: 'TRANSACTION_LIMIT', expectedVersion: 2, isEnabled: false });
    expect((await compliance.screen({ units: 6_000_000n })).data.decision).toBe('CLEARED');
    await compliance.changeRule({ code: 'TRANSACTION_LIMIT', expectedVersion: 3, isEnabled: true, mode: 'SHADOW' });
    expect((await compliance.screen({ units: 1_000n })).data).toMatchObject({ decision: 'CLEARED', reasons: [] });
    await compliance.changeRule({ code: 'TRANSACTION_LIMIT', expectedVersion: 4, mode: 'ENFORCED' });
    expect((await compliance.screen({ units: 1_000n })).data.decision).toBe('HELD');
  });

  it('change once: a proposal is decided once, and against the version that it was made for', async () => {
    const compliance = await startCompliance({ provider });
    const proposed: string[] = [];
    for (const transactionsMax of [1, 2, 3]) {
      const input = { code: 'VELOCITY', expectedVersion: 1, transactionsMax, note: 'mine' };
      proposed.push((await compliance.data(propose, { input }, { as: people.carol })).proposeRuleChange.ruleChange.id);
    }
    const results = await Promise.all(
      proposed
        .slice(0, 2)
        .flatMap((changeId) => [1, 2].map(() => compliance.execute(approve, { input: { changeId } }, { as: people.cedric }))),
    );
    const codes = results.map(({ errors }) => errors?.[0]?.extensions.code ?? 'DONE').sort();
    expect(codes.filter((code) => code === 'DONE')).toHaveLength(1);
    expect(new Set(codes)).toEqual(new Set(['DONE', 'RULE_CHANGED_MEANWHILE', 'RULE_CHANGE_ALREADY_DECIDED']));
    const changeId = proposed[2];
    expect((await compliance.refusal(approve, { input: { changeId } }, { as: people.cedric })).details).toEqual({
      code: 'VELOCITY',
      expectedVersion: 1,
      version: 2,
    });
    expect((await compliance.refusal(withdraw, { input: { changeId } }, { as: people.cedric })).code).toBe(
      'RULE_CHANGE_NOT_YOURS',
    );
    await compliance.data(withdraw, { input: { changeId } }, { as: people.carol });
    const again = await compliance.refusal(reject, { input: { changeId } }, { as: people.cedric });
    expect(again).toMatchObject({ code: 'RULE_CHANGE_ALREADY_DECIDED', details: { state: 'WITHDRAWN' } });
    const input = { code: 'VELOCITY', expectedVersion: 1, note: 'again' };
    expect((await compliance.refusal(propose, { input }, { as: people.carol })).code).toBe('RULE_CHANGED_MEANWHILE');
    const { ruleChanges } = await compliance.data(changesQuery, { state: 'PROPOSED' }, { as: people.astrid });
    expect(ruleChanges.nodes).toHaveLength(1);
    expect((await compliance.refusal(approve, { input: { changeId: 'none' } }, { as: people.cedric })).code).toBe(
      'RULE_CHANGE_NOT_FOUND',
    );
  });

  it('are read with compliance:read and changed with compliance:review, by people who still have it', async () => {
    const compliance = await startCompliance({ provider });
    const input = { code: 'VELOCITY', expectedVersion: 1, transactionsMax: 1_000, note: 'more' };
    for (const as of [people.alice, people.olivia]) {
      expect((await compliance.refusal(rulesQuery, {}, { as })).code).toBe('FORBIDDEN');
      expect((await compliance.refusal(propose, { input }, { as })).code).toBe('FORBIDDEN');
    }
    expect((await compliance.refusal(rulesQuery)).code).toBe('UNAUTHENTICATED');
    expect((await compliance.data(rulesQuery, {}, { as: people.astrid })).rules).toHaveLength(ruleCodes.length);
    expect((await compliance.refusal(propose, { input }, { as: people.astrid })).code).toBe('FORBIDDEN');
    // Her token is good for minutes more.
    const { userId } = people.carol;
    const tell = (type: string, data = {}) =>
      compliance.publish({ type: `clawpurse.auth.${type}.v1`, subject: userId, data: { userId, ...data } });
    await tell('roles_changed', { roles: ['CUSTOMER'] });
    expect((await compliance.refusal(propose, { input }, { as: people.carol })).code).toBe('FORBIDDEN');
    await tell('roles_changed', { roles: ['CUSTOMER', 'COMPLIANCE_OFFICER'] });
    await tell('user_suspended', { reason: 'left' });
    expect((await compliance.refusal(propose, { input }, { as: people.carol })).code).toBe('ACCOUNT_SUSPENDED');
    await tell('user_reinstated');
    await compliance.data(propose, { input }, { as: people.carol });
  });

  it('are run over the past before they change: what would have been held, with examples', async () => {
    const compliance = await startCompliance({ provider });
    for (const units of [400_000n, 460_000n, 470_000n, 480_000n]) await compliance.screen({ units, to: 'bob' });
    await compliance.screen({ units: 100n, by: 'bob', to: 'alice' });
    const input = { code: 'STRUCTURING', expectedVersion: 1, mode: 'ENFORCED', countMin: 2, note: 'Two are enough.' };
    const { ruleChange } = (await compliance.data(propose, { input }, { as: people.carol })).proposeRuleChange;
    const backtest = `query ($id: ID!, $screenings: Int) { ruleChange(id: $id) { backtest(screenings: $screenings) {
      evaluated hits changed isComplete transitions { from to count }
      examples { from to screening { amount { amount } } outcome { result ruleVersion explanation } } } } }`;
    const run = async (variables: object) =>
      (await compliance.data(backtest, { id: ruleChange.id, ...variables }, { as: people.astrid })).ruleChange.backtest;
    expect(await run({ screenings: 100 })).toMatchObject({
      evaluated: 5,
      hits: 2,
      changed: 2,
      isComplete: true,
      transitions: [{ from: 'CLEARED', to: 'HELD', count: 2 }],
      examples: [
        { screening: { amount: { amount: '4800.00' } }, outcome: { result: 'REVIEW', ruleVersion: 2 } },
        { screening: { amount: { amount: '4700.00' } } },
      ],
    });
    expect(await run({ screenings: 2 })).toMatchObject({ evaluated: 2, isComplete: false });
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
    [{ code: 'VELOCITY', reviewersMin: 3 }, 'BAD_USER_INPUT', { field: 'input.reviewersMin' }],
    [{ code: 'SANCTIONED_NAME', mode: 'SHADOW' }, 'RULE_CANNOT_BE_DISABLED', {}],
    [{ code: 'NEW_PAYEE', limits: [usd] }, 'RULE_LIMIT_INVALID', { asset: 'USD' }],
    [{ code: 'DAILY_LIMIT', limits: [{ asset: 'USD', twoReviewersFrom: '5' }] }, 'RULE_LIMIT_INVALID', { asset: 'USD' }],
    [{ code: 'RISKY_COUNTRY', refuseCountries: ['Mordor'] }, 'BAD_USER_INPUT', { field: 'input.refuseCountries' }],
    [{ code: 'STRUCTURING', countMin: 1 }, 'BAD_USER_INPUT', { field: 'input.countMin' }],
    [{ code: 'VELOCITY', note: '  ' }, 'BAD_USER_INPUT', { field: 'input.note' }],
  ])('is refused: %j: %s', async (change, code, details) => {
    const refusal = await compliance.refusal(
      propose,
      { input: { expectedVersion: 1, note: 'test', ...change } },
      { as: people.carol },
    );
    expect(refusal).toMatchObject({ code, details });
    const { rules } = await compliance.data(rulesQuery, {}, { as: people.carol });
    for (const { versions } of rules) expect(versions).toHaveLength(1);
  });
});
