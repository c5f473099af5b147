// How the ledger grows: the same load on larger databases, after millions of entries, and what reading costs then.
import { openTarget } from '../../platform/database/open.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { findAccountsOfWallets, postedUnitsAt } from '../../subgraphs/wallet/account.repository.ts';
import { listEntries } from '../../subgraphs/wallet/entry.repository.ts';
import { checkLedger } from '../../subgraphs/wallet/ledger.check.ts';
import { createBenchDatabases, walletId, withClient } from './data.ts';
import { ledger } from './ledger.system.ts';
import { measure, pairs, summarise } from './load.ts';
import type { Result } from './report.ts';
import type { BenchServer } from './server.ts';

const accountCounts = [100_000, 1_000_000];
const readsMeasured = 300;
const pageSize = 50;
/** Entries that are written by one statement. */
const entriesPerStep = 100_000;

export async function measureGrowth(
  server: BenchServer,
  options: {
    readonly seconds: number;
    readonly callers: readonly number[];
    readonly accounts: number;
    readonly entries: number;
    /** Whether the ledger that has grown is checked. */
    readonly check: boolean;
  },
): Promise<Result[]> {
  const { seconds, callers: counts, accounts: few, entries } = options;
  const databases = await createBenchDatabases(server.url);
  const results: Result[] = [];
  async function load(url: string, accounts: number, name: string): Promise<void> {
    for (const callers of counts) {
      const system = await ledger.open(url, callers);
      const { transfers: _, ...measured } = await measure({
        callers,
        seconds,
        warmUpMs: 1_000,
        transfer: system.transfer,
        nextPair: pairs(accounts, false),
      }).finally(system.close);
      results.push({ system: name, accounts, hot: false, callers, ...measured });
      console.log(`${name}, ${accounts} accounts, ${callers} callers: ${measured.transfersPerSecond}/s`);
    }
  }
  for (const accounts of accountCounts) {
    const url = await databases.create(accounts);
    await load(url, accounts, 'ledger');
    await databases.drop(url);
  }
  const url = await databases.create(few);
  await grow(url, few, entries);
  await load(url, few, `ledger-after-${entries}`);
  results.push(...(await measureReads(url, few, entries)));
  if (options.check) await check(url);
  await databases.drop(url);
  return results;
}

/** A sound history of transfers by plain SQL, half of them on the first wallet: each step pays from every wallet to the next in a ring. */
async function grow(url: string, accounts: number, entriesWanted: number): Promise<void> {
  await withClient(url, async (client) => {
    // An hour between steps, from the opening balances on.
    const moment = (entries: number) =>
      `'2026-11-01T00:00:00Z'::timestamptz + interval '1 hour' * ${Math.ceil(entries / entriesPerStep)}`;
    for (let entries = accounts * 2; entries < entriesWanted; entries += entriesPerStep) {
      const transfers = entriesPerStep / 2;
      await client.query('BEGIN');
      await client.query(
        `CREATE TEMPORARY TABLE step ON COMMIT DROP AS SELECT n, 'grown-${entries}-' || lpad(n::text, 6, '0') AS posting,
           CASE WHEN n % 2 = 0 THEN 0 ELSE 1 + (n::bigint * 7919) % ${accounts - 1} END AS payer,
           CASE WHEN n % 2 = 0 THEN 1 + (n::bigint * 104729) % ${accounts - 1} ELSE 0 END AS payee FROM generate_series(1, ${transfers}) n`,
      );
      await client.query(`INSERT INTO posting (id, kind, created_at) SELECT posting, 'TRANSFER', ${moment(entries)} FROM step`);
      const account = (index: string) => `'account-00000000-0000-7000-8000-' || lpad(to_hex(${index}), 12, '0')`;
      await client.query(
        `WITH side AS (
           SELECT posting, n, payer AS holder, 'DEBIT' AS direction, -1 AS sign FROM step UNION ALL SELECT posting, n, payee, 'CREDIT', 1 FROM step
         ), placed AS (
           SELECT s.*, a.id AS account_id, a.holder_id, a.version + row_number() OVER w AS version,
             a.credits_posted - a.debits_posted + sum(s.sign) OVER w AS balance_after
           FROM side s JOIN account a ON a.id = ${account('s.holder')} WINDOW w AS (PARTITION BY s.holder ORDER BY s.n, s.direction)
         )
         INSERT INTO entry (id, posting_id, leg, account_id, wallet_id, direction, units, version, balance_after, created_at)
         SELECT posting || '-' || direction, posting, 0, account_id, holder_id, direction, 1, version, balance_after, ${moment(entries)} FROM placed`,
      );
      await client.query(
        `UPDATE account a SET debits_posted = a.debits_posted + c.debits, credits_posted = a.credits_posted + c.credits, version = a.version + c.entries, updated_at = ${moment(entries)}
         FROM (SELECT holder, sum(debit) AS debits, sum(credit) AS credits, count(*) AS entries FROM (
           SELECT payer AS holder, 1 AS debit, 0 AS credit FROM step UNION ALL SELECT payee, 0, 1 FROM step) sides GROUP BY holder) c
         WHERE a.id = ${account('c.holder')}`,
      );
      await client.query('COMMIT');
    }
    await client.query('VACUUM ANALYZE');
  });
}

/** A page of the longest history, from anywhere in it, and a balance at any moment. */
async function measureReads(url: string, accounts: number, entriesCount: number): Promise<Result[]> {
  const database = await openTarget<PrismaClient>({ domain: 'wallet', target: { provider: 'postgresql', url } });
  try {
    const { client } = database;
    const [account] = await findAccountsOfWallets(client, [walletId(0)]);
    if (account === undefined) throw new Error('The first wallet has no account.');
    const range = { from: account.createdAt.getTime(), to: account.updatedAt.getTime() };
    const moment = () => new Date(range.from + Math.random() * (range.to - range.from));
    const page = { walletId: walletId(0), asset: null, limit: pageSize };
    const reads = {
      'history-page': () => listEntries(client, { ...page, after: { createdAt: moment(), version: 0, id: '' } }),
      'balance-at': () => postedUnitsAt(client, account.id, moment(), 'EFFECTIVE'),
    };
    const results: Result[] = [];
    for (const [system, read] of Object.entries(reads)) {
      const latencies: number[] = [];
      const startMs = performance.now();
      for (let count = 0; count < readsMeasured; count += 1) {
        const askedMs = performance.now();
        await read();
        latencies.push(performance.now() - askedMs);
      }
      const measured = summarise(latencies, (performance.now() - startMs) / 1_000);
      results.push({ system, accounts, hot: true, callers: 1, ...measured });
      console.log(`${system} after ${entriesCount} entries: p50 ${measured.p50Ms} ms, p99 ${measured.p99Ms} ms`);
    }
    return results;
  } finally {
    await database.close();
  }
}

/** @throws with the first offender when the ledger is not sound. */
async function check(url: string): Promise<void> {
  const database = await openTarget<PrismaClient>({ domain: 'wallet', target: { provider: 'postgresql', url } });
  try {
    const startMs = performance.now();
    const { offender, entries } = await checkLedger(database);
    if (offender !== null) throw new Error(`The ledger is not sound: ${JSON.stringify(offender)}`);
    console.log(`The check found ${entries} entries sound in ${Math.round((performance.now() - startMs) / 1_000)} s.`);
  } finally {
    await database.close();
  }
}
