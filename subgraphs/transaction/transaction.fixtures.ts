// The domain's services over a real database, with events handed in and collected by the test: for what needs no GraphQL and no bus.
import { uuidIds } from '../../platform/clock.ts';
import type { JsonObject } from '../../platform/errors.ts';
import type { LiveFeed, NewEvent, Outbox, RecordedEvent } from '../../platform/events/event.ts';
import { learnStanding as learnOfStanding } from '../../platform/identity/standing.ts';
import { silentLogger } from '../../platform/log.ts';
import { createTestClock } from '../../platform/testing/clock.ts';
import { createEndpointDirectory } from './endpoint.directory.ts';
import { createFeeService } from './fee.service.ts';
import { createPaymentRequestService } from './payment-request.service.ts';
import { createPayoutRunner } from './payout.runner.ts';
import { createPayoutService } from './payout.service.ts';
import { createReversalService } from './reversal.service.ts';
import { createSagaDeadlines } from './saga.deadlines.ts';
import type { StepTimeouts } from './saga.rules.ts';
import { createScheduleRunner } from './schedule.runner.ts';
import { createScheduleService } from './schedule.service.ts';
import type { MovementRequest } from './transaction.intent.ts';
import { createTransactionProgress } from './transaction.progress.ts';
import { createTransactionReading } from './transaction.reading.ts';
import type { TransactionDatabase, TransactionRecord } from './transaction.repository.ts';
import { createTransactionService } from './transaction.service.ts';

/** An event as another domain would have recorded it. */
export function anEvent(type: string, subject: string, data: JsonObject): RecordedEvent {
  return {
    id: uuidIds.next(),
    type,
    kind: 'integration',
    subject,
    data,
    feeds: [],
    source: (['auth', 'wallet'] as const).find((domain) => type.includes(`.${domain}.`)) ?? 'compliance',
    position: 1,
    time: new Date('2026-11-05T09:00:00.000Z'),
    correlationId: null,
    causationId: null,
  };
}

export const walletOpened = (walletId: string, ownerId: string): RecordedEvent =>
  anEvent('clawpurse.wallet.wallet_opened.v1', walletId, { walletId, ownerId, name: 'Main' });
export const walletFrozen = (walletId: string, ownerId: string): RecordedEvent =>
  anEvent('clawpurse.wallet.wallet_frozen.v1', walletId, { walletId, ownerId, reason: 'asked by the police' });
export const walletUnfrozen = (walletId: string, ownerId: string): RecordedEvent =>
  anEvent('clawpurse.wallet.wallet_unfrozen.v1', walletId, { walletId, ownerId, reason: 'cleared' });
export const accountAdded = (externalAccountId: string, ownerId: string, asset = 'USD'): RecordedEvent =>
  anEvent('clawpurse.wallet.external_account_added.v1', externalAccountId, {
    externalAccountId,
    ownerId,
    name: 'Bank',
    holderName: 'Somebody',
    asset,
  });
export const accountRemoved = (externalAccountId: string, ownerId: string): RecordedEvent =>
  anEvent('clawpurse.wallet.external_account_removed.v1', externalAccountId, { externalAccountId, ownerId });

export const rolesChanged = (userId: string, roles: readonly string[], position = 1): RecordedEvent => ({
  ...anEvent('clawpurse.auth.roles_changed.v1', userId, { userId, roles }),
  position,
});
export const userSuspended = (userId: string, position = 1): RecordedEvent => ({
  ...anEvent('clawpurse.auth.user_suspended.v1', userId, { userId, reason: 'asked by the police' }),
  position,
});
export const userReinstated = (userId: string, position = 2): RecordedEvent => ({
  ...anEvent('clawpurse.auth.user_reinstated.v1', userId, { userId }),
  position,
});

export const screeningDecided = (
  transactionId: string,
  decision: 'CLEARED' | 'HELD' | 'REJECTED',
  { decidedBy = 'RULES', ruleCodes = [] }: { decidedBy?: string; ruleCodes?: readonly string[] } = {},
): RecordedEvent =>
  anEvent('clawpurse.compliance.screening_decided.v1', transactionId, {
    transactionId,
    screeningId: 'screening',
    decision,
    decidedBy,
    reasons: ruleCodes.map((ruleCode) => ({ ruleCode, message: 'For reviewers only: entry 7 of the list.' })),
  });
export const fundsHeld = (transactionId: string): RecordedEvent =>
  anEvent('clawpurse.wallet.funds_reserved.v1', transactionId, { transactionId, holdId: holdOf(transactionId) });
export const holdOf = (transactionId: string): string => `hold-${transactionId}`;
export const fundsRefused = (transactionId: string, code: string): RecordedEvent =>
  anEvent('clawpurse.wallet.funds_refused.v1', transactionId, { transactionId, code, message: 'The ledger has its reasons.' });
export const postingReversed = (transactionId: string): RecordedEvent =>
  anEvent('clawpurse.wallet.posting_reversed.v1', transactionId, { transactionId, reversalId: 'mirror' });
