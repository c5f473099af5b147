import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoExternalAccounts, demoUsers, demoWallets } from '../../platform/demo.ts';
import type { RecordedEvent } from '../../platform/events/event.ts';
import { providers } from '../../platform/testing/databases.ts';
import type { CallOptions, TestSubgraph, Variables } from '../../platform/testing/subgraph.ts';
import {
  accountAdded,
  fundsHeld,
  postingCompleted,
  postingRefused,
  screeningDecided,
  walletOpened,
} from './transaction.fixtures.ts';
import { aStage, startTransactions, tell } from './transaction.harness.ts';

const transactionQuery = `query Transaction($id: ID!) {
  transaction(id: $id) {
    id kind state version memo createdAt updatedAt
    amount { amount asset { code } }
    source { type wallet { id } externalAccount { id } }
    destination { type wallet { id } externalAccount { id } }
    requestedBy { id }
    failure { code message }
    steps { version state reason { code } }
  }
}`;

const listQuery = `query List($first: Int, $after: Cursor, $filter: TransactionFilterInput) {
  transactions(first: $first, after: $after, filter: $filter) { nodes { id state } pageInfo { hasNextPage hasPreviousPage endCursor } }
}`;

const entitiesQuery = `query Entities($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on Transaction { id state steps { state } }
    ... on Wallet { id transactions { nodes { id } } }
    ... on User { id transactions { nodes { id } } }
  }
}`;

interface Page {
  readonly nodes: { readonly id: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string | null };
}

