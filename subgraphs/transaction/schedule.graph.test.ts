// Transfers of the future, as their owner meets them in the graph: what can be planned, how it runs, and who knows of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import type { RecordedEvent } from '../../platform/events/event.ts';
import { providers } from '../../platform/testing/databases.ts';
import type { CallOptions, TestSubgraph } from '../../platform/testing/subgraph.ts';
import { fundsHeld, fundsRefused, postingCompleted, screeningDecided, userSuspended } from './transaction.fixtures.ts';
import { aStage, feedCursor, startTransactions, subscriptionRefusal, tell, updatesOf } from './transaction.harness.ts';

type Caller = NonNullable<CallOptions['as']>;
const fields = 'id state nextAt pauseCode runs { occurrence dueAt refusalCode transaction { id state } }';
const plan = `mutation ($input: ScheduleTransferInput!) { scheduleTransfer(input: $input) { schedule { ${fields} } } }`;
const change = (verb: 'pause' | 'resume' | 'cancel') =>
  `mutation ($input: ChangeScheduleInput!) { changed: ${verb}Schedule(input: $input) { schedule { ${fields} } } }`;
const one = `query ($id: ID!) { transferSchedule(id: $id) { ${fields} } }`;
const many =
  'query ($first: Int!, $after: Cursor) { transferSchedules(first: $first, after: $after) { nodes { id } pageInfo { endCursor } } }';
const live = `subscription ($id: ID, $after: Cursor) {
  transferScheduleUpdated(id: $id, after: $after) {
    cursor change state run { occurrence refusalCode transaction { id cause { kind item schedule { id } } } } schedule { id state }
  }
}`;
const causeOf = 'query ($id: ID!) { transaction(id: $id) { cause { kind item schedule { id } } } }';

interface Update {
  readonly cursor: string;
  readonly change: string;
  readonly state: string;
  readonly run: { readonly occurrence: number; readonly refusalCode: string | null; readonly transaction: object | null } | null;
  readonly schedule: { readonly id: string; readonly state: string };
}

const dayMs = 86_400_000;

