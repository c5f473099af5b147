// Decides placing and resolving holds against the book of a batch. Pure; every check comes before the first change.
import type { AuditRecord } from '../../platform/events/event.ts';
import { describeMoney, unitDigitsMax } from '../../platform/money/money.ts';
import { fitsCounter, holdsHolder } from './account.rules.ts';
import { holdErrors } from './hold.errors.ts';
import type { BookHold, BookWallet, LedgerBook } from './ledger.book.ts';
import type { CaptureHold, ExpireHold, PlaceHold, RequestOrigin, ReserveFunds, VoidHold } from './ledger.commands.ts';
import { ledgerErrors } from './ledger.errors.ts';
import { audited, holdEvent } from './ledger.events.ts';
import { requireRole, roleIn } from './member.rules.ts';
import { checkActive, checkAmount, checkFunds, checkTurnover, usable } from './movement.rules.ts';
import { walletErrors } from './wallet.errors.ts';

/** @throws WALLET_NOT_FOUND, WALLET_FROZEN, ACCOUNT_FROZEN, HOLD_EXPIRY_IN_PAST, INSUFFICIENT_FUNDS, BALANCE_LIMIT_EXCEEDED */
export function decidePlacement(command: PlaceHold, book: LedgerBook, origin: RequestOrigin): string {
  const { memo, placedBy } = command;
  return place(command, { memo, placedBy, transactionId: null }, requireWallet(command.walletId, book), book, origin);
}

/** As placing a hold, out of a wallet that the requester may spend from. @throws as `decidePlacement`, WALLET_ROLE_INSUFFICIENT, SPENDING_LIMIT_EXCEEDED */
export function decideReservation(command: ReserveFunds, book: LedgerBook, origin: RequestOrigin): string {
  const { transactionId, requestedBy } = command;
  const wallet = requireWallet(command.walletId, book);
  requireRole(wallet, requestedBy, 'SPENDER');
  const spending = { walletId: wallet.id, asset: command.asset, userId: requestedBy, units: command.units };
  book.spending.check(spending);
  const holdId = place(command, { memo: null, placedBy: origin.actorId, transactionId }, wallet, book, origin);
  book.spending.count(spending, holdId);
  return holdId;
}

function place(
  { asset, units, expiresAt }: { asset: string; units: bigint; expiresAt: Date | null },
  about: Pick<BookHold, 'memo' | 'placedBy' | 'transactionId'>,
  wallet: BookWallet,
  book: LedgerBook,
  origin: RequestOrigin,
): string {
  checkAmount(units, asset);
  checkActive(wallet);
  if (expiresAt !== null && expiresAt <= book.now) throw holdErrors.HOLD_EXPIRY_IN_PAST({ expiresAt: expiresAt.toISOString() });
  const account = usable(book.account({ type: 'WALLET', id: wallet.id }, asset));
  const counterpart = book.account(holdsHolder, asset);
  checkFunds(account, units);
  if (!fitsCounter(counterpart.creditsPending, units))
    throw ledgerErrors.BALANCE_LIMIT_EXCEEDED({ asset, digitsMax: unitDigitsMax });
  const hold: BookHold = {
    id: book.nextId(),
    accountId: account.id,
    walletId: wallet.id,
    asset,
    units,
    ...about,
    expiresAt,
    createdAt: book.timeFor([account, counterpart]),
    status: 'PENDING',
    capturedUnits: null,
    destinationWalletId: null,
    resolvedAt: null,
  };
  book.reserve(hold, origin);
  recordHold('holdPlaced', 'hold.place', hold, book, origin);
  return hold.id;
}

/** @throws HOLD_NOT_FOUND, HOLD_ALREADY_RESOLVED, HOLD_OF_TRANSACTION, HOLD_EXPIRED, WALLET_NOT_FOUND, WALLET_FROZEN, TRANSFER_TO_SELF, OWN_WALLET, CAPTURE_EXCEEDS_HOLD, CAPTURE_ASSET_MISMATCH */
export function decideCapture(command: CaptureHold, book: LedgerBook, origin: RequestOrigin): string {
  const hold = requirePending(command.holdId, book);
  requireHolder(hold, null);
  if (isDue(hold, book.now)) throw holdErrors.HOLD_EXPIRED({ holdId: hold.id, expiresAt: hold.expiresAt?.toISOString() ?? '' });
  const wallet = requireWallet(hold.walletId, book);
  const destination = requireWallet(command.destinationWalletId, book);
  if (destination.id === wallet.id) throw ledgerErrors.TRANSFER_TO_SELF({ walletId: wallet.id });
  // Captures are not screened: whoever may make them must not be the one who gains.
  if (roleIn(destination, origin.actorId) !== null) throw walletErrors.OWN_WALLET({ walletId: destination.id });
  checkActive(wallet);
  checkActive(destination);
  const units = captureUnits(command, hold);
  const debit = usable(book.account({ type: 'WALLET', id: wallet.id }, hold.asset));
  const credit = usable(book.account({ type: 'WALLET', id: destination.id }, hold.asset));
  checkTurnover(debit, credit, units);
  hold.capturedUnits = units;
  hold.destinationWalletId = destination.id;
  book.release(hold, 'CAPTURED', origin);
  book.post({
    kind: 'HOLD_CAPTURE',
    transactionId: null,
    holdId: hold.id,
    memo: hold.memo,
    cause: { type: 'HOLD', id: hold.id },
    origin,
    legs: [{ debit, credit, units }],
  });
  recordHold('holdCaptured', 'hold.capture', hold, book, origin);
  return hold.id;
}

