// The ledger while its database misbehaves. What was acknowledged stays, what was not converges on retry, and nothing happens twice.
// A short run belongs to every test run; `npm run test:faults` makes it long: TEST_FAULTS_SECONDS, TEST_FAULTS_SEED.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { uuidIds } from '../../platform/clock.ts';
import { environment } from '../../platform/config/environment.ts';
import { type LocalPostgres, startLocalPostgres } from '../../platform/database/local-postgres.ts';
import { migrateDatabase } from '../../platform/database/migrate.ts';
import { openTarget } from '../../platform/database/open.ts';
import { isDomainError } from '../../platform/errors.ts';
import { createTestTarget } from '../../platform/testing/databases.ts';
import { type FaultProxy, startFaultProxy } from '../../platform/testing/fault-proxy.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { checkLedger } from './ledger.check.ts';
import type { LedgerAnswer } from './ledger.commands.ts';
import { aLedger, outcomeOf, type TestLedger } from './ledger.fixtures.ts';

const { TEST_FAULTS, TEST_FAULTS_SECONDS, TEST_FAULTS_SEED } = environment();
const isLong = TEST_FAULTS === 'all';

async function aLedgerAt(url: string): Promise<TestLedger> {
  const database = await openTarget<PrismaClient>({ domain: 'wallet', target: { provider: 'postgresql', url } });
  onTestFinished(() => database.close());
  return aLedger(database);
}

/** Asks until there is an answer, as a careful client does: the same request, under the same key. */
async function insist(ask: () => Promise<LedgerAnswer>, untilMs = Date.now() + 60_000): Promise<string> {
  for (;;) {
    try {
      return outcomeOf(await ask());
    } catch (error) {
      if (!isDomainError(error) || !error.retryable || Date.now() > untilMs) throw error;
    }
    await sleep(20);
  }
}

/** The same numbers for the same seed (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

describe('a ledger whose connection fails', () => {
  it('makes one effect of what was committed when the answer to COMMIT was lost', async () => {
    const target = await createTestTarget('wallet', 'postgresql');
    if (target.provider !== 'postgresql') throw new Error('This test is about PostgreSQL.');
    const proxy = await startFaultProxy(target.url);
    onTestFinished(() => proxy.close());
    const ledger = await aLedgerAt(proxy.url);
    const [from, to, bank] = [await ledger.aWallet('alice'), await ledger.aWallet('bob'), await ledger.aBank()];
    await ledger.deposit(bank.id, from.id, 1_000n);
    for (let round = 1n; round <= 3n; round += 1n) {
      const transactionId = uuidIds.next();
      proxy.swallowCommitAnswers(1);
      const ask = () => ledger.transfer(from.id, to.id, 10n, { transactionId });
      await expect(ask()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
      expect(await insist(ask)).toBe('ACCEPTED');
      expect((await ledger.balance(to.id)).posted).toBe(round * 10n);
    }
    expect(proxy.swallowed()).toBe(3);
    expect((await checkLedger(ledger.database)).offender).toBeNull();
  });

  it('lets exactly one of many spend the whole balance', async () => {
    const target = await createTestTarget('wallet', 'postgresql');
    if (target.provider !== 'postgresql') throw new Error('This test is about PostgreSQL.');
    const replicas = [await aLedgerAt(target.url), await aLedgerAt(target.url)];
    const [ledger] = replicas as [TestLedger];
    const [from, to, bank] = [await ledger.aWallet('alice'), await ledger.aWallet('bob'), await ledger.aBank()];
    await ledger.deposit(bank.id, from.id, 1_000n);
    const spends = Array.from({ length: 100 }, (_, index) => (replicas[index % 2] ?? ledger).transfer(from.id, to.id, 1_000n));
    const outcomes = (await Promise.all(spends)).map(outcomeOf);
    expect(outcomes.filter((outcome) => outcome === 'ACCEPTED')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'INSUFFICIENT_FUNDS')).toHaveLength(99);
    expect((await checkLedger(ledger.database)).offender).toBeNull();
  });
});

/** What the Jepsen bank workload counts. */
interface BankErrors {
  unexpectedKey: number;
  nilBalance: number;
  wrongTotal: number;
  negativeValue: number;
}

