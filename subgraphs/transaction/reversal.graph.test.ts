// Taking transactions back, as people meet it in the graph: who may, once, and again after a refusal.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { providers } from '../../platform/testing/databases.ts';
import type { CallOptions, TestSubgraph } from '../../platform/testing/subgraph.ts';
import {
  fundsHeld,
  postingCompleted,
  postingReversed,
  reversalRefused,
  screeningDecided,
  userSuspended,
} from './transaction.fixtures.ts';
import { aStage, eventsOf, startTransactions, tell } from './transaction.harness.ts';

type Caller = NonNullable<CallOptions['as']>;
const reverse = `mutation ($input: ReverseTransactionInput!) {
  reverseTransaction(input: $input) { transaction { id state reversal { state reason refusalCode } } }
}`;
const reversalOf = 'query ($id: ID!) { transaction(id: $id) { state steps { state } reversal { state reason refusalCode } } }';

describe.each(providers)('reversals in the graph on %s', (provider) => {
  let shared: TestSubgraph;
  beforeAll(async () => {
    shared = await startTransactions({ provider });
  });
  afterAll(() => shared.stop());

  async function start() {
    const stage = await aStage(shared);
    const { transaction } = await stage.movement('createTransfer', stage.alice);
    const { id } = transaction;
    await tell(shared, fundsHeld(id), screeningDecided(id, 'CLEARED'), postingCompleted(id));
    const input = (changes: object = {}) => ({
      input: { transactionId: id, reason: 'Sent twice', idempotencyKey: uuidIds.next(), ...changes },
    });
    const ask = async (as: Caller, changes: object = {}) =>
      (await shared.data(reverse, input(changes), { as })).reverseTransaction.transaction;
    const refusal = async (as: Caller | null, changes: object = {}) =>
      (await shared.refusal(reverse, input(changes), { as })).code;
    const read = async (as: Caller) => (await shared.data(reversalOf, { id }, { as })).transaction;
    const orders = (countMin: number) => eventsOf(shared, 'clawpurse.transaction.reversal_requested.v1', id, countMin);
    const attempts = async (countMin: number) => (await orders(countMin)).map(({ data }) => String(data.attemptId));
    return { ...stage, id, ask, refusal, read, orders, attempts };
  }

  it('is for the recipient, and for staff who did not pay it; for strangers there is nothing to reverse', async () => {
    const { alice, bob, mallory, olivia, ada, ask, refusal } = await start();
    expect(await refusal(null)).toBe('UNAUTHENTICATED');
    expect(await refusal(mallory)).toBe('TRANSACTION_NOT_FOUND');
    expect(await refusal(mallory, { transactionId: uuidIds.next() })).toBe('TRANSACTION_NOT_FOUND');
    expect(await refusal(alice)).toBe('NOT_REVERSIBLE_BY_YOU');
    expect(await refusal({ ...alice, roles: ['CUSTOMER', 'OPERATOR'] })).toBe('NOT_REVERSIBLE_BY_YOU');
    // May see everything, and may take nothing back.
    expect(await refusal(ada)).toBe('NOT_REVERSIBLE_BY_YOU');
    const asked = { state: 'COMPLETED', reversal: { state: 'REQUESTED', reason: 'Sent twice', refusalCode: null } };
    expect(await ask(bob)).toMatchObject(asked);
    expect(await refusal(olivia)).toBe('REVERSAL_IN_PROGRESS');
  });

  it.each([
    ['no reason', { reason: ' ' }, 'BAD_USER_INPUT'],
    ['a reason of two lines', { reason: 'Sent\ntwice' }, 'BAD_USER_INPUT'],
    ['an endless reason', { reason: 'x'.repeat(141) }, 'BAD_USER_INPUT'],
    ['an empty key', { idempotencyKey: '' }, 'BAD_USER_INPUT'],
    ['a key with spaces, as only this domain makes them', { idempotencyKey: 'SCHEDULE 1 1' }, 'BAD_USER_INPUT'],
    ['text that is no id', { transactionId: '\u0000' }, 'TRANSACTION_NOT_FOUND'],
  ])('refuses %s', async (_, changes, code) => {
    const { bob, refusal, orders } = await start();
    expect(await refusal(bob, changes)).toBe(code);
    expect(await orders(0)).toEqual([]);
  });

  it('tells the ledger once, however often and by how many it is asked at once', async () => {
    const { bob, ask, refusal, orders, read, domain, id } = await start();
    await Promise.all(Array.from({ length: 5 }, () => ask(bob, { idempotencyKey: 'refund' })));
    expect(await refusal(bob, { idempotencyKey: 'refund', reason: 'Another' })).toBe('IDEMPOTENCY_CONFLICT');
    expect(await orders(1)).toHaveLength(1);
    await tell(domain, postingReversed(id), postingReversed(id));
    expect(await read(bob)).toMatchObject({ state: 'REVERSED', reversal: { state: 'COMPLETED' } });
    expect(await ask(bob, { idempotencyKey: 'refund' })).toMatchObject({ id, state: 'REVERSED' });
    expect(await refusal(bob)).toBe('NOT_REVERSIBLE');
    expect(await orders(1)).toHaveLength(1);
  });

  it('can be tried again after a refusal, as a try of its own that answers to the first one say nothing about', async () => {
    const { alice, bob, ask, attempts, read, domain, id } = await start();
    await ask(bob, { idempotencyKey: 'first' });
    const [first = ''] = await attempts(1);
    await tell(domain, reversalRefused(id, 'INSUFFICIENT_FUNDS', first));
    const refused = { state: 'REFUSED', refusalCode: 'INSUFFICIENT_FUNDS' };
    expect((await read(alice)).reversal).toMatchObject(refused);
    // The same request has the same answer: that of its own try.
    expect((await ask(bob, { idempotencyKey: 'first' })).reversal).toMatchObject(refused);
    await ask(bob, { idempotencyKey: 'second', reason: 'Now it is there' });
    expect(new Set(await attempts(2)).size).toBe(2);
    await tell(domain, reversalRefused(id, 'INSUFFICIENT_FUNDS', first));
    expect((await read(bob)).reversal).toMatchObject({ state: 'REQUESTED', reason: 'Now it is there' });
    await tell(domain, postingReversed(id));
    expect(await read(alice)).toMatchObject({ state: 'REVERSED', reversal: { state: 'COMPLETED', refusalCode: null } });
  });

  it('takes "already reversed" for what it means: the money is back', async () => {
    const { bob, ask, attempts, read, domain, id } = await start();
    await ask(bob);
    const [attempt = ''] = await attempts(1);
    await tell(domain, reversalRefused(id, 'ALREADY_REVERSED', attempt));
    expect(await read(bob)).toMatchObject({ state: 'REVERSED', reversal: { state: 'COMPLETED' } });
  });

  it('asks the ledger again for an answer that does not come, about the same try', async () => {
    const { bob, ask, attempts, domain } = await start();
    await ask(bob);
    domain.clock.advance(31_000);
    const [first, second] = await attempts(2);
    expect(second).toBe(first);
  });

  it('is not for who has been suspended', async () => {
    const { domain, people, bob, refusal, orders } = await start();
    await tell(domain, userSuspended(people.bob));
    expect(await refusal(bob)).toBe('ACCOUNT_SUSPENDED');
    expect(await orders(0)).toEqual([]);
  });
});
