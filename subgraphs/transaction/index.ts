// The transaction domain: the life cycle of every movement of money.
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import type { RecordedEvent } from '../../platform/events/event.ts';
import type { SubgraphModule, SubgraphService } from '../../platform/graph/subgraph.ts';
import { createEndpointDirectory } from './endpoint.directory.ts';
import { consumedStandingEvents, readStandingChange } from './standing.events.ts';
import { saveStanding } from './standing.repository.ts';
import { createTransactionProgress } from './transaction.progress.ts';
import { createTransactionReading } from './transaction.reading.ts';
import { createReferences } from './transaction.reference.ts';
import type { TransactionDatabase, Tx } from './transaction.repository.ts';
import {
  TransactionResolver,
  TransactionUpdateResolver,
  UserTransactionsResolver,
  WalletTransactionsResolver,
} from './transaction.resolver.ts';
import { createDemoSeed } from './transaction.seed.ts';
import { createTransactionService } from './transaction.service.ts';
import { createTransactionSweeper } from './transaction.sweeper.ts';

export const transactionModule: SubgraphModule = {
  name: 'transaction',
  schema: { resolvers: [TransactionResolver, TransactionUpdateResolver, WalletTransactionsResolver, UserTransactionsResolver] },

  create({ config, database: anyDatabase, outbox, feed, clock, ids, log }): SubgraphService {
    const database = anyDatabase as unknown as TransactionDatabase;
    const endpoints = createEndpointDirectory({ database });
    const service = createTransactionService({ database, outbox, feed, endpoints, clock, ids });
    const reading = createTransactionReading({ database, feed, endpoints });
    const progress = createTransactionProgress({ database, outbox, clock, log });
    const sweeper = createTransactionSweeper({ progress, log });
    const demoSeed = createDemoSeed({ service, endpoints, log });

    return {
      resolvers: [
        new TransactionResolver(service, reading, feed),
        new TransactionUpdateResolver(reading),
        new WalletTransactionsResolver(reading),
        new UserTransactionsResolver(reading),
      ],
      references: createReferences(reading),
      consumers: [
        consumer(endpoints.eventTypes, endpoints.apply),
        consumer(consumedStandingEvents, (event, tx) => saveStanding(tx.client, readStandingChange(event), event.time)),
        consumer(progress.eventTypes, progress.take),
      ],
      gauges: [
        {
          name: 'clawpurse_transactions_overdue',
          help: 'Transactions that wait for an answer of another domain that has had to be asked for again.',
          read: progress.overdueCount,
        },
      ],
      seed: async () => {
        if (config.demo) demoSeed.begin();
      },
      start: sweeper.start,
      stop: async () => {
        await Promise.all([sweeper.stop(), demoSeed.stop()]);
      },
    };
  },
};

/** Handlers that take effect in the very transaction that claims the event. */
function consumer(types: readonly string[], handle: (event: RecordedEvent, tx: Tx) => Promise<void>) {
  return {
    types,
    handler: {
      mode: 'transaction' as const,
      handle: (event: RecordedEvent, tx: DatabaseTransaction) => handle(event, tx as unknown as Tx),
    },
  };
}
