// What somebody else's token gets: nothing, in words that do not even say whether there is something.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AuditEventRecordedDocument,
  CreateTransferDocument,
  TransactionUpdatedDocument,
  WalletBalanceChangedDocument,
} from '../clients/generated/graphql.ts';
import { GraphError, type GraphErrorEntry, type TypedDocument } from '../clients/graph-client.ts';
import { type People, type Person, peopleOf, refusalOf, transferInput } from './support/people.ts';
import { takeUntil } from './support/streams.ts';
import { describeEachTopology, type System } from './support/system.ts';

type AnyDocument = TypedDocument<Record<string, unknown>, Record<string, unknown>>;
const document = (text: string) => text as unknown as AnyDocument;

const WalletDocument = document('query Wallet($id: ID!) { wallet(id: $id) { id name balances { available { amount } } } }');
const TransactionDocument = document('query Transaction($id: ID!) { transaction(id: $id) { id state amount { amount } } }');
const FreezeDocument = document('mutation Freeze($input: FreezeWalletInput!) { freezeWallet(input: $input) { wallet { id } } }');
const RenameDocument = document('mutation Rename($input: RenameWalletInput!) { renameWallet(input: $input) { wallet { id } } }');
const DepositDocument = document('mutation Deposit($input: CreateDepositInput!) { createDeposit(input: $input) { cursor } }');
const ApproveDocument = document(
  'mutation Approve($input: ApproveScreeningInput!) { approveScreening(input: $input) { screening { id } } }',
);
const PreviewDocument = document(
  `query Preview($input: PreviewTransferInput!) { previewTransfer(input: $input) { fee { amount } total { amount } refusal { code message }
    funds { isCovered refusal { code } availableNow { amount } availableAfter { amount } } } }`,
);
const AuditDocument = document('{ auditEvents { nodes { id } } }');

