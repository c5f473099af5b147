// The wallet domain from the outside: its graph under every kind of token, its events, and its part of a transaction's life.
import { describe, expect, it } from 'vitest';
import { buildSubgraph } from '../../platform/graph/schema.ts';
import { schemaProblems } from '../../platform/graph/schema-rules.ts';
import { providers } from '../../platform/testing/databases.ts';
import { startTestSubgraph, type TestSubgraph } from '../../platform/testing/subgraph.ts';
import { walletModule } from './index.ts';

const openWallet = `mutation ($input: OpenWalletInput!) { openWallet(input: $input) { wallet { id name status owner { id } createdAt } } }`;
const renameWallet = `mutation ($input: RenameWalletInput!) { renameWallet(input: $input) { wallet { name } } }`;
const freezeWallet = `mutation ($input: FreezeWalletInput!) { freezeWallet(input: $input) { wallet { status frozenReason } } }`;
const unfreezeWallet = `mutation ($input: UnfreezeWalletInput!) { unfreezeWallet(input: $input) { wallet { status frozenReason } } }`;
const addExternalAccount = `mutation ($input: AddExternalAccountInput!) { addExternalAccount(input: $input) {
  externalAccount { id name holderName asset { code } removedAt owner { id } } } }`;
const removeExternalAccount = `mutation ($input: RemoveExternalAccountInput!) { removeExternalAccount(input: $input) { externalAccount { id removedAt } } }`;
const placeHold = `mutation ($input: PlaceHoldInput!) { placeHold(input: $input) { hold { id status amount { amount } wallet { id } } } }`;
const captureHold = `mutation ($input: CaptureHoldInput!) { captureHold(input: $input) { hold { id status captured { amount } destination { id } } } }`;
const voidHold = `mutation ($input: VoidHoldInput!) { voidHold(input: $input) { hold { id status } } }`;
const walletById = `query ($id: ID!) { wallet(id: $id) { id name frozenReason owner { id }
  balances { asset { code } posted { amount } held { amount } available { amount } }
  accounts { id asset { code } balance { available { amount } } } } }`;
const history = `query ($id: ID!, $first: Int, $after: Cursor, $asset: String) { wallet(id: $id) { entries(first: $first, after: $after, asset: $asset) {
  pageInfo { hasNextPage endCursor }
  nodes { kind direction amount { amount asset { code } } balanceAfter { amount } memo transaction { id } account { asset { code } } } } } }`;
const entities = `query ($refs: [_Any!]!) { _entities(representations: $refs) { __typename
  ... on Wallet { id name } ... on ExternalAccount { id name } ... on User { id wallets { nodes { id } } }
  ... on Transaction { id entries { direction amount { amount } } } } }`;
const follow = `subscription ($walletId: ID, $after: Cursor) { walletBalanceChanged(walletId: $walletId, after: $after) { cursor asset { code }
  posted { amount } held { amount } available { amount } change { amount } occurredAt wallet { id }
  cause { kind transaction { id } hold { id } } } }`;

const postingStarted = 'clawpurse.transaction.posting_started.v1';
const completed = 'clawpurse.wallet.posting_completed.v1';
const refused = 'clawpurse.wallet.posting_refused.v1';

async function aHouse(provider: TestSubgraph['database']['provider']) {
  const wallet = await startTestSubgraph(walletModule, { provider });
  const [alice, bob, mallory] = [wallet.identity(), wallet.identity(), wallet.identity()];
  const operator = wallet.identity({ roles: ['CUSTOMER', 'OPERATOR'] });
  const aWallet = async (as = alice, name = 'Everyday'): Promise<string> =>
    (await wallet.data(openWallet, { input: { name } }, { as })).openWallet.wallet.id;
  const aBank = async (as = operator, asset = 'USD'): Promise<string> => {
    const input = { name: 'Bank', holderName: 'Somebody', asset };
    return (await wallet.data(addExternalAccount, { input }, { as })).addExternalAccount.externalAccount.id;
  };
  /** Approves a transaction as the transaction domain would; resolves once the ledger has taken it. */
  const approve = (data: {
    kind: string;
    requestedBy: string;
    source: object;
    destination: object;
    units: string;
    transactionId?: string;
    asset?: string;
  }) => {
    const transactionId = data.transactionId ?? wallet.ids.next();
    const event = {
      type: postingStarted,
      subject: transactionId,
      data: { asset: 'USD', memo: null, ...data, transactionId } as never,
    };
    return wallet.publish(event).then(() => transactionId);
  };
  const deposit = (bank: string, to: string, units: string, asset = 'USD') =>
    approve({
      kind: 'DEPOSIT',
      requestedBy: operator.userId,
      source: { type: 'EXTERNAL_ACCOUNT', id: bank, ownerId: operator.userId },
      destination: { type: 'WALLET', id: to, ownerId: alice.userId },
      units,
      asset,
    });
  const transfer = (from: string, to: string, units: string, change: { transactionId?: string; requestedBy?: string } = {}) =>
    approve({
      kind: 'TRANSFER',
      requestedBy: alice.userId,
      source: { type: 'WALLET', id: from, ownerId: alice.userId },
      destination: { type: 'WALLET', id: to, ownerId: bob.userId },
      units,
      ...change,
    });
  return { wallet, alice, bob, mallory, operator, aWallet, aBank, approve, deposit, transfer };
}

