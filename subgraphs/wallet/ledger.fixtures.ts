// A ledger to test against: a real database, a clock that the test moves, and requests in one line each. Everything goes through the services.
import { uuidIds } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { JsonObject } from '../../platform/errors.ts';
import { createOutbox } from '../../platform/events/outbox.ts';
import { silentLogger } from '../../platform/log.ts';
import { createTestClock, type TestClock } from '../../platform/testing/clock.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { balanceOf } from './account.rules.ts';
import { createAccountService } from './account.service.ts';
import { createExternalAccountService } from './external-account.service.ts';
import { createHoldService } from './hold.service.ts';
import { createHoldSweeper } from './hold.sweeper.ts';
import {
  type LedgerAnswer,
  type LedgerCommand,
  type PostTransaction,
  type RequestOrigin,
  transactionCommandKey,
  transactionKey,
} from './ledger.commands.ts';
import { isOfTransaction } from './ledger.outcome.ts';
import { createLedgerWriter, type LedgerLimits } from './ledger.writer.ts';
import { createWalletService } from './wallet.service.ts';

export const operatorId = 'operator';

/** Stands still until the test moves it. */
function aClock(): TestClock {
  const clock = createTestClock();
  clock.freezeAt(new Date('2026-11-01T12:00:00.000Z'));
  return clock;
}

export type TestLedger = ReturnType<typeof aLedger>;

/** The wallet domain's services over `database`. Call it twice on one database for two replicas. */
export function aLedger(database: Database<PrismaClient>, options: { clock?: TestClock; limits?: LedgerLimits } = {}) {
  const clock = options.clock ?? aClock();
  const outbox = createOutbox({ domain: 'wallet', ids: uuidIds, clock });
  const deps = { database, outbox, clock, ids: uuidIds };
  const time = async () => clock.now();
  const writer = createLedgerWriter({ ...deps, time, log: silentLogger() }, options.limits);
  const wallets = createWalletService(deps);
  const externalAccounts = createExternalAccountService(deps);
  const accounts = createAccountService(deps);
  const holds = createHoldService({ database, writer });
  const sweeper = createHoldSweeper({ database, writer, time, log: silentLogger() });
  const by = (userId: string) => ({ userId, requestId: 'test' });

  function post(
    change: Partial<PostTransaction> & Pick<PostTransaction, 'source' | 'destination'>,
    origin?: Partial<RequestOrigin>,
  ): Promise<LedgerAnswer> {
    const transactionId = change.transactionId ?? uuidIds.next();
    const command: PostTransaction = {
      type: 'POST_TRANSACTION',
      transactionId,
      kind: 'TRANSFER',
      requestedBy: 'alice',
      asset: 'USD',
      units: 1n,
      memo: null,
      ...change,
    };
    return writer.submit({
      key: transactionKey(transactionId),
      idempotencyKey: transactionId,
      command,
      origin: { actorId: 'system', requestId: null, ...origin },
    });
  }

  /** Any command, under the key that it would have. */
  function ask(command: LedgerCommand, key: string | null = keyOf(command), isDryRun = false): Promise<LedgerAnswer> {
    const origin = { actorId: 'system', requestId: null };
    return writer.submit({ key, idempotencyKey: key ?? 'none', command, origin, isDryRun });
  }

  return {
    ask,
    reserve: (transactionId: string, walletId: string, units: bigint, expiresAt: Date | null = null) =>
      ask({ type: 'RESERVE_FUNDS', transactionId, requestedBy: 'alice', walletId, asset: 'USD', units, expiresAt }),
    clock,
    database,
    outbox,
    writer,
    wallets,
    externalAccounts,
    accounts,
    holds,
    sweeper,
    by,
    post,
    aWallet: (ownerId = 'alice', name = 'Everyday') => wallets.open(by(ownerId), { name }),
    aBank: (ownerId = operatorId, asset = 'USD') =>
      externalAccounts.add(by(ownerId), { name: `Bank ${asset}`, holderName: 'Holder', asset }),
    transfer: (source: string, destination: string, units: bigint, change: Partial<PostTransaction> = {}) =>
      post({ source: { type: 'WALLET', id: source }, destination: { type: 'WALLET', id: destination }, units, ...change }),
    deposit: (bank: string, wallet: string, units: bigint, change: Partial<PostTransaction> = {}) =>
      post({
        kind: 'DEPOSIT',
        requestedBy: operatorId,
        source: { type: 'EXTERNAL_ACCOUNT', id: bank },
        destination: { type: 'WALLET', id: wallet },
        units,
        ...change,
      }),
    withdraw: (wallet: string, bank: string, units: bigint, change: Partial<PostTransaction> = {}) =>
      post({
        kind: 'WITHDRAWAL',
        source: { type: 'WALLET', id: wallet },
        destination: { type: 'EXTERNAL_ACCOUNT', id: bank },
        units,
        ...change,
      }),
    /** Posted, held and available units of a wallet's account; zeros before its first use. */
    async balance(walletId: string, asset = 'USD') {
      const row = await database.client.account.findUnique({
        where: { holderType_holderId_asset: { holderType: 'WALLET', holderId: walletId, asset } },
      });
      const units = (value: { toFixed(): string } | string | undefined) =>
        BigInt(value === undefined ? 0 : typeof value === 'string' ? value : value.toFixed());
      return balanceOf({
        debitsPosted: units(row?.debitsPosted),
        creditsPosted: units(row?.creditsPosted),
        debitsPending: units(row?.debitsPending),
      });
    },
    /** Everything that was told to the outbox, oldest first. */
    async events(type?: string): Promise<{ type: string; subject: string; feeds: string[]; data: JsonObject }[]> {
      const rows = await database.client.outboxPending.findMany({ orderBy: { sequence: 'asc' } });
      return rows
        .filter((row) => type === undefined || row.type === type)
        .map((row) => ({ type: row.type, subject: row.subject, feeds: JSON.parse(row.feeds), data: JSON.parse(row.data) }));
    },
  };
}

function keyOf(command: LedgerCommand): string | null {
  return isOfTransaction(command) ? transactionCommandKey(command) : null;
}

/** The code of a refusal, or the status of anything else. */
export function outcomeOf(answer: LedgerAnswer): string {
  return answer.status === 'REFUSED' ? answer.refusal.code : answer.status;
}
