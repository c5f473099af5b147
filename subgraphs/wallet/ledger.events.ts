// What the ledger tells the world: outcomes of postings, balances that changed, and the life of holds. Payloads only; no I/O.
import type { JsonObject } from '../../platform/errors.ts';
import type { AuditRecord, NewEvent } from '../../platform/events/event.ts';
import { balanceOf, type LedgerAccount } from './account.rules.ts';
import type { PostTransaction, RequestOrigin, ReserveFunds, ReverseTransaction } from './ledger.commands.ts';

export const ledgerEventTypes = {
  postingCompleted: 'clawpurse.wallet.posting_completed.v1',
  postingRefused: 'clawpurse.wallet.posting_refused.v1',
  postingReversed: 'clawpurse.wallet.posting_reversed.v1',
  reversalRefused: 'clawpurse.wallet.reversal_refused.v1',
  fundsReserved: 'clawpurse.wallet.funds_reserved.v1',
  fundsRefused: 'clawpurse.wallet.funds_refused.v1',
  balanceChanged: 'clawpurse.wallet.balance_changed.v1',
  holdPlaced: 'clawpurse.wallet.hold_placed.v1',
  holdCaptured: 'clawpurse.wallet.hold_captured.v1',
  holdVoided: 'clawpurse.wallet.hold_voided.v1',
  holdExpired: 'clawpurse.wallet.hold_expired.v1',
  accountChanged: 'clawpurse.wallet.account_changed.v1',
  exchangeCompleted: 'clawpurse.wallet.exchange_completed.v1',
  exchangeReversed: 'clawpurse.wallet.exchange_reversed.v1',
  audit: 'clawpurse.wallet.audit.v1',
} as const;

/** What moved a balance. */
export interface ChangeCause {
  readonly type: 'TRANSACTION' | 'HOLD' | 'EXCHANGE' | 'MANUAL';
  readonly id: string;
}

/** Data of `balance_changed`. Units are decimal strings of the smallest unit. */
export type BalanceChangedData = JsonObject & {
  readonly walletId: string;
  readonly ownerId: string;
  readonly accountId: string;
  readonly asset: string;
  readonly posted: string;
  readonly pending: string;
  readonly available: string;
  /** The last entry of the change; null when only holds changed. */
  readonly entryId: string | null;
  /** Change of the posted balance: signed, zero when only holds changed. */
  readonly changeUnits: string;
  readonly causeType: ChangeCause['type'];
  /** Id of the transaction, hold, exchange, or batch of postings made by hand. */
  readonly cause: string;
  readonly changedAt: string;
};

export function walletFeed(walletId: string): string {
  return `wallet:${walletId}`;
}

export function userFeed(userId: string): string {
  return `user:${userId}`;
}

export function originOf(origin: RequestOrigin): Pick<NewEvent, 'correlationId' | 'causationId'> {
  return {
    ...(origin.correlationId === undefined ? {} : { correlationId: origin.correlationId }),
    ...(origin.causationId === undefined ? {} : { causationId: origin.causationId }),
  };
}

export function balanceChanged(change: {
  wallet: { readonly id: string; readonly ownerId: string; readonly members?: ReadonlyMap<string, unknown> | undefined };
  account: LedgerAccount;
  entryId: string | null;
  changeUnits: bigint;
  cause: ChangeCause;
  origin: RequestOrigin;
  at: Date;
}): NewEvent<BalanceChangedData> {
  const { wallet, account, cause } = change;
  const balance = balanceOf(account);
  return {
    type: ledgerEventTypes.balanceChanged,
    kind: 'domain',
    subject: wallet.id,
    feeds: [walletFeed(wallet.id), userFeed(wallet.ownerId), ...[...(wallet.members?.keys() ?? [])].map(userFeed)],
    data: {
      walletId: wallet.id,
      ownerId: wallet.ownerId,
      accountId: account.id,
      asset: account.asset,
      posted: balance.posted.toString(),
      pending: balance.held.toString(),
      available: balance.available.toString(),
      entryId: change.entryId,
      changeUnits: change.changeUnits.toString(),
      causeType: cause.type,
      cause: cause.id,
      changedAt: change.at.toISOString(),
    },
    ...originOf(change.origin),
  };
}

