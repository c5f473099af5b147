// Statements from the outside, under every kind of token: pages of the graph, and the files that their paths lead to.
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providers } from '../../platform/testing/databases.ts';
import { startTestSubgraph, type TestSubgraph } from '../../platform/testing/subgraph.ts';
import { untilPasses } from '../../platform/testing/until-passes.ts';
import { walletModule } from './index.ts';

const mutation = (name: string, type: string, result: string) =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { ${result} } }`;
const openWallet = mutation('openWallet', 'OpenWalletInput', 'wallet { id }');
const addBank = mutation('addExternalAccount', 'AddExternalAccountInput', 'externalAccount { id }');
const invite = mutation('inviteWalletMember', 'InviteWalletMemberInput', 'invitation { id }');
const accept = mutation('acceptWalletInvitation', 'WalletInvitationInput', 'wallet { id }');
const remove = mutation('removeWalletMember', 'WalletMemberInput', 'wallet { id }');
const statementOf = `query ($id: ID!, $asset: String!, $from: DateTime!, $to: DateTime!, $by: TimeAxis, $first: Int, $after: Cursor) { wallet(id: $id) {
  statement(asset: $asset, from: $from, to: $to, by: $by, first: $first, after: $after) {
    asset { code } openingBalance { amount } closingBalance { amount } csvPath jsonLinesPath
    entries { nodes { kind change { amount } balance { amount } memo transaction { id } } pageInfo { hasNextPage endCursor } } } } }`;

type Caller = ReturnType<TestSubgraph['identity']>;

describe.each(providers)('the statements of wallets on %s', (provider) => {
  let wallet: TestSubgraph;
  let alice: Caller;
  let id: string;
  let period: { id: string; asset: string; from: string; to: string };
  let transactionIds: string[];
  const units = ['12345', '1', '50'] as const;
  const memos = ['=HYPERLINK("http://evil")', null, 'rent, "May"'] as const;

  beforeAll(async () => {
    wallet = await startTestSubgraph(walletModule, { provider });
    alice = wallet.identity();
    const operator = wallet.identity({ roles: ['CUSTOMER', 'OPERATOR'] });
    const { openWallet: opened } = await wallet.data(openWallet, { input: { name: 'Household' } }, { as: alice });
    id = opened.wallet.id;
    const bank = { name: 'Bank', holderName: 'Somebody', asset: 'USD' };
    const { addExternalAccount: added } = await wallet.data(addBank, { input: bank }, { as: operator });
    const from = wallet.clock.now();
    transactionIds = units.map(() => wallet.ids.next());
    for (const [index, transactionId] of transactionIds.entries()) {
      await wallet.publish({
        type: 'clawpurse.transaction.posting_started.v1',
        subject: transactionId,
        data: {
          transactionId,
          kind: 'DEPOSIT',
          asset: 'USD',
          memo: memos[index] ?? null,
          requestedBy: operator.userId,
          source: { type: 'EXTERNAL_ACCOUNT', id: added.externalAccount.id },
          destination: { type: 'WALLET', id },
          units: units[index] as string,
        } as never,
      });
      await wallet.waitForEvent('clawpurse.wallet.posting_completed.v1', ({ subject }) => subject === transactionId);
    }
    // On PostgreSQL its own clock counts, so that no test can move it on.
    const recordedMs = wallet.clock.now().getTime();
    await untilPasses(() => expect(wallet.clock.now().getTime()).toBeGreaterThan(recordedMs));
    period = { id, asset: 'USD', from: new Date(from.getTime() - 60_000).toISOString(), to: wallet.clock.now().toISOString() };
  });
  afterAll(() => wallet.stop());

  async function fileAt(path: string, as: Caller | null) {
    const { pathname, searchParams } = new URL(path, 'http://gateway');
    const answer = await wallet.running.client.download?.({
      file: pathname.replace('/downloads/wallet/', ''),
      query: searchParams.toString(),
      token: as === null ? null : await wallet.tokenFor(as),
      requestId: 'request-1',
    });
    if (answer === undefined) throw new Error('The wallet domain has no downloads.');
    return { ...answer, body: await text(answer.body) };
  }
  const pathOf = (change: Partial<typeof period> = {}, format = 'csv') => {
    const { id: walletId, ...rest } = { ...period, ...change };
    return `/downloads/wallet/statement.${format}?${new URLSearchParams({ walletId, ...rest })}`;
  };

  it('come page by page, every entry once, with the balance after it', async () => {
    const pageAfter = async (after: string | null) =>
      (await wallet.data(statementOf, { ...period, first: 2, after }, { as: alice })).wallet.statement;
    const nodes = [];
    let after: string | null = null;
    do {
      const statement = await pageAfter(after);
      expect(statement).toMatchObject({
        asset: { code: 'USD' },
        openingBalance: { amount: '0.00' },
        closingBalance: { amount: '123.96' },
      });
      nodes.push(...statement.entries.nodes);
      after = statement.entries.pageInfo.hasNextPage ? statement.entries.pageInfo.endCursor : null;
    } while (after !== null);
    expect(nodes).toEqual(
      ['123.45', '123.46', '123.96'].map((balance, index) => ({
        kind: 'DEPOSIT',
        change: { amount: ['123.45', '0.01', '0.50'][index] },
        balance: { amount: balance },
        memo: memos[index],
        transaction: { id: transactionIds[index] },
      })),
    );
  });

  it('refuse cursors of another statement, and periods and assets that cannot be', async () => {
    const { statement } = (await wallet.data(statementOf, { ...period, first: 1 }, { as: alice })).wallet;
    const after = statement.entries.pageInfo.endCursor;
    const codeOf = async (change: object) => (await wallet.refusal(statementOf, { ...period, ...change }, { as: alice })).code;
    expect(await codeOf({ after, by: 'EFFECTIVE' })).toBe('INVALID_CURSOR');
    expect(await codeOf({ after, asset: 'EUR' })).toBe('INVALID_CURSOR');
    expect(await codeOf({ to: period.from })).toBe('INVALID_STATEMENT_PERIOD');
    expect(await codeOf({ to: '2999-01-01T00:00:00Z' })).toBe('INVALID_STATEMENT_PERIOD');
    expect(await codeOf({ asset: 'GOLD' })).toBe('UNKNOWN_ASSET');
  });

  it('come as CSV that no spreadsheet runs, and as JSON Lines, at the paths that the graph tells', async () => {
    const { csvPath, jsonLinesPath } = (await wallet.data(statementOf, period, { as: alice })).wallet.statement;
    const csv = await fileAt(csvPath, alice);
    expect([csv.status, csv.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
    const lines = csv.body.split('\r\n');
    expect(lines).toHaveLength(7);
    expect(lines[1]).toMatch(/^OPENING,.*,0\.00,USD,,,$/);
    expect(lines[2]).toMatch(/^ENTRY,.*,DEPOSIT,CREDIT,123\.45,123\.45,USD,[^,]+,"'=HYPERLINK\(""http:\/\/evil""\)",$/);
    expect(lines[4]).toContain(`,0.50,123.96,USD,${transactionIds[2]},"rent, ""May""",`);
    expect(lines[5]).toMatch(/^CLOSING,.*,123\.96,USD,,,$/);
    const objects = (await fileAt(jsonLinesPath, alice)).body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(objects.map(({ row, amount, balance, memo }) => [row, amount, balance, memo])).toEqual([
      ['OPENING', null, '0.00', null],
      ['ENTRY', '123.45', '123.45', memos[0]],
      ['ENTRY', '0.01', '123.46', memos[1]],
      ['ENTRY', '0.50', '123.96', memos[2]],
      ['CLOSING', null, '123.96', null],
    ]);
  });

  it('are for members, and for everybody else like those of a wallet that is not there', async () => {
    const [viewer, former, stranger] = [wallet.identity(), wallet.identity(), wallet.identity()];
    for (const member of [viewer, former]) {
      const input = { walletId: id, userId: member.userId, role: 'VIEWER' };
      const { inviteWalletMember: invited } = await wallet.data(invite, { input }, { as: alice });
      await wallet.data(accept, { input: { invitationId: invited.invitation.id } }, { as: member });
    }
    await wallet.data(remove, { input: { walletId: id, userId: former.userId } }, { as: alice });

    const { statement } = (await wallet.data(statementOf, period, { as: viewer })).wallet;
    expect(statement.closingBalance.amount).toBe('123.96');
    expect((await fileAt(statement.csvPath, viewer)).body).toBe((await fileAt(statement.csvPath, alice)).body);

    const missing = wallet.ids.next();
    for (const format of ['csv', 'jsonl']) {
      const nothing = await fileAt(pathOf({ id: missing }, format), stranger);
      expect(nothing.status).toBe(404);
      expect(nothing.body).toContain('WALLET_NOT_FOUND');
      for (const each of [former, stranger]) {
        const { status, headers, body } = await fileAt(pathOf({}, format), each);
        expect({ status, headers, body: body.replaceAll(id, missing) }).toEqual({ ...nothing });
      }
    }
    for (const each of [former, stranger]) {
      const refused = await wallet.refusal(statementOf, period, { as: each });
      const unknown = await wallet.refusal(statementOf, { ...period, id: missing }, { as: each });
      expect(JSON.stringify(refused).replaceAll(id, missing)).toBe(JSON.stringify(unknown));
      expect(refused.code).toBe('WALLET_NOT_FOUND');
    }
    expect((await fileAt(pathOf(), null)).status).toBe(401);
  });

  it.each([
    ['no beginning', { from: '' }, 'from'],
    ['a day without a time', { to: '2026-11-01' }, 'to'],
    ['an id that no row can have', { id: 'wallet\u0000' }, 'walletId'],
  ])('refuse as a file a query with %s', async (_, change, field) => {
    const { status, body } = await fileAt(pathOf(change), alice);
    expect([status, JSON.parse(body).errors[0]]).toMatchObject([
      400,
      { extensions: { code: 'BAD_USER_INPUT', details: { field } } },
    ]);
  });
});
