// kill -9 of any one process in the middle of 200 concurrent transfers: afterwards each is completed or refused, the sum of money is
// unchanged, nothing happened twice, and followers that resume have seen every state of every transfer exactly once.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  CreateTransferDocument,
  TransactionFeedCursorDocument,
  TransactionUpdatedDocument,
} from '../clients/generated/graphql.ts';
import { GraphError, type TypedDocument } from '../clients/graph-client.ts';
import { loadConfig } from '../platform/config/config.ts';
import { environment } from '../platform/config/environment.ts';
import { openDatabase } from '../platform/database/open.ts';
import type { PrismaClient } from '../prisma/generated/wallet/postgresql/client.ts';
import { checkLedger } from '../subgraphs/wallet/ledger.check.ts';
import { type RunningTopology, startTopology } from './support/distributed.ts';
import { type People, type Person, peopleOf, transferInput } from './support/people.ts';

const payersCount = 10;
const transfersPerPayer = 20;
const openingCents = 10_000n;
/** A limit, not a wait: long enough for a machine that is busy with other things. */
const patienceMs = 150_000;

type Victim = readonly [name: string, crash: (running: RunningTopology) => Promise<void>];

const service = (name: string): Victim => [name, (running) => running.crashService(name)];
const victims: readonly Victim[] = [
  service('wallet-1'),
  ['PostgreSQL', (running) => running.crashPostgres()],
  service('transaction-1'),
  service('gateway-1'),
  service('auth-1'),
  service('compliance-1'),
  ['Redis', (running) => running.crashRedis()],
];
/** Every run kills the one whose death costs most; `npm run test:faults` kills every kind of process. */
const chosen = environment().TEST_FAULTS === 'all' ? victims : victims.slice(0, 1);

/** Refused by the wallet at once for want of funds, or carried through. */
const possibleLives = ['REQUESTED,SCREENING,APPROVED,POSTING,COMPLETED', 'REQUESTED,FAILED'];

