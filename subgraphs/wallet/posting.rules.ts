// Decides the posting of a transaction against the book of a batch. Pure; every check comes before the first change.
import { describeMoney } from '../../platform/money/money.ts';
import type { LedgerAccount } from './account.rules.ts';
import { externalAccountErrors } from './external-account.errors.ts';
import { holdErrors } from './hold.errors.ts';
import { recordHold, requirePending } from './hold.rules.ts';
import type { BookHold, BookWallet, LedgerBook, Leg } from './ledger.book.ts';
import type { Fee, PostTransaction, RequestOrigin, TransactionParty } from './ledger.commands.ts';
import { ledgerErrors } from './ledger.errors.ts';
import { requireRole, roleIn } from './member.rules.ts';
import { checkActive, checkAmount, checkCounters, checkFunds, usable } from './movement.rules.ts';
import { walletErrors } from './wallet.errors.ts';

/**
 * Moves the money of a transaction, and its fees, out of its hold where it has one.
 * @throws money errors, WALLET_NOT_FOUND, WALLET_ROLE_INSUFFICIENT, SPENDING_LIMIT_EXCEEDED, WALLET_FROZEN, ACCOUNT_FROZEN, DESTINATION_UNAVAILABLE, EXTERNAL_ACCOUNT_NOT_FOUND,
 *   EXTERNAL_ACCOUNT_ASSET_MISMATCH, TRANSFER_TO_SELF, EFFECTIVE_TIME_IN_FUTURE, HOLD_NOT_FOUND, HOLD_ALREADY_RESOLVED, CAPTURE_EXCEEDS_HOLD,
 *   INSUFFICIENT_FUNDS, BALANCE_LIMIT_EXCEEDED
 */
export function decideTransaction(command: PostTransaction, book: LedgerBook, origin: RequestOrigin): string {
  const { asset, units, transactionId, kind, memo, fees = [], effectiveAt, metadata } = command;
  checkAmount(units, asset);
  if (effectiveAt !== undefined && effectiveAt > book.now)
    throw ledgerErrors.EFFECTIVE_TIME_IN_FUTURE({ effectiveAt: effectiveAt.toISOString() });
  const source = payerOf(command, book);
  const destination = payeeOf(command, book);
  if (source === destination) throw ledgerErrors.TRANSFER_TO_SELF({ walletId: command.source.id });
  const legs = [{ debit: source, credit: destination, units }, ...fees.map((fee) => feeLeg(fee, source, book))];
  const total = legs.reduce((sum, leg) => sum + leg.units, 0n);
  const hold = command.holdId === undefined ? null : heldFor(command, command.holdId, total, book);
  // What was set aside has been counted then.
  const spending = { walletId: command.source.id, asset, userId: command.requestedBy, units: total };
  const isSpending = hold === null && kind !== 'DEPOSIT';
  if (isSpending) book.spending.check(spending);
  if (hold === null) checkFunds(source, total);
  checkCounters(legs);
  if (isSpending) book.spending.count(spending, null);
  if (hold !== null) {
    hold.capturedUnits = total;
    hold.destinationWalletId = command.destination.type === 'WALLET' ? command.destination.id : null;
    book.release(hold, 'CAPTURED', origin);
    recordHold('holdCaptured', 'hold.capture', hold, book, origin);
  }
  const cause = { type: 'TRANSACTION', id: transactionId } as const;
  const holdId = hold?.id ?? null;
  return book.post({ kind, transactionId, holdId, memo, metadata, effectiveAt, cause, origin, legs }).id;
}

function feeLeg(fee: Fee, source: LedgerAccount, book: LedgerBook): Leg {
  checkAmount(fee.units, source.asset);
  return { debit: source, credit: book.account({ type: 'SYSTEM', id: fee.account }, source.asset), units: fee.units };
}

/** The hold that keeps this transaction's money. It has been decided upon before its time was up, or it is not there any more. */
function heldFor(command: PostTransaction, holdId: string, total: bigint, book: LedgerBook): BookHold {
  const hold = requirePending(holdId, book);
  const isItsOwn =
    hold.transactionId === command.transactionId && hold.walletId === command.source.id && hold.asset === command.asset;
  if (!isItsOwn) throw holdErrors.HOLD_NOT_FOUND({ holdId });
  if (total > hold.units) {
    throw holdErrors.CAPTURE_EXCEEDS_HOLD({
      holdId,
      requested: describeMoney({ units: total, asset: hold.asset }),
      held: describeMoney(hold),
    });
  }
  return hold;
}

/** Money comes from a wallet that the requester may spend from when it is posted, whatever they might when they asked; or, for a deposit, from outside. */
function payerOf(command: PostTransaction, book: LedgerBook): LedgerAccount {
  if (command.kind !== 'DEPOSIT') {
    const wallet = requireWallet(command.source, book);
    requireRole(wallet, command.requestedBy, 'SPENDER');
    checkActive(wallet);
    return usable(book.account({ type: 'WALLET', id: wallet.id }, command.asset));
  }
  const receiver = book.wallet(command.destination.id);
  return externalAccount(command.source, command, book, [command.requestedBy, receiver?.ownerId]);
}

/** Money goes to anybody's wallet, or, for a withdrawal, to the requester's own external account. */
function payeeOf(command: PostTransaction, book: LedgerBook): LedgerAccount {
  if (command.kind === 'WITHDRAWAL') return externalAccount(command.destination, command, book, [command.requestedBy]);
  const wallet = requireWallet(command.destination, book);
  // That a wallet is frozen concerns its members; others only learn that it takes nothing.
  const isMember = roleIn(wallet, command.requestedBy) !== null;
  if (isMember) checkActive(wallet);
  else if (wallet.status === 'FROZEN') throw ledgerErrors.DESTINATION_UNAVAILABLE({ walletId: wallet.id });
  const account = book.account({ type: 'WALLET', id: wallet.id }, command.asset);
  if (isMember) return usable(account);
  if (account.status === 'FROZEN') throw ledgerErrors.DESTINATION_UNAVAILABLE({ walletId: wallet.id });
  return account;
}

function requireWallet(party: TransactionParty, book: LedgerBook): BookWallet {
  const wallet = party.type === 'WALLET' ? book.wallet(party.id) : undefined;
  if (wallet === undefined) throw walletErrors.WALLET_NOT_FOUND({ walletId: party.id });
  return wallet;
}

function externalAccount(
  party: TransactionParty,
  command: PostTransaction,
  book: LedgerBook,
  owners: readonly (string | undefined)[],
): LedgerAccount {
  const found = party.type === 'EXTERNAL_ACCOUNT' ? book.externalAccount(party.id) : undefined;
  if (found === undefined || found.isRemoved || !owners.includes(found.ownerId)) {
    throw externalAccountErrors.EXTERNAL_ACCOUNT_NOT_FOUND({ externalAccountId: party.id });
  }
  if (found.asset !== command.asset) {
    throw externalAccountErrors.EXTERNAL_ACCOUNT_ASSET_MISMATCH({
      externalAccountId: found.id,
      asset: command.asset,
      expected: found.asset,
    });
  }
  return book.account({ type: 'EXTERNAL_ACCOUNT', id: found.id }, found.asset);
}