describe.runIf(isLong)('a bank under mixed faults', () => {
  it('never shows a wrong total, and ends with every transfer made once or refused', async () => {
    const seconds = Number(TEST_FAULTS_SECONDS ?? 20);
    const seed = Number(TEST_FAULTS_SEED ?? Date.now() % 1_000_000);
    const random = seeded(seed);
    console.log(`Bank workload for ${seconds} s; repeat it with TEST_FAULTS_SEED=${seed}`);
    const server = await aServer();
    const proxy = await startFaultProxy(server.url);
    onTestFinished(() => proxy.close());
    const replicas = [await aLedgerAt(proxy.url), await aLedgerAt(proxy.url)];
    const [ledger] = replicas as [TestLedger];
    const bank = await ledger.aBank();
    const wallets = await Promise.all(Array.from({ length: 8 }, () => ledger.aWallet('alice')));
    for (const wallet of wallets) await ledger.deposit(bank.id, wallet.id, 100n);
    const ids = wallets.map(({ id }) => id);
    const deadline = Date.now() + seconds * 1_000;
    const errors: BankErrors = { unexpectedKey: 0, nilBalance: 0, wrongTotal: 0, negativeValue: 0 };
    const counts = { accepted: 0, refused: 0, reads: 0, faults: 0 };

    const callers = Array.from({ length: 16 }, async (_, caller) => {
      while (Date.now() < deadline) {
        const [from, to] = [random(8), random(8)];
        const units = BigInt(1 + random(40));
        const transactionId = uuidIds.next();
        const ask = () => (replicas[caller % 2] ?? ledger).transfer(ids[from] ?? '', ids[to] ?? '', units, { transactionId });
        // Now and then the same request twice at once.
        const [outcome, twin] = await Promise.all([insist(ask), random(10) === 0 ? insist(ask) : null]);
        if (twin !== null) expect(twin).toBe(outcome);
        if (outcome === 'ACCEPTED') counts.accepted += 1;
        else counts.refused += 1;
      }
    });
    const reader = (async () => {
      while (Date.now() < deadline) {
        const balances = await readBalances(ledger).catch(() => null);
        if (balances !== null) {
          counts.reads += 1;
          judge(balances, ids, 800n, errors);
        }
        await sleep(25);
      }
    })();
    await inflict({ server, proxy, ledger, deadline, random, counts });
    await Promise.all([...callers, reader]);
    console.log(JSON.stringify({ seed, seconds, ...counts, ...errors }));
    expect(errors).toEqual({ unexpectedKey: 0, nilBalance: 0, wrongTotal: 0, negativeValue: 0 });
    expect(await ledger.database.client.posting.count({ where: { kind: 'TRANSFER' } })).toBe(counts.accepted);
    expect((await checkLedger(ledger.database)).offender).toBeNull();
  }, 3_600_000);
});

interface Server {
  readonly url: string;
  /** What a power cut is to PostgreSQL, and starting it again. */
  crash(): Promise<void>;
}

async function aServer(): Promise<Server> {
  const dataDir = await mkdtemp(join(tmpdir(), 'clawpurse-faults-'));
  let running: LocalPostgres = await startLocalPostgres({ dataDir, isDurable: true });
  onTestFinished(async () => {
    await running.stop('immediate');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });
  const port = Number(new URL(running.url).port);
  const url = Object.assign(new URL(running.url), { pathname: '/bank' }).href;
  await migrateDatabase({ domain: 'wallet', target: { provider: 'postgresql', url } });
  return {
    url,
    crash: async () => {
      await running.stop('immediate');
      running = await startLocalPostgres({ dataDir, isDurable: true, port });
    },
  };
}

async function inflict(on: {
  server: Server;
  proxy: FaultProxy;
  ledger: TestLedger;
  deadline: number;
  random: (below: number) => number;
  counts: { faults: number };
}): Promise<void> {
  const { server, proxy, ledger, deadline, random, counts } = on;
  const faults = [
    async () => proxy.cut(),
    async () => proxy.swallowCommitAnswers(1 + random(3)),
    async () => proxy.delay(random(2) * random(15)),
    async () => {
      await ledger.database.client
        .$queryRawUnsafe(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        )
        .catch(() => undefined);
    },
    () => server.crash(),
  ];
  while (Date.now() < deadline) {
    await sleep(100 + random(900));
    await faults[random(faults.length)]?.();
    counts.faults += 1;
  }
  proxy.delay(0);
}

async function readBalances(ledger: TestLedger): Promise<Map<string, string | null>> {
  const rows = await ledger.database.client.$queryRaw<{ holder_id: string; balance: string | null }[]>`
    SELECT holder_id, (credits_posted - debits_posted)::text AS balance FROM account WHERE holder_type = 'WALLET'`;
  return new Map(rows.map((row) => [row.holder_id, row.balance]));
}

function judge(balances: ReadonlyMap<string, string | null>, ids: readonly string[], total: bigint, errors: BankErrors): void {
  let sum = 0n;
  for (const [id, balance] of balances) {
    if (!ids.includes(id)) errors.unexpectedKey += 1;
    if (balance === null) errors.nilBalance += 1;
    else if (BigInt(balance) < 0n) errors.negativeValue += 1;
    sum += BigInt(balance ?? 0);
  }
  if (balances.size !== ids.length) errors.nilBalance += 1;
  if (sum !== total) errors.wrongTotal += 1;
}
