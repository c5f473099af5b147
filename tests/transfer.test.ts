// The main job: two people, one transfer, watched live by both and by the auditor, through one endpoint.
import { beforeAll, expect, it } from 'vitest';
import {
  AuditEventRecordedDocument,
  AuditFeedCursorDocument,
  CreatePayoutsDocument,
  CreateTransferDocument,
  PayoutBatchDocument,
  PayoutBatchUpdatedDocument,
  TransactionFeedCursorDocument,
  TransactionUpdatedDocument,
  WalletBalanceChangedDocument,
  WalletFeedCursorDocument,
} from '../clients/generated/graphql.ts';
import { type People, type Person, peopleOf, transferInput } from './support/people.ts';
import { takeUntil } from './support/streams.ts';
import { describeEachTopology } from './support/system.ts';

describeEachTopology('a transfer between two people', (system) => {
  let people: People;
  let payer: Person;
  let payee: Person;
  let source: string;
  let destination: string;

  beforeAll(async () => {
    people = peopleOf(await system());
    [payer, payee] = await Promise.all([people.register('Pia Payer'), people.register('Percy Payee')]);
    [source, destination] = await Promise.all([people.openWallet(payer), people.openWallet(payee)]);
    await people.deposit(source, '100.00');
  });

  it('moves the money and shows each state live, with fields of other services', async () => {
    const { createTransfer } = await payer.client.request(CreateTransferDocument, {
      input: transferInput({ source, destination, amount: '12.50' }),
    });
    expect(createTransfer.transaction).toMatchObject({ state: 'REQUESTED', amount: { amount: '12.50', asset: { code: 'USD' } } });

    const updates = await takeUntil(
      payer.follow({
        document: TransactionUpdatedDocument,
        variables: { id: createTransfer.transaction.id, after: createTransfer.cursor },
        cursorOf: ({ transactionUpdated }) => transactionUpdated.cursor,
      }),
      ({ transactionUpdated }) => transactionUpdated.state === 'COMPLETED',
    );

    expect(updates.map(({ transactionUpdated }) => transactionUpdated.state)).toEqual([
      'REQUESTED',
      'SCREENING',
      'APPROVED',
      'POSTING',
      'COMPLETED',
    ]);
    const last = updates.at(-1)?.transactionUpdated;
    expect(last?.transaction.source.wallet).toMatchObject({ id: source, balances: [{ available: { amount: '87.50' } }] });
    expect(await people.balance(payer, source)).toBe('87.50');
    expect(await people.balance(payee, destination)).toBe('12.50');
  });

  it('tells the recipient once the money is there, and nothing before', async () => {
    const { transactionFeedCursor: after } = await payee.client.request(TransactionFeedCursorDocument, {});
    const seen = takeUntil(
      payee.follow({
        document: TransactionUpdatedDocument,
        variables: { after },
        cursorOf: ({ transactionUpdated }) => transactionUpdated.cursor,
      }),
      () => true,
    );
    await people.pay(payer, { source, destination, amount: '1.00' });
    const [first] = await seen;
    expect(first?.transactionUpdated).toMatchObject({ state: 'COMPLETED', transaction: { source: { wallet: null } } });
  });

  it('streams both balances as they change', async () => {
    const { walletFeedCursor: after } = await payee.client.request(WalletFeedCursorDocument, {});
    const changes = takeUntil(
      payee.follow({
        document: WalletBalanceChangedDocument,
        variables: { walletId: destination, after },
        cursorOf: ({ walletBalanceChanged }) => walletBalanceChanged.cursor,
      }),
      () => true,
    );
    const before = Number(await people.balance(payee, destination));
    await people.pay(payer, { source, destination, amount: '2.25' });
    const [change] = await changes;
    expect(change?.walletBalanceChanged).toMatchObject({
      change: { amount: '2.25' },
      available: { amount: (before + 2.25).toFixed(2) },
      wallet: { id: destination, name: 'Everyday' },
    });
  });

  it('pays many in one request, each with an outcome of its own', async () => {
    const [paidBefore, leftBefore] = [await people.balance(payee, destination), await people.balance(payer, source)];
    const to = (destinationWalletId: string, amount: string) => ({ destinationWalletId, amount: { amount, asset: 'USD' } });
    const items = [to(destination, '1.10'), to('nowhere', '1.00'), to(destination, '500.00'), to(destination, '2.20')];
    const input = { idempotencyKey: 'salaries', sourceWalletId: source, items };
    const { createPayouts } = await payer.client.request(CreatePayoutsDocument, { input });
    const { id } = createPayouts.batch;
    const updates = await takeUntil(
      payer.follow({
        document: PayoutBatchUpdatedDocument,
        variables: { id, after: createPayouts.cursor },
        cursorOf: ({ payoutBatchUpdated }) => payoutBatchUpdated.cursor,
      }),
      ({ payoutBatchUpdated }) => payoutBatchUpdated.state === 'FINISHED',
    );
    expect(updates.at(-1)?.payoutBatchUpdated).toMatchObject({ itemCount: 4, paidCount: 2, failedCount: 2 });
    const { payoutBatch } = await payer.client.request(PayoutBatchDocument, { id, first: 10 });
    expect(payoutBatch?.items.nodes.map(({ state }) => state)).toEqual(['PAID', 'FAILED', 'FAILED', 'PAID']);
    expect(Number(await people.balance(payee, destination))).toBeCloseTo(Number(paidBefore) + 3.3);
    expect(Number(await people.balance(payer, source))).toBeCloseTo(Number(leftBefore) - 3.3);
  });

  it('writes an audit trail that the auditor follows live, chained and named', async () => {
    const carol = await people.demo('carol');
    const { auditFeedCursor: after } = await carol.client.request(AuditFeedCursorDocument, {});
    const { createTransfer } = await payer.client.request(CreateTransferDocument, {
      input: transferInput({ source, destination, amount: '3.00' }),
    });
    const trail = await takeUntil(
      carol.follow({
        document: AuditEventRecordedDocument,
        variables: { after, filter: { transactionId: createTransfer.transaction.id } },
        cursorOf: ({ auditEventRecorded }) => auditEventRecorded.cursor,
      }),
      ({ auditEventRecorded }) => auditEventRecorded.auditEvent.action === 'transaction.complete',
    );
    const actions = trail.map(({ auditEventRecorded }) => auditEventRecorded.auditEvent.action);
    expect(actions).toContain('transfer.request');
    expect(actions).toContain('transaction.post');
    const request = trail.find(({ auditEventRecorded }) => auditEventRecorded.auditEvent.action === 'transfer.request');
    expect(request?.auditEventRecorded.auditEvent.actor).toEqual({ id: payer.id, displayName: 'Pia Payer' });
  });
});
