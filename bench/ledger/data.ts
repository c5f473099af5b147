// The databases that the systems are measured on: migrated, with as many funded wallets as asked for, one fresh copy for each run.
import pg from 'pg';
import { migrateDatabase } from '../../platform/database/migrate.ts';

export const asset = 'USD';
export const ownerId = 'bench-owner';
const bankId = 'bench-bank';
/** In cents: enough that no run empties an account. */
const openingUnits = 1_000_000_000n;
/** Legs of one opening posting. */
const legsPerPosting = 1_000;

export const walletId = (index: number) => `00000000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;

export interface BenchDatabases {
  /** A fresh database with this many wallets. */
  create(accounts: number): Promise<string>;
  drop(url: string): Promise<void>;
}

export async function createBenchDatabases(serverUrl: string): Promise<BenchDatabases> {
  const templates = new Map<number, string>();
  let count = 0;
  const named = (name: string) => Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
  const onServer = (sql: string) => withClient(serverUrl, (client) => client.query(sql));

  async function template(accounts: number): Promise<string> {
    const known = templates.get(accounts);
    if (known !== undefined) return known;
    const name = `bench_template_${accounts}`;
    await onServer(`DROP DATABASE IF EXISTS "${name}"`);
    await migrateDatabase({ domain: 'wallet', target: { provider: 'postgresql', url: named(name) } });
    await withClient(named(name), (client) => populate(client, accounts));
    templates.set(accounts, name);
    return name;
  }

  return {
    async create(accounts) {
      const from = await template(accounts);
      count += 1;
      const name = `bench_${process.pid}_${count}`;
      await onServer(`CREATE DATABASE "${name}" TEMPLATE "${from}" STRATEGY file_copy`);
      return named(name);
    },
    drop: async (url) => {
      await onServer(`DROP DATABASE IF EXISTS "${new URL(url).pathname.slice(1)}" WITH (FORCE)`);
    },
  };
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A sound ledger by plain SQL: a bank account outside that has paid every wallet's opening balance. */
async function populate(client: pg.Client, accounts: number): Promise<void> {
  const idOf = (of: string) => `'00000000-0000-7000-8000-' || lpad(to_hex(${of}), 12, '0')`;
  const now = `'2026-11-01T00:00:00Z'::timestamptz`;
  await client.query('BEGIN');
  await client.query(`INSERT INTO external_account (id, owner_id, name, holder_name, asset, created_at)
    VALUES ('${bankId}', '${ownerId}', 'Bank', 'Bank', '${asset}', ${now})`);
  await client.query(`INSERT INTO wallet (id, owner_id, name, status, created_at, updated_at)
    SELECT ${idOf('n')}, '${ownerId}', 'Wallet ' || n, 'ACTIVE', ${now}, ${now} FROM generate_series(0, ${accounts - 1}) n`);
  await client.query(`INSERT INTO account (id, holder_type, holder_id, asset, debits_posted, credits_posted, debits_pending, credits_pending, version, created_at, updated_at)
    SELECT 'account-' || ${idOf('n')}, 'WALLET', ${idOf('n')}, '${asset}', 0, ${openingUnits}, 0, 0, 1, ${now}, ${now} FROM generate_series(0, ${accounts - 1}) n
    UNION ALL SELECT '${bankId}-account', 'EXTERNAL_ACCOUNT', '${bankId}', '${asset}', ${openingUnits}::numeric * ${accounts}, 0, 0, 0, ${accounts}, ${now}, ${now}`);
  await client.query(`INSERT INTO posting (id, kind, memo, created_at)
    SELECT 'opening-' || p, 'DEPOSIT', 'Opening balance', ${now} FROM generate_series(0, ${Math.floor((accounts - 1) / legsPerPosting)}) p`);
  await client.query(`INSERT INTO entry (id, posting_id, leg, account_id, wallet_id, direction, units, version, balance_after, created_at)
    SELECT 'debit-' || n, 'opening-' || n / ${legsPerPosting}, n % ${legsPerPosting}, '${bankId}-account', NULL, 'DEBIT', ${openingUnits}, n + 1, -${openingUnits}::numeric * (n + 1), ${now}
    FROM generate_series(0, ${accounts - 1}) n
    UNION ALL SELECT 'credit-' || n, 'opening-' || n / ${legsPerPosting}, n % ${legsPerPosting}, 'account-' || ${idOf('n')}, ${idOf('n')}, 'CREDIT', ${openingUnits}, 1, ${openingUnits}, ${now}
    FROM generate_series(0, ${accounts - 1}) n`);
  await client.query('COMMIT');
  await client.query('VACUUM ANALYZE');
}
