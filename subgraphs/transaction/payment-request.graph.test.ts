// Asking for money, as both sides meet it in the graph: who may answer, what each of them knows, and what repeats do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { providers } from '../../platform/testing/databases.ts';
import type { CallOptions, TestSubgraph } from '../../platform/testing/subgraph.ts';
import { fundsHeld, fundsRefused, postingCompleted, screeningDecided, userSuspended } from './transaction.fixtures.ts';
import { aStage, feedCursor, startTransactions, subscriptionRefusal, tell, updatesOf } from './transaction.harness.ts';

type Caller = NonNullable<CallOptions['as']>;
const fields = 'id state attempts amount { amount asset { code } } memo expiresAt transaction { id state }';
const create = `mutation ($input: CreatePaymentRequestInput!) { createPaymentRequest(input: $input) { paymentRequest { ${fields} } } }`;
const accept = `mutation ($input: AcceptPaymentRequestInput!) {
  acceptPaymentRequest(input: $input) { paymentRequest { id state } transaction { id state } }
}`;
const decline =
  'mutation ($input: DeclinePaymentRequestInput!) { declinePaymentRequest(input: $input) { paymentRequest { state } } }';
const cancel =
  'mutation ($input: CancelPaymentRequestInput!) { cancelPaymentRequest(input: $input) { paymentRequest { state } } }';
const one = `query ($id: ID!) { paymentRequest(id: $id) { ${fields} } }`;
const many = `query ($role: PaymentRequestRole!, $states: [PaymentRequestState!], $first: Int! = 20, $after: Cursor) {
  paymentRequests(role: $role, states: $states, first: $first, after: $after) { nodes { id state } pageInfo { hasNextPage endCursor } }
}`;
const live = `subscription ($id: ID, $after: Cursor) {
  paymentRequestUpdated(id: $id, after: $after) { cursor state occurredAt paymentRequest { id state transaction { id } } }
}`;
const causeOf = 'query ($id: ID!) { transaction(id: $id) { cause { kind item paymentRequest { id state } schedule { id } } } }';

interface Update {
  readonly cursor: string;
  readonly state: string;
  readonly paymentRequest: { readonly id: string; readonly state: string; readonly transaction: { readonly id: string } | null };
}

const dayMs = 86_400_000;

