import { describe, expect, it } from 'vitest';
import { providers } from '../../platform/testing/databases.ts';
import {
  aRequest,
  type Compliance,
  decidedType,
  listedName,
  type Person,
  people,
  startCompliance,
  userNamed,
} from './compliance.fixtures.ts';

const queueQuery = `query ($first: Int, $after: Cursor) {
  reviewQueue(first: $first, after: $after) { nodes { id decision transaction { id } } pageInfo { hasNextPage endCursor } }
}`;
const decisionFields = `screening { id decision reviewedBy { id } reviewedAt reviewNote }`;
const approve = `mutation ($input: ApproveScreeningInput!) { approveScreening(input: $input) { ${decisionFields} } }`;
const reject = `mutation ($input: RejectScreeningInput!) { rejectScreening(input: $input) { ${decisionFields} } }`;

const reviewed = (compliance: Compliance, transactionId: string) =>
  compliance.waitForEvent(decidedType, ({ subject, data }) => subject === transactionId && data.decidedBy !== 'RULES');
const queued = async (compliance: Compliance) =>
  (await compliance.data(queueQuery, {}, { as: people.carol })).reviewQueue.nodes.map(({ id }: { id: string }) => id);

describe.each(providers)('the review queue on %s', (provider) => {
  it('lists held transactions, oldest first, page by page', async () => {
    const compliance = await startCompliance({ provider });
    const held: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      held.push((await compliance.hold()).screeningId);
      compliance.clock.advance(1_000);
    }
    await compliance.screen();
    const first = await compliance.data(queueQuery, { first: 2 }, { as: people.carol });
    expect(first.reviewQueue).toMatchObject({
      nodes: [{ id: held[0], decision: 'HELD' }, { id: held[1] }],
      pageInfo: { hasNextPage: true },
    });
    const after = first.reviewQueue.pageInfo.endCursor;
    const second = await compliance.data(queueQuery, { first: 2, after }, { as: people.carol });
    expect(second.reviewQueue).toMatchObject({ nodes: [{ id: held[2] }], pageInfo: { hasNextPage: false } });
    expect((await compliance.refusal(queueQuery, { after: 'nonsense' }, { as: people.carol })).code).toBe('INVALID_CURSOR');
  });

  it('lets a reviewer approve: the decision is told, kept with its note, audited without it, and leaves the queue', async () => {
    const compliance = await startCompliance({ provider });
    const { screeningId, transactionId } = await compliance.hold();
    const { approveScreening } = await compliance.data(
      approve,
      { input: { screeningId, note: ' Known customer. ' } },
      { as: people.carol },
    );
    expect(approveScreening.screening).toEqual({
      id: screeningId,
      decision: 'CLEARED',
      reviewedBy: { id: people.carol.userId },
      reviewedAt: expect.any(String),
      reviewNote: 'Known customer.',
    });
    expect((await reviewed(compliance, transactionId)).data).toMatchObject({
      screeningId,
      decision: 'CLEARED',
      decidedBy: people.carol.userId,
      reasons: [{ ruleCode: 'TRANSACTION_LIMIT' }],
    });
    const { data } = await compliance.audited(({ action }) => action === 'screening.approve');
    expect(data).toMatchObject({ actorId: people.carol.userId, outcome: 'SUCCEEDED', resourceId: screeningId, transactionId });
    expect(JSON.stringify(data)).not.toContain('Known customer');
    expect(await queued(compliance)).toEqual([]);
  });

  it('gives the amount back when a reviewer rejects', async () => {
    const compliance = await startCompliance({ provider });
    const first = await compliance.hold({ units: 5_000_000n });
    await compliance.hold({ units: 5_000_000n });
    const { rejectScreening } = await compliance.data(
      reject,
      { input: { screeningId: first.screeningId, note: 'No.' } },
      { as: people.carol },
    );
    expect(rejectScreening.screening).toMatchObject({ decision: 'REJECTED', reviewNote: 'No.' });
    expect((await reviewed(compliance, first.transactionId)).data.decision).toBe('REJECTED');
    expect((await compliance.screen({ units: 5_000_000n })).data.decision).toBe('HELD');
    expect((await compliance.screen({ units: 1n })).data.decision).toBe('REJECTED');
  });

  it('decides once: the second reviewer learns of the first decision', async () => {
    const compliance = await startCompliance({ provider });
    const { screeningId } = await compliance.hold();
    const input = { screeningId, note: 'Looked at it.' };
    await compliance.data(approve, { input }, { as: people.carol });
    for (const mutation of [approve, reject]) {
      expect(await compliance.refusal(mutation, { input }, { as: people.cedric })).toMatchObject({
        code: 'SCREENING_ALREADY_DECIDED',
        details: { screeningId, decision: 'CLEARED' },
      });
    }
  });

  it('lets one of two reviewers win who decide at the same time', async () => {
    const compliance = await startCompliance({ provider });
    const { screeningId, transactionId } = await compliance.hold();
    const input = { screeningId, note: 'Looked at it.' };
    const results = await Promise.all([
      ...Array.from({ length: 5 }, () => compliance.execute(approve, { input }, { as: people.carol })),
      ...Array.from({ length: 5 }, () => compliance.execute(reject, { input }, { as: people.cedric })),
    ]);
    const codes = results.map(({ errors }) => errors?.[0]?.extensions.code ?? 'DONE').sort();
    expect(codes).toEqual(['DONE', ...Array.from({ length: 9 }, () => 'SCREENING_ALREADY_DECIDED')]);
    await reviewed(compliance, transactionId);
    expect((await compliance.emitted(decidedType)).filter(({ subject }) => subject === transactionId)).toHaveLength(2);
  });

  it.each([
    ['request', { by: 'carol', to: 'bob' }],
    ['receive', { by: 'alice', to: 'carol' }],
    ['confirm', { kind: 'DEPOSIT', by: 'carol', to: 'bob', units: 25_000_000n }],
  ] as const)('lets nobody decide on a transaction that they %s, and puts the attempt on record', async (_how, facts) => {
    const compliance = await startCompliance({ provider });
    const { screeningId } = await compliance.hold(facts);
    for (const mutation of [approve, reject]) {
      const input = { screeningId, note: 'It is fine.' };
      expect(await compliance.refusal(mutation, { input }, { as: people.carol })).toMatchObject({
        code: 'SCREENING_CONFLICT_OF_INTEREST',
        details: { screeningId },
      });
    }
    const { data } = await compliance.audited(({ action, outcome }) => action === 'screening.approve' && outcome === 'REFUSED');
    expect(data).toMatchObject({ actorId: people.carol.userId, resourceId: screeningId });
    expect(await queued(compliance)).toEqual([screeningId]);
    await compliance.data(approve, { input: { screeningId, note: 'Looked at it.' } }, { as: people.cedric });
  });

  it('approves nobody who is on a sanctions list by now', async () => {
    const compliance = await startCompliance({ provider });
    const { screeningId } = await compliance.hold();
    await compliance.publish(userNamed(people.bob.userId, listedName.name, 'renamed'));
    const input = { screeningId, note: 'Never mind.' };
    expect((await compliance.refusal(approve, { input }, { as: people.carol })).code).toBe('SCREENING_PARTY_SANCTIONED');
    expect(await queued(compliance)).toEqual([screeningId]);
    await compliance.data(reject, { input }, { as: people.carol });
  });

  it('approves nobody whose name is still unknown, until it arrives', async () => {
    const compliance = await startCompliance({ provider, unnamed: ['bob'] });
    const request = aRequest();
    await compliance.publish(request);
    compliance.clock.advance(11_000);
    const held = await compliance.waitForEvent(decidedType, ({ subject }) => subject === request.subject);
    const input = { screeningId: held.data.screeningId, note: 'Looked at it.' };
    expect(await compliance.refusal(approve, { input }, { as: people.carol })).toMatchObject({
      code: 'SCREENING_NAME_UNKNOWN',
      retryable: true,
    });
    await compliance.publish(userNamed(people.bob.userId, 'Bob Baker'));
    await compliance.data(approve, { input }, { as: people.carol });
  });

  it('asks for a note', async () => {
    const compliance = await startCompliance({ provider });
    const { screeningId } = await compliance.hold();
    for (const note of ['', '  ', 'x'.repeat(2_001)]) {
      expect(await compliance.refusal(approve, { input: { screeningId, note } }, { as: people.carol })).toMatchObject({
        code: 'BAD_USER_INPUT',
        details: { field: 'input.note' },
      });
    }
  });

  it('knows no other screening', async () => {
    const compliance = await startCompliance({ provider });
    const input = { screeningId: 'no-such-screening', note: 'Hm.' };
    expect(await compliance.refusal(reject, { input }, { as: people.carol })).toMatchObject({
      code: 'SCREENING_NOT_FOUND',
      details: { screeningId: input.screeningId },
    });
  });

  it('is for officers alone', async () => {
    const compliance = await startCompliance({ provider });
    const { screeningId } = await compliance.hold();
    const input = { screeningId, note: 'Please.' };
    const outsiders: (Person | null)[] = ['alice', 'bob', 'olivia', null];
    for (const person of outsiders) {
      const as = person && people[person];
      const code = as === null ? 'UNAUTHENTICATED' : 'FORBIDDEN';
      expect((await compliance.refusal(queueQuery, {}, { as })).code).toBe(code);
      expect((await compliance.refusal(approve, { input }, { as })).code).toBe(code);
      expect((await compliance.refusal(reject, { input }, { as })).code).toBe(code);
    }
    // An auditor may look, but not decide.
    expect((await compliance.data(queueQuery, {}, { as: people.astrid })).reviewQueue.nodes).toHaveLength(1);
    expect((await compliance.refusal(approve, { input }, { as: people.astrid })).code).toBe('FORBIDDEN');
    expect(await queued(compliance)).toEqual([screeningId]);
  });
});
