// Reads of the ledger for people: balances and histories of wallets, and the entries of a transaction as far as one may see them.

import type { Database } from '../../platform/database/database.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import { requireAsset } from '../../platform/money/money.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { type Account, findAccounts, findAccountsOfWallets } from './account.repository.ts';
import { type Entry, type EntryKey, findEntriesOfTransactions, listEntries } from './entry.repository.ts';
import { findVisibleIds } from './member.access.ts';
import { maySee } from './wallet.rules.ts';

export type EntryService = ReturnType<typeof createEntryService>;

export function createEntryService({ database }: { database: Database<PrismaClient> }) {
  return {
    /** One list per wallet id, by asset. */
    async accountsOf(walletIds: readonly string[]): Promise<Account[][]> {
      const accounts = await findAccountsOfWallets(database.client, walletIds);
      return walletIds.map((id) => accounts.filter(({ holderId }) => holderId === id));
    },

    async accountsById(ids: readonly string[]): Promise<Account[]> {
      const found = await findAccounts(database.client, ids);
      return ids.map((id) => {
        const account = found.get(id);
        if (account === undefined) throw new Error(`The account ${id} has entries but is not there.`);
        return account;
      });
    },

    /** A wallet's history, newest first. @throws UNKNOWN_ASSET */
    history(page: { walletId: string; asset: string | null; after: EntryKey | null; limit: number }): Promise<Entry[]> {
      if (page.asset !== null) requireAsset(page.asset);
      return listEntries(database.client, page);
    },

    /** One list per transaction id: the entries on accounts that the viewer may see. */
    async ofTransactions(viewer: Identity | null, transactionIds: readonly string[]): Promise<Entry[][]> {
      const found = await findEntriesOfTransactions(database.client, database.provider, transactionIds);
      const wallets = found.flatMap(({ ownerId, entry: { walletId: id } }) =>
        ownerId === null || id === null ? [] : [{ id, ownerId }],
      );
      const walletIds = await findVisibleIds(database.client, viewer, wallets);
      const visible = found.filter(({ ownerId, entry: { walletId } }) =>
        walletId === null ? ownerId !== null && maySee(viewer, ownerId) : walletIds.has(walletId),
      );
      return transactionIds.map((id) => visible.filter(({ transactionId }) => transactionId === id).map(({ entry }) => entry));
    },
  };
}
