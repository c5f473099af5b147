import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../../platform/events/event.ts';
import { providers } from '../../platform/testing/databases.ts';
import type { CallOptions, TestSubgraph, Variables } from '../../platform/testing/subgraph.ts';
import { fundsHeld, postingCompleted, screeningDecided } from './transaction.fixtures.ts';
import { aStage, startTransactions, tell } from './transaction.harness.ts';

const subscription = `subscription Updates($id: ID, $walletId: ID, $after: Cursor) {
  transactionUpdated(id: $id, walletId: $walletId, after: $after) {
    cursor state previousState version reason { code } occurredAt
    transaction { id state memo steps { state } }
  }
}`;

interface Update {
  readonly cursor: string;
  readonly state: string;
  readonly previousState: string | null;
  readonly version: number;
  readonly reason: { readonly code: string } | null;
  readonly transaction: { readonly id: string; readonly state: string; readonly steps: readonly { readonly state: string }[] };
}

describe.each(providers)('transactionUpdated on %s', (provider) => {
  let shared: TestSubgraph;
  beforeAll(async () => {
    shared = await startTransactions({ provider });
  });
  afterAll(() => shared.stop());
  const start = () => aStage(shared);

  /** Follows until `count` updates have come, then leaves. */
  async function follow(domain: TestSubgraph, variables: Variables, as: CallOptions['as'], count: number): Promise<Update[]> {
    const updates: Update[] = [];
    const stream = domain.subscribe<{ transactionUpdated: Update }>(subscription, variables, { as });
    for await (const { data, errors } of stream) {
      if (errors !== undefined || !data) throw new Error(`The subscription failed: ${JSON.stringify(errors)}`);
      updates.push(data.transactionUpdated);
      if (updates.length === count) break;
    }
    return updates;
  }

  async function refusalOf(domain: TestSubgraph, variables: Variables, as: CallOptions['as']): Promise<string | undefined> {
    for await (const { errors } of domain.subscribe(subscription, variables, { as }))
      return errors?.[0]?.extensions.code as string | undefined;
    return undefined;
  }

  const complete = (domain: TestSubgraph, id: string) =>
    tell(domain, fundsHeld(id), screeningDecided(id, 'CLEARED'), postingCompleted(id));
  const states = (updates: readonly Update[]) => updates.map(({ state }) => state);
  const cursorNow = async (domain: TestSubgraph, as: CallOptions['as']): Promise<string> =>
    (await domain.data('{ transactionFeedCursor }', {}, { as })).transactionFeedCursor;

  it('misses nothing of a transaction that is followed from the cursor of its request', async () => {
    const { domain, alice, movement } = await start();
    const { transaction, cursor } = await movement('createTransfer', alice);
    await complete(domain, transaction.id);
    const updates = await follow(domain, { id: transaction.id, after: cursor }, alice, 5);
    expect(updates.map(({ state, previousState, version }) => [state, previousState, version])).toEqual([
      ['REQUESTED', null, 1],
      ['SCREENING', 'REQUESTED', 2],
      ['APPROVED', 'SCREENING', 3],
      ['POSTING', 'APPROVED', 4],
      ['COMPLETED', 'POSTING', 5],
    ]);
    expect(updates[0]?.transaction).toMatchObject({ id: transaction.id, state: 'COMPLETED' });
  });

  it('gives the cursor of the first request to a repeated one, which misses nothing either', async () => {
    const { domain, alice, movement } = await start();
    const first = await movement('createTransfer', alice, { idempotencyKey: 'again' });
    await complete(domain, first.transaction.id);
    const again = await movement('createTransfer', alice, { idempotencyKey: 'again' });
    expect(again).toMatchObject({ cursor: first.cursor, transaction: { id: first.transaction.id, state: 'COMPLETED' } });
    expect(states(await follow(domain, { id: first.transaction.id, after: again.cursor }, alice, 5))).toEqual([
      'REQUESTED',
      'SCREENING',
      'APPROVED',
      'POSTING',
      'COMPLETED',
    ]);
  });

  it('goes on where a client left off, without gap or repeat, from old to live', async () => {
    const { domain, alice, movement } = await start();
    const { transaction, cursor } = await movement('createTransfer', alice);
    const [requested] = await follow(domain, { id: transaction.id, after: cursor }, alice, 1);
    await tell(domain, fundsHeld(transaction.id), screeningDecided(transaction.id, 'HELD'));
    const resumed = follow(domain, { id: transaction.id, after: requested?.cursor }, alice, 5);
    await tell(
      domain,
      screeningDecided(transaction.id, 'CLEARED', { decidedBy: 'user-carol' }),
      postingCompleted(transaction.id),
    );
    const updates = await resumed;
    expect(states(updates)).toEqual(['SCREENING', 'IN_REVIEW', 'APPROVED', 'POSTING', 'COMPLETED']);
    expect(updates.map(({ version }) => version)).toEqual([2, 3, 4, 5, 6]);
    expect(updates[1]?.reason).toEqual({ code: 'UNDER_REVIEW' });
  });

  it('shows the transaction of each change as it stands now, steps included, however long the subscription lasts', async () => {
    const { domain, alice, movement } = await start();
    const { transaction, cursor } = await movement('createTransfer', alice);
    const stream = domain.subscribe<{ transactionUpdated: Update }>(
      subscription,
      { id: transaction.id, after: cursor },
      { as: alice },
    );
    const next = async () => {
      const { value } = await stream.next();
      return value?.data?.transactionUpdated.transaction.steps.map(({ state }) => state);
    };
    /** Changes that come together all show the last of them. */
    const after = async (changesCount: number) => {
      for (let count = 1; count < changesCount; count += 1) await next();
      return next();
    };
    expect(await next()).toEqual(['REQUESTED']);
    await tell(domain, fundsHeld(transaction.id), screeningDecided(transaction.id, 'CLEARED'));
    expect(await after(3)).toEqual(['REQUESTED', 'SCREENING', 'APPROVED', 'POSTING']);
    await tell(domain, postingCompleted(transaction.id));
    expect(await next()).toEqual(['REQUESTED', 'SCREENING', 'APPROVED', 'POSTING', 'COMPLETED']);
    await stream.return();
  });

  it('follows all of mine: what I send in every state, what I am sent once it has completed', async () => {
    const { domain, alice, bob, places, movement } = await start();
    const after = await cursorNow(domain, bob);
    const incoming = await movement('createTransfer', alice);
    await complete(domain, incoming.transaction.id);
    const outgoing = await movement('createTransfer', bob, {
      sourceWalletId: places.bob,
      destinationWalletId: places.alice,
    });
    const updates = await follow(domain, { after }, bob, 2);
    expect(updates.map(({ state, transaction }) => [transaction.id, state])).toEqual([
      [incoming.transaction.id, 'COMPLETED'],
      [outgoing.transaction.id, 'REQUESTED'],
    ]);
    expect(updates[0]?.transaction.steps).toEqual([{ state: 'COMPLETED' }]);
  });

  it('follows one wallet of mine, and nothing of the others', async () => {
    const { domain, alice, places, movement } = await start();
    const after = await cursorNow(domain, alice);
    await movement('createTransfer', alice);
    const savings = await movement('createTransfer', alice, { sourceWalletId: places.aliceSavings });
    await complete(domain, savings.transaction.id);
    const updates = await follow(domain, { walletId: places.aliceSavings, after }, alice, 3);
    expect(new Set(updates.map(({ transaction }) => transaction.id))).toEqual(new Set([savings.transaction.id]));
  });

  it('tells the recipient who follows a completed transfer by id nothing of how it came about', async () => {
    const { domain, alice, bob, movement } = await start();
    const { transaction, cursor } = await movement('createTransfer', alice);
    await tell(
      domain,
      fundsHeld(transaction.id),
      screeningDecided(transaction.id, 'HELD'),
      screeningDecided(transaction.id, 'CLEARED', { decidedBy: 'user-carol' }),
    );
    await tell(domain, postingCompleted(transaction.id));
    expect(states(await follow(domain, { id: transaction.id, after: cursor }, bob, 1))).toEqual(['COMPLETED']);
  });

  it('does not repeat a state when an answer is asked for again', async () => {
    const { domain, alice, movement } = await start();
    const { transaction, cursor } = await movement('createTransfer', alice);
    domain.clock.advance(60_000);
    const isReminder = ({ feeds, subject }: RecordedEvent) => feeds.length === 0 && subject === transaction.id;
    await domain.waitForEvent('clawpurse.transaction.requested.v1', isReminder, 15_000);
    await complete(domain, transaction.id);
    expect(states(await follow(domain, { id: transaction.id, after: cursor }, alice, 5))).toEqual([
      'REQUESTED',
      'SCREENING',
      'APPROVED',
      'POSTING',
      'COMPLETED',
    ]);
  });

  it('is refused for what one may not see, as for what is not there', async () => {
    const { domain, alice, bob, mallory, places, movement } = await start();
    const { transaction } = await movement('createTransfer', alice);
    const { id } = transaction;
    expect(await refusalOf(domain, { id }, null)).toBe('UNAUTHENTICATED');
    expect(await refusalOf(domain, { id }, mallory)).toBe('TRANSACTION_NOT_FOUND');
    expect(await refusalOf(domain, { id }, bob)).toBe('TRANSACTION_NOT_FOUND');
    expect(await refusalOf(domain, { id: 'nowhere' }, mallory)).toBe('TRANSACTION_NOT_FOUND');
    const [foreign, missing] = await Promise.all([
      refusalOf(domain, { walletId: places.alice }, mallory),
      refusalOf(domain, { walletId: 'nowhere' }, mallory),
    ]);
    expect([foreign, missing]).toEqual(['WALLET_NOT_FOUND', 'WALLET_NOT_FOUND']);
    expect(await refusalOf(domain, { id, walletId: places.alice }, alice)).toBe('BAD_USER_INPUT');
    expect(await refusalOf(domain, { after: 'nonsense' }, alice)).toBe('INVALID_CURSOR');
  });

  it('lets staff follow any transaction and any wallet', async () => {
    const { domain, alice, ada, places, movement } = await start();
    const { transaction, cursor } = await movement('createTransfer', alice);
    expect(states(await follow(domain, { id: transaction.id, after: cursor }, ada, 1))).toEqual(['REQUESTED']);
    expect(states(await follow(domain, { walletId: places.alice, after: cursor }, ada, 1))).toEqual(['REQUESTED']);
  });
});
