// What somebody can still do here with a token that has outlived a suspension or the loss of a role: see, and nothing else.
import { describe, expect, it } from 'vitest';
import { roleNames } from '../../platform/identity/permissions.ts';
import { providers } from '../../platform/testing/databases.ts';
import { mutationsOf } from '../../platform/testing/mutations.ts';
import { startTestSubgraph } from '../../platform/testing/subgraph.ts';
import { walletModule } from './index.ts';

describe.each(providers)('a token that has outlived its holder’s standing, on %s', (provider) => {
  it('changes nothing once they are suspended, by any mutation, and is answered what they had asked for before', async () => {
    const domain = await startTestSubgraph(walletModule, { provider });
    const alice = domain.identity();
    const olivia = domain.identity({ roles: [...roleNames] });
    const tell = (type: string, { userId }: { userId: string }, data = {}) =>
      domain.publish({ type: `clawpurse.auth.${type}.v1`, subject: userId, data: { userId, ...data } });
    const openWallet = 'mutation ($input: OpenWalletInput!) { openWallet(input: $input) { wallet { id } } }';
    const { openWallet: opened } = await domain.data(openWallet, { input: { name: 'Everyday' } }, { as: alice });
    const walletId: string = opened.wallet.id;
    const postingStarted = {
      transactionId: domain.ids.next(),
      kind: 'DEPOSIT',
      requestedBy: olivia.userId,
      source: { type: 'EXTERNAL_ACCOUNT', id: await anAccountOutside() },
      destination: { type: 'WALLET', id: walletId },
      asset: 'USD',
      units: '10000',
      memo: null,
    };
    const post = 'clawpurse.transaction.posting_started.v1';
    await domain.publish({ type: post, subject: postingStarted.transactionId, data: postingStarted });
    const placeHold = 'mutation ($input: PlaceHoldInput!) { placeHold(input: $input) { hold { id } } }';
    const hold = { idempotencyKey: 'before', walletId, amount: { amount: '10', asset: 'USD' } };
    const placed = await domain.data(placeHold, { input: hold }, { as: olivia });

    await tell('user_suspended', olivia, { reason: 'left' });
    const seen = async () => (await domain.execute(`{ wallets { nodes { id } } }`, {}, { as: olivia })).errors;
    expect(await seen()).toBeUndefined();
    const mutations = mutationsOf(domain.running.schema);
    const codes: Record<string, string> = {};
    const leg = { from: { house: 'FEES' }, to: { walletId }, amount: hold.amount };
    const posting = { idempotencyKey: 'posting', postings: [{ legs: [leg], memo: 'Gift' }] };
    for (const { name, query, variables } of mutations) {
      const made = name === 'createPostings' ? { input: posting } : variables;
      codes[name] = (await domain.refusal(query, made, { as: olivia })).code;
    }
    const dryRun = mutations.find(({ name }) => name === 'createPostings')?.query ?? '';
    const asked = { input: { ...posting, dryRun: true } };
    expect((await domain.refusal(dryRun, asked, { as: olivia })).code).toBe('ACCOUNT_SUSPENDED');
    expect(codes).toEqual(Object.fromEntries(mutations.map(({ name }) => [name, 'ACCOUNT_SUSPENDED'])));
    // A refusal always means that nothing was done under the key.
    expect(await domain.data(placeHold, { input: hold }, { as: olivia })).toEqual(placed);
    const another = { ...hold, idempotencyKey: 'after' };
    expect((await domain.refusal(placeHold, { input: another }, { as: olivia })).code).toBe('ACCOUNT_SUSPENDED');
    // Money that a transaction had been asked for before goes on.
    const transfer = { ...postingStarted, transactionId: domain.ids.next(), units: '500' };
    await domain.publish({ type: post, subject: transfer.transactionId, data: transfer });
    const balances = '{ wallets { nodes { balances { posted { amount } available { amount } } } } }';
    expect((await domain.data(balances, {}, { as: alice })).wallets.nodes).toEqual([
      { balances: [{ posted: { amount: '105.00' }, available: { amount: '95.00' } }] },
    ]);

    await tell('user_reinstated', olivia);
    await domain.data(placeHold, { input: another }, { as: olivia });
    await tell('roles_changed', olivia, { roles: ['CUSTOMER', 'AUDITOR'] });
    const lost = await domain.refusal(placeHold, { input: another }, { as: olivia });
    expect(lost).toMatchObject({ code: 'FORBIDDEN', details: { permission: 'hold:manage' } });
    await domain.data(openWallet, { input: { name: 'Mine' } }, { as: olivia });

    async function anAccountOutside(): Promise<string> {
      const input = { name: 'Bank', holderName: 'Treasury', asset: 'USD' };
      const add = `mutation ($input: AddExternalAccountInput!) { addExternalAccount(input: $input) { externalAccount { id } } }`;
      return (await domain.data(add, { input }, { as: olivia })).addExternalAccount.externalAccount.id;
    }
  });
});