interface Payer {
  readonly person: Person;
  readonly wallet: string;
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

describe.skipIf(!inject('hasRedis'))('kill -9 in the middle of 200 concurrent transfers (needs Redis)', () => {
  let running: RunningTopology;
  let people: People;
  let payers: Payer[];
  const folder = join(inject('testServices').folder, 'crash');

  beforeAll(async () => {
    // One replica of each: nobody stands in for the one that dies.
    running = await startTopology({ folder, replicas: 1, gateways: 2 });
    people = peopleOf({ topology: 'distributed', graphqlUrls: running.topology.gateways.map(({ url }) => `${url}/graphql`) });
    await liftVelocityLimit();
    payers = await Promise.all(
      Array.from({ length: payersCount }, async (_, index) => {
        const person = await people.register(`Payer Number${'abcdefghij'[index]}`);
        const wallet = await people.openWallet(person);
        await people.deposit(wallet, '100.00');
        return { person, wallet };
      }),
    );
  }, 180_000);

  afterAll(() => running?.stop(), 60_000);

  async function liftVelocityLimit(): Promise<void> {
    const carol = await people.demo('carol');
    const input = { code: 'VELOCITY', expectedVersion: 1, transactionsMax: 1_000_000, note: 'A test of crashes asks for more.' };
    const { proposeRuleChange } = await carol.client.request(ProposeDocument, { input });
    const dora = await people.demo('dora');
    await dora.client.request(ApproveDocument, { input: { changeId: proposeRuleChange.ruleChange.id } });
  }

  it.each(chosen)(
    'of %s',
    async (_, crash) => {
      const ending = new AbortController();
      const followers = await Promise.all(payers.map((payer) => followFromNow(payer, ending.signal)));
      const requested = payers.flatMap((payer, index) =>
        Array.from({ length: transfersPerPayer }, (_unused, nth) => requestTransfer(payer, index, nth)),
      );
      await Promise.any(requested);
      await crash(running);
      const ids = await Promise.all(requested);
      expect(new Set(ids).size).toBe(payersCount * transfersPerPayer);

      for (const [index, follower] of followers.entries()) {
        const mine = ids.slice(index * transfersPerPayer, (index + 1) * transfersPerPayer);
        await untilAllFinal(follower, mine);
        for (const id of mine) expect(possibleLives).toContain(follower.statesOf(id).join());
      }
      ending.abort();
      expect(await totalCents()).toBe(openingCents * BigInt(payersCount));
      expect((await ledgerReport()).offender).toBeNull();
    },
    400_000,
  );

  async function requestTransfer(payer: Payer, index: number, nth: number): Promise<string> {
    const destination = payers[(index + 1 + (nth % (payersCount - 1))) % payersCount] as Payer;
    // The same key at each attempt: a careful client asks again until it is answered, and pays once.
    const input = transferInput({
      source: payer.wallet,
      destination: destination.wallet,
      amount: '1.00',
      idempotencyKey: randomUUID(),
    });
    const { createTransfer } = await insist(() => payer.person.client.request(CreateTransferDocument, { input }));
    return createTransfer.transaction.id;
  }

  async function insist<Result>(request: () => Promise<Result>): Promise<Result> {
    const deadline = Date.now() + patienceMs;
    for (let pauseMs = 200; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
      try {
        return await request();
      } catch (error) {
        const isFinal = error instanceof GraphError && error.errors.every(({ extensions }) => extensions?.retryable !== true);
        if (isFinal || Date.now() > deadline) {
          throw new Error(`A request was refused:\n${running.warnings.slice(-20).join('\n')}`, { cause: error });
        }
        await sleep(pauseMs * (0.5 + Math.random()));
      }
    }
  }

  async function followFromNow({ person }: Payer, signal: AbortSignal) {
    const { transactionFeedCursor: after } = await insist(() => person.client.request(TransactionFeedCursorDocument, {}));
    const states = new Map<string, string[]>();
    const statesOf = (id: string) => states.get(id) ?? [];
    const updates = person.follow({
      document: TransactionUpdatedDocument,
      variables: { after },
      cursorOf: ({ transactionUpdated }) => transactionUpdated.cursor,
      signal,
    });
    const reading = (async () => {
      for await (const { transactionUpdated: update } of updates) {
        states.set(update.transaction.id, [...statesOf(update.transaction.id), update.state]);
      }
    })();
    let failure: unknown = null;
    reading.catch((error: unknown) => {
      failure = error;
    });
    return { statesOf, failure: () => failure };
  }

  type Follower = Awaited<ReturnType<typeof followFromNow>>;

  async function untilAllFinal(follower: Follower, ids: readonly string[]): Promise<void> {
    const deadline = Date.now() + patienceMs;
    const isFinal = (id: string) => ['COMPLETED', 'FAILED'].includes(follower.statesOf(id).at(-1) ?? '');
    while (!ids.every(isFinal)) {
      if (follower.failure() !== null) throw follower.failure();
      if (Date.now() > deadline) {
        const open = ids.filter((id) => !isFinal(id)).map((id) => `${id}: ${follower.statesOf(id).join() || 'nothing seen'}`);
        throw new Error(`Not ended after ${patienceMs / 1000} s:\n${open.join('\n')}\n${running.warnings.slice(-20).join('\n')}`);
      }
      await sleep(50);
    }
  }

  async function totalCents(): Promise<bigint> {
    const balances = await Promise.all(payers.map(({ person, wallet }) => insist(() => people.balance(person, wallet))));
    return balances.reduce((total, balance) => total + BigInt(balance.replace('.', '')), 0n);
  }

  async function ledgerReport() {
    const config = loadConfig(environment({ DATABASE_URL: running.postgresUrl }));
    const database = await openDatabase<PrismaClient>({ domain: 'wallet', config });
    return checkLedger(database).finally(() => database.close());
  }
});
