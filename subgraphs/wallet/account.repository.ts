// Reads of ledger accounts outside the ledger's batches, which alone move money on them, and what staff decide about them.

import { sqltag as sql } from '@prisma/client/runtime/client';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { unitsFromRow } from '../../platform/money/money.ts';
import type { AccountModel } from '../../prisma/generated/wallet/postgresql/models.ts';
import { type AccountHolder, type AccountStatus, type Balance, balanceOf } from './account.rules.ts';
import type { Client } from './wallet.repository.ts';

export interface Account {
  readonly id: string;
  readonly holderId: string;
  readonly asset: string;
  readonly balance: Balance;
  readonly overdraft: bigint;
  readonly status: AccountStatus;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The accounts of these wallets, by asset. */
export async function findAccountsOfWallets(client: Client, walletIds: readonly string[]): Promise<Account[]> {
  const rows = await client.account.findMany({
    where: { holderType: 'WALLET', holderId: { in: [...new Set(walletIds)] } },
    orderBy: [{ asset: 'asc' }],
  });
  return rows.map(accountFromRow);
}

/** The accounts of one holder that is not a wallet, by asset. */
export async function findAccountsOfHolder(client: Client, { type, id }: AccountHolder): Promise<Account[]> {
  const rows = await client.account.findMany({ where: { holderType: type, holderId: id }, orderBy: [{ asset: 'asc' }] });
  return rows.map(accountFromRow);
}

export async function findAccounts(client: Client, ids: readonly string[]): Promise<Map<string, Account>> {
  const rows = await client.account.findMany({ where: { id: { in: [...new Set(ids)] } } });
  return new Map(rows.map((row) => [row.id, accountFromRow(row)]));
}

function accountFromRow(row: AccountModel): Account {
  const { id, holderId, asset, createdAt, updatedAt } = row;
  const status = row.status as AccountStatus;
  const balance = balanceOf({
    debitsPosted: unitsFromRow(row.debitsPosted),
    creditsPosted: unitsFromRow(row.creditsPosted),
    debitsPending: unitsFromRow(row.debitsPending),
  });
  return { id, holderId, asset, balance, overdraft: unitsFromRow(row.overdraft), status, createdAt, updatedAt };
}

/** Locks the wallet's account in this asset: the ledger's batches see it as it was, or as it will be. Null when there is none. */
export async function lockAccount(
  tx: DatabaseTransaction<Client>,
  { walletId, asset }: { walletId: string; asset: string },
): Promise<Account | null> {
  if (tx.provider === 'postgresql')
    await tx.client
      .$queryRaw`SELECT id FROM account WHERE holder_type = 'WALLET' AND holder_id = ${walletId} AND asset = ${asset} FOR UPDATE`;
  const row = await tx.client.account.findUnique({
    where: { holderType_holderId_asset: { holderType: 'WALLET', holderId: walletId, asset } },
  });
  return row === null ? null : accountFromRow(row);
}

export async function updateAccount(
  client: Client,
  id: string,
  change: { status: AccountStatus } | { overdraft: bigint },
): Promise<Account> {
  const data = 'status' in change ? change : { overdraft: change.overdraft.toString() };
  return accountFromRow(await client.account.update({ where: { id }, data }));
}

/** What an account's posted balance was at a moment: as it was recorded then, or as it is known today with what was back-dated since. */
export async function postedUnitsAt(client: Client, accountId: string, at: Date, by: 'RECORDED' | 'EFFECTIVE'): Promise<bigint> {
  const recorded = await recordedUnitsAt(client, accountId, at);
  if (by === 'RECORDED') return recorded;
  const rows = await client.$queryRaw<{ direction: string; units: string }[]>(
    sql`SELECT e.direction, CAST(e.units AS TEXT) AS units FROM entry e
        WHERE e.account_id = ${accountId} AND e.effective_at IS NOT NULL AND e.effective_at <= ${at} AND e.created_at > ${at}`,
  );
  return rows.reduce((sum, row) => sum + (row.direction === 'DEBIT' ? -1n : 1n) * unitsFromRow(row.units), recorded);
}

/** Versions are 1 to n without gaps and time never goes back, so the last entry up to a moment is found by halving: 20 looks in a million. */
async function recordedUnitsAt(client: Client, accountId: string, at: Date): Promise<bigint> {
  const rows = await client.$queryRaw<{ balance_after: string }[]>(
    sql`WITH RECURSIVE search (low, high) AS (
          SELECT CAST(0 AS BIGINT), a.version FROM account a WHERE a.id = ${accountId}
          UNION ALL
          SELECT CASE WHEN e.created_at <= ${at} THEN e.version ELSE s.low END, CASE WHEN e.created_at <= ${at} THEN s.high ELSE e.version - 1 END
          FROM search s JOIN entry e ON e.account_id = ${accountId} AND e.version = (s.low + s.high + 1) / 2
          WHERE s.low < s.high
        )
        SELECT CAST(e.balance_after AS TEXT) AS balance_after FROM search s JOIN entry e ON e.account_id = ${accountId} AND e.version = s.low
        WHERE s.low = s.high`,
  );
  return rows[0] === undefined ? 0n : unitsFromRow(rows[0].balance_after);
}