export function postingCompleted(transactionId: string, postingId: string, origin: RequestOrigin): NewEvent {
  return {
    type: ledgerEventTypes.postingCompleted,
    kind: 'integration',
    subject: transactionId,
    data: { transactionId, postingId },
    ...originOf(origin),
  };
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

export function postingRefused(transactionId: string, refusal: Refusal, origin: RequestOrigin): NewEvent {
  return {
    type: ledgerEventTypes.postingRefused,
    kind: 'integration',
    subject: transactionId,
    data: { transactionId, code: refusal.code, message: refusal.message },
    ...originOf(origin),
  };
}

/** The money of a transaction is set aside; its posting names the hold. */
export function fundsReserved(command: ReserveFunds, holdId: string, origin: RequestOrigin): NewEvent {
  const { transactionId, walletId, asset, units, expiresAt } = command;
  return {
    type: ledgerEventTypes.fundsReserved,
    kind: 'integration',
    subject: transactionId,
    data: { transactionId, holdId, walletId, asset, units: units.toString(), expiresAt: expiresAt?.toISOString() ?? null },
    ...originOf(origin),
  };
}

export function fundsRefused(transactionId: string, refusal: Refusal, origin: RequestOrigin): NewEvent {
  return {
    type: ledgerEventTypes.fundsRefused,
    kind: 'integration',
    subject: transactionId,
    data: { transactionId, code: refusal.code, message: refusal.message },
    ...originOf(origin),
  };
}

/** A transaction has been taken back by the posting `reversalId`. */
export function postingReversed(transactionId: string, reversalId: string, origin: RequestOrigin): NewEvent {
  return {
    type: ledgerEventTypes.postingReversed,
    kind: 'integration',
    subject: transactionId,
    data: { transactionId, reversalId },
    ...originOf(origin),
  };
}

/** A try at taking a transaction back was refused; another try may succeed, for example once its recipient has money again. */
export function reversalRefused(
  { transactionId, attemptId }: Pick<ReverseTransaction, 'transactionId' | 'attemptId'>,
  refusal: Refusal,
  origin: RequestOrigin,
): NewEvent {
  return {
    type: ledgerEventTypes.reversalRefused,
    kind: 'integration',
    subject: transactionId,
    data: { transactionId, attemptId: attemptId ?? null, code: refusal.code, message: refusal.message },
    ...originOf(origin),
  };
}

interface HoldFact {
  readonly id: string;
  readonly walletId: string;
  readonly asset: string;
  readonly units: bigint;
  readonly capturedUnits: bigint | null;
  readonly destinationWalletId: string | null;
  readonly expiresAt: Date | null;
}

type HoldEventName = 'holdPlaced' | 'holdCaptured' | 'holdVoided' | 'holdExpired';

/** One fact in the life of a hold. Subject is the wallet, so that it keeps its place among the wallet's balance changes. */
export function holdEvent(name: HoldEventName, hold: HoldFact, ownerId: string, origin: RequestOrigin): NewEvent {
  return {
    type: ledgerEventTypes[name],
    kind: 'domain',
    subject: hold.walletId,
    data: {
      holdId: hold.id,
      walletId: hold.walletId,
      ownerId,
      asset: hold.asset,
      units: hold.units.toString(),
      capturedUnits: hold.capturedUnits?.toString() ?? null,
      destinationWalletId: hold.destinationWalletId,
      expiresAt: hold.expiresAt?.toISOString() ?? null,
    },
    ...originOf(origin),
  };
}

/** Staff have decided something about an account. */
export function accountChanged(
  account: { id: string; holderId: string; asset: string; status: string; overdraft: bigint },
  ownerId: string,
): NewEvent {
  const { id, holderId: walletId, asset, status, overdraft } = account;
  return {
    type: ledgerEventTypes.accountChanged,
    kind: 'domain',
    subject: walletId,
    data: { accountId: id, walletId, ownerId, asset, status, overdraftUnits: overdraft.toString() },
  };
}

/** The audit record of an action of this domain, as an event to be written with the action. */
export function audited(record: AuditRecord, origin?: RequestOrigin): NewEvent {
  return {
    type: ledgerEventTypes.audit,
    kind: 'audit',
    subject: record.resourceId,
    data: { ...record },
    ...(origin === undefined ? {} : originOf(origin)),
  };
}

/** The audit record of what was asked for a transaction. Filed under the transaction, whose trail it belongs to. */
export function postingAudited(
  command: PostTransaction | ReserveFunds | ReverseTransaction,
  outcome: AuditRecord['outcome'],
  details: JsonObject,
  origin: RequestOrigin,
): NewEvent {
  return audited(
    {
      actorId: origin.actorId,
      action: actions[command.type],
      resourceType: 'Transaction',
      resourceId: command.transactionId,
      outcome,
      subjectUserId: command.requestedBy,
      details: { ...describe(command), ...details },
      requestId: origin.requestId,
    },
    origin,
  );
}

const actions = {
  POST_TRANSACTION: 'transaction.post',
  RESERVE_FUNDS: 'transaction.reserve',
  REVERSE_TRANSACTION: 'transaction.reverse',
} as const;

function describe(command: PostTransaction | ReserveFunds | ReverseTransaction): JsonObject {
  if (command.type === 'REVERSE_TRANSACTION') return { reason: command.reason };
  const { asset, units } = command;
  return { ...(command.type === 'POST_TRANSACTION' ? { kind: command.kind } : {}), asset, units: units.toString() };
}
