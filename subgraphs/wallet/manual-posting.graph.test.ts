// Postings that operators make by hand, from the outside: each with its outcome, all or none, as a dry run, from an earlier moment; and who may not.
import { describe, expect, it } from 'vitest';
import type { Database } from '../../platform/database/database.ts';
import { providers } from '../../platform/testing/databases.ts';
import { startTestSubgraph } from '../../platform/testing/subgraph.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { checkLedger, walletModule } from './index.ts';

const create = `mutation ($input: CreatePostingsInput!) { createPostings(input: $input) {
  batch { id linked requestedBy { id } } outcomes { item status postingId refusal { code message } } } }`;
const openWallet = 'mutation ($input: OpenWalletInput!) { openWallet(input: $input) { wallet { id } } }';
const addExternalAccount =
  'mutation ($input: AddExternalAccountInput!) { addExternalAccount(input: $input) { externalAccount { id } } }';
const view = `query ($id: ID!) { wallet(id: $id) { balances { posted { amount asset { code } } }
  entries { nodes { kind memo direction amount { amount } balanceAfter { amount } } } } }`;

async function aHouse(provider: Database['provider']) {
  const domain = await startTestSubgraph(walletModule, { provider });
  const [alice, bob] = [domain.identity(), domain.identity()];
  const [olivia, oscar] = [1, 2].map(() => domain.identity({ roles: ['CUSTOMER', 'OPERATOR'] }));
  const aWallet = async (as = alice): Promise<string> =>
    (await domain.data(openWallet, { input: { name: 'Everyday' } }, { as })).openWallet.wallet.id;
  const aBank = async (as = olivia): Promise<string> => {
    const input = { name: 'Bank', holderName: 'Somebody', asset: 'USD' };
    return (await domain.data(addExternalAccount, { input }, { as })).addExternalAccount.externalAccount.id;
  };
  const usd = (amount: string) => ({ amount, asset: 'USD' });
  const leg = (from: object, to: object, amount: string, asset = 'USD') => ({ from, to, amount: { amount, asset } });
  const posting = (...legs: object[]) => ({ legs, memo: 'Correction' });
  const ask = async (postings: object[], change: object = {}, as = olivia) => {
    const input = { idempotencyKey: domain.ids.next(), postings, ...change };
    return (await domain.data(create, { input }, { as })).createPostings;
  };
  const codesOf = (answer: { outcomes: { status: string; refusal: { code: string } | null }[] }) =>
    answer.outcomes.map(({ status, refusal }) => refusal?.code ?? status);
  const codes = async (...args: Parameters<typeof ask>) => codesOf(await ask(...args));
  const posted = async (walletId: string, as = alice): Promise<string | undefined> =>
    (await domain.data(view, { id: walletId }, { as })).wallet.balances.find(
      ({ posted: money }: { posted: { asset: { code: string } } }) => money.asset.code === 'USD',
    )?.posted.amount;
  const check = async () => checkLedger(domain.database as unknown as Database<PrismaClient>);
  return { domain, alice, bob, olivia, oscar, aWallet, aBank, usd, leg, posting, ask, codes, codesOf, posted, check };
}

