// Members of shared wallets in this domain, from the outside: who asks for movements of money, and who sees and follows them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { providers } from '../../platform/testing/databases.ts';
import type { TestSubgraph } from '../../platform/testing/subgraph.ts';
import { anEvent, fundsHeld, fundsRefused, postingCompleted, screeningDecided, walletOpened } from './transaction.fixtures.ts';
import { aStage, startTransactions, tell } from './transaction.harness.ts';

const mutation = (name: string, result: string) =>
  `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${result} } }`;
const createTransfer = mutation('createTransfer', 'transaction { id }');
const createWithdrawal = mutation('createWithdrawal', 'transaction { id }');
const createPaymentRequest = mutation('createPaymentRequest', 'paymentRequest { id }');
const scheduleTransfer = mutation('scheduleTransfer', 'schedule { id }');
const byId = `query ($id: ID!) { transaction(id: $id) { state fee { amount } steps { state } source { wallet { id } } destination { wallet { id } } } }`;
const lists = `query ($refs: [_Any!]!) { transactions { nodes { id } } _entities(representations: $refs) { ... on Wallet { transactions { nodes { id } } } } }`;
const follow = `subscription ($id: ID, $walletId: ID) { transactionUpdated(id: $id, walletId: $walletId) { state transaction { id } } }`;

type Role = 'OWNER' | 'ADMIN' | 'SPENDER' | 'VIEWER';