describe('the wallet schema', () => {
  it('keeps to the conventions of the graph', () => {
    expect(schemaProblems(buildSubgraph(walletModule).sdl)).toEqual([]);
  });
});

describe.each(providers)('the wallet domain on %s', (provider) => {
  it('opens, lists and renames wallets, and tells of each', async () => {
    const { wallet, alice, bob, aWallet } = await aHouse(provider);
    const id = await aWallet(alice, '  Savings  ');
    await aWallet(alice, 'Trips');
    await aWallet(bob);
    const { renameWallet: renamed } = await wallet.data(
      renameWallet,
      { input: { walletId: id, name: 'Rainy days' } },
      { as: alice },
    );
    expect(renamed.wallet.name).toBe('Rainy days');
    const mine = `query ($first: Int, $after: Cursor) { wallets(first: $first, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }`;
    const { wallets: page } = await wallet.data(mine, { first: 1 }, { as: alice });
    expect(page.nodes).toEqual([{ name: 'Rainy days' }]);
    const { wallets: rest } = await wallet.data(mine, { after: page.pageInfo.endCursor }, { as: alice });
    expect(rest).toMatchObject({ nodes: [{ name: 'Trips' }], pageInfo: { hasNextPage: false } });
    const opened = await wallet.waitForEvent('clawpurse.wallet.wallet_opened.v1', ({ subject }) => subject === id);
    expect(opened).toMatchObject({ kind: 'integration', data: { walletId: id, ownerId: alice.userId, name: 'Savings' } });
    const audit = await wallet.waitForEvent('clawpurse.wallet.audit.v1', ({ data }) => data.action === 'wallet.rename');
    expect(audit).toMatchObject({
      kind: 'audit',
      subject: id,
      data: { actorId: alice.userId, resourceType: 'Wallet', outcome: 'SUCCEEDED' },
    });
  });

  it('refuses names that are empty, too long or not a line', async () => {
    const { wallet, alice } = await aHouse(provider);
    for (const name of ['', '   ', 'x'.repeat(61), 'two\nlines', 'zero\u0000byte']) {
      expect(await wallet.refusal(openWallet, { input: { name } }, { as: alice })).toMatchObject({ code: 'INVALID_WALLET_NAME' });
    }
  });

  it('refuses ids and cursors that no row can have', async () => {
    const { wallet, alice, aWallet } = await aHouse(provider);
    const id = await aWallet(alice);
    const after = Buffer.from(JSON.stringify(['entries', 0, 1, 'entry\u0000'])).toString('base64url');
    const refusal = { code: 'BAD_USER_INPUT', message: 'input: contains a NUL character (U+0000)' };
    expect(await wallet.refusal(walletById, { id: 'wallet\u0000' }, { as: alice })).toMatchObject(refusal);
    expect(await wallet.refusal(history, { id, after }, { as: alice })).toMatchObject(refusal);
    expect(await wallet.refusal(renameWallet, { input: { walletId: '\u0000', name: 'Mine' } }, { as: alice })).toMatchObject(
      refusal,
    );
  });

  it("treats somebody else's wallet like one that is not there", async () => {
    const { wallet, alice, mallory, operator, aWallet } = await aHouse(provider);
    const id = await aWallet(alice);
    const asked = async (walletId: string, as: typeof mallory) => {
      const found = await wallet.refusal(walletById, { id: walletId }, { as });
      const renamed = await wallet.refusal(renameWallet, { input: { walletId, name: 'Mine' } }, { as });
      const stream = wallet.subscribe(follow, { walletId }, { as });
      const followed = (await stream.next()).value?.errors?.[0];
      return JSON.stringify([found, renamed, { code: followed?.extensions.code, message: followed?.message }]).replaceAll(
        walletId,
        '?',
      );
    };
    const foreign = await asked(id, mallory);
    expect(foreign).toContain('WALLET_NOT_FOUND');
    expect(foreign).toBe(await asked(wallet.ids.next(), mallory));
    expect((await wallet.data(walletById, { id }, { as: operator })).wallet.id).toBe(id);
    expect(await wallet.refusal(renameWallet, { input: { walletId: id, name: 'Ours' } }, { as: operator })).toMatchObject({
      code: 'WALLET_NOT_FOUND',
    });
  });

  it('asks for a token everywhere but for the assets', async () => {
    const { wallet } = await aHouse(provider);
    const input = { input: { walletId: 'x', reason: 'x', name: 'x', holdId: 'x', externalAccountId: 'x' } };
    for (const operation of [
      '{ wallets { nodes { id } } }',
      '{ wallet(id: "x") { id } }',
      '{ externalAccounts { nodes { id } } }',
      '{ walletFeedCursor }',
    ]) {
      expect(await wallet.refusal(operation), operation).toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    expect(await wallet.refusal(openWallet, { input: { name: 'x' } })).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(
      await wallet.refusal(removeExternalAccount, { input: { externalAccountId: input.input.externalAccountId } }),
    ).toMatchObject({ code: 'UNAUTHENTICATED' });
    const [first] = [await wallet.subscribe(follow).next()];
    expect(first.value?.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect((await wallet.data('{ assets { code scale } }')).assets).toHaveLength(8);
  });

  it('lets only those with the permission freeze, and only them see why', async () => {
    const { wallet, alice, operator, aWallet } = await aHouse(provider);
    const walletId = await aWallet(alice);
    const input = { walletId, reason: 'Court order' };
    expect(await wallet.refusal(freezeWallet, { input }, { as: alice })).toMatchObject({
      code: 'FORBIDDEN',
      details: { permission: 'wallet:freeze' },
    });
    expect(await wallet.refusal(unfreezeWallet, { input }, { as: alice })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await wallet.refusal(freezeWallet, { input: { ...input, reason: ' ' } }, { as: operator })).toMatchObject({
      code: 'INVALID_FREEZE_REASON',
    });
    expect(await wallet.refusal(freezeWallet, { input: { ...input, walletId: 'x' } }, { as: operator })).toMatchObject({
      code: 'WALLET_NOT_FOUND',
    });
    const frozen = await wallet.data(freezeWallet, { input }, { as: operator });
    expect(frozen.freezeWallet.wallet).toEqual({ status: 'FROZEN', frozenReason: 'Court order' });
    await wallet.data(freezeWallet, { input: { ...input, reason: 'Again' } }, { as: operator });
    expect((await wallet.data(walletById, { id: walletId }, { as: alice })).wallet.frozenReason).toBeNull();
    await wallet.data(unfreezeWallet, { input: { ...input, reason: 'Lifted' } }, { as: operator });
    await wallet.waitForEvent('clawpurse.wallet.wallet_unfrozen.v1', ({ subject }) => subject === walletId);
    const events = await wallet.emitted('clawpurse.wallet.wallet_frozen.v1');
    expect(events.map(({ data }) => data)).toEqual([{ walletId, ownerId: alice.userId, reason: 'Court order' }]);
  });

  it('lets nobody unfreeze their own wallet', async () => {
    const { wallet, operator, aWallet } = await aHouse(provider);
    const walletId = await aWallet(operator);
    await wallet.data(freezeWallet, { input: { walletId, reason: 'Found out' } }, { as: operator });
    const input = { walletId, reason: 'It was nothing' };
    expect(await wallet.refusal(unfreezeWallet, { input }, { as: operator })).toMatchObject({ code: 'OWN_WALLET' });
    expect((await wallet.data(walletById, { id: walletId }, { as: operator })).wallet.frozenReason).toBe('Found out');
    const colleague = wallet.identity({ roles: ['OPERATOR'] });
    const lifted = await wallet.data(unfreezeWallet, { input }, { as: colleague });
    expect(lifted.unfreezeWallet.wallet.status).toBe('ACTIVE');
  });

  it('adds, lists and removes external accounts, each for its owner alone', async () => {
    const { wallet, alice, mallory, aBank } = await aHouse(provider);
    const externalAccountId = await aBank(alice, 'EUR');
    const list = '{ externalAccounts { nodes { id name holderName asset { code } } } }';
    expect((await wallet.data(list, {}, { as: alice })).externalAccounts.nodes).toEqual([
      { id: externalAccountId, name: 'Bank', holderName: 'Somebody', asset: { code: 'EUR' } },
    ]);
    expect((await wallet.data(list, {}, { as: mallory })).externalAccounts.nodes).toEqual([]);
    const input = { externalAccountId };
    expect(await wallet.refusal(removeExternalAccount, { input }, { as: mallory })).toMatchObject({
      code: 'EXTERNAL_ACCOUNT_NOT_FOUND',
    });
    await wallet.data(removeExternalAccount, { input }, { as: alice });
    expect(await wallet.refusal(removeExternalAccount, { input }, { as: alice })).toMatchObject({
      code: 'EXTERNAL_ACCOUNT_NOT_FOUND',
    });
    expect((await wallet.data(list, {}, { as: alice })).externalAccounts.nodes).toEqual([]);
    await wallet.waitForEvent('clawpurse.wallet.external_account_removed.v1', ({ subject }) => subject === externalAccountId);
    const bad = { name: 'Bank', holderName: 'Me', asset: 'DOGE' };
    expect(await wallet.refusal(addExternalAccount, { input: bad }, { as: alice })).toMatchObject({ code: 'UNKNOWN_ASSET' });
    expect(await wallet.refusal(addExternalAccount, { input: { ...bad, asset: 'USD', name: '' } }, { as: alice })).toMatchObject({
      code: 'INVALID_EXTERNAL_ACCOUNT_NAME',
      details: { field: 'name' },
    });
  });

  it('posts approved transactions and answers each with its outcome', async () => {
    const { wallet, alice, bob, aWallet, aBank, deposit, transfer } = await aHouse(provider);
    const [from, to, bank] = [await aWallet(alice), await aWallet(bob), await aBank()];
    const funding = await deposit(bank, from, '10000');
    const done = await wallet.waitForEvent(completed, ({ subject }) => subject === funding);
    expect(done).toMatchObject({ kind: 'integration', data: { transactionId: funding, postingId: expect.any(String) } });
    expect(done.causationId).not.toBeNull();
    const tooMuch = await transfer(from, to, '10001');
    expect((await wallet.waitForEvent(refused, ({ subject }) => subject === tooMuch)).data).toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
    const stolen = await transfer(from, to, '1', { requestedBy: bob.userId });
    expect((await wallet.waitForEvent(refused, ({ subject }) => subject === stolen)).data).toMatchObject({
      code: 'WALLET_NOT_FOUND',
    });
    await transfer(from, to, '2550');
    expect((await wallet.data(walletById, { id: from }, { as: alice })).wallet.balances).toEqual([
      { asset: { code: 'USD' }, posted: { amount: '74.50' }, held: { amount: '0.00' }, available: { amount: '74.50' } },
    ]);
  });

  it('takes a transaction once, and tells its outcome again when it is approved again', async () => {
    const { wallet, alice, bob, aWallet, aBank, deposit, transfer } = await aHouse(provider);
    const [from, to, bank] = [await aWallet(alice), await aWallet(bob), await aBank()];
    await deposit(bank, from, '100');
    const transactionId = await transfer(from, to, '60');
    const first = await wallet.waitForEvent(completed, ({ subject }) => subject === transactionId);
    await transfer(from, to, '60', { transactionId });
    await wallet.waitForEvent(completed, ({ subject, id }) => subject === transactionId && id !== first.id);
    const told = (await wallet.emitted(completed)).filter(({ subject }) => subject === transactionId);
    expect(told.map(({ data }) => data.postingId)).toEqual(Array(2).fill(told[0]?.data.postingId));
    expect((await wallet.data(walletById, { id: to }, { as: bob })).wallet.balances[0].posted.amount).toBe('0.60');
  });

  it('parks an approval that does not keep to its contract, and goes on with others', async () => {
    const { wallet, alice, aWallet, aBank, approve, deposit } = await aHouse(provider);
    const [to, bank] = [await aWallet(alice), await aBank()];
    await approve({ kind: 'GIFT', requestedBy: alice.userId, source: {}, destination: {}, units: '1.5' });
    const good = await deposit(bank, to, '100');
    await wallet.waitForEvent(completed, ({ subject }) => subject === good);
    expect((await wallet.running.events.status()).parked).toBe(1);
  });

  it("shows a wallet's history newest first, by page and by asset", async () => {
    const { wallet, alice, bob, aWallet, aBank, deposit, transfer } = await aHouse(provider);
    const [from, to] = [await aWallet(alice), await aWallet(bob)];
    const [dollars, ether] = [await aBank(), await aBank(undefined, 'ETH')];
    await deposit(dollars, from, '500');
    await deposit(ether, from, '1500000000000000001', 'ETH');
    const paid = await transfer(from, to, '125');
    const read = async (variables: object) =>
      (await wallet.data(history, { id: from, ...variables }, { as: alice })).wallet.entries;
    const first = await read({ first: 2 });
    expect(first.nodes).toMatchObject([
      {
        kind: 'TRANSFER',
        direction: 'DEBIT',
        amount: { amount: '1.25' },
        balanceAfter: { amount: '3.75' },
        transaction: { id: paid },
      },
      {
        kind: 'DEPOSIT',
        direction: 'CREDIT',
        amount: { amount: '1.500000000000000001', asset: { code: 'ETH' } },
        account: { asset: { code: 'ETH' } },
      },
    ]);
    const rest = await read({ first: 2, after: first.pageInfo.endCursor });
    expect(rest).toMatchObject({ nodes: [{ kind: 'DEPOSIT', amount: { amount: '5.00' } }], pageInfo: { hasNextPage: false } });
    expect((await read({ asset: 'ETH' })).nodes).toHaveLength(1);
    expect(await wallet.refusal(history, { id: from, asset: 'DOGE' }, { as: alice })).toMatchObject({ code: 'UNKNOWN_ASSET' });
    expect(await wallet.refusal(history, { id: from, after: 'nonsense' }, { as: alice })).toMatchObject({
      code: 'INVALID_CURSOR',
    });
  });

  it('resolves references only to those who may see them', async () => {
    const { wallet, alice, bob, mallory, operator, aWallet, aBank, deposit, transfer } = await aHouse(provider);
    const [from, to, bank] = [await aWallet(alice), await aWallet(bob), await aBank()];
    await deposit(bank, from, '500');
    const paid = await transfer(from, to, '125');
    const refs = [
      { __typename: 'Wallet', id: from },
      { __typename: 'ExternalAccount', id: bank },
      { __typename: 'User', id: alice.userId },
      { __typename: 'Transaction', id: paid },
      { __typename: 'Wallet', id: 'missing' },
    ];
    const seenBy = async (as: typeof alice | null) => (await wallet.data(entities, { refs }, { as }))._entities;
    const [debit, credit] = [
      { direction: 'DEBIT', amount: { amount: '1.25' } },
      { direction: 'CREDIT', amount: { amount: '1.25' } },
    ];
    expect(await seenBy(alice)).toMatchObject([
      { id: from },
      null,
      { wallets: { nodes: [{ id: from }] } },
      { entries: [debit] },
      null,
    ]);
    expect(await seenBy(bob)).toMatchObject([null, null, { wallets: null }, { entries: [credit] }, null]);
    expect(await seenBy(mallory)).toMatchObject([null, null, { wallets: null }, { entries: [] }, null]);
    expect(await seenBy(operator)).toMatchObject([
      { id: from },
      { id: bank },
      { wallets: { nodes: [{ id: from }] } },
      { entries: [debit, credit] },
      null,
    ]);
    const anonymous = await wallet.execute(entities, { refs: refs.slice(0, 2) });
    expect(anonymous.data?._entities).toEqual([null, null]);
  });

  it('lets only those with the permission manage holds', async () => {
    const { wallet, alice, bob, operator, aWallet, aBank, deposit } = await aHouse(provider);
    const [from, to, bank] = [await aWallet(alice), await aWallet(bob), await aBank()];
    await deposit(bank, from, '500');
    const place = { idempotencyKey: 'place', walletId: from, amount: { amount: '2.00', asset: 'USD' } };
    const forbidden = { code: 'FORBIDDEN', details: { permission: 'hold:manage' } };
    expect(await wallet.refusal(placeHold, { input: place }, { as: alice })).toMatchObject(forbidden);
    const { hold } = (await wallet.data(placeHold, { input: place }, { as: operator })).placeHold;
    expect(hold).toMatchObject({ status: 'PENDING', amount: { amount: '2.00' }, wallet: { id: from } });
    const capture = {
      idempotencyKey: 'capture',
      holdId: hold.id,
      destinationWalletId: to,
      amount: { amount: '0.50', asset: 'USD' },
    };
    const release = { idempotencyKey: 'void', holdId: hold.id };
    expect(await wallet.refusal(captureHold, { input: capture }, { as: alice })).toMatchObject(forbidden);
    expect(await wallet.refusal(voidHold, { input: release }, { as: alice })).toMatchObject(forbidden);
    const captured = (await wallet.data(captureHold, { input: capture }, { as: operator })).captureHold.hold;
    expect(captured).toMatchObject({ status: 'CAPTURED', captured: { amount: '0.50' }, destination: { id: to } });
    expect(await wallet.refusal(voidHold, { input: release }, { as: operator })).toMatchObject({ code: 'HOLD_ALREADY_RESOLVED' });
    const holds = `query ($id: ID!, $status: HoldStatus) { wallet(id: $id) { holds(status: $status) { nodes { id status destination { id } } } } }`;
    expect((await wallet.data(holds, { id: from }, { as: alice })).wallet.holds.nodes).toEqual([
      { id: hold.id, status: 'CAPTURED', destination: null },
    ]);
    expect((await wallet.data(holds, { id: from, status: 'PENDING' }, { as: alice })).wallet.holds.nodes).toEqual([]);
  });

  it('expires holds by itself', async () => {
    const { wallet, alice, operator, aWallet, aBank, deposit } = await aHouse(provider);
    const [from, bank] = [await aWallet(alice), await aBank()];
    await deposit(bank, from, '500');
    // PostgreSQL goes by its own clock, which no test can move.
    const lifeMs = provider === 'sqlite' ? 3_600_000 : 3_000;
    const expiresAt = new Date(wallet.clock.now().getTime() + lifeMs).toISOString();
    const input = { idempotencyKey: 'k', walletId: from, amount: { amount: '2.00', asset: 'USD' }, expiresAt };
    const { hold } = (await wallet.data(placeHold, { input }, { as: operator })).placeHold;
    if (provider === 'sqlite') wallet.clock.advance(lifeMs);
    await wallet.waitForEvent('clawpurse.wallet.hold_expired.v1', ({ data }) => data.holdId === hold.id);
  });

  it('follows balances live, and from a cursor without gap or repeat', async () => {
    const { wallet, alice, bob, operator, aWallet, aBank, deposit, transfer } = await aHouse(provider);
    const [from, to, bank] = [await aWallet(alice), await aWallet(bob), await aBank()];
    const { walletFeedCursor: start } = await wallet.data('{ walletFeedCursor }', {}, { as: alice });
    const live = wallet.subscribe(follow, {}, { as: alice });
    await wallet.whenFollowed();
    const next = async (stream: typeof live) => {
      const { value } = await stream.next();
      expect(value?.errors).toBeUndefined();
      return value?.data?.walletBalanceChanged;
    };
    const funding = await deposit(bank, from, '500');
    const first = await next(live);
    expect(first).toMatchObject({
      asset: { code: 'USD' },
      posted: { amount: '5.00' },
      held: { amount: '0.00' },
      available: { amount: '5.00' },
      change: { amount: '5.00' },
      wallet: { id: from },
      cause: { kind: 'TRANSACTION', transaction: { id: funding }, hold: null },
    });
    await transfer(from, to, '125');
    expect(await next(live)).toMatchObject({ change: { amount: '-1.25' }, available: { amount: '3.75' } });
    const hold = { idempotencyKey: 'k', walletId: from, amount: { amount: '2.00', asset: 'USD' } };
    const placed = (await wallet.data(placeHold, { input: hold }, { as: operator })).placeHold.hold;
    expect(await next(live)).toMatchObject({
      change: { amount: '0.00' },
      held: { amount: '2.00' },
      cause: { kind: 'HOLD', hold: { id: placed.id } },
    });
    await live.return();

    const resumed = wallet.subscribe(follow, { walletId: from, after: first.cursor }, { as: alice });
    expect((await next(resumed)).change.amount).toBe('-1.25');
    expect((await next(resumed)).held.amount).toBe('2.00');
    await resumed.return();
    const replayed = wallet.subscribe(follow, { after: start }, { as: bob });
    expect(await next(replayed)).toMatchObject({ change: { amount: '1.25' }, wallet: { id: to } });
    await replayed.return();
    const broken = await wallet.subscribe(follow, { after: 'nonsense' }, { as: alice }).next();
    expect(broken.value?.errors?.[0]?.extensions.code).toBe('INVALID_CURSOR');
  });
});