describe.each(providers)('schedules in the graph on %s', (provider) => {
  let shared: TestSubgraph;
  beforeAll(async () => {
    shared = await startTransactions({ provider });
  });
  afterAll(() => shared.stop());

  async function start() {
    const stage = await aStage(shared);
    const { alice, places } = stage;
    const inDays = (days: number) => new Date(shared.clock.now().getTime() + days * dayMs).toISOString();
    const planned = (changes: object = {}) => ({
      input: {
        idempotencyKey: uuidIds.next(),
        sourceWalletId: places.alice,
        destinationWalletId: places.bob,
        amount: { amount: '5', asset: 'USD' },
        startsAt: inDays(1),
        frequency: 'DAILY',
        occurrencesMax: 4,
        ...changes,
      },
    });
    const schedule = async (changes: object = {}) =>
      (await shared.data(plan, planned(changes), { as: alice })).scheduleTransfer.schedule;
    const refusal = async (changes: object = {}, as: Caller | null = alice) =>
      (await shared.refusal(plan, planned(changes), { as })).code;
    const changed = async (verb: 'pause' | 'resume' | 'cancel', scheduleId: string) =>
      (await shared.data(change(verb), { input: { scheduleId } }, { as: alice })).changed.schedule;
    const read = async (id: string) => (await shared.data(one, { id }, { as: alice })).transferSchedule;
    /** Lets days pass; resolves with the transfer of the schedule's occurrence, once it has been requested. */
    async function dayPasses(id: string, occurrence: number): Promise<string> {
      shared.clock.advance(dayMs);
      const isRun = ({ data }: RecordedEvent) => {
        const origin = data.origin as { readonly id: string; readonly item: number } | null;
        return origin?.id === id && origin.item === occurrence;
      };
      return (await shared.waitForEvent('clawpurse.transaction.requested.v1', isRun)).subject;
    }
    return { ...stage, inDays, planned, schedule, refusal, changed, read, dayPasses };
  }

  // What is refused leaves nothing behind, so those who only try can share their people and wallets.
  let shareable: ReturnType<typeof start> | null = null;
  const startOnce = () => {
    shareable ??= start();
    return shareable;
  };

  it('makes its transfers at their times, shows each run to its owner, and ends with the last', async () => {
    const { domain, alice, schedule, dayPasses, read, inDays } = await start();
    const times = [inDays(1), inDays(2)];
    const { id, state, nextAt } = await schedule({ startsAt: times[0], occurrencesMax: 2 });
    expect([state, nextAt]).toEqual(['ACTIVE', times[0]]);
    const first = await dayPasses(id, 1);
    expect(await read(id)).toMatchObject({
      state: 'ACTIVE',
      nextAt: times[1],
      runs: [{ occurrence: 1, transaction: { id: first } }],
    });
    await tell(domain, fundsHeld(first), screeningDecided(first, 'CLEARED'), postingCompleted(first));
    const second = await dayPasses(id, 2);
    const runs = [
      { occurrence: 2, dueAt: times[1], refusalCode: null, transaction: { id: second, state: 'REQUESTED' } },
      { occurrence: 1, dueAt: times[0], refusalCode: null, transaction: { id: first, state: 'COMPLETED' } },
    ];
    expect(await read(id)).toEqual({ id, state: 'COMPLETED', nextAt: null, pauseCode: null, runs });
    const mine = (await shared.data('{ transactions { nodes { id } } }', {}, { as: alice })).transactions.nodes;
    expect(mine).toEqual([{ id: second }, { id: first }]);
  });

  it.each([
    ['the past', { startsAt: '2020-01-01T00:00:00Z' }, 'BAD_USER_INPUT'],
    ['a time too far away', { startsAt: '2999-01-01T00:00:00Z' }, 'BAD_USER_INPUT'],
    ['a zone that is none', { timeZone: 'Europe/Atlantis' }, 'BAD_USER_INPUT'],
    ['an end before its beginning', { endsAt: '2020-01-01T00:00:00Z' }, 'BAD_USER_INPUT'],
    ['every zero days', { interval: 0 }, 'BAD_USER_INPUT'],
    ['every so many centuries', { interval: 36_500 }, 'BAD_USER_INPUT'],
    ['no occurrence', { occurrencesMax: 0 }, 'BAD_USER_INPUT'],
    ['an unknown frequency', { frequency: 'HOURLY' }, 'BAD_USER_INPUT'],
    ['an empty key', { idempotencyKey: '' }, 'BAD_USER_INPUT'],
    ['nothing', { amount: { amount: '0', asset: 'USD' } }, 'AMOUNT_NOT_POSITIVE'],
    ['a payee that is not there', { destinationWalletId: 'nowhere' }, 'WALLET_NOT_FOUND'],
    ['a wallet that is not there', { sourceWalletId: 'nowhere' }, 'WALLET_NOT_FOUND'],
  ])('cannot be planned for %s', async (_, changes, code) => {
    const { refusal, alice } = await startOnce();
    expect(await refusal(changes)).toBe(code);
    expect((await shared.data(many, { first: 1 }, { as: alice })).transferSchedules.nodes).toEqual([]);
  });

  it('is its owner’s alone: nobody else plans from their wallet, sees it or changes it', async () => {
    const { bob, mallory, ada, places, schedule, refusal } = await start();
    expect(await refusal({}, mallory)).toBe('WALLET_NOT_FOUND');
    expect(await refusal({}, null)).toBe('UNAUTHENTICATED');
    expect(await refusal({ destinationWalletId: places.alice })).toBe('TRANSFER_TO_SELF');
    const { id } = await schedule();
    for (const as of [bob, mallory, ada]) {
      expect((await shared.refusal(one, { id }, { as })).code).toBe('SCHEDULE_NOT_FOUND');
      for (const verb of ['pause', 'resume', 'cancel'] as const)
        expect((await shared.refusal(change(verb), { input: { scheduleId: id } }, { as })).code).toBe('SCHEDULE_NOT_FOUND');
    }
    expect((await shared.refusal(one, { id: '\u0000' }, { as: bob })).code).toBe('SCHEDULE_NOT_FOUND');
  });

  it('is planned once a key, also by five at once and after its first run', async () => {
    const { alice, schedule, planned, dayPasses, inDays } = await start();
    const body = { idempotencyKey: 'rent', startsAt: inDays(1) };
    const all = await Promise.all(Array.from({ length: 5 }, () => schedule(body)));
    const [{ id }] = all;
    expect(new Set(all.map((each) => each.id)).size).toBe(1);
    const other = planned({ ...body, frequency: 'WEEKLY' });
    expect((await shared.refusal(plan, other, { as: alice })).code).toBe('IDEMPOTENCY_CONFLICT');
    await dayPasses(id, 1);
    // Its start lies in the past by now; the answer to the same request is the same schedule all the same.
    expect((await schedule(body)).id).toBe(id);
  });

  it('pauses, goes on and ends as often as its owner says, and is over then', async () => {
    const { alice, schedule, changed, dayPasses, inDays } = await start();
    const startsAt = inDays(1);
    // Counted from the first, since the clock goes on between two looks at it.
    const third = new Date(Date.parse(startsAt) + 2 * dayMs).toISOString();
    const { id } = await schedule({ startsAt });
    expect([(await changed('pause', id)).state, (await changed('pause', id)).state]).toEqual(['PAUSED', 'PAUSED']);
    shared.clock.advance(2 * dayMs);
    // What fell into the pause is left out; the third day is the next.
    expect(await changed('resume', id)).toMatchObject({ state: 'ACTIVE', nextAt: third, runs: [] });
    expect((await changed('resume', id)).state).toBe('ACTIVE');
    await dayPasses(id, 3);
    expect(await changed('cancel', id)).toMatchObject({ state: 'CANCELLED', nextAt: null });
    expect((await changed('cancel', id)).state).toBe('CANCELLED');
    for (const verb of ['pause', 'resume'] as const)
      expect((await shared.refusal(change(verb), { input: { scheduleId: id } }, { as: alice })).code).toBe('SCHEDULE_ENDED');
  });

  it('pauses by itself when its money is not there, if its owner wants that, and says why', async () => {
    const { domain, people, alice, schedule, dayPasses, changed, read } = await start();
    const { id } = await schedule({ onFailure: 'PAUSE' });
    await tell(domain, fundsRefused(await dayPasses(id, 1), 'INSUFFICIENT_FUNDS'));
    expect(await read(id)).toMatchObject({ state: 'PAUSED', pauseCode: 'INSUFFICIENT_FUNDS' });
    expect(await changed('resume', id)).toMatchObject({ state: 'ACTIVE', pauseCode: null });
    await changed('pause', id);
    await tell(domain, userSuspended(people.alice));
    expect((await shared.refusal(change('resume'), { input: { scheduleId: id } }, { as: alice })).code).toBe('ACCOUNT_SUSPENDED');
  });

  it('tells its owner live of every change and run, with the transfer that leads back to it', async () => {
    const { domain, alice, bob, schedule, changed, dayPasses } = await start();
    const after = await feedCursor(domain, alice);
    await schedule();
    const { id } = await schedule({ onFailure: 'PAUSE' });
    const transactionId = await dayPasses(id, 1);
    // From here on, because a day outlives a token, and a subscription ends with its own.
    const following = updatesOf<Update>(shared, live, { id, after }, alice, 5);
    await tell(domain, fundsRefused(transactionId, 'INSUFFICIENT_FUNDS'));
    await changed('resume', id);
    await changed('cancel', id);
    const updates = await following;
    expect(updates.map(({ change, state }) => [change, state])).toEqual([
      ['CREATED', 'ACTIVE'],
      ['RAN', 'ACTIVE'],
      ['PAUSED', 'PAUSED'],
      ['RESUMED', 'ACTIVE'],
      ['CANCELLED', 'CANCELLED'],
    ]);
    const cause = { kind: 'SCHEDULE', item: 1, schedule: { id } };
    expect(updates[1]?.run).toEqual({ occurrence: 1, refusalCode: null, transaction: { id: transactionId, cause } });
    const resumed = await updatesOf<Update>(shared, live, { id, after: updates[2]?.cursor }, alice, 2);
    expect(resumed.map(({ change }) => change)).toEqual(['RESUMED', 'CANCELLED']);
    expect(await subscriptionRefusal(shared, live, { id }, bob)).toBe('SCHEDULE_NOT_FOUND');
    expect(await subscriptionRefusal(shared, live, { after: 'nonsense' }, alice)).toBe('INVALID_CURSOR');
    expect(await subscriptionRefusal(shared, live, {}, null)).toBe('UNAUTHENTICATED');
  });

  it('is no business of who is paid by it', async () => {
    const { domain, bob, ada, schedule, dayPasses } = await start();
    const { id } = await schedule();
    const transactionId = await dayPasses(id, 1);
    await tell(domain, fundsHeld(transactionId), screeningDecided(transactionId, 'CLEARED'), postingCompleted(transactionId));
    const cause = async (as: Caller) => (await shared.data(causeOf, { id: transactionId }, { as })).transaction.cause;
    expect(await cause(bob)).toBeNull();
    expect(await cause(ada)).toEqual({ kind: 'SCHEDULE', item: 1, schedule: null });
  });

  it('is listed newest first, in pages, for its owner', async () => {
    const { alice, bob, schedule } = await start();
    const [older, newer] = [await schedule(), await schedule()];
    const page = async (as: Caller, after: string | null = null) =>
      (await shared.data(many, { first: 1, after }, { as })).transferSchedules;
    const first = await page(alice);
    expect([first.nodes, (await page(alice, first.pageInfo.endCursor)).nodes]).toEqual([[{ id: newer.id }], [{ id: older.id }]]);
    expect((await page(bob)).nodes).toEqual([]);
  });
});