describe.each(providers)('members of wallets in the transaction domain on %s', (provider) => {
  let shared: TestSubgraph;
  beforeAll(async () => {
    shared = await startTransactions({ provider });
  });
  afterAll(() => shared.stop());

  /** Alice's wallet with one member of each role, a former one and a stranger. */
  async function aSharedWallet() {
    const stage = await aStage(shared);
    const { domain, places } = stage;
    const walletId = places.alice;
    const caller = (name: string) => ({ userId: `user-${name}-${uuidIds.next()}` });
    const callers = {
      RECORD: stage.alice,
      OWNER: caller('owner'),
      ADMIN: caller('admin'),
      SPENDER: caller('spender'),
      VIEWER: caller('viewer'),
      FORMER: caller('former'),
      STRANGER: stage.mallory,
    } as const;
    const member = (fact: 'added' | 'role_changed' | 'removed', userId: string | undefined, role: Role | null) =>
      tell(domain, anEvent(`clawpurse.wallet.member_${fact}.v1`, walletId, { walletId, userId: userId ?? '', role }));
    for (const role of ['OWNER', 'ADMIN', 'SPENDER', 'VIEWER'] as const) await member('added', callers[role].userId, role);
    await member('added', callers.FORMER.userId, 'ADMIN');
    await member('removed', callers.FORMER.userId, null);
    const codeOf = async (query: string, variables: object, as: object): Promise<string> => {
      const { errors } = await domain.execute(query, variables as Record<string, unknown>, { as });
      return errors === undefined ? 'OK' : String(errors[0]?.extensions.code);
    };
    return { ...stage, walletId, callers, member, codeOf };
  }

  it('takes movements, requests and schedules of spenders and above', async () => {
    const { places, people, walletId, callers, codeOf, bob } = await aSharedWallet();
    const amount = { amount: '1.00', asset: 'USD' };
    const keyed = () => ({ idempotencyKey: uuidIds.next(), amount });
    const startsAt = new Date(shared.clock.now().getTime() + 86_400_000).toISOString();
    const schedule = { frequency: 'MONTHLY', interval: 1, startsAt, timeZone: 'Europe/Berlin', onFailure: 'PAUSE' };
    const asked: [name: string, query: string, input: () => object][] = [
      ['transfer', createTransfer, () => ({ ...keyed(), sourceWalletId: walletId, destinationWalletId: places.bob })],
      ['request', createPaymentRequest, () => ({ ...keyed(), walletId, payerId: people.bob })],
      [
        'schedule',
        scheduleTransfer,
        () => ({ ...keyed(), ...schedule, sourceWalletId: walletId, destinationWalletId: places.bob }),
      ],
    ];
    const expected: Record<string, string> = {
      VIEWER: 'WALLET_ROLE_INSUFFICIENT',
      FORMER: 'WALLET_NOT_FOUND',
      STRANGER: 'WALLET_NOT_FOUND',
    };
    for (const [name, query, input] of asked) {
      const answers = await Promise.all(
        Object.entries(callers).map(async ([who, as]) => [who, await codeOf(query, { input: input() }, as)]),
      );
      expect([name, answers]).toEqual([name, Object.keys(callers).map((who) => [who, expected[who] ?? 'OK'])]);
    }
    // Money leaves the platform to the account of who asks for it only.
    const out = { ...keyed(), walletId, externalAccountId: `account-bob${places.bob.slice('wallet-bob'.length)}` };
    expect(await codeOf(createWithdrawal, { input: out }, callers.SPENDER)).toBe('EXTERNAL_ACCOUNT_NOT_FOUND');
    expect(await codeOf(createWithdrawal, { input: out }, bob)).toBe('WALLET_NOT_FOUND');
  });

  it('lets no operator confirm a deposit to a wallet that they share', async () => {
    const { member, olivia, movement, accounts, walletId, codeOf } = await aSharedWallet();
    await member('added', olivia.userId, 'VIEWER');
    const input = {
      idempotencyKey: uuidIds.next(),
      amount: { amount: '5.00', asset: 'USD' },
      externalAccountId: accounts.treasury,
      walletId,
    };
    expect(await codeOf(mutation('createDeposit', 'transaction { id }'), { input }, olivia)).toBe('DEPOSIT_TO_SELF');
    await member('removed', olivia.userId, null);
    expect(await movement('createDeposit', olivia, { externalAccountId: accounts.treasury, walletId })).toMatchObject({
      transaction: { state: 'REQUESTED' },
    });
  });

  it('shows what a wallet pays and received to its members, as they are now', async () => {
    const { domain, places, walletId, callers, member, movement, codeOf, bob } = await aSharedWallet();
    const { transaction: sent } = await movement('createTransfer', callers.SPENDER);
    const { transaction: received } = await movement('createTransfer', bob, {
      sourceWalletId: places.bob,
      destinationWalletId: walletId,
    });
    for (const as of [callers.RECORD, callers.ADMIN, callers.SPENDER, callers.VIEWER]) {
      expect((await domain.data(byId, { id: sent.id }, { as })).transaction).toMatchObject({
        fee: { amount: '0.00' },
        source: { wallet: { id: walletId } },
        destination: { wallet: { id: places.bob } },
      });
      expect(await codeOf(byId, { id: received.id }, as)).toBe('TRANSACTION_NOT_FOUND');
    }
    await tell(domain, fundsHeld(received.id), screeningDecided(received.id, 'CLEARED'), postingCompleted(received.id));
    const { transaction: shown } = await domain.data(byId, { id: received.id }, { as: callers.VIEWER });
    expect(shown).toEqual({
      state: 'COMPLETED',
      fee: null,
      steps: [{ state: 'COMPLETED' }],
      source: { wallet: null },
      destination: { wallet: { id: walletId } },
    });
    for (const as of [callers.FORMER, callers.STRANGER]) {
      expect(await codeOf(byId, { id: sent.id }, as)).toBe('TRANSACTION_NOT_FOUND');
      expect(await codeOf(byId, { id: received.id }, as)).toBe('TRANSACTION_NOT_FOUND');
    }
    const refs = [{ __typename: 'Wallet', id: walletId }];
    const listed = async (as: object) => {
      const { transactions, _entities } = await domain.data(lists, { refs }, { as });
      const ids = (found: { nodes: { id: string }[] } | null) => found?.nodes.map(({ id }) => id).sort() ?? null;
      return { mine: ids(transactions), ofWallet: ids(_entities[0].transactions) };
    };
    const both = [sent.id, received.id].sort();
    expect(await listed(callers.RECORD)).toEqual({ mine: both, ofWallet: both });
    expect(await listed(callers.SPENDER)).toEqual({ mine: [sent.id], ofWallet: both });
    expect(await listed(callers.VIEWER)).toEqual({ mine: [], ofWallet: both });
    expect(await listed(callers.FORMER)).toEqual({ mine: [], ofWallet: null });

    await member('removed', callers.SPENDER.userId, null);
    expect(await listed(callers.SPENDER)).toEqual({ mine: [], ofWallet: null });
    expect(await codeOf(byId, { id: sent.id }, callers.SPENDER)).toBe('TRANSACTION_NOT_FOUND');
  });

  it('fails a transfer above a spending limit with what the wallet says of the limit', async () => {
    const { domain, callers, movement } = await aSharedWallet();
    const { transaction } = await movement('createTransfer', callers.SPENDER);
    await tell(domain, fundsRefused(transaction.id, 'SPENDING_LIMIT_EXCEEDED'));
    const query = `query ($id: ID!) { transaction(id: $id) { state failure { code message } steps { state reason { code } } } }`;
    expect((await domain.data(query, { id: transaction.id }, { as: callers.SPENDER })).transaction).toEqual({
      state: 'FAILED',
      failure: { code: 'SPENDING_LIMIT_EXCEEDED', message: 'The ledger has its reasons.' },
      steps: [
        { state: 'REQUESTED', reason: null },
        { state: 'FAILED', reason: { code: 'SPENDING_LIMIT_EXCEEDED' } },
      ],
    });
  });

  it('follows the owner of record when the wallet is given away', async () => {
    const { domain, walletId, callers, codeOf, movement } = await aSharedWallet();
    const { transaction } = await movement('createTransfer', callers.RECORD);
    const previousOwnerId = callers.RECORD.userId ?? '';
    const given = { walletId, ownerId: callers.OWNER.userId, previousOwnerId, previousOwnerRole: 'ADMIN' };
    const transferred = anEvent('clawpurse.wallet.ownership_transferred.v1', walletId, given);
    await tell(domain, transferred);
    for (const as of [callers.OWNER, callers.RECORD]) expect(await codeOf(byId, { id: transaction.id }, as)).toBe('OK');
    await tell(
      domain,
      anEvent('clawpurse.wallet.member_removed.v1', walletId, { walletId, userId: previousOwnerId, role: null }),
    );
    expect(await codeOf(byId, { id: transaction.id }, callers.RECORD)).toBe('TRANSACTION_NOT_FOUND');
    expect(await codeOf(byId, { id: transaction.id }, callers.OWNER)).toBe('OK');
  });

  it('shows no more changes to who has been removed while they follow', async () => {
    const { domain, walletId, callers, member, movement } = await aSharedWallet();
    const { transaction: own } = await movement('createTransfer', callers.SPENDER);
    // It has been told already when they begin to follow.
    await domain.waitForEvent('clawpurse.transaction.requested.v1', ({ subject }) => subject === own.id);
    const streams = [{ id: own.id }, { walletId }, {}].map((variables) =>
      domain.subscribe(follow, variables, { as: callers.SPENDER }),
    );
    await domain.whenFollowed(3);
    await tell(domain, fundsHeld(own.id));
    for (const stream of streams) {
      const { value } = await stream.next();
      expect(value).toMatchObject({ data: { transactionUpdated: { state: 'SCREENING', transaction: { id: own.id } } } });
    }
    const [ofOne, ofWallet, ofAll] = streams.map((stream) => stream.next());
    await member('removed', callers.SPENDER.userId, null);
    await tell(domain, screeningDecided(own.id, 'CLEARED'), postingCompleted(own.id));
    // The next thing that they see is of a wallet of their own.
    const ownWalletId = `wallet-own-${uuidIds.next()}`;
    await tell(domain, walletOpened(ownWalletId, callers.SPENDER.userId ?? ''));
    const { transaction: next } = await movement('createTransfer', callers.SPENDER, { sourceWalletId: ownWalletId });
    expect((await ofAll)?.value).toMatchObject({
      data: { transactionUpdated: { state: 'REQUESTED', transaction: { id: next.id } } },
    });
    expect(await Promise.race([ofOne, ofWallet, Promise.resolve('silence')])).toBe('silence');
    await Promise.all(streams.map((stream) => stream.return()));
  });
});