/** @throws HOLD_NOT_FOUND, HOLD_ALREADY_RESOLVED, HOLD_OF_TRANSACTION, OWN_WALLET */
export function decideVoid(command: VoidHold, book: LedgerBook, origin: RequestOrigin): string {
  const hold = requirePending(command.holdId, book);
  requireHolder(hold, command.heldFor);
  const wallet = requireWallet(hold.walletId, book);
  // What a colleague has set aside of one's own money is not one's own to give back.
  if (roleIn(wallet, origin.actorId) !== null && hold.placedBy !== origin.actorId)
    throw walletErrors.OWN_WALLET({ walletId: wallet.id });
  book.release(hold, 'VOIDED', origin);
  recordHold('holdVoided', 'hold.void', hold, book, origin);
  return hold.id;
}

/** @throws HOLD_NOT_FOUND, HOLD_ALREADY_RESOLVED when somebody was faster than the sweeper, HOLD_NOT_DUE */
export function decideExpiry(command: ExpireHold, book: LedgerBook, origin: RequestOrigin): string {
  const hold = requirePending(command.holdId, book);
  if (!isDue(hold, book.now)) throw holdErrors.HOLD_NOT_DUE({ holdId: hold.id });
  book.release(hold, 'EXPIRED', origin);
  recordHold('holdExpired', 'hold.expire', hold, book, origin);
  return hold.id;
}

function captureUnits(command: CaptureHold, hold: BookHold): bigint {
  if (command.amount === null) return hold.units;
  const { units, asset } = command.amount;
  if (asset !== hold.asset) throw holdErrors.CAPTURE_ASSET_MISMATCH({ holdId: hold.id, asset, expected: hold.asset });
  checkAmount(units, asset);
  if (units > hold.units) {
    throw holdErrors.CAPTURE_EXCEEDS_HOLD({
      holdId: hold.id,
      requested: describeMoney({ units, asset }),
      held: describeMoney(hold),
    });
  }
  return units;
}

function requireWallet(walletId: string, book: LedgerBook): BookWallet {
  const wallet = book.wallet(walletId);
  if (wallet === undefined) throw walletErrors.WALLET_NOT_FOUND({ walletId });
  return wallet;
}

/** @throws HOLD_NOT_FOUND, HOLD_ALREADY_RESOLVED */
export function requirePending(holdId: string, book: LedgerBook): BookHold {
  const hold = book.hold(holdId);
  if (hold === undefined) throw holdErrors.HOLD_NOT_FOUND({ holdId });
  if (hold.status !== 'PENDING') throw holdErrors.HOLD_ALREADY_RESOLVED({ holdId, status: hold.status });
  return hold;
}

/**
 * What a transaction has set aside is neither captured nor given back by anybody else: that would be money past its screening.
 * @throws HOLD_OF_TRANSACTION, HOLD_NOT_FOUND
 */
function requireHolder(hold: BookHold, transactionId: string | null): void {
  if (hold.transactionId === transactionId) return;
  if (hold.transactionId === null || transactionId !== null) throw holdErrors.HOLD_NOT_FOUND({ holdId: hold.id });
  throw holdErrors.HOLD_OF_TRANSACTION({ holdId: hold.id, transactionId: hold.transactionId });
}

function isDue(hold: BookHold, now: Date): boolean {
  return hold.expiresAt !== null && hold.expiresAt <= now;
}

/** The event and the audit record of what has become of a hold. */
export function recordHold(
  event: Parameters<typeof holdEvent>[0],
  action: string,
  hold: BookHold,
  book: LedgerBook,
  origin: RequestOrigin,
): void {
  const wallet = requireWallet(hold.walletId, book);
  const details: AuditRecord['details'] = {
    walletId: wallet.id,
    asset: hold.asset,
    units: hold.units.toString(),
    capturedUnits: hold.capturedUnits?.toString() ?? null,
    destinationWalletId: hold.destinationWalletId,
  };
  book.journal.events.push(
    holdEvent(event, hold, wallet.ownerId, origin),
    audited(
      {
        actorId: origin.actorId,
        action,
        resourceType: 'Hold',
        resourceId: hold.id,
        outcome: 'SUCCEEDED',
        subjectUserId: wallet.ownerId,
        details,
        requestId: origin.requestId,
      },
      origin,
    ),
  );
}
