// The graph's fields about accounts, balances and entries. They hang on wallets and transactions; whoever got those may see these.
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import { Cacheable } from '../../platform/graph/cache-hint.ts';
import { keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { assetRegistry } from '../../platform/money/assets.ts';
import { AssetType, toAssetType } from '../../platform/money/money.types.ts';
import { AccountType, BalanceType } from './account.types.ts';
import type { EntryService } from './entry.service.ts';
import { EntryConnection, EntryListArgs, EntryType } from './entry.types.ts';
import { ExchangeType } from './exchange.types.ts';
import { TransactionStub } from './stub.types.ts';
import { WalletType } from './wallet.entity.types.ts';
import type { WalletLoaders } from './wallet.reference.ts';
import { toAccountType, toBalanceType, toEntryType, toExchangeType } from './wallet.view.ts';

const entryCursor = keysetCursor('entries', { createdAt: 'date', version: 'number', id: 'string' });

@Resolver(() => WalletType)
export class WalletLedgerResolver {
  readonly #entries: EntryService;
  readonly #loaders: WalletLoaders;

  constructor(entries: EntryService, loaders: WalletLoaders) {
    this.#entries = entries;
    this.#loaders = loaders;
  }

  // They change with the program alone.
  @Cacheable({ maxAgeSeconds: 3600 })
  @Query(() => [AssetType], { description: 'Every asset that a wallet can hold.' })
  assets(): AssetType[] {
    return assetRegistry.all.map(toAssetType);
  }

  @FieldResolver(() => [AccountType], {
    description: 'Its ledger accounts, by asset: one for every asset that it has ever held.',
  })
  async accounts(@Root() wallet: WalletType, @Ctx() context: GraphContext): Promise<AccountType[]> {
    return (await this.#loaders.accountsOf(context, wallet.id)).map(toAccountType);
  }

  @FieldResolver(() => [BalanceType], {
    description: 'What it holds, by asset: one balance for every asset that it has ever held.',
  })
  async balances(@Root() wallet: WalletType, @Ctx() context: GraphContext): Promise<BalanceType[]> {
    return (await this.#loaders.accountsOf(context, wallet.id)).map(toBalanceType);
  }

  @FieldResolver(() => EntryConnection, { description: 'Its history: every entry on its accounts, newest first.' })
  async entries(@Root() wallet: WalletType, @Args(() => EntryListArgs) args: EntryListArgs) {
    const after = entryCursor.decode(args.after);
    const page = { walletId: wallet.id, asset: args.asset ?? null, after, limit: rowLimit(args) };
    return toConnection(await this.#entries.history(page), args, entryCursor.encode, toEntryType);
  }
}

@Resolver(() => EntryType)
export class EntryResolver {
  readonly #loaders: WalletLoaders;

  constructor(loaders: WalletLoaders) {
    this.#loaders = loaders;
  }

  @FieldResolver(() => AccountType, { description: 'The account that it is on, as it is now.' })
  async account(@Root() entry: EntryType, @Ctx() context: GraphContext): Promise<AccountType> {
    return toAccountType(await this.#loaders.account(context, entry.accountId));
  }

  @FieldResolver(() => ExchangeType, {
    nullable: true,
    description: 'The exchange that it is part of or takes back; null for everything else.',
  })
  async exchange(@Root() { exchangeId }: EntryType, @Ctx() context: GraphContext): Promise<ExchangeType | null> {
    const exchange = exchangeId === null ? null : await this.#loaders.exchange(context, exchangeId);
    return exchange === null ? null : toExchangeType(exchange);
  }
}

@Resolver(() => TransactionStub)
export class TransactionEntriesResolver {
  readonly #loaders: WalletLoaders;

  constructor(loaders: WalletLoaders) {
    this.#loaders = loaders;
  }

  @Authenticated()
  @FieldResolver(() => [EntryType], {
    description: 'Its entries in the ledger, as far as they are on accounts that you may see.',
  })
  async entries(@Root() transaction: TransactionStub, @Ctx() context: GraphContext): Promise<EntryType[]> {
    return (await this.#loaders.entriesOf(context, transaction.id)).map(toEntryType);
  }
}
