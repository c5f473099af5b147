// What surrounds the life of a transaction: money that is never left held, fees, reversals, payment requests and schedules.
import { expect, it } from 'vitest';
import type { Identity } from '../../platform/identity/identity.ts';
import { describeEachDatabase } from '../../platform/testing/databases.ts';
import type { PrismaClient } from '../../prisma/generated/transaction/postgresql/client.ts';
import {
  aDomain,
  aTransfer,
  fundsHeld,
  fundsRefused,
  holdOf,
  people,
  places,
  postingCompleted,
  postingRefused,
  postingReversed,
  reversalRefused,
  screeningDecided,
  timeouts,
  userSuspended,
} from './transaction.fixtures.ts';
import { findTransaction } from './transaction.repository.ts';

const by = (userId: string) => ({ userId, requestId: null });
const viewer = (userId: string, permissions: string[] = []) =>
  ({ userId, permissions: new Set(permissions), roles: [] }) as unknown as Identity;
const hourMs = 3_600_000;

describeEachDatabase('the saga', (open) => {
  const start = async () => {
    const database = await open<PrismaClient>('transaction');
    const domain = await aDomain(database);
    const current = async (id: string) => {
      const transaction = await findTransaction(database.client, id);
      if (transaction === null) throw new Error(`Transaction ${id} is gone.`);
      return transaction;
    };
    const told = (fact: string) => domain.events.filter(({ type }) => type === `clawpurse.transaction.${fact}.v1`);
    const complete = async (id: string) => {
      for (const event of [fundsHeld(id), screeningDecided(id, 'CLEARED'), postingCompleted(id)]) await domain.take(event);
    };
    return { database, ...domain, current, told, complete };
  };

  it('takes the answers of wallet and screening in either order', async () => {
    const { requestTransfer, take, current, told } = await start();
    const { id } = await requestTransfer();
    await take(screeningDecided(id, 'CLEARED'));
    expect(await current(id)).toMatchObject({ state: 'REQUESTED', version: 1, screening: { note: 'CLEARED', notedBy: 'RULES' } });
    await take(fundsHeld(id));
    expect(await current(id)).toMatchObject({ state: 'POSTING', version: 4, screening: null, holdId: holdOf(id) });
    expect(told('posting_started')[0]?.data).toMatchObject({ holdId: holdOf(id), fees: [] });
  });

  it('gives back what is held at every end without a posting, and what is held after the end', async () => {
    const { requestTransfer, take, told, current, deadlines, clock } = await start();
    const released = () => told('funds_released').map(({ data }) => data.transactionId);
    const [rejected, unposted, expired, late, poor] = await Promise.all(Array.from({ length: 5 }, () => requestTransfer()));
    if (!rejected || !unposted || !expired || !late || !poor) throw new Error('Not all were requested.');
    for (const { id } of [rejected, unposted, expired]) await take(fundsHeld(id));
    await take(screeningDecided(rejected.id, 'REJECTED'));
    await take(screeningDecided(unposted.id, 'CLEARED'));
    await take(postingRefused(unposted.id, 'WALLET_FROZEN'));
    await take(fundsRefused(poor.id, 'INSUFFICIENT_FUNDS'));
    expect(await current(poor.id)).toMatchObject({ state: 'FAILED', failure: { code: 'INSUFFICIENT_FUNDS' } });
    await take(screeningDecided(late.id, 'REJECTED'));
    expect(released()).toEqual([rejected.id, unposted.id]);
    await take(fundsHeld(late.id));
    expect(released()).toEqual([rejected.id, unposted.id, late.id]);
    clock.advance(timeouts.decisionMs);
    expect(await deadlines.expire()).toBe(1);
    expect(await current(expired.id)).toMatchObject({ state: 'EXPIRED', failure: { code: 'NOT_DECIDED_IN_TIME' } });
    expect(released()).toEqual([rejected.id, unposted.id, late.id, expired.id]);
    expect(await deadlines.expire()).toBe(0);
  });

  it('gives a review its own time, and never calls off what the ledger may have posted', async () => {
    const { requestTransfer, take, current, deadlines, clock } = await start();
    const [reviewed, posting] = [await requestTransfer(), await requestTransfer()];
    for (const { id } of [reviewed, posting]) await take(fundsHeld(id));
    await take(screeningDecided(reviewed.id, 'HELD'));
    await take(screeningDecided(posting.id, 'CLEARED'));
    clock.advance(timeouts.reviewMs - 1);
    expect(await deadlines.expire()).toBe(0);
    clock.advance(1);
    expect(await deadlines.expire()).toBe(1);
    await take(screeningDecided(reviewed.id, 'CLEARED', { decidedBy: 'user-carol' }));
    expect([(await current(reviewed.id)).state, (await current(posting.id)).state]).toEqual(['EXPIRED', 'POSTING']);
  });

  it('calls off and asks again for every other when one of them cannot be looked after', async () => {
    const { requestTransfer, current, deadlines, clock, progress } = await start();
    const [broken, sound] = [await requestTransfer(), await requestTransfer()];
    progress.onChange(async (_tx, { id }) => {
      if (id === broken.id) throw new Error('A listener that fails.');
    });
    clock.advance(timeouts.decisionMs);
    expect(await deadlines.expire()).toBe(1);
    expect([(await current(broken.id)).state, (await current(sound.id)).state]).toEqual(['REQUESTED', 'EXPIRED']);
  });

  it('charges what was quoted, on top of the amount, and keeps the fee of what is under way', async () => {
    const { service, fees, take, told, requestTransfer } = await start();
    const change = {
      kind: 'TRANSFER',
      asset: 'USD',
      fixed: '0.10',
      basisPoints: 100,
      min: '0.20',
      max: '5',
      changedBy: 'ada',
    } as const;
    // At the same moment: one of them is stale.
    const first = () => fees.change({ ...change, expectedVersion: 0, requestId: null });
    const [refused, ...others] = (await Promise.allSettled([first(), first()])).filter(({ status }) => status === 'rejected');
    expect(others).toEqual([]);
    expect(refused).toMatchObject({ reason: { code: 'FEE_SCHEDULE_CHANGED' } });
    const { fee } = await fees.quote('TRANSFER', { amount: '12.50', asset: 'USD' });
    // 0.10 and one percent of 12.50, which is 12.5 cents: halves up.
    expect(fee).toEqual({ units: 23n, version: 1 });
    const quoted = await service.request({ ...aTransfer(), quotedFee: { amount: '0.23', asset: 'USD' } });
    expect(told('funds_requested').at(-1)?.data).toMatchObject({ units: '1273' });
    await fees.change({ ...change, fixed: '0', basisPoints: 0, expectedVersion: 1, requestId: null });
    const wrong = service.request({ ...aTransfer(), quotedFee: { amount: '0.23', asset: 'USD' } });
    await expect(wrong).rejects.toMatchObject({ code: 'FEE_CHANGED' });
    for (const event of [fundsHeld(quoted.id), screeningDecided(quoted.id, 'CLEARED')]) await take(event);
    expect(told('posting_started').at(-1)?.data).toMatchObject({ units: '1250', fees: [{ account: 'fees', units: '23' }] });
    expect((await requestTransfer()).feeUnits).toBe(20n);
  });

  it('is reversed once, by its recipient or by staff who did not pay it', async () => {
    const { requestTransfer, reversals, learnStanding, complete, take, told, current, database } = await start();
    const { id } = await requestTransfer();
    const ask = (who: Identity, idempotencyKey: string, reason = 'Sent twice') =>
      reversals.request(who, { transactionId: id, reason, idempotencyKey, requestId: null });
    await expect(ask(viewer(people.bob), 'k0')).rejects.toMatchObject({ code: 'TRANSACTION_NOT_FOUND' });
    await complete(id);
    await expect(ask(viewer(people.mallory), 'k1')).rejects.toMatchObject({ code: 'TRANSACTION_NOT_FOUND' });
    await expect(ask(viewer(people.alice), 'k1')).rejects.toMatchObject({ code: 'NOT_REVERSIBLE_BY_YOU' });
    await Promise.all([ask(viewer(people.bob), 'k1'), ask(viewer(people.bob), 'k1')]);
    expect(told('reversal_requested')).toHaveLength(1);
    await expect(ask(viewer(people.bob), 'k1', 'Another reason')).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    await expect(ask(viewer(people.bob), 'k2')).rejects.toMatchObject({ code: 'REVERSAL_IN_PROGRESS' });
    await database.transaction((tx) => reversals.takeRefusal(reversalRefused(id, 'INSUFFICIENT_FUNDS'), tx));
    expect(await current(id)).toMatchObject({ state: 'COMPLETED', reversalId: null, askAgainAt: null });
    await ask(viewer(people.bob), 'k3');
    await take(postingReversed(id));
    await take(postingReversed(id));
    expect(await current(id)).toMatchObject({ state: 'REVERSED', version: 6 });
    await expect(ask(viewer(people.bob), 'k4')).rejects.toMatchObject({ code: 'NOT_REVERSIBLE' });
    expect(
      await database.client.transactionReversal.findMany({ select: { state: true }, orderBy: { createdAt: 'asc' } }),
    ).toEqual(expect.arrayContaining([{ state: 'REFUSED' }, { state: 'COMPLETED' }]));
    const other = await requestTransfer();
    await complete(other.id);
    await learnStanding(userSuspended(people.bob));
    const suspended = reversals.request(viewer(people.bob), {
      transactionId: other.id,
      reason: 'x',
      idempotencyKey: 'k5',
      requestId: null,
    });
    await expect(suspended).rejects.toMatchObject({ code: 'ACCOUNT_SUSPENDED' });
  });

  it('pays a payment request by a transfer of its own, once, and lets it be tried again when that fails', async () => {
    const { paymentRequests, complete, take, told, clock } = await start();
    const asked = {
      idempotencyKey: 'ask-1',
      payerId: people.alice,
      walletId: places.bob,
      amount: { amount: '5', asset: 'USD' },
      memo: 'Lunch',
    };
    const request = await paymentRequests.create(by(people.bob), asked);
    expect(await paymentRequests.create(by(people.bob), asked)).toMatchObject({ id: request.id });
    const other = paymentRequests.create(by(people.bob), { ...asked, memo: 'Dinner' });
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    for (const stranger of [people.mallory, people.olivia])
      await expect(paymentRequests.get(stranger, request.id)).rejects.toMatchObject({ code: 'PAYMENT_REQUEST_NOT_FOUND' });
    const accept = (key: string, who = people.alice) =>
      paymentRequests.accept(by(who), { idempotencyKey: key, paymentRequestId: request.id, sourceWalletId: places.alice });
    await expect(accept('a', people.bob)).rejects.toMatchObject({ code: 'PAYMENT_REQUEST_NOT_FOUND' });
    const [one, two] = await Promise.all([accept('a'), accept('a')]);
    expect(one.transaction).toMatchObject({
      id: two.transaction.id,
      origin: { type: 'PAYMENT_REQUEST', id: request.id, item: 1 },
    });
    await expect(accept('b')).rejects.toMatchObject({ code: 'PAYMENT_REQUEST_CLOSED' });
    await take(fundsRefused(one.transaction.id, 'INSUFFICIENT_FUNDS'));
    // The first acceptance, sent again, does not pay a second time.
    expect((await accept('a')).transaction.id).toBe(one.transaction.id);
    const again = await accept('b');
    await complete(again.transaction.id);
    expect(await paymentRequests.get(people.bob, request.id)).toMatchObject({
      state: 'PAID',
      transactionId: again.transaction.id,
    });
    await expect(paymentRequests.close(by(people.alice), request.id, 'DECLINED')).rejects.toMatchObject({
      code: 'PAYMENT_REQUEST_CLOSED',
    });
    const declined = await paymentRequests.create(by(people.bob), { ...asked, idempotencyKey: 'ask-2' });
    expect(await paymentRequests.close(by(people.alice), declined.id, 'DECLINED')).toMatchObject({ state: 'DECLINED' });
    const unanswered = await paymentRequests.create(by(people.bob), { ...asked, idempotencyKey: 'ask-3' });
    clock.advance(14 * 24 * hourMs);
    await paymentRequests.expire();
    expect(await paymentRequests.get(people.alice, unanswered.id)).toMatchObject({ state: 'EXPIRED' });
    const both = [`payment-requests:${people.alice}`, `payment-requests:${people.bob}`];
    expect(told('payment_requested').map(({ feeds }) => feeds)).toEqual([both, [both[0]], both, both]);
  });

  it('makes up for every occurrence that a downtime swallowed, once, whoever runs it', async () => {
    const { schedules, runner, clock, database } = await start();
    const asked = {
      idempotencyKey: 'rent',
      sourceWalletId: places.alice,
      destinationWalletId: places.bob,
      amount: { amount: '5', asset: 'USD' },
      frequency: 'DAILY' as const,
      interval: 1,
      startsAt: new Date(clock.now().getTime() + hourMs),
      timeZone: 'UTC',
      occurrencesMax: 4,
      onFailure: 'CONTINUE' as const,
    };
    const schedule = await schedules.create(by(people.alice), asked);
    expect(await schedules.create(by(people.alice), asked)).toMatchObject({ id: schedule.id });
    const changed = schedules.create(by(people.alice), { ...asked, timeZone: 'Europe/Berlin' });
    await expect(changed).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    await expect(schedules.get(people.bob, schedule.id)).rejects.toMatchObject({ code: 'SCHEDULE_NOT_FOUND' });
    expect(await runner.run()).toBe(0);
    clock.advance(2 * 24 * hourMs + hourMs);
    await Promise.all([runner.run(), runner.run()]);
    await runner.run();
    const made = () => database.client.transaction.findMany({ where: { originId: schedule.id }, orderBy: { originItem: 'asc' } });
    expect((await made()).map(({ originItem }) => originItem)).toEqual([1, 2, 3]);
    await schedules.pause(by(people.alice), schedule.id);
    clock.advance(24 * hourMs);
    expect(await runner.run()).toBe(0);
    // What fell into the pause is left out; here it was the last one.
    expect(await schedules.resume(by(people.alice), schedule.id)).toMatchObject({ state: 'COMPLETED', nextAt: null });
    await expect(schedules.cancel(by(people.alice), schedule.id)).rejects.toMatchObject({ code: 'SCHEDULE_ENDED' });
  });

  it('pauses a schedule whose transfer fails, at the door or later, when its owner wants that', async () => {
    const { schedules, runner, clock, take, learnStanding, database } = await start();
    const asked = (idempotencyKey: string) => ({
      idempotencyKey,
      sourceWalletId: places.alice,
      destinationWalletId: places.bob,
      amount: { amount: '5', asset: 'USD' },
      frequency: 'WEEKLY' as const,
      interval: 1,
      startsAt: new Date(clock.now().getTime() + hourMs),
      timeZone: 'UTC',
      onFailure: 'PAUSE' as const,
    });
    const later = await schedules.create(by(people.alice), asked('later'));
    clock.advance(hourMs);
    await runner.run();
    const [run] = await schedules.runs(later.id, 1);
    await take(fundsRefused(run?.transactionId ?? '', 'INSUFFICIENT_FUNDS'));
    expect(await schedules.get(people.alice, later.id)).toMatchObject({ state: 'PAUSED', pauseCode: 'INSUFFICIENT_FUNDS' });
    const atOnce = await schedules.create(by(people.alice), asked('at-once'));
    await learnStanding(userSuspended(people.alice));
    clock.advance(hourMs);
    await runner.run();
    expect(await schedules.get(people.alice, atOnce.id)).toMatchObject({ state: 'PAUSED', pauseCode: 'ACCOUNT_SUSPENDED' });
    expect(await database.client.scheduleRun.count({ where: { scheduleId: atOnce.id, refusalCode: 'ACCOUNT_SUSPENDED' } })).toBe(
      1,
    );
  });
});