export const reversalRefused = (transactionId: string, code: string, attemptId: string | null = null): RecordedEvent =>
  anEvent('clawpurse.wallet.reversal_refused.v1', transactionId, { transactionId, attemptId, code, message: 'Spent.' });
export const postingCompleted = (transactionId: string): RecordedEvent =>
  anEvent('clawpurse.wallet.posting_completed.v1', transactionId, { transactionId, postingId: 'posting' });
export const postingRefused = (transactionId: string, code: string): RecordedEvent =>
  anEvent('clawpurse.wallet.posting_refused.v1', transactionId, { transactionId, code, message: 'The ledger has its reasons.' });

/** The people of a test with their wallets and accounts. A suffix makes them strangers to every other test on the same database. */
export function aCast(suffix = '') {
  const named = <Names extends Record<string, string>>(names: Names): Names =>
    Object.fromEntries(Object.entries(names).map(([key, name]) => [key, `${name}${suffix}`])) as Names;
  const people = named({ alice: 'user-alice', bob: 'user-bob', olivia: 'user-olivia', mallory: 'user-mallory' });
  const places = named({ alice: 'wallet-alice', aliceSavings: 'wallet-alice-2', bob: 'wallet-bob', mallory: 'wallet-mallory' });
  const accounts = named({ treasury: 'account-treasury', alice: 'account-alice', bob: 'account-bob' });
  /** What the wallet domain has told when a test begins. */
  const openingEvents: readonly RecordedEvent[] = [
    walletOpened(places.alice, people.alice),
    walletOpened(places.aliceSavings, people.alice),
    walletOpened(places.bob, people.bob),
    walletOpened(places.mallory, people.mallory),
    accountAdded(accounts.treasury, people.olivia),
    accountAdded(accounts.alice, people.alice),
    accountAdded(accounts.bob, people.bob),
  ];
  return { people, places, accounts, openingEvents };
}

export const { people, places, accounts, openingEvents } = aCast();

export const timeouts: StepTimeouts = { decisionMs: 60 * 60_000, reviewMs: 7 * 86_400_000 };

/** The services over the database, knowing the opening events. */
export async function aDomain(database: TransactionDatabase, options: { endpointWaitMs?: number } = {}) {
  const clock = createTestClock();
  clock.freezeAt(new Date('2026-11-05T09:00:00.000Z'));
  const events: NewEvent[] = [];
  const outbox: Outbox = { append: async (tx, appended) => tx.onCommit(() => events.push(...appended)) };
  const endpoints = createEndpointDirectory({ database, waitMs: options.endpointWaitMs ?? 20 });
  const service = createTransactionService({ database, outbox, feed: stillFeed, endpoints, clock, ids: uuidIds, timeouts });
  const log = silentLogger();
  const progress = createTransactionProgress({ outbox, clock, log, timeouts });
  const deadlines = createSagaDeadlines({ database, outbox, progress, now: async () => clock.now(), log });

  const learn = (event: RecordedEvent) => database.transaction((tx) => endpoints.apply(event, tx));
  const learnStanding = (event: RecordedEvent) => database.transaction((tx) => learnOfStanding(event, tx));
  const take = (event: RecordedEvent) => database.transaction((tx) => progress.take(event, tx));
  const requestTransfer = (changes: Partial<MovementRequest> = {}): Promise<TransactionRecord> =>
    service.request({ ...aTransfer(), ...changes });

  await database.transaction(async (tx) => {
    for (const event of openingEvents) await endpoints.apply(event, tx);
  });
  const now = async () => clock.now();
  const reading = createTransactionReading({ database, feed: stillFeed, endpoints });
  const reversals = createReversalService({ database, outbox, reading, progress, clock, ids: uuidIds });
  const fees = createFeeService({ database, outbox, clock });
  const saga = { database, outbox, feed: stillFeed, transactions: service, progress, clock, now, ids: uuidIds, log };
  const paymentRequests = createPaymentRequestService({ ...saga, endpoints });
  const schedules = createScheduleService(saga);
  const runner = createScheduleRunner(saga);
  const payouts = createPayoutService({ ...saga, endpoints, reading });
  const payoutRunner = createPayoutRunner(saga);
  return {
    reading,
    reversals,
    fees,
    paymentRequests,
    schedules,
    runner,
    payouts,
    payoutRunner,
    clock,
    events,
    outbox,
    endpoints,
    service,
    progress,
    deadlines,
    learn,
    learnStanding,
    take,
    requestTransfer,
  };
}

export function aTransfer(): MovementRequest {
  return {
    kind: 'TRANSFER',
    requestedBy: people.alice,
    idempotencyKey: uuidIds.next(),
    sourceId: places.alice,
    destinationId: places.bob,
    amount: { amount: '12.50', asset: 'USD' },
    memo: 'Lunch',
    requestId: 'request-1',
  };
}

const stillFeed: LiveFeed = {
  follow: () => {
    throw new Error('Nothing is followed in these tests.');
  },
  cursorOf: ({ position }) => `cursor-${position}`,
  currentCursor: async () => 'cursor-0',
};
