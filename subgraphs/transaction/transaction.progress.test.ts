import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import { remindersPerSweepMax } from './saga.deadlines.ts';
import { hasEnded } from './saga.rules.ts';
import {
  aDomain,
  anEvent,
  fundsHeld,
  fundsRefused,
  people,
  places,
  postingCompleted,
  postingRefused,
  screeningDecided,
} from './transaction.fixtures.ts';
import { findSteps, findTransaction } from './transaction.repository.ts';

describeEachDatabase('the progress of a transaction', (open) => {
  const start = async () => {
    const database = await open<PrismaClient>('transaction');
    const domain = await aDomain(database);
    const { id } = await domain.requestTransfer();
    const current = async () => {
      const transaction = await findTransaction(database.client, id);
      if (transaction === null) throw new Error(`Transaction ${id} is gone.`);
      return transaction;
    };
    const steps = () => findSteps(database.client, [id]);
    const published = (kind = 'domain') => domain.events.filter((event) => event.kind === kind);
    return { database, ...domain, id, current, steps, published };
  };

  it('completes what is cleared and posted, with a step, an event and an audit record for each state', async () => {
    const { id, take, clock, current, steps, published } = await start();
    clock.advance(100);
    await take(fundsHeld(id));
    clock.advance(100);
    await take(screeningDecided(id, 'CLEARED'));
    clock.advance(100);
    await take(postingCompleted(id));

    expect(await current()).toMatchObject({ state: 'COMPLETED', version: 5, failure: null, askAgainAt: null, deadlineAt: null });
    expect((await steps()).map(({ version, state, at }) => [version, state, at.getMilliseconds()])).toEqual([
      [1, 'REQUESTED', 0],
      [2, 'SCREENING', 100],
      [3, 'APPROVED', 200],
      [4, 'POSTING', 200],
      [5, 'COMPLETED', 300],
    ]);
    expect(published().map(({ type }) => type)).toEqual([
      'clawpurse.transaction.requested.v1',
      'clawpurse.transaction.screening_started.v1',
      'clawpurse.transaction.approved.v1',
      'clawpurse.transaction.posting_started.v1',
      'clawpurse.transaction.completed.v1',
    ]);
    expect(published('audit').map(({ data }) => data.action)).toEqual([
      'transfer.request',
      'transaction.reserve',
      'transaction.approve',
      'transaction.complete',
    ]);
  });

  it('puts only the completed state on the recipient’s feeds', async () => {
    const { id, take, published } = await start();
    await take(fundsHeld(id));
    await take(screeningDecided(id, 'HELD'));
    await take(screeningDecided(id, 'CLEARED', { decidedBy: 'user-carol' }));
    await take(postingCompleted(id));
    const recipients = (feeds: readonly string[] = []) => feeds.filter((feed) => feed.includes('bob'));
    expect(published().map(({ feeds }) => recipients(feeds))).toEqual([
      [],
      [],
      [],
      [],
      [],
      [`user:${people.bob}`, `wallet:${places.bob}`],
    ]);
  });

  it('holds for review, and names the reviewer in the audit record', async () => {
    const { id, take, current, steps, published } = await start();
    await take(fundsHeld(id));
    await take(screeningDecided(id, 'HELD', { ruleCodes: ['DAILY_LIMIT'] }));
    expect(await current()).toMatchObject({ state: 'IN_REVIEW', failure: null, askAgainAt: null });
    await take(screeningDecided(id, 'CLEARED', { decidedBy: 'user-carol' }));
    expect((await current()).state).toBe('POSTING');
    expect((await steps()).map(({ state, reason }) => [state, reason?.code])).toEqual([
      ['REQUESTED', undefined],
      ['SCREENING', undefined],
      ['IN_REVIEW', 'UNDER_REVIEW'],
      ['APPROVED', undefined],
      ['POSTING', undefined],
    ]);
    expect(published('audit').at(-1)?.data).toMatchObject({ action: 'transaction.approve', actorId: 'user-carol' });
  });

  it('rejects without saying that somebody is on a sanctions list', async () => {
    const { id, take, current, events } = await start();
    await take(screeningDecided(id, 'REJECTED', { ruleCodes: ['SANCTIONED_NAME'] }));
    expect(await current()).toMatchObject({ state: 'REJECTED', failure: { code: 'COMPLIANCE_REJECTED' } });
    expect(JSON.stringify(events)).not.toMatch(/sanction|entry 7|reviewers/i);
  });

  it('fails what the wallet refuses, with a reason for people', async () => {
    const { id, take, current, published } = await start();
    await take(fundsHeld(id));
    await take(screeningDecided(id, 'CLEARED'));
    await take(postingRefused(id, 'INSUFFICIENT_FUNDS'));
    const reason = { code: 'INSUFFICIENT_FUNDS', message: 'The wallet does not have enough available funds.' };
    expect(await current()).toMatchObject({ state: 'FAILED', version: 5, failure: reason });
    expect(published().at(-1)).toMatchObject({
      type: 'clawpurse.transaction.failed.v1',
      data: { state: 'FAILED', previousState: 'POSTING', version: 5, reason },
    });
  });

  it('carries the correlation on and names the event that caused the change', async () => {
    const { id, take, published } = await start();
    await take(fundsHeld(id));
    const decision = screeningDecided(id, 'CLEARED');
    await take(decision);
    expect(published().at(-1)).toMatchObject({ correlationId: 'request-1', causationId: decision.id });
  });

  it('changes nothing when a fact is told again', async () => {
    const { id, take, current, events } = await start();
    await take(fundsHeld(id));
    await take(screeningDecided(id, 'CLEARED'));
    await take(screeningDecided(id, 'CLEARED'));
    await take(postingCompleted(id));
    const eventsCount = events.length;
    await take(postingCompleted(id));
    await take(screeningDecided(id, 'CLEARED'));
    await take(screeningDecided(id, 'HELD'));
    expect(await current()).toMatchObject({ state: 'COMPLETED', version: 5 });
    expect(events).toHaveLength(eventsCount);
  });

  it('lets the first decision stand when a second contradicts it, and puts that on record', async () => {
    const { id, take, current, published } = await start();
    await take(fundsHeld(id));
    await take(screeningDecided(id, 'CLEARED'));
    await take(screeningDecided(id, 'REJECTED', { decidedBy: 'user-carol' }));
    expect(await current()).toMatchObject({ state: 'POSTING', version: 4 });
    expect(published()).toHaveLength(4);
    expect(published('audit').at(-1)?.data).toMatchObject({
      action: 'transaction.overrule',
      actorId: 'user-carol',
      outcome: 'REFUSED',
    });
  });

  it('refuses a posting before the clearance, and takes it once the clearance has come', async () => {
    const { id, take, current } = await start();
    const posted = postingCompleted(id);
    await take(fundsHeld(id));
    await expect(take(posted)).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    expect(await current()).toMatchObject({ state: 'SCREENING', version: 2 });
    await take(fundsHeld(id));
    await take(screeningDecided(id, 'CLEARED'));
    await take(posted);
    expect((await current()).state).toBe('COMPLETED');
  });

  it('refuses facts about transactions that it has never recorded', async () => {
    const { take } = await start();
    await expect(take(postingCompleted('unheard-of'))).rejects.toMatchObject({ code: 'UNKNOWN_TRANSACTION' });
  });

  it('refuses events without their agreed shape', async () => {
    const { take, id } = await start();
    const shapeless = anEvent('clawpurse.compliance.screening_decided.v1', id, { transactionId: id, decision: 'MAYBE' });
    await expect(take(shapeless)).rejects.toMatchObject({ code: 'MALFORMED_EVENT' });
  });

  it('moves once when replicas take contradictory facts at the same moment', async () => {
    const { id, take, current, steps } = await start();
    await take(fundsHeld(id));
    await take(screeningDecided(id, 'CLEARED'));
    const answers = await Promise.allSettled(
      [...Array(5).keys()].flatMap(() => [take(postingCompleted(id)), take(postingRefused(id, 'INSUFFICIENT_FUNDS'))]),
    );
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(5);
    expect(hasEnded((await current()).state)).toBe(true);
    expect((await steps()).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
  });

  it('keeps steps 1..n and one way forward, whatever sequence of facts arrives', async () => {
    const { database, take, requestTransfer } = await start();
    const facts = [
      (id: string) => screeningDecided(id, 'CLEARED'),
      (id: string) => screeningDecided(id, 'HELD'),
      (id: string) => screeningDecided(id, 'REJECTED', { ruleCodes: ['DAILY_LIMIT'] }),
      fundsHeld,
      (id: string) => fundsRefused(id, 'INSUFFICIENT_FUNDS'),
      postingCompleted,
      (id: string) => postingRefused(id, 'INSUFFICIENT_FUNDS'),
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...facts), { maxLength: 8 }), async (sequence) => {
        const { id } = await requestTransfer();
        for (const fact of sequence) {
          await take(fact(id)).catch((error: unknown) => expect(error).toMatchObject({ code: 'ILLEGAL_TRANSITION' }));
        }
        const [transaction, steps] = [await findTransaction(database.client, id), await findSteps(database.client, [id])];
        expect(steps.map(({ version }) => version)).toEqual(steps.map((_, index) => index + 1));
        expect(steps.at(-1)).toMatchObject({ version: transaction?.version, state: transaction?.state });
        expect(steps.filter(({ state }) => hasEnded(state)).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 25 },
    );
  });

  it('is guarded by the database: no way back, no change of history, no deletion', async () => {
    const { id, take, database } = await start();
    await take(screeningDecided(id, 'REJECTED'));
    const { client } = database;
    await expect(client.transaction.update({ where: { id }, data: { state: 'APPROVED', version: 3 } })).rejects.toThrow();
    await expect(client.transaction.update({ where: { id }, data: { units: '1' } })).rejects.toThrow();
    await expect(client.transaction.delete({ where: { id } })).rejects.toThrow();
    await expect(client.transactionStep.updateMany({ data: { state: 'COMPLETED' } })).rejects.toThrow();
    await expect(client.transactionStep.deleteMany()).rejects.toThrow();
  });

  it('asks again for an answer that is overdue, ever less often, on no live feed', async () => {
    const { id, clock, deadlines, published } = await start();
    expect(await deadlines.remind()).toBe(0);
    clock.advance(30_000);
    expect(await deadlines.remind()).toBe(1);
    expect(published().at(-1)).toMatchObject({
      type: 'clawpurse.transaction.requested.v1',
      subject: id,
      data: { transactionId: id, version: 1 },
    });
    expect(published().at(-1)?.feeds).toBeUndefined();
    expect(await deadlines.remind()).toBe(0);
    clock.advance(30_000);
    expect(await deadlines.remind()).toBe(0);
    clock.advance(30_000);
    expect(await deadlines.remind()).toBe(1);
  });

  it('asks the wallet again after approval, and nobody during a review or at the end', async () => {
    const { id, clock, deadlines, take, published } = await start();
    await take(fundsHeld(id));
    await take(screeningDecided(id, 'HELD'));
    clock.advance(3_600_000);
    expect(await deadlines.remind()).toBe(0);
    await take(screeningDecided(id, 'CLEARED', { decidedBy: 'user-carol' }));
    clock.advance(3_600_000);
    expect(await deadlines.remind()).toBe(1);
    expect(published().at(-1)?.type).toBe('clawpurse.transaction.posting_started.v1');
    await take(postingCompleted(id));
    clock.advance(3_600_000);
    expect(await deadlines.remind()).toBe(0);
  });

  it('sends one reminder when several replicas sweep at once, and a bounded number a sweep', async () => {
    const { clock, deadlines, requestTransfer } = await start();
    await Promise.all(Array.from({ length: remindersPerSweepMax + 4 }, () => requestTransfer()));
    clock.advance(60_000);
    const counts = await Promise.all([deadlines.remind(), deadlines.remind()]);
    expect(counts[0] + counts[1]).toBe(remindersPerSweepMax);
    expect(await deadlines.remind()).toBe(5);
  });
});
