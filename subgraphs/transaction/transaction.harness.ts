// The whole domain in its test harness, and the words of the tests that drive it through the graph.
import { uuidIds } from '../../platform/clock.ts';
import type { RecordedEvent } from '../../platform/events/event.ts';
import {
  type CallOptions,
  startTestSubgraph,
  type TestSubgraph,
  type TestSubgraphOptions,
  type Variables,
} from '../../platform/testing/subgraph.ts';
import { transactionModule } from './index.ts';
import { aCast } from './transaction.fixtures.ts';

type Caller = NonNullable<CallOptions['as']>;
type Mutation = 'createTransfer' | 'createDeposit' | 'createWithdrawal';

export interface Movement {
  readonly cursor: string;
  readonly transaction: { readonly id: string; readonly kind: string; readonly state: string };
}

export const startTransactions = (options: TestSubgraphOptions): Promise<TestSubgraph> =>
  startTestSubgraph(transactionModule, options);

/** People and wallets of one test's own on a running domain, which many tests may share. */
export async function aStage(domain: TestSubgraph) {
  const { people, places, accounts, openingEvents } = aCast(`-${uuidIds.next()}`);
  await tell(domain, ...openingEvents);
  const alice: Caller = { userId: people.alice };
  const bob: Caller = { userId: people.bob };
  const mallory: Caller = { userId: people.mallory };
  const olivia: Caller = { userId: people.olivia, roles: ['CUSTOMER', 'OPERATOR'] };
  const ada: Caller = { userId: `user-ada-${uuidIds.next()}`, roles: ['AUDITOR'] };

  /** Asks for a movement of money that must be recorded; a transfer from Alice to Bob unless told otherwise. */
  async function movement(mutation: Mutation, as: Caller, changes: object = {}): Promise<Movement> {
    const inputType = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const query = `mutation ($input: ${inputType}!) { ${mutation}(input: $input) { cursor transaction { id kind state } } }`;
    const wallets = mutation === 'createTransfer' ? { sourceWalletId: places.alice, destinationWalletId: places.bob } : {};
    const input = {
      idempotencyKey: uuidIds.next(),
      amount: { amount: '12.50', asset: 'USD' },
      memo: 'Lunch',
      ...wallets,
      ...changes,
    };
    return (await domain.data(query, { input }, { as }))[mutation];
  }

  return { domain, places, accounts, people, alice, bob, mallory, olivia, ada, movement };
}

/** Publishes events of other domains through the real transport, one after the other. */
export async function tell(domain: TestSubgraph, ...events: readonly RecordedEvent[]): Promise<void> {
  for (const { type, kind, subject, data } of events) await domain.publish({ type, kind, subject, data });
}

/** The events of a type about one subject, once there are at least so many. */
export async function eventsOf(
  domain: TestSubgraph,
  type: string,
  subject: string,
  countMin = 1,
): Promise<readonly RecordedEvent[]> {
  const seen = new Set<string>();
  const isLast = (event: RecordedEvent) => event.subject === subject && seen.add(event.id).size >= countMin;
  if (countMin > 0) await domain.waitForEvent(type, isLast);
  return (await domain.emitted(type)).filter((event) => event.subject === subject);
}

/** The first updates of a subscription, of which `count` must come. */
export async function updatesOf<Update>(
  domain: TestSubgraph,
  subscription: string,
  variables: Variables,
  as: CallOptions['as'],
  count: number,
): Promise<Update[]> {
  const updates: Update[] = [];
  for await (const { data, errors } of domain.subscribe<Record<string, Update>>(subscription, variables, { as })) {
    const [update] = Object.values(data ?? {});
    if (errors !== undefined || update === undefined) throw new Error(`The subscription failed: ${JSON.stringify(errors)}`);
    updates.push(update);
    if (updates.length === count) break;
  }
  return updates;
}

/** Why a subscription is not given. */
export async function subscriptionRefusal(
  domain: TestSubgraph,
  subscription: string,
  variables: Variables,
  as: CallOptions['as'],
): Promise<unknown> {
  for await (const { errors } of domain.subscribe(subscription, variables, { as })) return errors?.[0]?.extensions.code;
  return undefined;
}

export const feedCursor = async (domain: TestSubgraph, as: CallOptions['as']): Promise<string> =>
  (await domain.data('{ transactionFeedCursor }', {}, { as })).transactionFeedCursor;
