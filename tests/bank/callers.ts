// Those who use the bank: people with a wallet each who pay each other, as careful clients do, and readers who count the money meanwhile.
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTransferDocument, MyWalletsDocument } from '../../clients/generated/graphql.ts';
import { GraphError, type TypedDocument } from '../../clients/graph-client.ts';
import { uuidIds } from '../../platform/clock.ts';
import type { Dice } from '../support/dice.ts';
import { type People, type Person, transferInput } from '../support/people.ts';
import { judgeReading, type ReadErrors } from './bank.rules.ts';
import type { Store } from './store.ts';

export interface Account {
  readonly person: Person;
  readonly wallet: string;
}

/** What the readers know of the bank. */
export interface Bank {
  readonly ids: readonly string[];
  readonly total: bigint;
  /** Wallets that were there before, and have no part in it. */
  readonly bystanders: ReadonlySet<string>;
}

export interface Diary {
  /** By key: the ids that were given as answers to it. */
  readonly acknowledged: Map<string, Set<string>>;
  /** By key: the code of a refusal for good. */
  readonly refused: Map<string, string>;
  readonly errors: ReadErrors;
  readonly counts: {
    requests: number;
    retries: number;
    repeats: number;
    readings: number;
    readingsAway: number;
    graphReadings: number;
  };
}

const ProposeDocument =
  `mutation RaiseVelocity($input: ProposeRuleChangeInput!) { proposeRuleChange(input: $input) { ruleChange { id } } }` as unknown as TypedDocument<
    { proposeRuleChange: { ruleChange: { id: string } } },
    { input: Record<string, unknown> }
  >;
const ApproveDocument =
  `mutation Approve($input: DecideRuleChangeInput!) { approveRuleChange(input: $input) { ruleChange { state } } }` as unknown as TypedDocument<
    unknown,
    { input: { changeId: string } }
  >;

const pauseMsFirst = 100;
const pauseMsMax = 2_000;
const readingPauseMs = 50;
const graphReadingPauseMs = 250;
/** One request in so many is sent twice at once, and one in so many is sent again when it has long been answered. */
const repeatEvery = 10;
/** Most payments are small; one in so many is more than most have, so that many are refused for want of funds. */
const centsMax = 300;
const largeEvery = 5;
const largeCentsMax = 20_000;

/** Officers let the callers pay more often than people do. */
export async function liftVelocityLimit(people: People): Promise<void> {
  const carol = await people.demo('carol');
  const input = { code: 'VELOCITY', expectedVersion: 1, transactionsMax: 1_000_000, note: 'The bank workload asks for more.' };
  const { proposeRuleChange } = await carol.client.request(ProposeDocument, { input });
  const dora = await people.demo('dora');
  await dora.client.request(ApproveDocument, { input: { changeId: proposeRuleChange.ruleChange.id } });
}

/** Pays until the deadline, each request until it is answered. */
export async function pay(accounts: readonly Account[], dice: Dice, deadline: number, diary: Diary): Promise<void> {
  while (Date.now() < deadline) {
    const from = accounts[dice(accounts.length)] as Account;
    const others = accounts.filter((account) => account !== from);
    const to = others[dice(others.length)] as Account;
    const cents = 1 + dice(dice(largeEvery) === 0 ? largeCentsMax : centsMax);
    const amount = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
    const key = uuidIds.next();
    const input = transferInput({ source: from.wallet, destination: to.wallet, amount, idempotencyKey: key });
    const ask = () => answered(from.person, input, diary);
    const isRepeated = dice(repeatEvery) === 0;
    diary.counts.requests += 1;
    await Promise.all(isRepeated ? [ask(), ask()] : [ask()]);
    // A client that has lost its answer, and comes back later.
    if (dice(repeatEvery) === 0) await ask();
  }
}

type Input = ReturnType<typeof transferInput>;

async function answered(person: Person, input: Input, { acknowledged, refused, counts }: Diary): Promise<void> {
  const key = input.idempotencyKey;
  if (acknowledged.has(key)) counts.repeats += 1;
  for (let pauseMs = pauseMsFirst; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
    try {
      const { createTransfer } = await person.client.request(CreateTransferDocument, { input });
      acknowledged.set(key, (acknowledged.get(key) ?? new Set()).add(createTransfer.transaction.id));
      return;
    } catch (error) {
      if (isForGood(error)) {
        refused.set(key, error.code);
        return;
      }
      counts.retries += 1;
      await sleep(pauseMs);
    }
  }
}

/** The graph has decided: it gave a stable code and does not say that asking again could help. */
function isForGood(error: unknown): error is GraphError {
  if (!(error instanceof GraphError) || error.code === 'UNKNOWN') return false;
  return error.errors.every(({ extensions }) => extensions?.retryable !== true);
}

/** Counts the money of all accounts in one snapshot, again and again. */
export async function readLedger(store: Store, bank: Bank, deadline: number, diary: Diary) {
  while (Date.now() < deadline) {
    const reading = await store.read().catch(() => null);
    if (reading === null) diary.counts.readingsAway += 1;
    else {
      diary.counts.readings += 1;
      const ours = reading.filter(({ holderId }) => !bank.bystanders.has(holderId));
      judgeReading(ours, bank, diary.errors);
    }
    await sleep(readingPauseMs);
  }
}

/** Looks at one's own wallet as people do: it is there, it is the only one, and has not less than nothing. */
export async function readGraph(accounts: readonly Account[], dice: Dice, deadline: number, diary: Diary): Promise<void> {
  while (Date.now() < deadline) {
    const { person, wallet } = accounts[dice(accounts.length)] as Account;
    const answer = await person.client.request(MyWalletsDocument, {}).catch(() => null);
    const nodes = answer?.me?.wallets?.nodes;
    if (nodes) {
      diary.counts.graphReadings += 1;
      const available = nodes.find(({ id }) => id === wallet)?.balances.find((balance) => balance.available.asset.code === 'USD');
      if (available === undefined) diary.errors.nilBalance += 1;
      else if (available.available.amount.startsWith('-')) diary.errors.negativeValue += 1;
      diary.errors.unexpectedKey += nodes.filter(({ id }) => id !== wallet).length;
    }
    await sleep(graphReadingPauseMs);
  }
}