describe.each(providers)('transactions in the graph on %s', (provider) => {
  let shared: TestSubgraph;
  beforeAll(async () => {
    shared = await startTransactions({ provider });
  });
  afterAll(() => shared.stop());
  const start = () => aStage(shared);

  const entity = async (domain: TestSubgraph, representation: Variables, options: CallOptions) =>
    (await domain.data(entitiesQuery, { representations: [representation] }, options))._entities[0];
  const idsOf = (connection: { nodes: { id: string }[] } | null) => connection?.nodes.map(({ id }) => id) ?? null;

  it('answers a transfer at once with the recorded transaction', async () => {
    const { domain, alice, people, places, movement } = await start();
    const { transaction, cursor } = await movement('createTransfer', alice);
    expect(cursor).toEqual(expect.any(String));
    const { transaction: read } = await domain.data(transactionQuery, { id: transaction.id }, { as: alice });
    expect(read).toMatchObject({
      id: transaction.id,
      kind: 'TRANSFER',
      state: 'REQUESTED',
      version: 1,
      memo: 'Lunch',
      amount: { amount: '12.50', asset: { code: 'USD' } },
      source: { type: 'WALLET', wallet: { id: places.alice }, externalAccount: null },
      destination: { type: 'WALLET', wallet: { id: places.bob }, externalAccount: null },
      requestedBy: { id: people.alice },
      failure: null,
      steps: [{ version: 1, state: 'REQUESTED', reason: null }],
    });
  });

  it('takes a transfer through screening and posting to completion, told by events of the other domains', async () => {
    const { domain, alice, movement } = await start();
    const { transaction } = await movement('createTransfer', alice);
    await tell(domain, fundsHeld(transaction.id), screeningDecided(transaction.id, 'CLEARED'), postingCompleted(transaction.id));
    const { transaction: read } = await domain.data(transactionQuery, { id: transaction.id }, { as: alice });
    expect(read).toMatchObject({
      state: 'COMPLETED',
      version: 5,
      steps: [
        { state: 'REQUESTED' },
        { state: 'SCREENING' },
        { state: 'APPROVED' },
        { state: 'POSTING' },
        { state: 'COMPLETED' },
      ],
    });
  });

  it('shows why a transfer failed', async () => {
    const { domain, alice, movement } = await start();
    const { transaction } = await movement('createTransfer', alice);
    await tell(
      domain,
      fundsHeld(transaction.id),
      screeningDecided(transaction.id, 'CLEARED'),
      postingRefused(transaction.id, 'INSUFFICIENT_FUNDS'),
    );
    const { transaction: read } = await domain.data(transactionQuery, { id: transaction.id }, { as: alice });
    expect(read).toMatchObject({
      state: 'FAILED',
      failure: { code: 'INSUFFICIENT_FUNDS', message: 'The wallet does not have enough available funds.' },
    });
  });

  it('parks an answer that comes before its question, and takes it in its turn', async () => {
    const { domain, alice, movement } = await start();
    const { transaction } = await movement('createTransfer', alice);
    await tell(domain, fundsHeld(transaction.id), postingCompleted(transaction.id));
    expect((await domain.data(transactionQuery, { id: transaction.id }, { as: alice })).transaction.state).toBe('SCREENING');
    await tell(domain, screeningDecided(transaction.id, 'CLEARED'));
    await domain.waitForEvent('clawpurse.transaction.approved.v1', ({ subject }) => subject === transaction.id);
    // The parked event comes again on its own; the clock only shortens its pause.
    domain.clock.advance(60_000);
    await domain.waitForEvent('clawpurse.transaction.completed.v1', ({ subject }) => subject === transaction.id);
  });

  it('records deposits of operators and withdrawals of customers', async () => {
    const { alice, olivia, places, accounts, movement } = await start();
    const deposited = await movement('createDeposit', olivia, {
      externalAccountId: accounts.treasury,
      walletId: places.bob,
    });
    expect(deposited.transaction).toMatchObject({ kind: 'DEPOSIT', state: 'REQUESTED' });
    const withdrawn = await movement('createWithdrawal', alice, {
      walletId: places.alice,
      externalAccountId: accounts.alice,
    });
    expect(withdrawn.transaction).toMatchObject({ kind: 'WITHDRAWAL', state: 'REQUESTED' });
  });

  it('refuses what is not signed in, and deposits without the permission', async () => {
    const { domain, bob, places, accounts } = await start();
    const input = { idempotencyKey: 'k', amount: { amount: '1', asset: 'USD' } };
    const transfer = `mutation ($input: CreateTransferInput!) { createTransfer(input: $input) { cursor } }`;
    const deposit = `mutation ($input: CreateDepositInput!) { createDeposit(input: $input) { cursor } }`;
    const withdrawal = `mutation ($input: CreateWithdrawalInput!) { createWithdrawal(input: $input) { cursor } }`;
    const toBob = { ...input, externalAccountId: accounts.bob, walletId: places.bob };
    const anonymous = [
      domain.refusal(transfer, {
        input: { ...input, sourceWalletId: places.alice, destinationWalletId: places.bob },
      }),
      domain.refusal(deposit, { input: toBob }),
      domain.refusal(withdrawal, { input: toBob }),
      domain.refusal(transactionQuery, { id: 'x' }),
      domain.refusal(listQuery),
      domain.refusal('{ transactionFeedCursor }'),
    ];
    for (const refusal of await Promise.all(anonymous)) expect(refusal.code).toBe('UNAUTHENTICATED');
    expect(await domain.refusal(deposit, { input: toBob }, { as: bob })).toMatchObject({
      code: 'FORBIDDEN',
      details: { permission: 'funds:deposit' },
    });
    expect((await domain.data(listQuery, {}, { as: bob })).transactions.nodes).toEqual([]);
  });

  it('hides a transfer from everybody but its sender and staff until it has completed; then its recipient sees it too', async () => {
    const { domain, alice, bob, mallory, olivia, ada, movement } = await start();
    const { transaction } = await movement('createTransfer', alice);
    const { id } = transaction;
    const canRead = async (as: CallOptions['as']) => {
      const { data, errors } = await domain.execute(transactionQuery, { id }, { as });
      if (errors !== undefined)
        expect(errors[0]?.extensions).toMatchObject({ code: 'TRANSACTION_NOT_FOUND', details: { transactionId: id } });
      expect((await entity(domain, { __typename: 'Transaction', id }, { as })) !== null).toBe(errors === undefined);
      return data?.transaction !== null;
    };
    const readers = async () => Promise.all([alice, bob, mallory, olivia, ada].map(canRead));

    expect(await readers()).toEqual([true, false, false, true, true]);
    await tell(domain, fundsHeld(id), screeningDecided(id, 'HELD'));
    expect(await readers()).toEqual([true, false, false, true, true]);
    await tell(domain, screeningDecided(id, 'CLEARED', { decidedBy: 'user-carol' }));
    expect(await readers()).toEqual([true, false, false, true, true]);
    await tell(domain, postingCompleted(id));
    expect(await readers()).toEqual([true, true, false, true, true]);
  });

  it('answers a missing transaction and a hidden one with the same words', async () => {
    const { domain, alice, mallory, movement } = await start();
    const { transaction } = await movement('createTransfer', alice);
    const missing = await domain.refusal(transactionQuery, { id: 'nowhere' }, { as: mallory });
    const hidden = await domain.refusal(transactionQuery, { id: transaction.id }, { as: mallory });
    expect(hidden).toEqual({
      ...missing,
      message: missing.message.replace('nowhere', transaction.id),
      details: { transactionId: transaction.id },
    });
  });

  it('finds nothing under ids that no database would take', async () => {
    const { domain, alice, ada } = await start();
    for (const id of ['', '\u0000', ' '.repeat(10), 'x'.repeat(10_000)]) {
      expect(await domain.refusal(transactionQuery, { id }, { as: ada })).toMatchObject({ code: 'TRANSACTION_NOT_FOUND' });
      expect(await entity(domain, { __typename: 'Transaction', id }, { as: ada })).toBeNull();
      expect((await domain.data(listQuery, { filter: { walletId: id } }, { as: alice })).transactions.nodes).toEqual([]);
    }
  });

  it('shows the recipient the last step only: not that it was held', async () => {
    const { domain, alice, bob, ada, movement } = await start();
    const { transaction } = await movement('createTransfer', alice);
    const carol = { decidedBy: 'user-carol' };
    await tell(
      domain,
      fundsHeld(transaction.id),
      screeningDecided(transaction.id, 'HELD'),
      screeningDecided(transaction.id, 'CLEARED', carol),
      postingCompleted(transaction.id),
    );
    const steps = async (as: CallOptions['as']) =>
      (await domain.data(transactionQuery, { id: transaction.id }, { as })).transaction.steps.map(
        ({ state }: { state: string }) => state,
      );
    expect(await steps(bob)).toEqual(['COMPLETED']);
    expect(await steps(alice)).toEqual(['REQUESTED', 'SCREENING', 'IN_REVIEW', 'APPROVED', 'POSTING', 'COMPLETED']);
    expect(await steps(ada)).toEqual(['REQUESTED', 'SCREENING', 'IN_REVIEW', 'APPROVED', 'POSTING', 'COMPLETED']);
  });

  it('names an end only to its owner, to whoever named it in the request, and to staff', async () => {
    const { domain, alice, bob, olivia, ada, places, accounts, movement } = await start();
    const ends = async (id: string, as: CallOptions['as']) => {
      const { source, destination } = (await domain.data(transactionQuery, { id }, { as })).transaction;
      return [source, destination].map(({ wallet, externalAccount }) => (wallet ?? externalAccount)?.id ?? null);
    };
    const transfer = (await movement('createTransfer', alice)).transaction.id;
    const deposit = { externalAccountId: accounts.treasury, walletId: places.alice };
    const deposited = (await movement('createDeposit', olivia, deposit)).transaction.id;
    for (const id of [transfer, deposited])
      await tell(domain, fundsHeld(id), screeningDecided(id, 'CLEARED'), postingCompleted(id));
    expect(await ends(transfer, alice)).toEqual([places.alice, places.bob]);
    expect(await ends(transfer, bob)).toEqual([null, places.bob]);
    expect(await ends(transfer, ada)).toEqual([places.alice, places.bob]);
    expect(await ends(deposited, alice)).toEqual([null, places.alice]);
    expect(await ends(deposited, olivia)).toEqual([accounts.treasury, places.alice]);
  });

  it('lists mine, newest first, and an incoming one once it has completed', async () => {
    const { domain, alice, bob, mallory, places, movement } = await start();
    const incoming = await movement('createTransfer', bob, {
      sourceWalletId: places.bob,
      destinationWalletId: places.alice,
    });
    domain.clock.advance(10);
    const outgoing = await movement('createTransfer', alice);
    const mine = async (as: CallOptions['as']) => idsOf((await domain.data(listQuery, {}, { as })).transactions);
    expect(await mine(alice)).toEqual([outgoing.transaction.id]);
    await tell(
      domain,
      fundsHeld(incoming.transaction.id),
      screeningDecided(incoming.transaction.id, 'CLEARED'),
      postingCompleted(incoming.transaction.id),
    );
    expect(await mine(alice)).toEqual([outgoing.transaction.id, incoming.transaction.id]);
    expect(await mine(bob)).toEqual([incoming.transaction.id]);
    expect(await mine(mallory)).toEqual([]);
  });

  it('filters by state, kind, wallet, asset and time', async () => {
    const { domain, alice, places, accounts, movement } = await start();
    const transfer = await movement('createTransfer', alice);
    domain.clock.advance(60_000);
    const savings = await movement('createTransfer', alice, {
      sourceWalletId: places.aliceSavings,
      amount: { amount: '1', asset: 'EUR' },
    });
    domain.clock.advance(60_000);
    const withdrawal = await movement('createWithdrawal', alice, {
      walletId: places.alice,
      externalAccountId: accounts.alice,
    });
    await tell(domain, fundsHeld(transfer.transaction.id), screeningDecided(transfer.transaction.id, 'HELD'));
    const [first, second, third] = [transfer, savings, withdrawal].map((one) => one.transaction.id);
    const { createdAt } = (await domain.data(transactionQuery, { id: second }, { as: alice })).transaction;
    const filtered = async (filter: Variables) => idsOf((await domain.data(listQuery, { filter }, { as: alice })).transactions);

    expect(await filtered({})).toEqual([third, second, first]);
    expect(await filtered({ states: ['IN_REVIEW'] })).toEqual([first]);
    expect(await filtered({ states: ['REQUESTED', 'IN_REVIEW'] })).toEqual([third, second, first]);
    expect(await filtered({ kinds: ['WITHDRAWAL'] })).toEqual([third]);
    expect(await filtered({ walletId: places.aliceSavings })).toEqual([second]);
    expect(await filtered({ walletId: places.bob, states: ['REQUESTED'] })).toEqual([second]);
    expect(await filtered({ asset: 'EUR' })).toEqual([second]);
    expect(await filtered({ from: createdAt })).toEqual([third, second]);
    expect(await filtered({ to: createdAt })).toEqual([first]);
    expect(await domain.refusal(listQuery, { filter: { asset: 'DOGE' } }, { as: alice })).toMatchObject({
      code: 'UNKNOWN_ASSET',
    });
  });

  it('finds transactions by what their requester has put on them, for the side that pays alone', async () => {
    const { domain, alice, bob, mallory, places, movement } = await start();
    const tag = (key: string, value: string) => ({ key, value });
    const made: string[] = [];
    for (const [invoice, project] of [
      ['7', 'bridge'],
      ['8', 'bridge'],
      ['7', 'tower'],
      ['9', 'bridge'],
    ] as const) {
      const metadata = [tag('project', project), tag('invoice', invoice)];
      made.push((await movement('createTransfer', alice, { metadata })).transaction.id);
      domain.clock.advance(1_000);
    }
    await movement('createTransfer', alice);
    const list = async (as: typeof alice, metadata: object[], page: Variables = {}, filter: object = {}): Promise<Page> =>
      (await domain.data(listQuery, { ...page, filter: { metadata, ...filter } }, { as })).transactions;
    const found = async (as: typeof alice, ...metadata: object[]) => idsOf(await list(as, metadata));
    const [first, second, third, fourth] = made;
    expect(await found(alice, tag('project', 'bridge'))).toEqual([fourth, second, first]);
    expect(await found(alice, tag('project', 'bridge'), tag('invoice', '7'))).toEqual([first]);
    expect(await found(alice, tag('invoice', '7'), tag('project', 'tower'))).toEqual([third]);
    expect(await found(alice, tag('invoice', 'bridge'))).toEqual([]);
    expect(await found(alice, tag('project', 'Bridge'))).toEqual([]);
    expect(idsOf(await list(alice, [tag('project', 'bridge')], {}, { states: ['COMPLETED'] }))).toEqual([]);
    const page = await list(alice, [tag('project', 'bridge')], { first: 2 });
    expect([idsOf(page), page.pageInfo.hasNextPage]).toEqual([[fourth, second], true]);
    const next = await list(alice, [tag('project', 'bridge')], { first: 2, after: page.pageInfo.endCursor });
    expect([idsOf(next), next.pageInfo.hasNextPage]).toEqual([[first], false]);

    // Its recipient sees the money, not what it was for, and cannot find out by asking.
    await tell(
      domain,
      ...[fundsHeld, (id: string) => screeningDecided(id, 'CLEARED'), postingCompleted].map((event) => event(String(first))),
    );
    const shown = `query ($id: ID!) { transaction(id: $id) { metadata { key value } } }`;
    const metadataFor = async (as: typeof alice) => (await domain.data(shown, { id: first }, { as })).transaction.metadata;
    expect(await metadataFor(alice)).toEqual([tag('invoice', '7'), tag('project', 'bridge')]);
    expect(await metadataFor(bob)).toBeNull();
    expect(idsOf((await domain.data(listQuery, {}, { as: bob })).transactions)).toEqual([first]);
    for (const as of [bob, mallory]) expect(await found(as, tag('project', 'bridge'))).toEqual([]);
    const ofWallet = `query ($refs: [_Any!]!, $filter: TransactionFilterInput) { _entities(representations: $refs) { ... on Wallet { transactions(filter: $filter) { nodes { id } } } } }`;
    const walletFinds = async (as: typeof alice, id: string) => {
      const variables = { refs: [{ __typename: 'Wallet', id }], filter: { metadata: [tag('invoice', '7')] } };
      return idsOf((await domain.data(ofWallet, variables, { as }))._entities[0].transactions);
    };
    expect(await walletFinds(alice, places.alice)).toEqual([third, first]);
    expect(await walletFinds(bob, places.bob)).toEqual([]);
    expect(await walletFinds(mallory, places.alice)).toBeNull();
    const { data } = await domain.waitForEvent('clawpurse.transaction.posting_started.v1', ({ subject }) => subject === first);
    expect(data.metadata).toEqual({ invoice: '7', project: 'bridge' });
    expect(await domain.refusal(listQuery, { filter: { metadata: [tag('no key', 'x')] } }, { as: alice })).toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { field: 'filter.metadata' },
    });
  });

  it('pages without gap or repeat while new transactions arrive', async () => {
    const { domain, alice, movement } = await start();
    const made: string[] = [];
    for (let index = 0; index < 7; index += 1) made.unshift((await movement('createTransfer', alice)).transaction.id);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { transactions }: { transactions: Page } = await domain.data(listQuery, { first: 3, after }, { as: alice });
      seen.push(...(idsOf(transactions) ?? []));
      expect(transactions.pageInfo.hasPreviousPage).toBe(after !== null);
      after = transactions.pageInfo.hasNextPage ? transactions.pageInfo.endCursor : null;
      await movement('createTransfer', alice);
    } while (after !== null);
    expect(seen).toEqual(made);
  });

  it('pages through transactions of the same millisecond', async () => {
    const { domain, alice, movement } = await aStage(await startTransactions({ provider }));
    domain.clock.freezeAt(domain.clock.now());
    const made = await Promise.all(Array.from({ length: 6 }, () => movement('createTransfer', alice)));
    const first = (await domain.data(listQuery, { first: 4 }, { as: alice })).transactions;
    const second = (await domain.data(listQuery, { first: 4, after: first.pageInfo.endCursor }, { as: alice })).transactions;
    expect(new Set([...(idsOf(first) ?? []), ...(idsOf(second) ?? [])])).toEqual(
      new Set(made.map(({ transaction }) => transaction.id)),
    );
    expect(second.pageInfo.hasNextPage).toBe(false);
  });

  it('refuses cursors and page sizes that make no sense', async () => {
    const { domain, alice } = await start();
    expect(await domain.refusal(listQuery, { after: 'bm9uc2Vuc2U' }, { as: alice })).toMatchObject({
      code: 'INVALID_CURSOR',
    });
    expect(await domain.refusal(listQuery, { first: 101 }, { as: alice })).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('gives a wallet’s transactions to its owner and to staff, and null to others as for a missing wallet', async () => {
    const { domain, alice, bob, mallory, ada, places, movement } = await start();
    const { transaction } = await movement('createTransfer', alice);
    const ofWallet = async (id: string, as: CallOptions['as']) =>
      idsOf((await entity(domain, { __typename: 'Wallet', id }, { as })).transactions);
    expect(await ofWallet(places.alice, alice)).toEqual([transaction.id]);
    expect(await ofWallet(places.alice, mallory)).toBeNull();
    expect(await ofWallet('wallet-nowhere', mallory)).toBeNull();
    expect(await ofWallet(places.alice, ada)).toEqual([transaction.id]);
    // Bob's own list stays empty until the money is there; staff see what is under way.
    expect(await ofWallet(places.bob, bob)).toEqual([]);
    expect(await ofWallet(places.bob, ada)).toEqual([transaction.id]);
  });

  it('gives a user’s transactions to that user and to staff, and null to others', async () => {
    const { domain, alice, bob, mallory, olivia, people, movement } = await start();
    const { transaction } = await movement('createTransfer', alice);
    const ofUser = async (id: string, as: CallOptions['as']) =>
      idsOf((await entity(domain, { __typename: 'User', id }, { as })).transactions);
    expect(await ofUser(people.alice, alice)).toEqual([transaction.id]);
    expect(await ofUser(people.alice, mallory)).toBeNull();
    expect(await ofUser(people.alice, olivia)).toEqual([transaction.id]);
    expect(await ofUser(people.bob, bob)).toEqual([]);
  });

  it('makes one transaction of 50 parallel duplicates', async () => {
    const { domain, alice, movement } = await start();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => movement('createTransfer', alice, { idempotencyKey: 'fifty' })),
    );
    expect(new Set(answers.map(({ transaction }) => transaction.id)).size).toBe(1);
    expect(new Set(answers.map(({ cursor }) => cursor)).size).toBe(1);
    const isOfAlice = ({ data }: RecordedEvent) => data.requestedBy === alice.userId;
    await domain.waitForEvent('clawpurse.transaction.requested.v1', isOfAlice);
    expect((await domain.emitted('clawpurse.transaction.requested.v1')).filter(isOfAlice)).toHaveLength(1);
  });

  it('opens the demonstration wallets with deposits when it starts, as soon as it has heard of them', async () => {
    const domain = await startTransactions({ provider, env: { CLAWPURSE_DEMO: 'true' } });
    await tell(domain, accountAdded(demoExternalAccounts.treasuryBank, demoUsers.olivia.id));
    await tell(domain, walletOpened(demoWallets.alice, demoUsers.alice.id), walletOpened(demoWallets.bob, demoUsers.bob.id));
    const deposits = await Promise.all(
      [demoWallets.alice, demoWallets.bob].map((id) =>
        domain.waitForEvent('clawpurse.transaction.requested.v1', ({ data }) => (data.destination as { id: string }).id === id),
      ),
    );
    expect(deposits.map(({ data }) => [data.kind, data.requestedBy, data.asset, data.units])).toEqual([
      ['DEPOSIT', demoUsers.olivia.id, 'USD', '1000000'],
      ['DEPOSIT', demoUsers.olivia.id, 'USD', '250000'],
    ]);
  });
});
