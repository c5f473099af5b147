// Bulk payouts, as people meet them in the graph: one request, an outcome for each payee, progress to read and to follow.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { providers } from '../../platform/testing/databases.ts';
import type { CallOptions, TestSubgraph } from '../../platform/testing/subgraph.ts';
import { fundsHeld, fundsRefused, postingCompleted, screeningDecided, userSuspended } from './transaction.fixtures.ts';
import { aStage, eventsOf, startTransactions, subscriptionRefusal, tell, updatesOf } from './transaction.harness.ts';

type Caller = NonNullable<CallOptions['as']>;
const batchFields = 'id state source { id } itemCount paidCount failedCount';
const create = `mutation ($input: CreatePayoutsInput!) { createPayouts(input: $input) { cursor batch { ${batchFields} } } }`;
const one = `query ($id: ID!, $first: Int! = 20, $after: Cursor, $states: [PayoutState!]) {
  payoutBatch(id: $id) {
    ${batchFields}
    items(first: $first, after: $after, states: $states) {
      nodes { item reference state destination { id } amount { amount } failure { code } transaction { id state } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;
const many =
  'query ($first: Int!, $after: Cursor) { payoutBatches(first: $first, after: $after) { nodes { id } pageInfo { endCursor } } }';
const live = `subscription ($id: ID, $after: Cursor) {
  payoutBatchUpdated(id: $id, after: $after) { cursor state itemCount paidCount failedCount payout { item state } batch { id state } }
}`;
const causeOf = 'query ($id: ID!) { transaction(id: $id) { cause { kind item payoutBatch { id } } } }';

interface Update {
  readonly cursor: string;
  readonly state: string;
  readonly paidCount: number;
  readonly failedCount: number;
  readonly payout: { readonly item: number; readonly state: string } | null;
  readonly batch: { readonly id: string; readonly state: string };
}
interface Item {
  readonly item: number;
  readonly state: string;
  readonly failure: { readonly code: string } | null;
  readonly transaction: { readonly id: string; readonly state: string } | null;
}

describe.each(providers)('payouts in the graph on %s', (provider) => {
  let shared: TestSubgraph;
  beforeAll(async () => {
    shared = await startTransactions({ provider });
  });
  afterAll(() => shared.stop());

  /** Alice pays many. */
  async function start() {
    const stage = await aStage(shared);
    const { alice, places } = stage;
    const to = (destinationWalletId: string, amount = '1.25', more: object = {}) => ({
      destinationWalletId,
      amount: { amount, asset: 'USD' },
      ...more,
    });
    const asked = (changes: object = {}) => ({
      input: { idempotencyKey: uuidIds.next(), sourceWalletId: places.alice, items: [to(places.bob)], ...changes },
    });
    const pay = async (changes: object = {}) => (await shared.data(create, asked(changes), { as: alice })).createPayouts;
    const refusal = async (changes: object = {}, as: Caller | null = alice) =>
      (await shared.refusal(create, asked(changes), { as })).code;
    const read = async (id: string, variables: object = {}, as: Caller = alice) =>
      (await shared.data(one, { id, ...variables }, { as })).payoutBatch;
    /** The transfers of a batch in the order of its items, once so many have been requested. */
    async function transfers(batchId: string, count: number): Promise<Map<number, string>> {
      const isOne = ({ data }: { readonly data: object }) => (data as { origin?: { id?: string } }).origin?.id === batchId;
      const seen = new Set<string>();
      await shared.waitForEvent(
        'clawpurse.transaction.requested.v1',
        (event) => isOne(event) && seen.add(event.subject).size >= count,
      );
      const items: readonly Item[] = (await read(batchId)).items.nodes;
      return new Map(items.flatMap(({ item, transaction }) => (transaction === null ? [] : [[item, transaction.id] as const])));
    }
    return { ...stage, to, asked, pay, refusal, read, transfers };
  }

  it('gives every payee an outcome of its own, to read and to follow', async () => {
    const { domain, alice, bob, ada, places, to, pay, read, transfers } = await start();
    const items = [
      to(places.bob, '1.25', { reference: 'invoice-1', memo: 'May' }),
      to('nowhere'),
      to(places.alice),
      to(places.mallory, '99'),
      to(places.bob, '2'),
    ];
    const { batch, cursor } = await pay({ items });
    expect(batch).toMatchObject({ state: 'RUNNING', source: { id: places.alice }, itemCount: 5, paidCount: 0, failedCount: 0 });
    const { id } = batch;
    const made = await transfers(id, 3);
    expect([...made.keys()]).toEqual([1, 4, 5]);
    const [first = '', poor = '', last = ''] = made.values();
    for (const each of [first, last]) await tell(domain, fundsHeld(each), screeningDecided(each, 'CLEARED'));
    await tell(domain, fundsRefused(poor, 'INSUFFICIENT_FUNDS'));
    // Told twice: counted once.
    await tell(domain, postingCompleted(last), postingCompleted(last));
    expect(await read(id)).toMatchObject({ state: 'RUNNING', paidCount: 1, failedCount: 3 });
    const following = updatesOf<Update>(shared, live, { id, after: cursor }, alice, 6);
    await tell(domain, postingCompleted(first));
    const updates = await following;
    expect(updates.map(({ state, paidCount, failedCount, payout }) => [state, payout?.item, paidCount, failedCount])).toEqual([
      ['RUNNING', undefined, 0, 0],
      ['RUNNING', 2, 0, 1],
      ['RUNNING', 3, 0, 2],
      ['RUNNING', 4, 0, 3],
      ['RUNNING', 5, 1, 3],
      ['FINISHED', 1, 2, 3],
    ]);
    // The batch is shown as it stands now, so only what belongs to the changes is the same.
    const lastPlaces = updates.slice(4).map(({ cursor: place }) => place);
    const resumed = await updatesOf<Update>(shared, live, { after: updates[3]?.cursor }, alice, 2);
    expect(resumed.map(({ cursor: place }) => place)).toEqual(lastPlaces);
    const done = await read(id);
    expect(done).toMatchObject({ state: 'FINISHED', itemCount: 5, paidCount: 2, failedCount: 3 });
    expect(done.items.nodes.map(({ state, failure, transaction }: Item) => [state, failure?.code, transaction?.state])).toEqual([
      ['PAID', undefined, 'COMPLETED'],
      ['FAILED', 'WALLET_NOT_FOUND', undefined],
      ['FAILED', 'TRANSFER_TO_SELF', undefined],
      ['FAILED', 'INSUFFICIENT_FUNDS', 'FAILED'],
      ['PAID', undefined, 'COMPLETED'],
    ]);
    expect(done.items.nodes[0]).toMatchObject({
      reference: 'invoice-1',
      amount: { amount: '1.25' },
      destination: { id: places.bob },
    });
    const cause = async (as: Caller) => (await shared.data(causeOf, { id: last }, { as })).transaction.cause;
    const back = { kind: 'PAYOUT_BATCH', item: 5, payoutBatch: { id } };
    // Who is paid learns nothing of the others.
    expect([await cause(alice), await cause(ada), await cause(bob)]).toEqual([back, back, null]);
  });

  it.each([
    ['nobody', { items: [] }, 'BAD_USER_INPUT'],
    ['an empty key', { idempotencyKey: '' }, 'BAD_USER_INPUT'],
  ])('refuses %s', async (_, changes, code) => {
    const { refusal } = await start();
    expect(await refusal(changes)).toBe(code);
  });

  it('records nothing of a request in which one payee makes no sense, and says which', async () => {
    const { alice, places, to, asked } = await start();
    const good = to(places.bob);
    const cases = [
      [to(places.bob, '0'), 'AMOUNT_NOT_POSITIVE'],
      [to(places.bob, '0.001'), 'AMOUNT_TOO_PRECISE'],
      [{ ...good, amount: { amount: '1', asset: 'XYZ' } }, 'UNKNOWN_ASSET'],
      [to(places.bob, '1', { memo: 'a\nb' }), 'BAD_USER_INPUT'],
      [to(places.bob, '1', { reference: 'a b' }), 'BAD_USER_INPUT'],
      [to(places.bob, '1', { reference: 'x'.repeat(65) }), 'BAD_USER_INPUT'],
    ] as const;
    for (const [bad, code] of cases) {
      const refused = await shared.refusal(create, asked({ items: [good, bad] }), { as: alice });
      expect([refused.code, JSON.stringify(refused)]).toEqual([code, expect.stringContaining('input.items.1')]);
    }
    const tooMany = Array.from({ length: 1_001 }, () => good);
    expect((await shared.refusal(create, asked({ items: tooMany }), { as: alice })).code).toBe('BAD_USER_INPUT');
    expect((await shared.data(many, { first: 1 }, { as: alice })).payoutBatches.nodes).toEqual([]);
  });

  it('is for who may spend from the wallet, and for nobody else to see', async () => {
    const { domain, bob, mallory, ada, people, places, pay, refusal, read } = await start();
    expect(await refusal({}, null)).toBe('UNAUTHENTICATED');
    expect(await refusal({}, mallory)).toBe('WALLET_NOT_FOUND');
    expect(await refusal({ sourceWalletId: 'nowhere' }, mallory)).toBe('WALLET_NOT_FOUND');
    const { id } = (await pay()).batch;
    for (const as of [bob, mallory]) {
      expect((await shared.refusal(one, { id }, { as })).code).toBe('PAYOUT_BATCH_NOT_FOUND');
      expect(await subscriptionRefusal(shared, live, { id }, as)).toBe('PAYOUT_BATCH_NOT_FOUND');
    }
    expect((await shared.refusal(one, { id: '\u0000' }, { as: ada })).code).toBe('PAYOUT_BATCH_NOT_FOUND');
    expect(await subscriptionRefusal(shared, live, {}, null)).toBe('UNAUTHENTICATED');
    expect(await read(id, {}, ada)).toMatchObject({ id, source: { id: places.alice } });
    await tell(domain, userSuspended(people.alice));
    expect(await refusal()).toBe('ACCOUNT_SUSPENDED');
  });

  it('pays each payee once, however often the same request comes', async () => {
    const { alice, bob, places, to, pay, asked, read, transfers } = await start();
    const body = { idempotencyKey: 'salaries', items: Array.from({ length: 12 }, (_, index) => to(places.bob, `${index + 1}`)) };
    const answers = await Promise.all(Array.from({ length: 4 }, () => pay(body)));
    expect(new Set(answers.map(({ batch, cursor }) => `${batch.id} ${cursor}`)).size).toBe(1);
    const [{ batch }] = answers;
    const other = asked({ ...body, items: body.items.slice(1) });
    expect((await shared.refusal(create, other, { as: alice })).code).toBe('IDEMPOTENCY_CONFLICT');
    expect((await transfers(batch.id, 12)).size).toBe(12);
    expect((await pay(body)).batch.id).toBe(batch.id);
    const page = await read(batch.id, { first: 5, states: ['REQUESTED'] });
    const next = await read(batch.id, { first: 20, after: page.items.pageInfo.endCursor });
    const numbers = [...page.items.nodes, ...next.items.nodes].map(({ item }: Item) => item);
    expect(numbers).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(await eventsOf(shared, 'clawpurse.transaction.payouts_requested.v1', batch.id)).toHaveLength(1);
    const list = async (as: Caller) => (await shared.data(many, { first: 5 }, { as })).payoutBatches.nodes;
    expect([await list(alice), await list(bob)]).toEqual([[{ id: batch.id }], []]);
  });
});
