// Reads of ledger accounts outside the ledger's batches, which alone write them.

import { unitsFromRow } from '../../platform/money/money.ts';
import type { AccountModel } from '../../prisma/generated/wallet/postgresql/models.ts';
import { type Balance, balanceOf } from './account.rules.ts';
import type { Client } from './wallet.repository.ts';

export interface Account {
  readonly id: string;
  readonly holderId: string;
  readonly asset: string;
  readonly balance: Balance;
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

export async function findAccounts(client: Client, ids: readonly string[]): Promise<Map<string, Account>> {
  const rows = await client.account.findMany({ where: { id: { in: [...new Set(ids)] } } });
  return new Map(rows.map((row) => [row.id, accountFromRow(row)]));
}

function accountFromRow(row: AccountModel): Account {
  const { id, holderId, asset, createdAt, updatedAt } = row;
  const balance = balanceOf({
    debitsPosted: unitsFromRow(row.debitsPosted),
    creditsPosted: unitsFromRow(row.creditsPosted),
    debitsPending: unitsFromRow(row.debitsPending),
  });
  return { id, holderId, asset, balance, createdAt, updatedAt };
}
