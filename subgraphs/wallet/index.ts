// The wallet domain: multi-asset wallets, named external accounts, and the double-entry ledger that all money moves through.

import type { Database } from '../../platform/database/database.ts';
import { databaseTime } from '../../platform/database/time.ts';
import type { SubgraphModule, SubgraphService } from '../../platform/graph/subgraph.ts';
import { createStandings } from '../../platform/identity/standing.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { AccountResolver } from './account.resolver.ts';
import { createAccountService } from './account.service.ts';
import { EntryResolver, TransactionEntriesResolver, WalletLedgerResolver } from './entry.resolver.ts';
import { createEntryService } from './entry.service.ts';
import { ExchangeQuoteResolver, ExchangeResolver } from './exchange.resolver.ts';
import { createExchangeService } from './exchange.service.ts';
import { createQuoteSweep } from './exchange.sweeper.ts';
import { ExternalAccountResolver } from './external-account.resolver.ts';
import { createExternalAccountService } from './external-account.service.ts';
import { HoldResolver, WalletHoldsResolver } from './hold.resolver.ts';
import { createHoldService } from './hold.service.ts';
import { createHoldSweeper } from './hold.sweeper.ts';
import { mutationsOfLedger } from './ledger.caller.ts';
import { createLedgerWriter } from './ledger.writer.ts';
import { LimitResolver } from './limit.resolver.ts';
import { createLimitService } from './limit.service.ts';
import { createLiquidityService } from './liquidity.service.ts';
import { ManualPostingResolver } from './manual-posting.resolver.ts';
import { createManualPostingService } from './manual-posting.service.ts';
import { MemberResolver } from './member.resolver.ts';
import { createMemberService } from './member.service.ts';
import { createAlertFeed } from './monitor.feed.ts';
import { AlertFeedResolver, AlertResolver, MonitorResolver } from './monitor.resolver.ts';
import { createMonitorService } from './monitor.service.ts';
import { createPostingConsumer } from './posting.consumer.ts';
import { RateResolver } from './rate.resolver.ts';
import { createRateService } from './rate.service.ts';
import { statementDownloads } from './statement.download.ts';
import { StatementResolver } from './statement.resolver.ts';
import { createStatementService } from './statement.service.ts';
import { TransferPreviewFundsResolver } from './transfer-preview.resolver.ts';
import { createTransferPreviewService } from './transfer-preview.service.ts';
import { TransferPreviewStub } from './transfer-preview.types.ts';
import { WalletFeedResolver } from './wallet.feed.resolver.ts';
import { createBalanceFeed } from './wallet.feed.ts';
import { createReferences, createWalletLoaders } from './wallet.reference.ts';
import { UserWalletsResolver, WalletResolver } from './wallet.resolver.ts';
import { seedDemo } from './wallet.seed.ts';
import { createWalletService } from './wallet.service.ts';

export { checkLedger } from './ledger.check.ts';
export type { LedgerReport } from './ledger.invariant.ts';

export const walletModule: SubgraphModule = {
  name: 'wallet',
  schema: {
    resolvers: [
      WalletResolver,
      UserWalletsResolver,
      WalletLedgerResolver,
      AccountResolver,
      EntryResolver,
      TransactionEntriesResolver,
      HoldResolver,
      WalletHoldsResolver,
      ExternalAccountResolver,
      WalletFeedResolver,
      MemberResolver,
      LimitResolver,
      ExchangeQuoteResolver,
      ExchangeResolver,
      RateResolver,
      ManualPostingResolver,
      TransferPreviewFundsResolver,
      StatementResolver,
      MonitorResolver,
      AlertFeedResolver,
      AlertResolver,
    ],
    orphanedTypes: [TransferPreviewStub],
  },

  create({ config, database: anyDatabase, outbox, feed, clock, ids, log }): SubgraphService {
    const database = anyDatabase as unknown as Database<PrismaClient>;
    const time = databaseTime(clock);
    const writer = createLedgerWriter({ database, outbox, time, ids, log });
    const wallets = createWalletService({ database, outbox, clock, ids });
    const externalAccounts = createExternalAccountService({ database, outbox, clock, ids });
    const accounts = createAccountService({ database, outbox, clock });
    const holds = createHoldService({ database, writer });
    const entries = createEntryService({ database });
    const members = createMemberService({ database, outbox, clock, ids });
    const limits = createLimitService({ database, outbox, clock, ids, time });
    const rates = createRateService({ database, outbox, clock, time });
    const exchanges = createExchangeService({ database, ids, time, writer, rates, quoteLifeMs: config.exchange.quoteLifeMs });
    const liquidity = createLiquidityService({ database, writer });
    const sweeper = createHoldSweeper({ database, writer, time, log, chores: [createQuoteSweep({ database, time })] });
    const standing = createStandings(database, { decideThemselves: mutationsOfLedger });
    const loaders = createWalletLoaders({ wallets, externalAccounts, holds, exchanges, entries, members });
    const statements = createStatementService({ database, wallets, time });

    return {
      resolvers: [
        new WalletResolver(wallets, loaders),
        new UserWalletsResolver(wallets),
        new WalletLedgerResolver(entries, loaders),
        new AccountResolver(accounts),
        new EntryResolver(loaders),
        new TransactionEntriesResolver(loaders),
        new HoldResolver(holds, loaders),
        new WalletHoldsResolver(holds),
        new ExternalAccountResolver(externalAccounts),
        new WalletFeedResolver(createBalanceFeed({ wallets, feed }), loaders),
        new MemberResolver(members, loaders),
        new LimitResolver(limits),
        new ExchangeQuoteResolver(exchanges, loaders),
        new ExchangeResolver(loaders),
        new RateResolver(rates, liquidity),
        new ManualPostingResolver(createManualPostingService({ database, writer })),
        new TransferPreviewFundsResolver(createTransferPreviewService({ database, writer, wallets })),
        new StatementResolver(statements),
        new MonitorResolver(createMonitorService({ database, outbox, clock, ids })),
        new AlertFeedResolver(createAlertFeed({ wallets, feed }), loaders),
        new AlertResolver(loaders),
      ],
      references: createReferences(loaders),
      downloads: statementDownloads(statements),
      standing,
      consumers: [createPostingConsumer({ writer, log }), standing.consumer],
      gauges: [
        {
          name: 'clawpurse_ledger_requests_waiting',
          help: 'Requests that wait for a batch of the ledger.',
          read: writer.waiting,
        },
      ],
      seed: async () => {
        if (config.demo) await seedDemo({ wallets, externalAccounts, rates, liquidity });
      },
      start: sweeper.start,
      stop: async () => {
        await sweeper.stop();
        await writer.stop();
      },
    };
  },
};
