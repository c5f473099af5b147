// `npm run bench:transfers`: transfers through the gateway of the distributed topology, from the mutation to the live event that says `COMPLETED`.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { liftVelocityLimit } from '../../tests/bank/callers.ts';
import { type RunningTopology, startTopology } from '../../tests/support/distributed.ts';
import { peopleOf } from '../../tests/support/people.ts';
import { familyMs } from '../ledger/cpu.ts';
import { hopsOf, type Observed, summariseHops, tenth } from './hops.ts';
import { openUsers, pay, type User } from './load.ts';
import { checkMoney } from './money.ts';
import { describeResults, type Result, summarise } from './report.ts';
import { openTrails, type Trails, trailSettings } from './trail.ts';

const help = `npm run bench:transfers -- [--seconds N] [--users N,N] [--warmup N] [--idle N]

  --seconds   measured seconds for each number of users (default 20)
  --users     concurrent users, each with a token and a socket of their own; 100 at most (default 10,100)
  --warmup    payments that are made before anything is measured (default 500): code has to be compiled before it is judged
  --idle      seconds during which nobody pays and processor time is measured (default 5)
It needs redis-server on the PATH, and ends with exit code 1 when a cent is missing.`;

/** Users who make the payments that are not measured. */
const warmUpUsers = 20;
/** Before the clock starts each time, so that no user is seen at the first payment alone. */
const rampMs = 2_000;
/** An address may register a hundred people an hour. */
const usersMax = 100;

interface Options {
  readonly seconds: number;
  readonly users: readonly number[];
  readonly warmup: number;
  readonly idle: number;
}

function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seconds: { type: 'string', default: '20' },
      users: { type: 'string', default: '10,100' },
      warmup: { type: 'string', default: '500' },
      idle: { type: 'string', default: '5' },
    },
  });
  const options = {
    seconds: Number(values.seconds),
    users: values.users.split(',').map(Number),
    warmup: Number(values.warmup),
    idle: Number(values.idle),
  };
  const areUsersSound = options.users.every((count) => Number.isInteger(count) && count > 1 && count <= usersMax);
  if (!areUsersSound || !(options.seconds > 0) || !(options.warmup >= 0) || !(options.idle >= 0))
    throw new Error(`These options make no sense.\n\n${help}`);
  return options;
}

export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  if (argv.includes('--help')) return console.log(help);
  const options = readOptions(argv);
  const folder = await mkdtemp(join(tmpdir(), 'clawpurse-transfers-'));
  // PostgreSQL may run as another user, who has to reach its data below this folder.
  await chmod(folder, 0o711);
  const env = { ACCESS_TOKEN_TTL_SECONDS: '86400' };
  const running = await startTopology({ folder, replicas: 1, gateways: 1, env, postgresSettings: trailSettings });
  const trails = openTrails(running.postgresUrl, running.redisUrl);
  try {
    const { results, problems } = await measureAll(running, trails, options);
    console.log(`\n${describeResults(results)}\n`);
    for (const problem of problems) console.log(`  ! ${problem}`);
    if (problems.length === 0) console.log('Money: not a cent is missing, and the check of the ledger finds nothing.');
    if (running.warnings.length > 0) console.log(`\nWarnings of the services:\n${running.warnings.slice(-20).join('\n')}`);
    console.log(JSON.stringify(results));
    process.exitCode = problems.length === 0 ? 0 : 1;
  } finally {
    await trails.close();
    await running.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function measureAll(
  running: RunningTopology,
  trails: Trails,
  options: Options,
): Promise<{ results: Result[]; problems: string[] }> {
  const graphqlUrl = `${running.topology.gateways[0]?.url}/graphql`;
  const people = peopleOf({ topology: 'distributed', graphqlUrls: [graphqlUrl] });
  await liftVelocityLimit(people);
  const users = await openUsers(people, Math.max(...options.users));
  console.log(`${users.length} users have a funded wallet each.`);
  const all = await pay(users.slice(0, warmUpUsers), graphqlUrl, { paymentsMax: options.warmup });
  console.log(`${all.length} payments have warmed the services up.`);
  await describeIdle(running, options.idle);
  const results: Result[] = [];
  for (const count of options.users) {
    const { result, observed } = await measure({ running, trails, options, graphqlUrl, users: users.slice(0, count) });
    all.push(...observed);
    console.log(
      `${count} users: ${result.transfersPerSecond}/s, live event after ${result.liveP50Ms} ms (p50), ${result.liveP99Ms} ms (p99)`,
    );
    results.push(result);
  }
  return { results, problems: await checkMoney(running.postgresUrl, users, all) };
}

async function measure(of: {
  running: RunningTopology;
  trails: Trails;
  options: Options;
  graphqlUrl: string;
  users: readonly User[];
}): Promise<{ result: Result; observed: Observed[] }> {
  const { running, trails, options, graphqlUrl, users } = of;
  await trails.listen();
  const beginMs = Date.now();
  const startMs = beginMs + rampMs;
  const endMs = startMs + options.seconds * 1_000;
  const cpu = sleep(startMs - Date.now()).then(async () => {
    const before = processTimes(running);
    await sleep(endMs - Date.now());
    return difference(before, processTimes(running));
  });
  const observed = await pay(users, graphqlUrl, { endMs });
  trails.stopListening();
  const { measured, ...figures } = summarise(observed, startMs, endMs);
  const hops = await readHops(trails, measured, new Date(beginMs));
  const cpuMs = Object.fromEntries([...(await cpu)].map(([name, ms]) => [name, tenth(ms / measured.length)]));
  return { result: { users: users.length, ...figures, cpuMs, hops: summariseHops(hops) }, observed };
}

async function readHops(trails: Trails, measured: readonly Observed[], since: Date) {
  const found = await trails.read(
    measured.map(({ transactionId }) => transactionId),
    since,
  );
  if (found.size < measured.length) console.log(`Hops are known of ${found.size} transfers out of ${measured.length}.`);
  return measured.flatMap((seen) => {
    const trail = found.get(seen.transactionId);
    return trail === undefined ? [] : [hopsOf(seen, trail)];
  });
}

/** Processor time so far of every process of the system, and of this one; those that cannot be known are left out. */
function processTimes({ topology, pids }: RunningTopology): Map<string, number> {
  const services = [...topology.processes.values()].map(({ name, pid }) => [name, pid] as const);
  const known = [...services, ...Object.entries(pids)].flatMap(([name, pid]) => {
    const ms = pid === null ? null : familyMs(pid);
    return ms === null ? [] : [[name, ms] as const];
  });
  const { user, system } = process.cpuUsage();
  return new Map([...known, ['this bench', (user + system) / 1_000]]);
}

function difference(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...after].map(([name, ms]) => [name, ms - (before.get(name) ?? 0)]));
}

async function describeIdle(running: RunningTopology, seconds: number): Promise<void> {
  if (seconds === 0) return;
  const before = processTimes(running);
  await sleep(seconds * 1_000);
  const shares = [...difference(before, processTimes(running))].map(([name, ms]) => `${name} ${tenth(ms / seconds / 10)} %`);
  console.log(`While nobody pays, of one processor: ${shares.join(', ')}`);
}
