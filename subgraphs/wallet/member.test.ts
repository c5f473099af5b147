// Members of wallets from the outside: each role, a former member and a stranger try everything, with their own tokens.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { providers } from '../../platform/testing/databases.ts';
import { startTestSubgraph, type TestSubgraph } from '../../platform/testing/subgraph.ts';
import { walletModule } from './index.ts';

const input = (name: string, type: string, result: string) =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { ${result} } }`;
const openWallet = input('openWallet', 'OpenWalletInput', 'wallet { id }');
const rename = input('renameWallet', 'RenameWalletInput', 'wallet { name }');
const invite = input('inviteWalletMember', 'InviteWalletMemberInput', 'invitation { id walletName role state expiresAt }');
const accept = input('acceptWalletInvitation', 'WalletInvitationInput', 'wallet { id viewerRole }');
const decline = input('declineWalletInvitation', 'WalletInvitationInput', 'invitation { id state }');
const revoke = input('revokeWalletInvitation', 'WalletInvitationInput', 'invitation { id state }');
const changeRole = input('changeWalletMemberRole', 'ChangeWalletMemberRoleInput', 'wallet { members { user { id } role } }');
const remove = input('removeWalletMember', 'WalletMemberInput', 'wallet { members { user { id } role } }');
const leave = input('leaveWallet', 'LeaveWalletInput', 'walletId');
const transferOwnership = input(
  'transferWalletOwnership',
  'WalletMemberInput',
  'wallet { owner { id } members { user { id } role } }',
);
const setLimit = input(
  'setSpendingLimit',
  'SetSpendingLimitInput',
  'spendingLimit { id period user { id } remaining { amount } renewsAt }',
);
const setMonitor = input(
  'setBalanceMonitor',
  'SetBalanceMonitorInput',
  'balanceMonitor { id balance condition threshold { amount asset { code } } rearmAt { amount } isCrossed lastCrossedAt }',
);
const removeMonitor = input('removeBalanceMonitor', 'RemoveBalanceMonitorInput', 'wallet { balanceMonitors { id } }');
const alertFields = `id monitorId balance condition threshold { amount } amount { amount } cause { kind transaction { id } }`;
const monitorsOf = `query ($id: ID!, $after: Cursor) { wallet(id: $id) { balanceMonitors { id isCrossed }
  balanceAlerts(first: 1, after: $after) { nodes { ${alertFields} } pageInfo { hasNextPage endCursor } } } }`;
const followAlerts = `subscription ($walletId: ID, $after: Cursor) { balanceAlertRaised(walletId: $walletId, after: $after) {
  cursor wallet { id } alert { ${alertFields} } } }`;
const limitsOf = `query ($id: ID!) { wallet(id: $id) { spendingLimits { user { id } limit { amount } used { amount } remaining { amount } } } }`;
const look = `query ($id: ID!) { wallet(id: $id) { id viewerRole owner { id } members { user { id } role } invitations { id }
  balances { posted { amount } } entries { nodes { amount { amount } } } holds { nodes { id } } } }`;
const entity = `query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Wallet { id } ... on User { wallets { nodes { id } } } } }`;
const follow = `subscription ($walletId: ID) { walletBalanceChanged(walletId: $walletId) { change { amount } wallet { id } } }`;

type Caller = ReturnType<TestSubgraph['identity']>;
const roles = ['OWNER', 'ADMIN', 'SPENDER', 'VIEWER'] as const;

describe.each(providers)('the members of wallets on %s', (provider) => {
  let wallet: TestSubgraph;
  beforeAll(async () => {
    wallet = await startTestSubgraph(walletModule, { provider });
  });
  afterAll(() => wallet.stop());

  const codeOf = async (query: string, variables: object, as: Caller): Promise<string> => {
    const { errors } = await wallet.execute(query, variables as Record<string, unknown>, { as });
    return errors === undefined ? 'OK' : String(errors[0]?.extensions.code);
  };

  async function join(walletId: string, by: Caller, member: Caller, role: string): Promise<void> {
    const { invitation } = (await wallet.data(invite, { input: { walletId, userId: member.userId, role } }, { as: by }))
      .inviteWalletMember;
    await wallet.data(accept, { input: { invitationId: invitation.id } }, { as: member });
  }

  /** A wallet of Alice with money and one member of each role, somebody who was a member, and somebody who never was. */
  async function aSharedWallet() {
    const alice = wallet.identity();
    const people = {
      RECORD: alice,
      OWNER: wallet.identity(),
      ADMIN: wallet.identity(),
      SPENDER: wallet.identity(),
      VIEWER: wallet.identity(),
      FORMER: wallet.identity(),
      STRANGER: wallet.identity(),
    };
    const id: string = (await wallet.data(openWallet, { input: { name: 'Household' } }, { as: alice })).openWallet.wallet.id;
    // Whoever asks about a wallet of their own elsewhere gains nothing by it here.
    await wallet.data(openWallet, { input: { name: 'Elsewhere' } }, { as: people.STRANGER });
    for (const role of roles) await join(id, alice, people[role], role);
    await join(id, alice, people.FORMER, 'ADMIN');
    await wallet.data(remove, { input: { walletId: id, userId: people.FORMER.userId } }, { as: alice });
    return { id, alice, people };
  }

  const move = (data: object, transactionId: string = wallet.ids.next()) =>
    wallet
      .publish({
        type: 'clawpurse.transaction.posting_started.v1',
        subject: transactionId,
        data: { asset: 'USD', memo: null, transactionId, ...data } as never,
      })
      .then(() => transactionId);

  async function fund(walletId: string, units: string): Promise<void> {
    const operator = wallet.identity({ roles: ['CUSTOMER', 'OPERATOR'] });
    const bank = input('addExternalAccount', 'AddExternalAccountInput', 'externalAccount { id }');
    const account = { name: 'Bank', holderName: 'Somebody', asset: 'USD' };
    const { id } = (await wallet.data(bank, { input: account }, { as: operator })).addExternalAccount.externalAccount;
    const source = { type: 'EXTERNAL_ACCOUNT', id };
    const destination = { type: 'WALLET', id: walletId };
    const deposit = await move({ kind: 'DEPOSIT', requestedBy: operator.userId, source, destination, units });
    // Whoever follows from now on is not told of it any more.
    await wallet.waitForEvent('clawpurse.wallet.posting_completed.v1', ({ subject }) => subject === deposit);
  }

  const spend = (from: string, to: string, requestedBy: string, units = '1') =>
    move({ kind: 'TRANSFER', requestedBy, source: { type: 'WALLET', id: from }, destination: { type: 'WALLET', id: to }, units });

  it('lets each role do what it may, and tells strangers and former members that there is no such wallet', async () => {
    const { id, people } = await aSharedWallet();
    const nobody = {
      RECORD: 'OK',
      OWNER: 'OK',
      ADMIN: 'OK',
      SPENDER: 'OK',
      VIEWER: 'OK',
      FORMER: 'WALLET_NOT_FOUND',
      STRANGER: 'WALLET_NOT_FOUND',
    };
    const less = 'WALLET_ROLE_INSUFFICIENT';
    const managing = { ...nobody, SPENDER: less, VIEWER: less };
    const target = wallet.identity();
    const aLimit = { period: 'DAY', limit: { amount: '20.00', asset: 'USD' } };
    const given = (role: string) => ({ input: { walletId: id, userId: wallet.identity().userId, role } });
    const table: [name: string, query: string, variables: () => object, expected: Record<string, string>][] = [
      ['look', look, () => ({ id }), nobody],
      ['rename', rename, () => ({ input: { walletId: id, name: 'Ours' } }), managing],
      ['invite a viewer', invite, () => given('VIEWER'), managing],
      ['invite a spender', invite, () => given('SPENDER'), managing],
      ['invite an administrator', invite, () => given('ADMIN'), { ...managing, ADMIN: less }],
      ['invite an owner', invite, () => given('OWNER'), { ...managing, ADMIN: less, OWNER: less }],
      [
        'change the role of the viewer',
        changeRole,
        () => ({ input: { walletId: id, userId: people.VIEWER.userId, role: 'VIEWER' } }),
        managing,
      ],
      [
        'make the viewer an administrator',
        changeRole,
        () => ({ input: { walletId: id, userId: people.STRANGER.userId, role: 'ADMIN' } }),
        {
          ...nobody,
          RECORD: 'WALLET_MEMBER_NOT_FOUND',
          OWNER: 'WALLET_MEMBER_NOT_FOUND',
          ADMIN: 'WALLET_MEMBER_NOT_FOUND',
          SPENDER: 'WALLET_MEMBER_NOT_FOUND',
          VIEWER: 'WALLET_MEMBER_NOT_FOUND',
        },
      ],
      [
        'demote the owner of record',
        changeRole,
        () => ({ input: { walletId: id, userId: people.RECORD.userId, role: 'VIEWER' } }),
        {
          ...nobody,
          RECORD: 'OWNER_OF_RECORD',
          OWNER: 'OWNER_OF_RECORD',
          ADMIN: 'OWNER_OF_RECORD',
          SPENDER: 'OWNER_OF_RECORD',
          VIEWER: 'OWNER_OF_RECORD',
        },
      ],
      ['limit all', setLimit, () => ({ input: { walletId: id, ...aLimit } }), { ...managing, ADMIN: less, OWNER: less }],
      ['limit the spender', setLimit, () => ({ input: { walletId: id, ...aLimit, userId: people.SPENDER.userId } }), managing],
      [
        'limit the administrator',
        setLimit,
        () => ({ input: { walletId: id, ...aLimit, userId: people.ADMIN.userId } }),
        { ...managing, ADMIN: less },
      ],
      ['see limits', limitsOf, () => ({ id }), nobody],
      [
        'watch the balance',
        setMonitor,
        () => ({ input: { walletId: id, condition: 'BELOW', threshold: { amount: '20.00', asset: 'USD' } } }),
        nobody,
      ],
      ['see what is watched', monitorsOf, () => ({ id }), nobody],
      [
        'give the wallet away',
        transferOwnership,
        () => ({ input: { walletId: id, userId: target.userId } }),
        { ...nobody, RECORD: 'WALLET_MEMBER_NOT_FOUND', OWNER: less, ADMIN: less, SPENDER: less, VIEWER: less },
      ],
    ];
    for (const [name, query, variables, expected] of table) {
      for (const [who, as] of Object.entries(people))
        expect(`${name} ${who} ${await codeOf(query, variables(), as)}`).toBe(`${name} ${who} ${expected[who]}`);
    }
    for (const [who, as] of Object.entries(people)) {
      const refs = [
        { __typename: 'Wallet', id },
        { __typename: 'User', id: as.userId },
      ];
      const [found, user] = (await wallet.data(entity, { refs }, { as }))._entities;
      const isMember = nobody[who as keyof typeof nobody] === 'OK';
      expect([who, found === null]).toEqual([who, !isMember]);
      expect([who, user.wallets.nodes.some((node: { id: string }) => node.id === id)]).toEqual([who, isMember]);
      const shown = isMember ? (await wallet.data(look, { id }, { as })).wallet : null;
      if (shown === null) continue;
      expect(shown.viewerRole).toBe(who === 'RECORD' ? 'OWNER' : who);
      expect(shown.members).toHaveLength(5);
      // Of all together, of the spender, of the administrator.
      const known = (await wallet.data(limitsOf, { id }, { as })).wallet.spendingLimits;
      expect([who, known.length]).toEqual([who, { VIEWER: 1, SPENDER: 2 }[who] ?? 3]);
      expect([who, shown.invitations === null]).toEqual([who, who === 'SPENDER' || who === 'VIEWER']);
    }
  });

  it('lets nobody remove who is not below them, nor leave the wallet without an owner', async () => {
    const { id, alice, people } = await aSharedWallet();
    const removing = (who: keyof typeof people, whom: keyof typeof people) =>
      codeOf(remove, { input: { walletId: id, userId: people[whom].userId } }, people[who]);
    const less = 'WALLET_ROLE_INSUFFICIENT';
    expect(await removing('ADMIN', 'OWNER')).toBe(less);
    expect(await removing('SPENDER', 'VIEWER')).toBe(less);
    expect(await removing('OWNER', 'RECORD')).toBe('OWNER_OF_RECORD');
    expect(await removing('STRANGER', 'VIEWER')).toBe('WALLET_NOT_FOUND');
    expect(await codeOf(leave, { input: { walletId: id } }, alice)).toBe('OWNER_OF_RECORD');
    const { walletId } = (await wallet.data(leave, { input: { walletId: id } }, { as: people.VIEWER })).leaveWallet;
    expect(walletId).toBe(id);
    expect(await codeOf(look, { id }, people.VIEWER)).toBe('WALLET_NOT_FOUND');
    expect(await removing('ADMIN', 'SPENDER')).toBe('OK');
    expect(await removing('OWNER', 'ADMIN')).toBe('OK');

    const given = { input: { walletId: id, userId: people.OWNER.userId } };
    expect((await wallet.data(transferOwnership, given, { as: alice })).transferWalletOwnership.wallet).toEqual({
      owner: { id: people.OWNER.userId },
      members: [
        { user: { id: people.OWNER.userId }, role: 'OWNER' },
        { user: { id: alice.userId }, role: 'ADMIN' },
      ],
    });
    expect(await codeOf(leave, { input: { walletId: id } }, people.OWNER)).toBe('OWNER_OF_RECORD');
    expect(await removing('OWNER', 'RECORD')).toBe('OK');
    expect(await codeOf(look, { id }, alice)).toBe('WALLET_NOT_FOUND');
    const facts = await wallet.waitForEvent('clawpurse.wallet.ownership_transferred.v1', ({ subject }) => subject === id);
    expect(facts.data).toEqual({
      walletId: id,
      ownerId: people.OWNER.userId,
      previousOwnerId: alice.userId,
      previousOwnerRole: 'ADMIN',
    });
  });

  it('gives no access before an invitation is accepted, and none by an invitation that is closed', async () => {
    const alice = wallet.identity();
    const [bob, eve] = [wallet.identity(), wallet.identity()];
    const { id } = (await wallet.data(openWallet, { input: { name: 'Household' } }, { as: alice })).openWallet.wallet;
    const asked = { input: { walletId: id, userId: bob.userId, role: 'ADMIN' } };
    const { invitation } = (await wallet.data(invite, asked, { as: alice })).inviteWalletMember;
    expect(invitation).toMatchObject({ walletName: 'Household', role: 'ADMIN', state: 'PENDING' });
    expect(await codeOf(invite, asked, alice)).toBe('WALLET_INVITATION_EXISTS');
    expect(await codeOf(look, { id }, bob)).toBe('WALLET_NOT_FOUND');
    const mine = `{ walletInvitations { id walletName invitedBy { id } } }`;
    expect((await wallet.data(mine, {}, { as: bob })).walletInvitations).toEqual([
      { id: invitation.id, walletName: 'Household', invitedBy: { id: alice.userId } },
    ]);
    const answer = { input: { invitationId: invitation.id } };
    for (const query of [accept, decline, revoke]) expect(await codeOf(query, answer, eve)).toBe('WALLET_INVITATION_NOT_FOUND');
    expect(await codeOf(revoke, answer, bob)).toBe('WALLET_INVITATION_NOT_FOUND');
    expect((await wallet.data(decline, answer, { as: bob })).declineWalletInvitation.invitation.state).toBe('DECLINED');
    expect(await codeOf(accept, answer, bob)).toBe('WALLET_INVITATION_NOT_FOUND');

    const second = {
      input: { invitationId: (await wallet.data(invite, asked, { as: alice })).inviteWalletMember.invitation.id },
    };
    expect((await wallet.data(revoke, second, { as: alice })).revokeWalletInvitation.invitation.state).toBe('REVOKED');
    expect(await codeOf(accept, second, bob)).toBe('WALLET_INVITATION_NOT_FOUND');

    // What was offered by somebody who may not offer it any more cannot be taken.
    await join(id, alice, bob, 'ADMIN');
    const offered = { input: { walletId: id, userId: eve.userId, role: 'SPENDER' } };
    const third = { input: { invitationId: (await wallet.data(invite, offered, { as: bob })).inviteWalletMember.invitation.id } };
    await wallet.data(changeRole, { input: { walletId: id, userId: bob.userId, role: 'SPENDER' } }, { as: alice });
    expect(await codeOf(accept, third, eve)).toBe('WALLET_INVITATION_NOT_FOUND');
  });

  it('moves money for spenders and above only, as they are when it is posted', async () => {
    const { id, alice, people } = await aSharedWallet();
    const { id: to } = (await wallet.data(openWallet, { input: { name: 'Shop' } }, { as: people.STRANGER })).openWallet.wallet;
    await fund(id, '500');
    for (const [who, { userId }] of Object.entries(people)) {
      const transactionId = await spend(id, to, userId);
      const may = ['RECORD', 'OWNER', 'ADMIN', 'SPENDER'].includes(who);
      const type = `clawpurse.wallet.posting_${may ? 'completed' : 'refused'}.v1`;
      const { data } = await wallet.waitForEvent(type, ({ subject }) => subject === transactionId);
      if (!may) expect(data.code).toBe(who === 'VIEWER' ? 'WALLET_ROLE_INSUFFICIENT' : 'WALLET_NOT_FOUND');
    }

    // Set aside while they were a member; refused when it is posted after they were removed.
    const transactionId = uuidIds.next();
    const data = { transactionId, requestedBy: people.SPENDER.userId, walletId: id, asset: 'USD', units: '7', expiresAt: null };
    await wallet.publish({ type: 'clawpurse.transaction.funds_requested.v1', subject: transactionId, data });
    const { data: reserved } = await wallet.waitForEvent(
      'clawpurse.wallet.funds_reserved.v1',
      ({ subject }) => subject === transactionId,
    );
    await wallet.data(remove, { input: { walletId: id, userId: people.SPENDER.userId } }, { as: alice });
    const ends = { source: { type: 'WALLET', id }, destination: { type: 'WALLET', id: to } };
    await move(
      { kind: 'TRANSFER', requestedBy: people.SPENDER.userId, ...ends, units: '7', holdId: reserved.holdId },
      transactionId,
    );
    const { data: refused } = await wallet.waitForEvent(
      'clawpurse.wallet.posting_refused.v1',
      ({ subject }) => subject === transactionId,
    );
    expect(refused.code).toBe('WALLET_NOT_FOUND');
    expect((await wallet.data(look, { id }, { as: alice })).wallet.balances).toEqual([{ posted: { amount: '4.96' } }]);
  });

  it('shows live balances to members until they are removed', async () => {
    const { id, alice, people } = await aSharedWallet();
    await fund(id, '500');
    const { id: to } = (await wallet.data(openWallet, { input: { name: 'Shop' } }, { as: people.VIEWER })).openWallet.wallet;
    const ofWallet = wallet.subscribe(follow, { walletId: id }, { as: people.VIEWER });
    const ofAll = wallet.subscribe(follow, {}, { as: people.VIEWER });
    const ofOwner = wallet.subscribe(follow, { walletId: id }, { as: alice });
    await wallet.whenFollowed(3);
    const next = async (stream: typeof ofAll) => (await stream.next()).value?.data?.walletBalanceChanged;
    await spend(id, to, alice.userId, '10');
    expect(await next(ofWallet)).toMatchObject({ change: { amount: '-0.10' } });
    expect([(await next(ofAll)).wallet.id, (await next(ofAll)).wallet.id].sort()).toEqual([id, to].sort());
    expect(await next(ofOwner)).toMatchObject({ change: { amount: '-0.10' } });

    await wallet.data(remove, { input: { walletId: id, userId: people.VIEWER.userId } }, { as: alice });
    await spend(id, to, alice.userId, '20');
    expect(await ofWallet.next()).toMatchObject({ done: true });
    // The next thing that they see is what their own wallet received.
    expect(await next(ofAll)).toMatchObject({ change: { amount: '0.20' }, wallet: { id: to } });
    expect(await next(ofOwner)).toMatchObject({ change: { amount: '-0.20' } });
    await Promise.all([ofAll.return(), ofOwner.return()]);
    const { errors } = (await wallet.subscribe(follow, { walletId: id }, { as: people.VIEWER }).next()).value ?? {};
    expect(errors?.[0]?.extensions.code).toBe('WALLET_NOT_FOUND');
  });

  it('tells each member of their own thresholds, live and afterwards, and nobody of anybody else', async () => {
    const { id, alice, people } = await aSharedWallet();
    await fund(id, '500');
    const { id: to } = (await wallet.data(openWallet, { input: { name: 'Shop' } }, { as: people.STRANGER })).openWallet.wallet;
    const aMonitor = (amount: string) => ({ input: { walletId: id, condition: 'BELOW', threshold: { amount, asset: 'USD' } } });
    const monitorOf = async (as: Caller, amount: string) =>
      (await wallet.data(setMonitor, aMonitor(amount), { as })).setBalanceMonitor.balanceMonitor;
    const ofViewer = await monitorOf(people.VIEWER, '4.00');
    expect(ofViewer).toEqual({
      id: expect.any(String),
      balance: 'AVAILABLE',
      condition: 'BELOW',
      threshold: { amount: '4.00', asset: { code: 'USD' } },
      rearmAt: { amount: '4.00' },
      isCrossed: false,
      lastCrossedAt: null,
    });
    const ofOwner = await monitorOf(alice, '4.50');
    const seen = async (as: Caller, after: string | null = null) => (await wallet.data(monitorsOf, { id, after }, { as })).wallet;
    expect([(await seen(people.VIEWER)).balanceMonitors, (await seen(people.ADMIN)).balanceMonitors]).toEqual([
      [{ id: ofViewer.id, isCrossed: false }],
      [],
    ]);

    const cursor = (await wallet.data('{ walletFeedCursor }', {}, { as: alice })).walletFeedCursor;
    const live = wallet.subscribe(followAlerts, {}, { as: people.VIEWER });
    await wallet.whenFollowed(1);
    const transactionIds = [await spend(id, to, alice.userId, '60'), await spend(id, to, alice.userId, '60')];
    const told = (monitorId: string, index: number, threshold: string, amount: string) => ({
      id: expect.any(String),
      monitorId,
      balance: 'AVAILABLE',
      condition: 'BELOW',
      threshold: { amount: threshold },
      amount: { amount },
      cause: { kind: 'TRANSACTION', transaction: { id: transactionIds[index] } },
    });
    const toViewer = told(ofViewer.id, 1, '4.00', '3.80');
    const first = (await live.next()).value?.data?.balanceAlertRaised;
    expect(first).toMatchObject({ wallet: { id }, alert: toViewer });
    // The owner comes late, and is told of what happened since the cursor, of their own.
    const late = wallet.subscribe(followAlerts, { walletId: id, after: cursor }, { as: alice });
    expect((await late.next()).value?.data?.balanceAlertRaised.alert).toEqual(told(ofOwner.id, 0, '4.50', '4.40'));
    await late.return();
    const page = (await seen(people.VIEWER)).balanceAlerts;
    expect(page).toMatchObject({ nodes: [toViewer], pageInfo: { hasNextPage: false } });
    expect((await seen(people.VIEWER, page.pageInfo.endCursor)).balanceAlerts.nodes).toEqual([]);
    expect((await seen(people.VIEWER)).balanceMonitors).toEqual([{ id: ofViewer.id, isCrossed: true }]);

    // Somebody else's is like one that is not there.
    const removing = (monitorId: string) => ({ input: { monitorId } });
    for (const as of [alice, people.FORMER, people.STRANGER]) {
      const missing = wallet.ids.next();
      const refusals = [];
      for (const monitorId of [ofViewer.id, missing])
        refusals.push(JSON.stringify(await wallet.refusal(removeMonitor, removing(monitorId), { as })));
      expect(refusals[0]?.replaceAll(ofViewer.id, missing)).toBe(refusals[1]);
      expect(refusals[1]).toContain('BALANCE_MONITOR_NOT_FOUND');
    }
    const left = await wallet.data(removeMonitor, removing(ofOwner.id), { as: alice });
    expect(left.removeBalanceMonitor.wallet.balanceMonitors).toEqual([]);

    // Who is removed is told of nothing more, neither live nor from an old cursor.
    const ofWallet = wallet.subscribe(followAlerts, { walletId: id, after: first.cursor }, { as: people.VIEWER });
    await wallet.whenFollowed(2);
    await wallet.data(remove, { input: { walletId: id, userId: people.VIEWER.userId } }, { as: alice });
    expect(await ofWallet.next()).toMatchObject({ done: true });
    await live.return();
    expect(await codeOf(monitorsOf, { id }, people.VIEWER)).toBe('WALLET_NOT_FOUND');
    const { errors } =
      (await wallet.subscribe(followAlerts, { walletId: id, after: cursor }, { as: people.VIEWER }).next()).value ?? {};
    expect(errors?.[0]?.extensions.code).toBe('WALLET_NOT_FOUND');
  });
});
