// The transaction domain: the life cycle of every movement of money.
import { systemClock } from '../../platform/clock.ts';
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { databaseTime } from '../../platform/database/time.ts';
import type { RecordedEvent } from '../../platform/events/event.ts';
import type { SubgraphModule, SubgraphService } from '../../platform/graph/subgraph.ts';
import { createStandings } from '../../platform/identity/standing.ts';
import { CauseResolver } from './cause.resolver.ts';
import { createEndpointDirectory } from './endpoint.directory.ts';
import { FeeResolver } from './fee.resolver.ts';
import { createFeeService } from './fee.service.ts';
import { PaymentRequestResolver, PaymentRequestUpdateResolver } from './payment-request.resolver.ts';
import { createPaymentRequestService } from './payment-request.service.ts';
import { PayoutBatchResolver, PayoutBatchUpdateResolver, PayoutResolver } from './payout.resolver.ts';
import { createPayoutRunner } from './payout.runner.ts';
import { createPayoutService } from './payout.service.ts';
import { ReversalResolver } from './reversal.resolver.ts';
import { createReversalService } from './reversal.service.ts';
import { createSagaDeadlines } from './saga.deadlines.ts';
import { ScheduleResolver, ScheduleRunResolver, ScheduleUpdateResolver } from './schedule.resolver.ts';
import { createScheduleRunner } from './schedule.runner.ts';
import { createScheduleService } from './schedule.service.ts';
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
import { TransferPreviewResolver } from './transfer-preview.resolver.ts';

export const transactionModule: SubgraphModule = {
  name: 'transaction',
  schema: {
    resolvers: [
      TransactionResolver,
      TransactionUpdateResolver,
      WalletTransactionsResolver,
      UserTransactionsResolver,
      FeeResolver,
      TransferPreviewResolver,
      ReversalResolver,
      PaymentRequestResolver,
      PaymentRequestUpdateResolver,
      ScheduleResolver,
      ScheduleRunResolver,
      ScheduleUpdateResolver,
      PayoutBatchResolver,
      PayoutResolver,
      PayoutBatchUpdateResolver,
      CauseResolver,
    ],
  },

  create({ config, database: anyDatabase, outbox, feed, clock, ids, log }): SubgraphService {
    const database = anyDatabase as unknown as TransactionDatabase;
    const standing = createStandings(database, { decideThemselves });
    const endpoints = createEndpointDirectory({ database });
    const timeouts = { decisionMs: config.transactions.decisionTimeoutMs, reviewMs: config.transactions.reviewTimeoutMs };
    const service = createTransactionService({ database, outbox, feed, endpoints, clock, ids, timeouts });
    const reading = createTransactionReading({ database, feed, endpoints });
    const progress = createTransactionProgress({ outbox, clock, log, timeouts });
    const readTime = databaseTime(clock);
    // A clock that was injected, as tests do, decides by itself.
    const now = () => (clock === systemClock ? readTime(database) : Promise.resolve(clock.now()));
    const deadlines = createSagaDeadlines({ database, outbox, progress, now, log });
    const fees = createFeeService({ database, outbox, clock });
    const reversals = createReversalService({ database, outbox, reading, progress, clock, ids });
    const paymentRequests = createPaymentRequestService({
      database,
      outbox,
      feed,
      endpoints,
      transactions: service,
      progress,
      clock,
      now,
      ids,
    });
    const schedules = createScheduleService({ database, outbox, feed, transactions: service, clock, ids });
    const runner = createScheduleRunner({ database, outbox, transactions: service, progress, now, log });
    const payouts = createPayoutService({ database, outbox, feed, endpoints, reading, clock, ids });
    const payoutRunner = createPayoutRunner({ database, outbox, transactions: service, progress, now, log });
    const sweeper = createTransactionSweeper({
      chores: [
        { name: 'expire transactions', run: deadlines.expire },
        { name: 'ask again for overdue answers', run: deadlines.remind },
        { name: 'expire payment requests', run: paymentRequests.expire },
        { name: 'run schedules', run: runner.run },
        { name: 'request payouts', run: payoutRunner.run },
      ],
      log,
    });
    const demoSeed = createDemoSeed({ service, endpoints, log });

    return {
      resolvers: [
        new TransactionResolver(service, reading, feed),
        new TransactionUpdateResolver(reading),
        new WalletTransactionsResolver(reading),
        new UserTransactionsResolver(reading),
        new FeeResolver(fees),
        new TransferPreviewResolver(service, fees),
        new ReversalResolver(reversals, reading),
        new PaymentRequestResolver(paymentRequests, reading),
        new ScheduleResolver(schedules),
        new PaymentRequestUpdateResolver(paymentRequests),
        new ScheduleRunResolver(reading),
        new ScheduleUpdateResolver(schedules),
        new PayoutBatchResolver(payouts),
        new PayoutResolver(reading),
        new PayoutBatchUpdateResolver(payouts),
        new CauseResolver(reading, schedules, paymentRequests, payouts),
      ],
      references: createReferences(reading),
      standing,
      consumers: [
        consumer(endpoints.eventTypes, endpoints.apply),
        standing.consumer,
        consumer(progress.eventTypes, progress.take),
        consumer(reversals.eventTypes, reversals.takeRefusal),
      ],
      gauges: [
        {
          name: 'clawpurse_transactions_overdue',
          help: 'Transactions that wait for an answer of another domain that has had to be asked for again.',
          read: deadlines.overdueCount,
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

/** Those that record a movement ask in the transaction that records it; those that only stop one may be asked for by anybody. */
const decideThemselves = [
  'createTransfer',
  'createDeposit',
  'createWithdrawal',
  'reverseTransaction',
  'createPaymentRequest',
  'acceptPaymentRequest',
  'declinePaymentRequest',
  'cancelPaymentRequest',
  'scheduleTransfer',
  'resumeSchedule',
  'pauseSchedule',
  'cancelSchedule',
  'createPayouts',
];

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
