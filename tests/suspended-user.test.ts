// A suspended user keeps an access token that is valid for minutes: it moves no money from the moment the event arrives, not even between its own balances.
import { expect, it } from 'vitest';
import { CreateTransferDocument } from '../clients/generated/graphql.ts';
import type { TypedDocument } from '../clients/graph-client.ts';
import { peopleOf, refusalOf, transferInput } from './support/people.ts';
import { describeEachTopology } from './support/system.ts';

const SuspendDocument =
  `mutation Suspend($input: SuspendUserInput!) { suspendUser(input: $input) { user { id } } }` as unknown as TypedDocument<
    unknown,
    { input: { userId: string; reason: string } }
  >;
const ReinstateDocument =
  `mutation Reinstate($input: ReinstateUserInput!) { reinstateUser(input: $input) { user { id } } }` as unknown as TypedDocument<
    unknown,
    { input: { userId: string } }
  >;

const QuoteDocument =
  `mutation Quote($input: QuoteExchangeInput!) { quoteExchange(input: $input) { quote { id } } }` as unknown as TypedDocument<
    unknown,
    { input: object }
  >;
const ExchangeDocument =
  `mutation Exchange($input: ExchangeInput!) { exchange(input: $input) { exchange { id } } }` as unknown as TypedDocument<
    unknown,
    { input: { quoteId: string; idempotencyKey: string } }
  >;

/** Until the event has arrived, requests are taken: few enough of them for the rules and the balance. */
const patience = { interval: 200, timeout: 60_000 };

describeEachTopology('a user who is suspended', (startSystem) => {
  it('starts no transfer and no exchange with the token that is still valid, until reinstated', async () => {
    const people = peopleOf(await startSystem());
    const [ada, payer, payee] = await Promise.all([
      people.demo('ada'),
      people.register('Sue Suspended'),
      people.register('Pat Payee'),
    ]);
    const [source, destination] = await Promise.all([people.openWallet(payer), people.openWallet(payee)]);
    await people.deposit(source, '20.00');
    const request = () =>
      payer.client.request(CreateTransferDocument, { input: transferInput({ source, destination, amount: '0.01' }) });
    const outcome = () => refusalOf(request()).catch(() => 'taken');

    expect(await people.pay(payer, { source, destination, amount: '5.00' })).toBe('COMPLETED');
    await ada.client.request(SuspendDocument, { input: { userId: payer.id, reason: 'Reported by the bank.' } });
    await expect.poll(outcome, patience).toBe('ACCOUNT_SUSPENDED');
    // The wallet domain has it from the same log, at its own pace.
    const quoted = { walletId: source, side: 'SELL', amount: { amount: '0.50', asset: 'USD' }, counterAsset: 'EUR' };
    const quote = () => refusalOf(payer.client.request(QuoteDocument, { input: quoted })).catch(() => 'taken');
    await expect.poll(quote, patience).toBe('ACCOUNT_SUSPENDED');
    const exchange = { quoteId: 'any', idempotencyKey: 'exchange' };
    expect(await refusalOf(payer.client.request(ExchangeDocument, { input: exchange }))).toBe('ACCOUNT_SUSPENDED');

    await ada.client.request(ReinstateDocument, { input: { userId: payer.id } });
    await expect.poll(outcome, patience).toBe('taken');
    expect(await people.pay(payer, { source, destination, amount: '5.00' })).toBe('COMPLETED');
  });
});
