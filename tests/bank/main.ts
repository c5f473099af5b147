// `npm run test:bank`: Jepsen's bank workload on the distributed topology, through its gateways, under mixed faults. Ends with one line of JSON,
// and with exit code 1 when any count of errors is not zero.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ServiceProcess } from '../../cli/distributed/service-process.ts';
import { seeded } from '../support/dice.ts';
import { type RunningTopology, startTopology } from '../support/distributed.ts';
import { peopleOf } from '../support/people.ts';
import { type HistoryErrors, judgeHistory, noReadErrors, type StoredPayment } from './bank.rules.ts';
import { type Account, type Bank, type Diary, liftVelocityLimit, pay, readGraph, readLedger } from './callers.ts';
import { type FaultCounts, inflict } from './faults.ts';
import { openStore, patiently, type Store } from './store.ts';

const help = `npm run test:bank -- [--seconds N] [--seed N] [--callers N] [--plant]

  --seconds   time under faults (default 60)
  --seed      of the payments and of the faults (default: by chance, and printed)
  --callers   who pay at the same time (default 16)
  --plant     adds a cent to a balance by hand before the end, to see that it is found
It needs redis-server on the PATH.`;

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly callers: number;
  readonly plant: boolean;
}

const accountsCount = 8;
const openingCents = 10_000n;
/** A limit, not a wait: what was asked for comes to its end within this time after the last fault. */
const endsWithinMs = 180_000;

function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      callers: { type: 'string', default: '16' },
      plant: { type: 'boolean', default: false },
    },
  });
  const { plant } = values;
  const options = { seconds: Number(values.seconds), seed: Number(values.seed), callers: Number(values.callers), plant };
  const isSound =
    options.seconds > 0 && Number.isInteger(options.seed) && Number.isInteger(options.callers) && options.callers > 0;
  if (!isSound) throw new Error(`These options make no sense.\n\n${help}`);
  return options;
}

