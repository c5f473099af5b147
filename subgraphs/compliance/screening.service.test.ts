import { describe, expect, it } from 'vitest';
import { providers } from '../../platform/testing/databases.ts';
import {
  aRequest,
  bankNamed,
  type Compliance,
  decidedType,
  listedName,
  people,
  startCompliance,
  transactionEnded,
  userNamed,
} from './compliance.fixtures.ts';

const screeningsQuery = /* GraphQL */ `
  query ($representations: [_Any!]!) {
    _entities(representations: $representations) {
      ... on Transaction {
        id
        screening {
          id
          decision
          amount { amount asset { code } }
          requestedBy { id }
          outcomes { ruleCode ruleVersion result explanation inputs }
          reviewedBy { id }
          reviewedAt
          reviewNote
        }
      }
    }
  }
`;

async function screeningOf(
  compliance: Compliance,
  transactionId: string,
  as: Parameters<Compliance['data']>[2] = { as: people.carol },
) {
  const representations = [{ __typename: 'Transaction', id: transactionId }];
  return (await compliance.data(screeningsQuery, { representations }, as))._entities[0].screening;
}

describe.each(providers)('screening on %s', (provider) => {
  it('clears an ordinary transfer and keeps every rule’s outcome', async () => {
    const compliance = await startCompliance({ provider });
    const event = await compliance.screen({ units: 1250n });
    expect(event).toMatchObject({ kind: 'domain', data: { decision: 'CLEARED', decidedBy: 'RULES', reasons: [] } });
    expect(event.causationId).not.toBeNull();
    expect(await screeningOf(compliance, event.subject)).toMatchObject({
      id: event.data.screeningId,
      decision: 'CLEARED',
      amount: { amount: '12.50', asset: { code: 'USD' } },
      requestedBy: { id: people.alice.userId },
      outcomes: [
        { ruleCode: 'TRANSACTION_LIMIT', ruleVersion: 1, result: 'PASS' },
        { ruleCode: 'DAILY_LIMIT', result: 'PASS' },
        { ruleCode: 'VELOCITY', result: 'PASS' },
        { ruleCode: 'SANCTIONED_NAME', result: 'PASS', explanation: 'No party is on a sanctions list.' },
        { ruleCode: 'STRUCTURING', result: 'PASS' },
        { ruleCode: 'RAPID_IN_OUT', result: 'PASS' },
        { ruleCode: 'DORMANT_ACCOUNT', result: 'PASS' },
        { ruleCode: 'NEW_PAYEE', result: 'PASS' },
        { ruleCode: 'ROUND_AMOUNTS', result: 'PASS' },
        { ruleCode: 'RISKY_COUNTRY', result: 'PASS' },
      ],
      reviewedBy: null,
    });
  });

  it('holds what reaches the review threshold and refuses what is above the limit, with reasons', async () => {
    const compliance = await startCompliance({ provider });
    expect((await compliance.screen({ units: 500_000n })).data).toMatchObject({
      decision: 'HELD',
      reasons: [{ ruleCode: 'TRANSACTION_LIMIT', message: expect.stringContaining('5000.00 USD') }],
    });
    expect((await compliance.screen({ units: 5_000_001n })).data).toMatchObject({
      decision: 'REJECTED',
      reasons: [{ ruleCode: 'TRANSACTION_LIMIT' }],
    });
  });

  it('clears the operator’s deposit of 10,000 USD and screens withdrawals by the customer’s limits', async () => {
    const compliance = await startCompliance({ provider });
    expect((await compliance.screen({ kind: 'DEPOSIT', by: 'olivia', to: 'alice', units: 1_000_000n })).data.decision).toBe(
      'CLEARED',
    );
    expect((await compliance.screen({ kind: 'WITHDRAWAL', units: 1_000_000n })).data.decision).toBe('HELD');
    const { data } = await compliance.audited(({ details }) => String(details).includes('CLEARED'));
    expect(data).toMatchObject({ action: 'screening.decide', actorId: 'system', subjectUserId: people.alice.userId });
  });

  it('counts what was cleared or held toward the daily limit, and nothing that was refused', async () => {
    const compliance = await startCompliance({ provider });
    expect((await compliance.screen({ units: 4_999_999n })).data.decision).toBe('HELD');
    expect((await compliance.screen({ units: 5_000_001n })).data.decision).toBe('REJECTED');
    expect((await compliance.screen({ units: 4_999_999n })).data.decision).toBe('HELD');
    expect((await compliance.screen({ units: 3n })).data).toMatchObject({
      decision: 'REJECTED',
      reasons: [{ ruleCode: 'DAILY_LIMIT' }],
    });
    expect((await compliance.screen({ units: 2n })).data.decision).toBe('CLEARED');
    expect((await compliance.screen({ asset: 'EUR', units: 3n })).data.decision).toBe('CLEARED');
    expect((await compliance.screen({ by: 'bob', to: 'alice', units: 3n })).data.decision).toBe('CLEARED');
    compliance.clock.advance(25 * 60 * 60_000);
    expect((await compliance.screen({ units: 3n })).data.decision).toBe('CLEARED');
  });

  it.each(['failed', 'rejected'] as const)('gives the amount back when the transaction is %s, once', async (how) => {
    const compliance = await startCompliance({ provider });
    const first = await compliance.screen({ units: 5_000_000n });
    await compliance.screen({ units: 5_000_000n });
    expect((await compliance.screen({ units: 1n })).data.decision).toBe('REJECTED');
    await compliance.publish(transactionEnded(first.subject, how));
    await compliance.publish(transactionEnded(first.subject, how));
    expect((await compliance.screen({ units: 5_000_000n })).data.decision).toBe('HELD');
    expect((await compliance.screen({ units: 1n })).data.decision).toBe('REJECTED');
  });

  it('holds a user’s transactions above the velocity, of all assets together', async () => {
    const compliance = await startCompliance({ provider });
    await compliance.changeRule({ code: 'VELOCITY', expectedVersion: 1, transactionsMax: 2 });
    expect((await compliance.screen()).data.decision).toBe('CLEARED');
    expect((await compliance.screen({ asset: 'BTC', units: 1n })).data.decision).toBe('CLEARED');
    expect((await compliance.screen()).data).toMatchObject({ decision: 'HELD', reasons: [{ ruleCode: 'VELOCITY' }] });
    expect((await compliance.screen({ by: 'bob', to: 'alice' })).data.decision).toBe('CLEARED');
    compliance.clock.advance(12 * 60_000);
    const later = await compliance.screen();
    expect(later.data.decision).toBe('CLEARED');
    expect((await screeningOf(compliance, later.subject)).outcomes[2]).toMatchObject({ ruleCode: 'VELOCITY', ruleVersion: 2 });
  });

  it('refuses a listed user, a renamed user, and a listed holder of an account, without telling their names', async () => {
    const compliance = await startCompliance({ provider });
    await compliance.publish(userNamed(people.bob.userId, listedName.name, 'renamed'));
    const refused = await compliance.screen();
    expect(refused.data).toMatchObject({
      decision: 'REJECTED',
      reasons: [{ ruleCode: 'SANCTIONED_NAME', message: expect.stringContaining(listedName.reference) }],
    });
    expect(JSON.stringify(refused).toLowerCase()).not.toContain('gloomhaven');

    await compliance.publish(bankNamed('alice', `Baron Gloomhaven of the`));
    expect((await compliance.screen({ kind: 'WITHDRAWAL', by: 'alice' })).data.decision).toBe('REJECTED');
  });

  it('gives the same answer when the same transaction is asked about again', async () => {
    const compliance = await startCompliance({ provider });
    const request = aRequest({ units: 500_000n });
    await compliance.publish(request);
    const again = await compliance.publish(request);
    await compliance.waitForEvent(decidedType, ({ causationId }) => causationId === again.id);
    const [first, second] = await compliance.emitted(decidedType);
    expect(second?.data).toEqual(first?.data);
  });

  it('parks a request that reuses a transaction id with another amount', async () => {
    const compliance = await startCompliance({ provider });
    const first = await compliance.screen({ units: 100n });
    await compliance.publish(aRequest({ transactionId: first.subject, units: 200n }));
    expect(await compliance.emitted(decidedType)).toHaveLength(1);
    const parked = await compliance.running.events.listParked();
    expect(parked[0]?.error).toContain('was screened with other contents');
  });

  it('parks a request that is malformed, and screens those after it', async () => {
    const compliance = await startCompliance({ provider });
    const malformed = aRequest();
    await compliance.publish({ ...malformed, data: { ...malformed.data, units: '-5' } });
    expect((await compliance.screen()).data.decision).toBe('CLEARED');
    expect(await compliance.running.events.listParked()).toHaveLength(1);
  });

  it('waits for a name that is on its way', async () => {
    const compliance = await startCompliance({ provider, unnamed: ['bob'] });
    const request = aRequest();
    await compliance.publish(request);
    expect(await compliance.emitted(decidedType)).toHaveLength(0);
    await compliance.publish(userNamed(people.bob.userId, 'Bob Baker'));
    compliance.clock.advance(600);
    const event = await compliance.waitForEvent(decidedType, ({ subject }) => subject === request.subject);
    expect(event.data.decision).toBe('CLEARED');
  });

  it('holds the transaction when the name does not come', async () => {
    const compliance = await startCompliance({ provider, unnamed: ['bob'] });
    const request = aRequest();
    await compliance.publish(request);
    compliance.clock.advance(11_000);
    const event = await compliance.waitForEvent(decidedType, ({ subject }) => subject === request.subject);
    expect(event.data).toMatchObject({
      decision: 'HELD',
      reasons: [{ ruleCode: 'SANCTIONED_NAME', message: expect.stringContaining('had not arrived') }],
    });
  });

  it('shows screenings to those with compliance:read alone', async () => {
    const compliance = await startCompliance({ provider });
    const { subject, data } = await compliance.screen();
    expect(await screeningOf(compliance, subject, { as: people.astrid })).toMatchObject({ id: data.screeningId });
    for (const as of [people.alice, people.bob, people.olivia, null])
      expect(await screeningOf(compliance, subject, { as })).toBeNull();
    expect(await screeningOf(compliance, 'no-such-transaction')).toBeNull();

    const byId = `query ($id: ID!) { screening(id: $id) { id } }`;
    expect((await compliance.data(byId, { id: data.screeningId }, { as: people.carol })).screening.id).toBe(data.screeningId);
    expect((await compliance.data(byId, { id: 'none' }, { as: people.carol })).screening).toBeNull();
    expect((await compliance.refusal(byId, { id: data.screeningId }, { as: people.alice })).code).toBe('FORBIDDEN');
    expect((await compliance.refusal(byId, { id: data.screeningId })).code).toBe('UNAUTHENTICATED');

    const reference = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Screening { id decision } } }`;
    const r = [{ __typename: 'Screening', id: data.screeningId }];
    expect((await compliance.data(reference, { r }, { as: people.carol }))._entities).toEqual([
      { id: data.screeningId, decision: 'CLEARED' },
    ]);
    expect((await compliance.data(reference, { r }, { as: people.alice }))._entities).toEqual([null]);
  });
});
