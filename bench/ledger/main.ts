// `npm run bench:ledger`: our ledger beside the usual ways to make a transfer on PostgreSQL, on one server in one run.
import { parseArgs } from 'node:util';
import { type CpuTime, cpuTime } from './cpu.ts';
import { createBenchDatabases } from './data.ts';
import { measureGrowth } from './growth.ts';
import { ledger } from './ledger.system.ts';
import { measure, pairs } from './load.ts';
import { prismaTransaction } from './prisma.system.ts';
import { type Result, table } from './report.ts';
import { type BenchServer, startServer } from './server.ts';
import { sqlFunction, sqlFunctionBare } from './sql-function.system.ts';
import type { SystemKind } from './system.ts';
import { findPgbench, measureTpcb } from './tpcb.ts';

const kinds: readonly SystemKind[] = [ledger, sqlFunction, sqlFunctionBare, prismaTransaction];
const tpcb = 'pgbench-tpcb';
const names = [...kinds.map(({ name }) => name), tpcb];
const callerCounts = [20, 500];
/** More clients than this exceed what a server allows; pgbench needs a connection for each. */
const tpcbCallersMax = 100;
const accountsDefault = 10_000;
const entriesDefault = 5_000_000;

interface Options {
  readonly seconds: number;
  readonly only: readonly string[];
  readonly callers: readonly number[];
  readonly accounts: number;
  readonly growth: boolean;
  readonly entries: number;
  readonly check: boolean;
}

const help = `npm run bench:ledger -- [--seconds N] [--only NAME,NAME] [--callers N,N] [--accounts N]
    [--growth [--entries N] [--check]]

  --seconds   measured seconds per line, after a warm-up of at most two (default 5)
  --only      of ${names.join(', ')}
  --callers   concurrent callers (default ${callerCounts.join(',')})
  --accounts  wallets in the database (default ${accountsDefault})
  --growth    also 100,000 and 1,000,000 accounts, and after many entries, with what reading costs then: about five minutes more
  --entries   how many entries that is (default ${entriesDefault})
  --check     runs the check of \`clawpurse audit\` over them in the end: about a minute a million
DATABASE_URL names a server to use; without it one is started.`;

function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seconds: { type: 'string', default: '5' },
      only: { type: 'string', default: names.join(',') },
      callers: { type: 'string', default: callerCounts.join(',') },
      accounts: { type: 'string', default: String(accountsDefault) },
      growth: { type: 'boolean', default: false },
      entries: { type: 'string', default: String(entriesDefault) },
      check: { type: 'boolean', default: false },
    },
  });
  const only = values.only.split(',');
  const unknown = only.filter((name) => !names.includes(name));
  const seconds = Number(values.seconds);
  const callers = values.callers.split(',').map(Number);
  const [accounts, entries] = [Number(values.accounts), Number(values.entries)];
  const isPositive = [seconds, accounts, entries, ...callers].every((value) => value > 0);
  if (unknown.length > 0 || !isPositive) throw new Error(`These options make no sense.\n\n${help}`);
  return { seconds, only, callers, accounts, entries, growth: values.growth, check: values.check };
}

export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  if (argv.includes('--help')) return console.log(help);
  const options = readOptions(argv);
  const server = await startServer();
  try {
    console.log(`PostgreSQL: ${server.description}`);
    for (const { name, description } of kinds) if (options.only.includes(name)) console.log(`  ${name}: ${description}`);
    const results = await measureAll(server, options);
    if (options.growth) results.push(...(await measureGrowth(server, options)));
    console.log(`\n${table(results)}\n`);
    console.log(JSON.stringify(results));
  } finally {
    await server.stop();
  }
}

async function measureAll(server: BenchServer, options: Options): Promise<Result[]> {
  const { seconds, only, callers: counts, accounts } = options;
  const databases = await createBenchDatabases(server.url);
  const results: Result[] = [];
  const add = (result: Result, cost = '') => {
    results.push(result);
    const { system, hot, callers, transfersPerSecond } = result;
    console.log(`${system}, ${hot ? 'one hot account' : 'random accounts'}, ${callers} callers: ${transfersPerSecond}/s${cost}`);
  };
  for (const callers of counts) {
    for (const hot of [false, true]) {
      for (const kind of kinds.filter(({ name }) => only.includes(name))) {
        const url = await databases.create(accounts);
        const system = await kind.open(url, callers);
        const load = {
          callers,
          seconds,
          warmUpMs: Math.min(2_000, seconds * 500),
          transfer: system.transfer,
          nextPair: pairs(accounts, hot),
        };
        const before = cpuTime(server.pid);
        const { transfers, ...measured } = await measure(load);
        const cost = describeCost(before, cpuTime(server.pid), transfers);
        await system.close();
        await databases.drop(url);
        add({ system: kind.name, accounts, hot, callers, ...measured }, cost);
      }
    }
    if (only.includes(tpcb)) {
      const program = findPgbench();
      if (program === null) {
        console.log(`${tpcb}: absent, because this machine has no pgbench. On Debian: apt-get install postgresql-contrib`);
        continue;
      }
      const url = await databases.create(accounts);
      const clients = Math.min(callers, tpcbCallersMax);
      add({
        system: tpcb,
        accounts,
        hot: false,
        callers: clients,
        ...(await measureTpcb({ program, databaseUrl: url, accounts, callers: clients, seconds })),
      });
      await databases.drop(url);
    }
  }
  return results;
}

function describeCost(before: CpuTime, after: CpuTime, transfers: number): string {
  const each = (ms: number) => `${Math.round((ms * 1_000) / transfers)} µs`;
  const server =
    after.serverMs === null || before.serverMs === null ? '' : `, PostgreSQL ${each(after.serverMs - before.serverMs)}`;
  return `; processor time a transfer: Node ${each(after.nodeMs - before.nodeMs)}${server}`;
}