describe.each(providers)('postings made by hand, on %s', (provider) => {
  it('have several legs and each its own outcome, once, in the histories and audit trails of those whom they concern', async () => {
    const { domain, alice, bob, olivia, aWallet, leg, posting, ask, codesOf, codes, posted, check } = await aHouse(provider);
    const [a, b] = [{ walletId: await aWallet() }, { walletId: await aWallet(bob) }];
    const house = { house: 'ADJUSTMENTS' };
    const postings = [
      // What the first leg brings is spent by the second.
      posting(leg(house, a, '10.00'), leg(a, b, '4.00'), leg(house, a, '0.5', 'ETH')),
      posting(leg(b, house, '4.01')),
      posting(leg(a, b, '6.01')),
      posting(leg(a, b, '6.00')),
    ];
    const key = { idempotencyKey: 'one' };
    const answer = await ask(postings, key);
    expect(codesOf(answer)).toEqual(['POSTED', 'INSUFFICIENT_FUNDS', 'INSUFFICIENT_FUNDS', 'POSTED']);
    expect(answer.batch).toMatchObject({ linked: false, requestedBy: { id: olivia?.userId } });
    expect(answer.outcomes[1].refusal.message).toContain('4.01');
    expect([await posted(a.walletId), await posted(b.walletId, bob)]).toEqual(['0.00', '10.00']);

    // Money has come meanwhile: what was refused stays refused, and what was posted is not posted again.
    expect(codesOf(await ask([posting(leg(house, a, '50'), leg(a, b, '50'))]))).toEqual(['POSTED']);
    expect(await ask(postings, key)).toEqual(answer);
    const query = '{ postingBatch(id: "ID") { outcomes { item status postingId refusal { code message } } } }';
    const kept = await domain.data(query.replace('ID', answer.batch.id), {}, { as: olivia });
    expect(kept.postingBatch.outcomes).toEqual(answer.outcomes);
    expect((await domain.refusal(create, { input: { ...key, postings: postings.slice(1) } }, { as: olivia })).code).toBe(
      'IDEMPOTENCY_CONFLICT',
    );
    expect((await domain.refusal(query.replace('ID', 'none'), {}, { as: olivia })).code).toBe('POSTING_BATCH_NOT_FOUND');

    const { entries } = (await domain.data(view, { id: b.walletId }, { as: bob })).wallet;
    expect(entries.nodes.map((entry: { amount: { amount: string } }) => entry.amount.amount)).toEqual(['50.00', '6.00', '4.00']);
    expect(entries.nodes[2]).toMatchObject({ kind: 'MANUAL', memo: 'Correction', direction: 'CREDIT' });
    const audit = 'clawpurse.wallet.audit.v1';
    await expect
      .poll(async () => (await domain.emitted(audit)).filter(({ data }) => data.action === 'ledger.post_batch'))
      .toHaveLength(2);
    const records = await domain.emitted(audit);
    const of = (action: string) => records.map(({ data }) => data).filter((data) => data.action === action);
    const first = of('ledger.post').filter(({ resourceId }) => resourceId === answer.outcomes[0].postingId);
    expect(first.map(({ subjectUserId }) => subjectUserId).sort()).toEqual([alice.userId, bob.userId].sort());
    expect(first[0]).toMatchObject({ actorId: olivia?.userId, details: { batchId: answer.batch.id } });
    expect(of('ledger.post_batch').map(({ outcome }) => outcome)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(await codes([posting(leg(a, b, '1000'))])).toEqual(['INSUFFICIENT_FUNDS']);
    expect(await check()).toMatchObject({ isSound: true });
  });

  it('are posted all or none where they are linked, and not at all as a dry run, which tells what would be', async () => {
    const { aWallet, leg, posting, ask, codes, posted, check } = await aHouse(provider);
    const [a, b] = [{ walletId: await aWallet() }, { walletId: await aWallet() }];
    const house = { house: 'ADJUSTMENTS' };
    const good = [posting(leg(house, a, '5')), posting(leg(a, b, '5'))];
    const bad = [...good, posting(leg(a, b, '0.01')), posting(leg(house, b, '1'))];
    const key = { idempotencyKey: 'linked', linked: true };
    for (const dryRun of [true, false]) {
      expect(await codes(bad, { linked: true, dryRun })).toEqual([
        'NOT_POSTED',
        'NOT_POSTED',
        'INSUFFICIENT_FUNDS',
        'NOT_POSTED',
      ]);
      expect(await codes(good, { ...key, dryRun: true })).toEqual(['WOULD_BE_POSTED', 'WOULD_BE_POSTED']);
    }
    const unlinked = ['WOULD_BE_POSTED', 'WOULD_BE_POSTED', 'INSUFFICIENT_FUNDS', 'WOULD_BE_POSTED'];
    expect(await codes(bad, { dryRun: true })).toEqual(unlinked);
    const dry = await ask(good, { dryRun: true });
    expect([dry.batch, dry.outcomes[0].postingId]).toEqual([null, null]);
    expect([await posted(a.walletId), await posted(b.walletId)]).toEqual([undefined, undefined]);
    const answer = await ask(good, key);
    expect(await ask(good, key)).toEqual(answer);
    expect(await posted(b.walletId)).toBe('5.00');
    expect(await check()).toMatchObject({ isSound: true, postings: 2 });
  });

  it('count from an earlier moment, within bounds; are for operators only, and never to their own advantage', async () => {
    const house = await aHouse(provider);
    const { domain, alice, olivia, oscar, aWallet, aBank, leg, posting, codes } = house;
    const now = Date.now();
    const adjustments = { house: 'ADJUSTMENTS' };
    const a = { walletId: await aWallet() };
    const at = (ageMs: number) => ({ ...posting(leg(adjustments, a, '1')), effectiveAt: new Date(now - ageMs).toISOString() });
    const day = 86_400_000;
    expect(await codes([at(-day), at(400 * day), at(30 * day)])).toEqual([
      'EFFECTIVE_TIME_IN_FUTURE',
      'EFFECTIVE_TIME_TOO_EARLY',
      'POSTED',
    ]);
    const balancesAt = `query ($id: ID!, $at: DateTime!) { wallet(id: $id) { balancesAt(at: $at, by: EFFECTIVE) { posted { amount } } } }`;
    const heldAgo = async (ageMs: number) => {
      const variables = { id: a.walletId, at: new Date(now - ageMs).toISOString() };
      return (await domain.data(balancesAt, variables, { as: alice })).wallet.balancesAt[0]?.posted.amount;
    };
    expect([await heldAgo(31 * day), await heldAgo(29 * day)]).toEqual(['0.00', '1.00']);

    const own = { walletId: await aWallet(olivia) };
    const frozen = { walletId: await aWallet() };
    const freeze = 'mutation ($input: FreezeWalletInput!) { freezeWallet(input: $input) { wallet { id } } }';
    await domain.data(freeze, { input: { ...frozen, reason: 'asked' } }, { as: oscar });
    const bank = { externalAccountId: await aBank() };
    const refusals: [object, string][] = [
      [leg(adjustments, own, '1'), 'OWN_WALLET'],
      [leg(own, a, '1'), 'OWN_WALLET'],
      [leg(adjustments, frozen, '1'), 'WALLET_FROZEN'],
      [leg(adjustments, { walletId: 'none' }, '1'), 'WALLET_NOT_FOUND'],
      [leg(adjustments, { externalAccountId: 'none' }, '1'), 'EXTERNAL_ACCOUNT_NOT_FOUND'],
      [leg(bank, a, '1', 'EUR'), 'EXTERNAL_ACCOUNT_ASSET_MISMATCH'],
      [leg(a, bank, '1'), 'MONEY_LEAVES_BY_WITHDRAWAL'],
      [leg(adjustments, bank, '1'), 'OWN_EXTERNAL_ACCOUNT'],
      [leg(a, a, '1'), 'TRANSFER_TO_SELF'],
      [leg({ house: 'LIQUIDITY' }, a, '1'), 'INSUFFICIENT_LIQUIDITY'],
    ];
    expect(await codes(refusals.map(([each]) => posting(each)))).toEqual(refusals.map(([, code]) => code));
    // What the house has earned is sent outside by somebody whose account it is not.
    expect(await codes([posting(leg({ house: 'FEES' }, bank, '1'))], {}, oscar)).toEqual(['POSTED']);
    const input = { idempotencyKey: 'k', postings: [posting(leg(adjustments, a, '1'))] };
    for (const as of [alice, domain.identity({ roles: ['COMPLIANCE_OFFICER', 'AUDITOR', 'ADMINISTRATOR'] })])
      expect((await domain.refusal(create, { input }, { as })).code).toBe('FORBIDDEN');
    const refused = async (change: object) =>
      (await domain.refusal(create, { input: { ...input, ...change } }, { as: olivia })).code;
    expect(await refused({ postings: [] })).toBe('BAD_USER_INPUT');
    expect(await refused({ postings: [posting()] })).toBe('BAD_USER_INPUT');
    expect(await refused({ postings: [posting(leg({ ...a, ...bank }, a, '1'))] })).toBe('BAD_USER_INPUT');
    expect(await refused({ postings: [{ ...posting(leg(adjustments, a, '1')), memo: ' ' }] })).toBe('BAD_USER_INPUT');
    expect(await refused({ postings: [posting(leg(adjustments, a, '0.001'))] })).toBe('AMOUNT_TOO_PRECISE');
    const metadata = [1, 2].map((value) => ({ key: 'case', value: `${value}` }));
    expect(await refused({ postings: [{ ...input.postings[0], metadata }] })).toBe('BAD_USER_INPUT');
    expect(await codes([{ ...input.postings[0], metadata: metadata.slice(1) }])).toEqual(['POSTED']);
    expect(await house.check()).toMatchObject({ isSound: true });
  });
});
