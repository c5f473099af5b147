// What the databases say of the bank, read beside the system: while it runs, and when all has come to its end.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { loadConfig } from '../../platform/config/config.ts';
import { environment } from '../../platform/config/environment.ts';
import { openDatabase } from '../../platform/database/open.ts';
import { databaseTarget } from '../../platform/database/target.ts';
import type { DomainName } from '../../platform/domains.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { checkLedger } from '../../subgraphs/wallet/ledger.check.ts';
import type { LedgerReport } from '../../subgraphs/wallet/ledger.invariant.ts';
import type { AccountReading, StoredPayment } from './bank.rules.ts';

export interface Store {
  /** Every account of a wallet in US dollars, in one snapshot. @throws while the database is away. */
  read(): Promise<AccountReading[]>;
  /** Transfers to or from one of these wallets. */
  payments(walletIds: readonly string[]): Promise<StoredPayment[]>;
  ledgerReport(): Promise<LedgerReport>;
  /** Ends every connection of others to every database. */
  dropConnections(): Promise<void>;
  /** Adds one cent to a wallet behind the ledger's back. @throws when there is no such account. */
  forge(walletId: string): Promise<void>;
  close(): Promise<void>;
}

/** An answer that a dying server never gives is not waited for. */
const readTimeoutMs = 10_000;
const retryMs = 250;
const attemptsMax = 120;

const readAccounts = `
  SELECT holder_id AS "holderId", (credits_posted - debits_posted)::text AS posted,
    (credits_posted - debits_posted - debits_pending)::text AS available
  FROM account WHERE holder_type = 'WALLET' AND asset = 'USD'`;
const readTransfers = `
  SELECT id, idempotency_key AS key, state, source_id AS "sourceId", destination_id AS "destinationId", units::text AS units
  FROM transaction WHERE kind = 'TRANSFER' AND (source_id = ANY($1) OR destination_id = ANY($1))`;
const countEntries = `
  SELECT posting.transaction_id AS id, count(*)::int AS entries
  FROM posting JOIN entry ON entry.posting_id = posting.id
  WHERE posting.transaction_id IS NOT NULL AND entry.wallet_id IS NOT NULL GROUP BY posting.transaction_id`;
const forgeBalance = `UPDATE account SET credits_posted = credits_posted + 1 WHERE holder_id = $1 AND asset = 'USD'`;
const terminateOthers =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL';

export function openStore(postgresUrl: string): Store {
  const config = loadConfig(environment({ DATABASE_URL: postgresUrl }));
  const poolOf = (domain: DomainName): pg.Pool => {
    const target = databaseTarget(config, domain);
    if (target.provider !== 'postgresql') throw new Error('The bank workload is about PostgreSQL.');
    const pool = new pg.Pool({
      connectionString: target.url,
      max: 2,
      query_timeout: readTimeoutMs,
      connectionTimeoutMillis: readTimeoutMs,
    });
    // Connections die here by intention; the next reading opens another.
    pool.on('error', () => undefined);
    return pool;
  };
  const pools = { wallet: poolOf('wallet'), transaction: poolOf('transaction') };

  return {
    read: async () => (await pools.wallet.query<AccountReading>(readAccounts)).rows,
    async payments(walletIds) {
      const transfers = await patiently(() =>
        pools.transaction.query<StoredPayment & { units: string }>(readTransfers, [walletIds]),
      );
      const counted = await patiently(() => pools.wallet.query<{ id: string; entries: number }>(countEntries));
      const entries = new Map(counted.rows.map((row) => [row.id, row.entries]));
      return transfers.rows.map((row) => ({ ...row, units: BigInt(row.units), entries: entries.get(row.id) ?? 0 }));
    },
    async ledgerReport() {
      const database = await openDatabase<PrismaClient>({ domain: 'wallet', config });
      return checkLedger(database).finally(() => database.close());
    },
    dropConnections: async () => void (await pools.wallet.query(terminateOthers)),
    async forge(walletId) {
      const { rowCount } = await pools.wallet.query(forgeBalance, [walletId]);
      if (rowCount !== 1) throw new Error(`There is no account of ${walletId} to forge.`);
    },
    close: async () => void (await Promise.all([pools.wallet.end(), pools.transaction.end()])),
  };
}

/** Until it is answered, for a server that is being started again. @throws what it threw last. */
export async function patiently<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === attemptsMax) throw error;
      await sleep(retryMs);
    }
  }
}