describeEachTopology("somebody else's money", (startSystem) => {
  let system: System;
  let people: People;
  let owner: Person;
  let stranger: Person;
  let wallet: string;
  let strangersWallet: string;
  let transactionId: string;

  beforeAll(async () => {
    system = await startSystem();
    people = peopleOf(system);
    [owner, stranger] = await Promise.all([people.register('Olga Owner'), people.register('Stan Stranger')]);
    [wallet, strangersWallet] = await Promise.all([people.openWallet(owner), people.openWallet(stranger)]);
    await people.deposit(wallet, '20.00');
    const bob = await people.demo('bob');
    const { createTransfer } = await owner.client.request(CreateTransferDocument, {
      input: transferInput({ source: wallet, destination: await people.openWallet(bob), amount: '1.00' }),
    });
    transactionId = createTransfer.transaction.id;
  });

  /** What the answer says, with the id taken out: a foreign thing and a missing one must read alike. */
  async function answerFor(ask: AnyDocument, id: string, variables: Record<string, unknown>): Promise<string> {
    const answer = await stranger.client.request(ask, variables).catch((error: unknown) => {
      if (error instanceof GraphError)
        return error.errors.map(({ message, extensions }: GraphErrorEntry) => ({ message, extensions }));
      throw error;
    });
    return JSON.stringify(answer)
      .replaceAll(id, '<id>')
      .replaceAll(/"requestId":"[^"]*"/g, '');
  }

  describe('reads like something that is not there', () => {
    it.each([
      ['a wallet', WalletDocument, () => wallet, (id: string) => ({ id })],
      ['a transaction', TransactionDocument, () => transactionId, (id: string) => ({ id })],
      ['a wallet to rename', RenameDocument, () => wallet, (walletId: string) => ({ input: { walletId, name: 'Mine now' } })],
      [
        'a wallet to pay from',
        CreateTransferDocument as unknown as AnyDocument,
        () => wallet,
        (source: string) => ({
          input: { ...transferInput({ source, destination: strangersWallet, amount: '1.00' }), idempotencyKey: randomUUID() },
        }),
      ],
    ])('%s', async (_, ask, foreign, variables) => {
      const missing = randomUUID();
      const aboutForeign = await answerFor(ask, foreign(), variables(foreign()));
      expect(aboutForeign).toBe(await answerFor(ask, missing, variables(missing)));
      expect(aboutForeign).toContain('NOT_FOUND');
    });
  });

  it('is in no preview: whoever may pay learns what would come of it, from both domains at once, and nobody else anything', async () => {
    const preview = (who: Person, sourceWalletId: string, amount: string) => {
      const input = { sourceWalletId, destinationId: strangersWallet, amount: { amount, asset: 'USD' } };
      return who.client.request(PreviewDocument, { input }) as Promise<{ previewTransfer: Record<string, unknown> }>;
    };
    const { previewTransfer: own } = await preview(owner, wallet, '1000.00');
    expect(own).toMatchObject({ refusal: null, funds: { isCovered: false, refusal: { code: 'INSUFFICIENT_FUNDS' } } });
    const missing = randomUUID();
    const foreign = JSON.stringify(await preview(stranger, wallet, '1.00'));
    expect(foreign.replaceAll(wallet, missing)).toBe(JSON.stringify(await preview(stranger, missing, '1.00')));
    expect(JSON.parse(foreign).previewTransfer).toMatchObject({ refusal: { code: 'WALLET_NOT_FOUND' }, funds: null });
  });

  it('is in no file either: a statement streams through every gateway to its owner alone', async () => {
    const missing = randomUUID();
    for (const url of system.graphqlUrls) {
      const get = async (walletId: string, { accessToken }: Person) => {
        const query = new URLSearchParams({ walletId, asset: 'USD', from: '2020-01-01T00:00:00Z', to: new Date().toISOString() });
        const response = await fetch(new URL(`/downloads/wallet/statement.csv?${query}`, url), {
          headers: { authorization: `Bearer ${accessToken}` },
        });
        return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
      };
      const own = await get(wallet, owner);
      expect([own.status, own.type]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
      expect(own.body).toMatch(/\r\nOPENING,.*,0\.00,USD,,,\r\nENTRY,.*,DEPOSIT,CREDIT,20\.00,20\.00,USD,/);
      expect(own.body).toMatch(/\r\nCLOSING,.*,USD,,,\r\n$/);
      const foreign = await get(wallet, stranger);
      expect({ ...foreign, body: foreign.body.replaceAll(wallet, missing) }).toEqual(await get(missing, stranger));
      expect([foreign.status, foreign.body.includes('WALLET_NOT_FOUND')]).toEqual([404, true]);
    }
  });

  it.each([
    ['freezing', FreezeDocument, () => ({ input: { walletId: wallet, reason: 'because' } })],
    [
      'depositing',
      DepositDocument,
      () => ({
        input: {
          walletId: strangersWallet,
          externalAccountId: randomUUID(),
          amount: { amount: '1000000.00', asset: 'USD' },
          idempotencyKey: randomUUID(),
        },
      }),
    ],
    ['approving', ApproveDocument, () => ({ input: { screeningId: randomUUID(), note: 'fine by me' } })],
    ['reading the audit log', AuditDocument, () => ({})],
  ])('needs a permission for %s', async (_, ask, variables) => {
    expect(await refusalOf(stranger.client.request(ask, variables()))).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  });

  it.each([
    ['a transaction', TransactionUpdatedDocument, () => ({ id: transactionId }), 'TRANSACTION_NOT_FOUND'],
    ["a wallet's transactions", TransactionUpdatedDocument, () => ({ walletId: wallet }), 'WALLET_NOT_FOUND'],
    ["a wallet's balance", WalletBalanceChangedDocument, () => ({ walletId: wallet }), 'WALLET_NOT_FOUND'],
    ['the audit log', AuditEventRecordedDocument, () => ({}), 'UNAUTHORIZED_FIELD_OR_TYPE'],
  ])('cannot be followed live: %s', async (_, ask, variables, code) => {
    const stream = stranger.follow({
      document: ask as unknown as TypedDocument<unknown, { after?: string | null }>,
      variables: { ...variables(), after: undefined as unknown as string },
      cursorOf: () => '',
    });
    expect(await refusalOf(takeUntil(stream, () => true))).toBe(code);
  });
});
