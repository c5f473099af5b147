// The whole domain in its test harness, knowing some wallets, and the words of the tests that drive it through the graph.
import type { RecordedEvent } from '../../platform/events/event.ts';
import {
  type CallOptions,
  startTestSubgraph,
  type TestSubgraph,
  type TestSubgraphOptions,
} from '../../platform/testing/subgraph.ts';
import { transactionModule } from './index.ts';
import { openingEvents, places } from './transaction.fixtures.ts';

/** A running domain that has heard of the opening wallets and accounts. */
export async function aRunningDomain(options: TestSubgraphOptions): Promise<TestSubgraph> {
  const domain = await startTestSubgraph(transactionModule, options);
  await tell(domain, ...openingEvents);
  return domain;
}

/** Publishes events of other domains through the real transport, one after the other. */
export async function tell(domain: TestSubgraph, ...events: readonly RecordedEvent[]): Promise<void> {
  for (const { type, kind, subject, data } of events) await domain.publish({ type, kind, subject, data });
}

type Mutation = 'createTransfer' | 'createDeposit' | 'createWithdrawal';

export interface Movement {
  readonly cursor: string;
  readonly transaction: { readonly id: string; readonly kind: string; readonly state: string };
}

/** Asks for a movement of money that must be recorded; a transfer from Alice to Bob unless told otherwise. */
export async function movement(
  domain: TestSubgraph,
  mutation: Mutation,
  as: CallOptions['as'],
  changes: object = {},
): Promise<Movement> {
  const inputType = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation ($input: ${inputType}!) { ${mutation}(input: $input) { cursor transaction { id kind state } } }`;
  const wallets = mutation === 'createTransfer' ? { sourceWalletId: places.alice, destinationWalletId: places.bob } : {};
  const input = {
    idempotencyKey: domain.ids.next(),
    amount: { amount: '12.50', asset: 'USD' },
    memo: 'Lunch',
    ...wallets,
    ...changes,
  };
  return (await domain.data(query, { input }, { as }))[mutation];
}