export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  if (argv.includes('--help')) return console.log(help);
  const options = readOptions(argv);
  console.log(`Bank workload for ${options.seconds} s; the same again with --seed ${options.seed}`);
  const folder = await mkdtemp(join(tmpdir(), 'clawpurse-bank-'));
  // PostgreSQL may run as another user, who has to reach its data below this folder.
  await chmod(folder, 0o711);
  // Tokens outlive the run; what happens when they expire is not the question here.
  const env = { ACCESS_TOKEN_TTL_SECONDS: '86400' };
  const unasked: string[] = [];
  const onUnexpectedEnd = (service: ServiceProcess, how: string) => {
    unasked.push(service.name);
    console.log(
      `  ${service.name} ${how} unasked, and is started again. Its last words:\n${service.output.slice(-5).join('\n')}`,
    );
    // As whatever supervises services in production would.
    service.start().catch((error: unknown) => console.log(`  ${service.name} does not start: ${error}`));
  };
  const running = await startTopology({ folder, replicas: 1, gateways: 2, env, onUnexpectedEnd });
  try {
    const { report: judged, isSound: isJudgedSound } = await run(running, options);
    const report = { ...judged, endedUnasked: tally(unasked) };
    const isSound = isJudgedSound && unasked.length === 0;
    for (const [name, value] of Object.entries(report)) console.log(`  ${name}: ${JSON.stringify(value)}`);
    if (!isSound) console.log(`\nThe last warnings of the services:\n${running.warnings.slice(-20).join('\n')}`);
    console.log(JSON.stringify(report));
    process.exitCode = isSound ? 0 : 1;
  } finally {
    await running.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function run(running: RunningTopology, options: Options) {
  const { seconds, seed, callers, plant } = options;
  const dice = seeded(seed);
  const accounts = await openAccounts(running);
  const store = openStore(running.postgresUrl);
  const bank = await bankOf(accounts, store);
  const counts = { requests: 0, retries: 0, repeats: 0, readings: 0, readingsAway: 0, graphReadings: 0 };
  const diary: Diary = { acknowledged: new Map(), refused: new Map(), errors: noReadErrors(), counts };
  try {
    const startedMs = Date.now();
    const deadline = startedMs + seconds * 1_000;
    const say = (line: string) => console.log(`  ${((Date.now() - startedMs) / 1_000).toFixed(1)} s: ${line}`);
    const payers = Array.from({ length: callers }, (_, index) => pay(accounts, seeded(seed + 1 + index), deadline, diary));
    const readers = [readLedger(store, bank, deadline, diary), readGraph(accounts, seeded(seed - 1), deadline, diary)];
    const [faults] = await Promise.all([inflict({ running, store, dice, deadline, say }), ...payers, ...readers]);
    say('The faults are over.');
    if (plant) await patiently(() => store.forge(bank.ids[0] ?? ''));
    const payments = await untilEnded(store, bank);
    say('Everything has come to its end.');
    // Once more when it is quiet, so that a run in which nothing could be read is not a sound one.
    await readLedger(store, bank, Date.now() + 1_000, diary);
    return await judge({ store, bank, diary, payments, faults, options });
  } finally {
    await store.close();
  }
}

async function openAccounts(running: RunningTopology): Promise<Account[]> {
  const people = peopleOf({ topology: 'distributed', graphqlUrls: running.topology.gateways.map(({ url }) => `${url}/graphql`) });
  await liftVelocityLimit(people);
  const accounts: Account[] = [];
  for (const letter of 'abcdefgh'.slice(0, accountsCount)) {
    const person = await people.register(`Payer Number${letter}`);
    const wallet = await people.openWallet(person);
    await people.deposit(wallet, '100.00');
    accounts.push({ person, wallet });
  }
  return accounts;
}

async function bankOf(accounts: readonly Account[], store: Store): Promise<Bank> {
  const ids = accounts.map(({ wallet }) => wallet);
  const others = (await store.read()).map(({ holderId }) => holderId).filter((id) => !ids.includes(id));
  return { ids, total: openingCents * BigInt(accountsCount), bystanders: new Set(others) };
}

/** Every payment in a final state, or as they are when the time is over. */
async function untilEnded(store: Store, { ids }: Bank): Promise<StoredPayment[]> {
  const until = Date.now() + endsWithinMs;
  for (;;) {
    const payments = await store.payments(ids);
    const { unfinished } = judgeHistory({ acknowledged: [], refusedKeys: [], payments, opening: new Map(), closing: new Map() });
    if (unfinished === 0 || Date.now() > until) return payments;
    await sleep(500);
  }
}

async function judge(of: {
  store: Store;
  bank: Bank;
  diary: Diary;
  payments: readonly StoredPayment[];
  faults: FaultCounts;
  options: Options;
}) {
  const { store, bank, diary, payments, faults, options } = of;
  const final = await patiently(() => store.read());
  const history: HistoryErrors = judgeHistory({
    acknowledged: [...diary.acknowledged].map(([key, ids]) => ({ key, ids })),
    refusedKeys: [...diary.refused.keys()],
    payments,
    opening: new Map(bank.ids.map((id) => [id, openingCents])),
    closing: new Map(final.map(({ holderId, posted }) => [holderId, BigInt(posted ?? -1)])),
  });
  const { offender } = await store.ledgerReport();
  const states = tally(payments.map(({ state }) => state));
  const refusals = tally([...diary.refused.values()]);
  const report = { ...options, ...diary.counts, states, refusals, faults, ...diary.errors, ...history, offender };
  const errors = [...Object.values(diary.errors), ...Object.values(history)].reduce((sum, count) => sum + count, 0);
  // A run in which nothing was paid or read shows nothing.
  const isWorthIt = (states.COMPLETED ?? 0) > 0 && diary.counts.readings > 0;
  return { report, isSound: errors === 0 && offender === null && isWorthIt };
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