describe.each(providers)('payment requests in the graph on %s', (provider) => {
  let shared: TestSubgraph;
  beforeAll(async () => {
    shared = await startTransactions({ provider });
  });
  afterAll(() => shared.stop());

  /** Bob asks Alice for 5 dollars. */
  async function start() {
    const stage = await aStage(shared);
    const { people, places, alice, bob } = stage;
    const asked = (changes: object = {}) => ({
      input: {
        idempotencyKey: uuidIds.next(),
        payerId: people.alice,
        walletId: places.bob,
        amount: { amount: '5', asset: 'USD' },
        memo: 'Pizza',
        ...changes,
      },
    });
    const ask = async (changes: object = {}, as: Caller = bob) =>
      (await shared.data(create, asked(changes), { as })).createPaymentRequest.paymentRequest;
    const acceptance = (paymentRequestId: string, idempotencyKey: string, changes: object = {}) => ({
      input: { idempotencyKey, paymentRequestId, sourceWalletId: places.alice, ...changes },
    });
    const pay = async (id: string, key: string, changes: object = {}) =>
      (await shared.data(accept, acceptance(id, key, changes), { as: alice })).acceptPaymentRequest;
    const payRefusal = async (id: string, key: string, changes: object = {}, as: Caller | null = alice) =>
      (await shared.refusal(accept, acceptance(id, key, changes), { as })).code;
    const answer = (mutation: string, paymentRequestId: string, as: Caller) =>
      shared.execute(mutation, { input: { paymentRequestId } }, { as });
    const read = async (id: string, as: Caller) => (await shared.data(one, { id }, { as })).paymentRequest;
    const list = async (as: Caller, variables: object) => (await shared.data(many, { ...variables }, { as })).paymentRequests;
    return { ...stage, asked, ask, pay, payRefusal, answer, read, list };
  }

  // What is refused leaves nothing behind, so those who only try can share their people and wallets.
  let shareable: ReturnType<typeof start> | null = null;
  const startOnce = () => {
    shareable ??= start();
    return shareable;
  };

  it('is paid by who was asked; who asked sees it pending until the money is there', async () => {
    const { domain, alice, bob, ask, pay, read, list } = await start();
    const { id } = await ask();
    const { paymentRequest, transaction } = await pay(id, 'yes');
    expect(paymentRequest).toEqual({ id, state: 'ACCEPTED' });
    expect(await read(id, alice)).toMatchObject({ state: 'ACCEPTED', attempts: 1, transaction: { id: transaction.id } });
    expect(await read(id, bob)).toMatchObject({ state: 'PENDING', attempts: 0, transaction: null });
    // A filter tells no more than the requests themselves.
    const sent = async (states: string[]) => (await list(bob, { role: 'SENT', states })).nodes;
    expect(await sent(['ACCEPTED'])).toEqual([]);
    expect(await sent(['PENDING'])).toEqual([{ id, state: 'PENDING' }]);
    expect((await list(alice, { role: 'RECEIVED', states: ['ACCEPTED'] })).nodes).toEqual([{ id, state: 'ACCEPTED' }]);
    await tell(domain, fundsHeld(transaction.id), screeningDecided(transaction.id, 'CLEARED'), postingCompleted(transaction.id));
    const paid = { state: 'PAID', attempts: 1, transaction: { id: transaction.id, state: 'COMPLETED' } };
    expect([await read(id, alice), await read(id, bob)]).toMatchObject([paid, paid]);
  });

  it('is nothing to strangers and staff, and answered only by the one whom it concerns', async () => {
    const { alice, bob, mallory, ada, ask, answer, payRefusal, asked } = await start();
    const { id } = await ask();
    const missing = 'PAYMENT_REQUEST_NOT_FOUND';
    for (const as of [mallory, ada]) expect((await shared.refusal(one, { id }, { as })).code).toBe(missing);
    expect((await shared.refusal(one, { id: 'nowhere' }, { as: alice })).code).toBe(missing);
    expect(await payRefusal(id, 'k', {}, mallory)).toBe(missing);
    // Who asked does not pay it, and who was asked does not take it back.
    expect(await payRefusal(id, 'k', {}, bob)).toBe(missing);
    const codeOf = async (mutation: string, as: Caller) => (await answer(mutation, id, as)).errors?.[0]?.extensions.code;
    expect([await codeOf(decline, bob), await codeOf(cancel, alice), await codeOf(decline, mallory)]).toEqual([
      missing,
      missing,
      missing,
    ]);
    expect(await payRefusal(id, 'k', {}, null)).toBe('UNAUTHENTICATED');
    expect((await shared.refusal(create, asked())).code).toBe('UNAUTHENTICATED');
  });

  it.each([
    ['nothing', { amount: { amount: '0', asset: 'USD' } }, 'AMOUNT_NOT_POSITIVE'],
    ['half a cent', { amount: { amount: '0.005', asset: 'USD' } }, 'AMOUNT_TOO_PRECISE'],
    ['an unknown asset', { amount: { amount: '1', asset: 'XYZ' } }, 'UNKNOWN_ASSET'],
    ['a memo of two lines', { memo: 'a\nb' }, 'BAD_USER_INPUT'],
    ['an empty key', { idempotencyKey: '' }, 'BAD_USER_INPUT'],
    ['a payer who can be nobody', { payerId: 'a b' }, 'BAD_USER_INPUT'],
    ['a life that is over', { expiresAt: '2020-01-01T00:00:00Z' }, 'BAD_USER_INPUT'],
    ['a life without end', { expiresAt: '2999-01-01T00:00:00Z' }, 'BAD_USER_INPUT'],
  ])('cannot be made for %s', async (_, changes, code) => {
    const { bob, asked, list } = await startOnce();
    expect((await shared.refusal(create, asked(changes), { as: bob })).code).toBe(code);
    expect((await list(bob, { role: 'SENT' })).nodes).toEqual([]);
  });

  it('asks for money to a wallet of mine, from somebody else', async () => {
    const { bob, people, places, asked } = await start();
    const refusal = async (changes: object) => (await shared.refusal(create, asked(changes), { as: bob })).code;
    expect(await refusal({ payerId: people.bob })).toBe('BAD_USER_INPUT');
    expect(await refusal({ walletId: places.alice })).toBe('WALLET_NOT_FOUND');
    expect(await refusal({ walletId: 'nowhere' })).toBe('WALLET_NOT_FOUND');
  });

  it('is made once a key, and accepted once a key, whatever happened in between', async () => {
    const { domain, bob, alice, places, ask, asked, pay, payRefusal, read } = await start();
    const body = { idempotencyKey: 'pizza' };
    const [{ id }, again] = await Promise.all([ask(body), ask(body)]);
    expect(again.id).toBe(id);
    expect((await shared.refusal(create, asked({ ...body, memo: 'Pasta' }), { as: bob })).code).toBe('IDEMPOTENCY_CONFLICT');
    const other = await ask();
    const acceptances = await Promise.all(Array.from({ length: 4 }, () => pay(id, 'first')));
    const first = acceptances[0].transaction.id;
    expect(new Set(acceptances.map(({ transaction }) => transaction.id)).size).toBe(1);
    expect(await payRefusal(id, 'first', { sourceWalletId: places.aliceSavings })).toBe('IDEMPOTENCY_CONFLICT');
    expect(await payRefusal(other.id, 'first')).toBe('IDEMPOTENCY_CONFLICT');
    expect(await payRefusal(id, 'second')).toBe('PAYMENT_REQUEST_CLOSED');
    await tell(domain, fundsRefused(first, 'INSUFFICIENT_FUNDS'));
    expect(await read(id, alice)).toMatchObject({ state: 'PENDING', attempts: 1 });
    const second = (await pay(id, 'second')).transaction.id;
    await tell(domain, fundsRefused(second, 'INSUFFICIENT_FUNDS'));
    // A repeat of the first acceptance, later than a second one that failed too, pays nothing.
    expect((await pay(id, 'first')).transaction).toEqual({ id: first, state: 'FAILED' });
    expect(await read(id, alice)).toMatchObject({ state: 'PENDING', attempts: 2 });
  });

  it('is closed once, by declining or cancelling, and cannot be paid then', async () => {
    const { alice, bob, ask, answer, payRefusal, pay, read } = await start();
    const [declined, cancelled, accepted] = [await ask(), await ask(), await ask()];
    for (let times = 0; times < 2; times += 1) {
      expect((await answer(decline, declined.id, alice)).data).toMatchObject({
        declinePaymentRequest: { paymentRequest: { state: 'DECLINED' } },
      });
      expect((await answer(cancel, cancelled.id, bob)).data).toMatchObject({
        cancelPaymentRequest: { paymentRequest: { state: 'CANCELLED' } },
      });
    }
    expect([await payRefusal(declined.id, 'a'), await payRefusal(cancelled.id, 'b')]).toEqual([
      'PAYMENT_REQUEST_CLOSED',
      'PAYMENT_REQUEST_CLOSED',
    ]);
    await pay(accepted.id, 'c');
    expect((await answer(cancel, accepted.id, bob)).errors?.[0]?.extensions.code).toBe('PAYMENT_REQUEST_CLOSED');
    expect(await read(accepted.id, bob)).toMatchObject({ state: 'PENDING' });
  });

  it('expires by itself, and is not paid by who is suspended or from what is not theirs', async () => {
    const { domain, alice, people, places, ask, payRefusal, read } = await start();
    const { id } = await ask({ expiresAt: new Date(shared.clock.now().getTime() + dayMs).toISOString() });
    expect(await payRefusal(id, 'k', { sourceWalletId: places.mallory })).toBe('WALLET_NOT_FOUND');
    await tell(domain, userSuspended(people.alice));
    expect(await payRefusal(id, 'k')).toBe('ACCOUNT_SUSPENDED');
    shared.clock.advance(dayMs);
    const told = 'clawpurse.transaction.payment_request_expired.v1';
    await domain.waitForEvent(told, ({ subject }) => subject === id);
    expect(await read(id, alice)).toMatchObject({ state: 'EXPIRED' });
  });

  it('tells both sides live, each what they may know, and goes on after any cursor', async () => {
    const { domain, alice, bob, mallory, ask, pay } = await start();
    const after = await feedCursor(domain, bob);
    const [other, { id }] = [await ask(), await ask()];
    const failed = (await pay(id, 'first')).transaction.id;
    await tell(domain, fundsRefused(failed, 'INSUFFICIENT_FUNDS'));
    const paid = (await pay(id, 'second')).transaction.id;
    const rest = updatesOf<Update>(shared, live, { id, after }, bob, 2);
    await tell(domain, fundsHeld(paid), screeningDecided(paid, 'CLEARED'), postingCompleted(paid));
    const states = (updates: readonly Update[]) => updates.map(({ state }) => state);
    // Nothing of the failure, and nothing before the money is there.
    expect(states(await rest)).toEqual(['PENDING', 'PAID']);
    const received = await updatesOf<Update>(shared, live, { after }, alice, 6);
    expect(states(received)).toEqual(['PENDING', 'PENDING', 'ACCEPTED', 'PENDING', 'ACCEPTED', 'PAID']);
    expect(received[0]?.paymentRequest).toEqual({ id: other.id, state: 'PENDING', transaction: null });
    expect(received[5]?.paymentRequest).toEqual({ id, state: 'PAID', transaction: { id: paid } });
    const resumed = await updatesOf<Update>(shared, live, { id, after: received[3]?.cursor }, alice, 2);
    expect(resumed).toEqual(received.slice(4));
    expect(await subscriptionRefusal(shared, live, { id }, mallory)).toBe('PAYMENT_REQUEST_NOT_FOUND');
    expect(await subscriptionRefusal(shared, live, { after: 'nonsense' }, bob)).toBe('INVALID_CURSOR');
    expect(await subscriptionRefusal(shared, live, {}, null)).toBe('UNAUTHENTICATED');
  });

  it('is found from its transfer: by both sides, and by staff without the request itself', async () => {
    const { domain, alice, bob, ada, mallory, ask, pay, movement } = await start();
    const { id } = await ask();
    const { transaction } = await pay(id, 'yes');
    const cause = async (as: Caller, of = transaction.id) => (await shared.data(causeOf, { id: of }, { as })).transaction.cause;
    const accepted = { kind: 'PAYMENT_REQUEST', item: 1, paymentRequest: { id, state: 'ACCEPTED' }, schedule: null };
    expect(await cause(alice)).toEqual(accepted);
    await tell(domain, fundsHeld(transaction.id), screeningDecided(transaction.id, 'CLEARED'), postingCompleted(transaction.id));
    const paid = { ...accepted, paymentRequest: { id, state: 'PAID' } };
    expect([await cause(alice), await cause(bob)]).toEqual([paid, paid]);
    expect(await cause(ada)).toEqual({ ...accepted, paymentRequest: null });
    expect((await shared.refusal(causeOf, { id: transaction.id }, { as: mallory })).code).toBe('TRANSACTION_NOT_FOUND');
    expect(await cause(alice, (await movement('createTransfer', alice)).transaction.id)).toBeNull();
  });

  it('is listed newest first, in pages, for each side', async () => {
    const { alice, bob, ask, list } = await start();
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.unshift((await ask()).id);
    const first = await list(alice, { role: 'RECEIVED', first: 2 });
    const rest = await list(alice, { role: 'RECEIVED', first: 2, after: first.pageInfo.endCursor });
    expect([...first.nodes, ...rest.nodes].map(({ id }: { id: string }) => id)).toEqual(ids);
    expect([first.pageInfo.hasNextPage, rest.pageInfo.hasNextPage]).toEqual([true, false]);
    expect((await list(alice, { role: 'SENT' })).nodes).toEqual([]);
    expect((await shared.refusal(many, { role: 'SENT', after: 'nonsense' }, { as: bob })).code).toBe('INVALID_CURSOR');
  });
});
