// A transfer that the rules hold: it waits for a compliance officer, and no money moves before the decision.
import { beforeAll, expect, it } from 'vitest';
import { CreateTransferDocument, TransactionUpdatedDocument } from '../clients/generated/graphql.ts';
import type { TypedDocument } from '../clients/graph-client.ts';
import { type People, type Person, peopleOf, refusalOf, transferInput } from './support/people.ts';
import { takeUntil } from './support/streams.ts';
import { describeEachTopology } from './support/system.ts';

type Decide = TypedDocument<unknown, { input: { screeningId: string; note: string } }>;
const ApproveDocument =
  `mutation Approve($input: ApproveScreeningInput!) { approveScreening(input: $input) { screening { id decision } } }` as unknown as Decide;
const RejectDocument =
  `mutation Reject($input: RejectScreeningInput!) { rejectScreening(input: $input) { screening { id decision } } }` as unknown as Decide;
const ScreeningDocument =
  `query Screening($id: ID!) { transaction(id: $id) { screening { id decision outcomes { ruleCode result } } } }` as unknown as TypedDocument<
    { transaction: { screening: { id: string; decision: string; outcomes: { ruleCode: string; result: string }[] } | null } },
    { id: string }
  >;
const FreezeDocument =
  `mutation Freeze($input: FreezeWalletInput!) { freezeWallet(input: $input) { wallet { status } } }` as unknown as TypedDocument<
    unknown,
    { input: { walletId: string; reason: string } }
  >;

describeEachTopology('a transfer that is held for review', (startSystem) => {
  let people: People;
  let payer: Person;
  let carol: Person;
  let source: string;
  let destination: string;

  beforeAll(async () => {
    people = peopleOf(await startSystem());
    payer = await people.register('Rita Rich');
    carol = await people.demo('carol');
    [source, destination] = await Promise.all([
      people.openWallet(payer),
      people.register('Rob Receiver').then((payee) => people.openWallet(payee)),
    ]);
    await people.deposit(source, '15000.00');
  });

  async function heldTransfer(): Promise<{ id: string; cursor: string; screeningId: string }> {
    const { createTransfer } = await payer.client.request(CreateTransferDocument, {
      input: transferInput({ source, destination, amount: '6000.00' }),
    });
    const { id } = createTransfer.transaction;
    const [held] = (await follow(id, createTransfer.cursor, 'IN_REVIEW')).slice(-1);
    expect(held?.reason).not.toBeNull();
    const { transaction } = await carol.client.request(ScreeningDocument, { id });
    expect(transaction.screening?.outcomes).toContainEqual({ ruleCode: 'TRANSACTION_LIMIT', result: 'REVIEW' });
    return { id, cursor: createTransfer.cursor, screeningId: transaction.screening?.id ?? '' };
  }

  async function follow(id: string, after: string, last: string) {
    const updates = await takeUntil(
      payer.follow({
        document: TransactionUpdatedDocument,
        variables: { id, after },
        cursorOf: ({ transactionUpdated }) => transactionUpdated.cursor,
      }),
      ({ transactionUpdated }) => transactionUpdated.state === last,
    );
    return updates.map(({ transactionUpdated }) => transactionUpdated);
  }

  it('completes once an officer approves it, and only once', async () => {
    const { id, cursor, screeningId } = await heldTransfer();
    // Still theirs, but set aside: it cannot be spent a second time while somebody looks at it.
    expect(await people.balance(payer, source)).toBe('9000.00');
    const decision = { input: { screeningId, note: 'Invoice seen.' } };
    await carol.client.request(ApproveDocument, decision);
    expect((await follow(id, cursor, 'COMPLETED')).map(({ state }) => state)).toEqual([
      'REQUESTED',
      'SCREENING',
      'IN_REVIEW',
      'APPROVED',
      'POSTING',
      'COMPLETED',
    ]);
    expect(await people.balance(payer, source)).toBe('9000.00');
    expect(await refusalOf(carol.client.request(ApproveDocument, decision))).toBe('SCREENING_ALREADY_DECIDED');
  });

  it('is refused when an officer rejects it, without telling the customer why', async () => {
    const { id, cursor, screeningId } = await heldTransfer();
    await carol.client.request(RejectDocument, { input: { screeningId, note: 'The secret reason.' } });
    const last = (await follow(id, cursor, 'REJECTED')).at(-1);
    expect(last?.reason?.code).toBe('COMPLIANCE_REJECTED');
    expect(JSON.stringify(last)).not.toContain('secret');
    await expect.poll(() => people.balance(payer, source)).toBe('9000.00');
    const { transaction } = await payer.client.request(ScreeningDocument, { id });
    expect(transaction.screening).toBeNull();
  });

  it('finds a wallet frozen that was not when it was requested', async () => {
    const { id, cursor, screeningId } = await heldTransfer();
    const olivia = await people.demo('olivia');
    await olivia.client.request(FreezeDocument, { input: { walletId: source, reason: 'Reported as stolen.' } });
    // The ledger knows at once. The door learns of it by an event; until then a request is taken, and fails there.
    const request = () =>
      payer.client.request(CreateTransferDocument, { input: transferInput({ source, destination, amount: '1.00' }) });
    await expect.poll(() => refusalOf(request()).catch(() => 'taken')).toBe('WALLET_FROZEN');
    await carol.client.request(ApproveDocument, { input: { screeningId, note: 'Fine as far as compliance goes.' } });
    const last = (await follow(id, cursor, 'FAILED')).at(-1);
    expect(last?.reason?.code).toBe('WALLET_FROZEN');
    await expect.poll(() => people.balance(payer, source)).toBe('9000.00');
  });
});
