import { describe, expect, it } from 'vitest';
import { providers } from '../../platform/testing/databases.ts';
import { type Compliance, decidedType, people, startCompliance, userNamed } from './compliance.fixtures.ts';

const caseFields = `id kind state outcome partyId reviewersNeeded assignee { id } dueAt closedAt
  alerts { ruleCode explanation } votes { reviewer { id } verdict note } notes { author { id } text } screening { id decision }`;
const casesQuery = `query ($filter: CaseFilterInput, $first: Int, $after: Cursor) {
  cases(filter: $filter, first: $first, after: $after) { nodes { ${caseFields} } pageInfo { hasNextPage endCursor } } }`;
const mutation = (name: string, input: string) =>
  `mutation ($input: ${input}!) { ${name}(input: $input) { case { ${caseFields} } } }`;
const assign = mutation('assignCase', 'AssignCaseInput');
const addNote = mutation('addCaseNote', 'AddCaseNoteInput');
const decide = mutation('decideCase', 'DecideCaseInput');
const importList = `mutation ($input: ImportSanctionsListInput!) { importSanctionsList(input: $input) { sanctionsList { id version entryCount } } }`;
const listsQuery = `{ sanctionsLists(first: 1) { nodes { name version format rescreening { parties hits finishedAt } } } }`;

const { carol, cedric, astrid, alice } = people;

async function casesOf(compliance: Compliance, filter: object = {}) {
  return (await compliance.data(casesQuery, { filter }, { as: astrid })).cases.nodes;
}

