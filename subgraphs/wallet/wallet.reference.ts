// Entity references and per-request batching of this domain's reads. What the viewer may not see is null, like what is not there.
import DataLoader from 'dataloader';
import type { GraphContext } from '../../platform/graph/context.ts';
import type { ReferenceResolver } from '../../platform/graph/subgraph.ts';
import type { Account } from './account.repository.ts';
import type { Entry } from './entry.repository.ts';
import type { EntryService } from './entry.service.ts';
import type { PostedExchange } from './exchange.repository.ts';
import type { ExchangeService } from './exchange.service.ts';
import type { ExternalAccount } from './external-account.repository.ts';
import type { ExternalAccountService } from './external-account.service.ts';
import type { Hold } from './hold.repository.ts';
import type { HoldService } from './hold.service.ts';
import type { Member } from './member.repository.ts';
import type { MemberService } from './member.service.ts';
import type { Wallet } from './wallet.repository.ts';
import type { WalletService } from './wallet.service.ts';
import { toExternalAccountType, toWalletType } from './wallet.view.ts';

export interface WalletLoaders {
  wallet(context: GraphContext, id: string): Promise<Wallet | null>;
  externalAccount(context: GraphContext, id: string): Promise<ExternalAccount | null>;
  hold(context: GraphContext, id: string): Promise<Hold | null>;
  exchange(context: GraphContext, id: string): Promise<PostedExchange | null>;
  accountsOf(context: GraphContext, walletId: string): Promise<Account[]>;
  account(context: GraphContext, id: string): Promise<Account>;
  entriesOf(context: GraphContext, transactionId: string): Promise<Entry[]>;
  membersOf(context: GraphContext, walletId: string): Promise<Member[]>;
}

export function createWalletLoaders(services: {
  wallets: WalletService;
  externalAccounts: ExternalAccountService;
  holds: HoldService;
  exchanges: ExchangeService;
  entries: EntryService;
  members: MemberService;
}): WalletLoaders {
  const { wallets, externalAccounts, holds, exchanges, entries, members } = services;

  /** Batches, but remembers nothing: a subscription's context outlives many states of one wallet. */
  function batched<Found>(key: string, read: (context: GraphContext, ids: readonly string[]) => Promise<readonly Found[]>) {
    return (context: GraphContext, id: string): Promise<Found> =>
      context
        .loader(`wallet.${key}`, () => new DataLoader((ids: readonly string[]) => read(context, ids), { cache: false }))
        .load(id);
  }

  return {
    wallet: batched('wallets', (context, ids) => wallets.findVisible(context.identity, ids)),
    externalAccount: batched('externalAccounts', (context, ids) => externalAccounts.findVisible(context.identity, ids)),
    hold: batched('holds', (context, ids) => holds.findVisible(context.identity, ids)),
    exchange: batched('exchanges', (context, ids) => exchanges.findVisible(context.identity, ids)),
    accountsOf: batched('accountsOf', (_, ids) => entries.accountsOf(ids)),
    account: batched('accounts', (_, ids) => entries.accountsById(ids)),
    entriesOf: batched('entriesOf', (context, ids) => entries.ofTransactions(context.identity, ids)),
    membersOf: batched('membersOf', (_, ids) => members.membersOf(ids)),
  };
}

/** How this domain answers `_entities`. */
export function createReferences(loaders: WalletLoaders): Readonly<Record<string, ReferenceResolver>> {
  return {
    Wallet: async ({ id }, context) => {
      const wallet = typeof id === 'string' ? await loaders.wallet(context, id) : null;
      return wallet === null ? null : toWalletType(wallet);
    },
    ExternalAccount: async ({ id }, context) => {
      const account = typeof id === 'string' ? await loaders.externalAccount(context, id) : null;
      return account === null ? null : toExternalAccountType(account);
    },
    // Their data is elsewhere; here they only carry lists, which check who asks.
    User: ({ id }) => ({ id }),
    Transaction: ({ id }) => ({ id }),
    TransferPreview: ({ id }) => ({ id }),
  };
}