describe.each(providers)('cases on %s', (provider) => {
  it('are opened for held transactions, worked on, and decided by two where that is asked for', async () => {
    const compliance = await startCompliance({ provider });
    // Between the limits for one reviewer and for two.
    const small = await compliance.hold({ units: 600_000n });
    const large = await compliance.hold({ units: 2_600_000n });
    const [first, second] = await casesOf(compliance, { isOpen: true, kind: 'HELD_TRANSACTION' });
    expect(first).toMatchObject({ state: 'OPEN', reviewersNeeded: 1, screening: { id: small.screeningId, decision: 'HELD' } });
    expect(second).toMatchObject({ reviewersNeeded: 2, alerts: [{ ruleCode: 'TRANSACTION_LIMIT' }, { ruleCode: 'NEW_PAYEE' }] });
    const page = await compliance.data(casesQuery, { first: 1 }, { as: carol });
    const after = page.cases.pageInfo.endCursor;
    expect((await compliance.data(casesQuery, { after }, { as: carol })).cases.nodes).toMatchObject([{ id: second.id }]);

    const caseId = second.id;
    const on = (query: string, input: object, as: object = carol) =>
      compliance.data(query, { input: { caseId, ...input } }, { as });
    expect((await on(assign, { assigneeId: carol.userId })).assignCase.case).toMatchObject({
      state: 'IN_PROGRESS',
      assignee: { id: carol.userId },
    });
    expect((await on(addNote, { text: ' Called the customer. ' }, cedric)).addCaseNote.case.notes).toEqual([
      { author: { id: cedric.userId }, text: 'Called the customer.' },
    ]);
    expect(await casesOf(compliance, { assigneeId: carol.userId })).toMatchObject([{ id: caseId }]);

    const vote = { verdict: 'RELEASE', note: 'Invoice seen.' };
    expect((await on(decide, vote)).decideCase.case).toMatchObject({
      state: 'AWAITING_SECOND',
      screening: { decision: 'HELD' },
      votes: [{ reviewer: { id: carol.userId }, verdict: 'RELEASE' }],
    });
    const refuse = (input: object, as: object) => compliance.refusal(decide, { input: { caseId, ...vote, ...input } }, { as });
    expect((await refuse({}, carol)).code).toBe('CASE_ALREADY_VOTED');
    expect((await refuse({ verdict: 'TRUE_MATCH' }, cedric)).code).toBe('CASE_VERDICT_NOT_TAKEN');
    expect((await refuse({}, astrid)).code).toBe('FORBIDDEN');
    expect((await refuse({ caseId: 'none' }, carol)).code).toBe('CASE_NOT_FOUND');
    expect((await on(decide, vote, cedric)).decideCase.case).toMatchObject({
      state: 'CLOSED',
      outcome: 'RELEASED',
      screening: { decision: 'CLEARED' },
    });
    const decided = await compliance.waitForEvent(
      decidedType,
      ({ subject, data }) => subject === large.transactionId && data.decidedBy !== 'RULES',
    );
    expect(decided.data).toMatchObject({ decision: 'CLEARED', decidedBy: cedric.userId });
    const late = await compliance.refusal(addNote, { input: { caseId, text: 'Too late.' } }, { as: carol });
    expect(late.code).toBe('CASE_CLOSED');
    await expect(
      compliance.database.transaction(({ client }) => client.$executeRawUnsafe(`DELETE FROM case_vote`)),
    ).rejects.toThrow();

    // One person refuses, whatever it takes to release.
    const third = await compliance.hold({ units: 3_000_000n });
    const [open] = (await casesOf(compliance, { state: 'OPEN' })).filter(
      ({ screening }: { screening: { id: string } }) => screening.id === third.screeningId,
    );
    const input = { caseId: open.id, verdict: 'REJECT', note: 'No.' };
    expect((await compliance.data(decide, { input }, { as: carol })).decideCase.case).toMatchObject({ outcome: 'REJECTED' });
  });

  it('are not for those whom they concern', async () => {
    const compliance = await startCompliance({ provider });
    await compliance.hold({ by: 'alice', to: 'carol' });
    const [{ id: caseId }] = await casesOf(compliance);
    for (const [query, input] of [
      [assign, { assigneeId: cedric.userId }],
      [addNote, { text: 'It is fine.' }],
      [decide, { verdict: 'RELEASE', note: 'It is fine.' }],
    ] as const) {
      const { code } = await compliance.refusal(query, { input: { caseId, ...input } }, { as: carol });
      expect(code).toMatch(/CONFLICT_OF_INTEREST$/);
    }
    const toParty = await compliance.refusal(assign, { input: { caseId, assigneeId: carol.userId } }, { as: cedric });
    expect(toParty.code).toBe('CASE_CONFLICT_OF_INTEREST');
    expect(
      (await compliance.audited(({ action, outcome }) => action === 'case.assign' && outcome === 'REFUSED')).data,
    ).toMatchObject({
      actorId: carol.userId,
    });
  });

  it('refuse a transaction that nobody decided on in time', async () => {
    const compliance = await startCompliance({ provider });
    const { transactionId } = await compliance.hold();
    compliance.clock.advance(15 * 24 * 60 * 60_000);
    const { data } = await compliance.waitForEvent(
      decidedType,
      ({ subject, data: { decision } }) => subject === transactionId && decision === 'REJECTED',
    );
    expect(data.decidedBy).toBe('EXPIRY');
    expect(await casesOf(compliance)).toMatchObject([{ state: 'CLOSED', outcome: 'EXPIRED', votes: [] }]);
    expect((await compliance.screen({ units: 10_000_000n - 1n })).data.decision).toBe('REJECTED');
  });

  it('are opened when a new list names somebody who is known; what two decide about a likeness stays decided', async () => {
    const compliance = await startCompliance({ provider });
    await compliance.publish(userNamed(people.bob.userId, 'Roberto Baskerville', 'renamed'));
    const content = 'reference,name,aliases\nN-1,Robert Baskervile,\nN-2,Nobody Else,\n';
    const input = { name: 'news', format: 'CLAWPURSE_CSV', version: '1', content };
    expect((await compliance.refusal(importList, { input }, { as: alice })).code).toBe('FORBIDDEN');
    await compliance.data(importList, { input }, { as: carol });
    const opened = await compliance.audited(({ action }) => action === 'case.open');
    const caseId = opened.data.resourceId;
    expect(await casesOf(compliance, { kind: 'SANCTIONS_HIT' })).toMatchObject([
      { id: caseId, partyId: people.bob.userId, reviewersNeeded: 2, alerts: [{ ruleCode: 'SANCTIONED_NAME' }] },
    ]);
    const { sanctionsLists } = await compliance.data(listsQuery, {}, { as: astrid });
    expect(sanctionsLists.nodes).toMatchObject([{ version: '1', rescreening: { hits: 1, finishedAt: expect.any(String) } }]);

    // A resemblance holds; the same name would be refused.
    expect((await compliance.screen({ to: 'bob' })).data).toMatchObject({
      decision: 'HELD',
      reasons: [{ ruleCode: 'SANCTIONED_NAME', message: expect.stringMatching(/resembles entry N-1 .* by 9\d %/) }],
    });
    const vote = (as: object, verdict: string) =>
      compliance.data(decide, { input: { caseId, verdict, note: 'Another birthday.' } }, { as });
    expect((await vote(carol, 'FALSE_POSITIVE')).decideCase.case.state).toBe('AWAITING_SECOND');
    expect((await compliance.screen({ to: 'bob' })).data.decision).toBe('HELD');
    expect((await vote(cedric, 'FALSE_POSITIVE')).decideCase.case).toMatchObject({ outcome: 'FALSE_POSITIVE' });
    expect((await compliance.screen({ to: 'bob' })).data.decision).toBe('CLEARED');
    // Another name is another question.
    await compliance.publish(userNamed(people.bob.userId, 'Robert Baskervill', 'renamed'));
    expect((await compliance.screen({ to: 'bob' })).data.decision).toBe('HELD');
  });

  it('know the countries that officers record', async () => {
    const compliance = await startCompliance({ provider });
    const record = 'mutation ($input: RecordPartyCountryInput!) { recordPartyCountry(input: $input) { partyId country } }';
    const of = (partyId: string, country: string) => ({ input: { partyId, country } });
    await compliance.data(record, of(people.bob.userId, 'KP'), { as: carol });
    expect((await compliance.screen({ to: 'bob' })).data).toMatchObject({
      decision: 'REJECTED',
      reasons: [{ ruleCode: 'RISKY_COUNTRY', message: 'The country of the destination owner is KP, which is refused.' }],
    });
    expect((await compliance.refusal(record, of('nobody', 'FR'), { as: carol })).code).toBe('PARTY_NOT_FOUND');
    expect((await compliance.refusal(record, of(people.bob.userId, 'xx'), { as: carol })).code).toBe('BAD_USER_INPUT');
  });
});
