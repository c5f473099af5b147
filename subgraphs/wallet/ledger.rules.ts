// Decides one request at a time against the book of its batch: accepted with its effects, or refused with none. Pure.
import { DomainError, isDomainError, type JsonObject } from '../../platform/errors.ts';
import type { LedgerAccount } from './account.rules.ts';
import { externalAccountErrors } from './external-account.errors.ts';
import { decideCapture, decideExpiry, decidePlacement, decideVoid } from './hold.rules.ts';
import type { BookWallet, LedgerBook, StoredAnswer } from './ledger.book.ts';
import {
  type LedgerAnswer,
  type LedgerCommand,
  type LedgerRequest,
  type PostTransaction,
  type RequestOrigin,
  type TransactionParty,
} from './ledger.commands.ts';
import { ledgerErrors } from './ledger.errors.ts';
import { postingAudited, postingCompleted, postingRefused } from './ledger.events.ts';
import { checkActive, checkAmount, checkFunds, checkTurnover } from './movement.rules.ts';
import { walletErrors } from './wallet.errors.ts';

/** Answers a request, whose body has this fingerprint, with its effects in the book's journal. A refusal leaves the book as it was. */
export function decide(request: LedgerRequest, fingerprint: string, book: LedgerBook): LedgerAnswer {
  const { command, key, origin } = request;
  if (key === null) return attempt(command, book, origin);
  const stored = book.answer(key);
  if (stored !== undefined && stored.fingerprint !== fingerprint) {
    return { status: 'REFUSED', refusal: ledgerErrors.IDEMPOTENCY_CONFLICT({ idempotencyKey: request.idempotencyKey }) };
  }
  const answer = stored === undefined ? attempt(command, book, origin) : answerFrom(stored);
  const isTransaction = command.type === 'POST_TRANSACTION';
  // A refused transaction has ended, so its refusal is kept. Any other refused request left nothing behind and may be tried again.
  if (stored === undefined && (answer.status === 'ACCEPTED' || isTransaction)) book.remember(rowOf(key, fingerprint, answer));
  if (isTransaction) announceTransaction(command, answer, book, origin, stored === undefined);
  return answer;
}

function attempt(command: LedgerCommand, book: LedgerBook, origin: RequestOrigin): LedgerAnswer {
  try {
    return { status: 'ACCEPTED', resultId: apply(command, book, origin) };
  } catch (error) {
    if (isDomainError(error)) return { status: 'REFUSED', refusal: error };
    throw error;
  }
}

/** Every case checks everything before it changes anything, so that a refusal leaves no trace. */
function apply(command: LedgerCommand, book: LedgerBook, origin: RequestOrigin): string {
  switch (command.type) {
    case 'POST_TRANSACTION':
      return decideTransaction(command, book, origin);
    case 'PLACE_HOLD':
      return decidePlacement(command, book, origin);
    case 'CAPTURE_HOLD':
      return decideCapture(command, book, origin);
    case 'VOID_HOLD':
      return decideVoid(command, book, origin);
    case 'EXPIRE_HOLD':
      return decideExpiry(command, book, origin);
  }
}

function decideTransaction(command: PostTransaction, book: LedgerBook, origin: RequestOrigin): string {
  const { asset, units, transactionId, kind, memo } = command;
  checkAmount(units, asset);
  const source = payerOf(command, book);
  const destination = payeeOf(command, book);
  if (source === destination) throw ledgerErrors.TRANSFER_TO_SELF({ walletId: command.source.id });
  checkFunds(source, units);
  checkTurnover(source, destination, units);
  const posting = book.post({
    kind,
    transactionId,
    holdId: null,
    memo,
    cause: { type: 'TRANSACTION', id: transactionId },
    origin,
    legs: [{ debit: source, credit: destination, units }],
  });
  return posting.id;
}

/** Money comes from the requester's own wallet, or, for a deposit, from outside. */
function payerOf(command: PostTransaction, book: LedgerBook): LedgerAccount {
  if (command.kind !== 'DEPOSIT') {
    const wallet = requireWallet(command.source, book, (found) => found.ownerId === command.requestedBy);
    checkActive(wallet);
    return book.account({ type: 'WALLET', id: wallet.id }, command.asset);
  }
  const receiver = book.wallet(command.destination.id);
  return externalAccount(command.source, command, book, [command.requestedBy, receiver?.ownerId]);
}

/** Money goes to anybody's wallet, or, for a withdrawal, to the requester's own external account. */
function payeeOf(command: PostTransaction, book: LedgerBook): LedgerAccount {
  if (command.kind === 'WITHDRAWAL') return externalAccount(command.destination, command, book, [command.requestedBy]);
  const wallet = requireWallet(command.destination, book, () => true);
  // That a wallet is frozen concerns its owner; others only learn that it takes nothing.
  if (wallet.ownerId === command.requestedBy) checkActive(wallet);
  else if (wallet.status === 'FROZEN') throw ledgerErrors.DESTINATION_UNAVAILABLE({ walletId: wallet.id });
  return book.account({ type: 'WALLET', id: wallet.id }, command.asset);
}

function requireWallet(party: TransactionParty, book: LedgerBook, mayUse: (wallet: BookWallet) => boolean): BookWallet {
  const wallet = party.type === 'WALLET' ? book.wallet(party.id) : undefined;
  if (wallet === undefined || !mayUse(wallet)) throw walletErrors.WALLET_NOT_FOUND({ walletId: party.id });
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

function announceTransaction(
  command: PostTransaction,
  answer: LedgerAnswer,
  book: LedgerBook,
  origin: RequestOrigin,
  isFirst: boolean,
): void {
  const { events } = book.journal;
  if (answer.status === 'ACCEPTED') {
    events.push(postingCompleted(command.transactionId, answer.resultId, origin));
    if (isFirst) events.push(postingAudited(command, 'SUCCEEDED', { postingId: answer.resultId }, origin));
  } else if (answer.status === 'REFUSED') {
    events.push(postingRefused(command.transactionId, answer.refusal, origin));
    if (isFirst) events.push(postingAudited(command, 'REFUSED', { code: answer.refusal.code }, origin));
  }
}

function rowOf(key: string, fingerprint: string, answer: LedgerAnswer): StoredAnswer {
  if (answer.status === 'ACCEPTED') return { key, fingerprint, outcome: 'ACCEPTED', resultId: answer.resultId, refusal: null };
  if (answer.status === 'REFUSED') {
    const { code, message, details, retryable } = answer.refusal;
    return {
      key,
      fingerprint,
      outcome: 'REFUSED',
      resultId: null,
      refusal: JSON.stringify({ code, message, details, retryable }),
    };
  }
  throw new Error('Only an outcome can be stored.');
}

function answerFrom(stored: StoredAnswer): LedgerAnswer {
  if (stored.outcome === 'ACCEPTED' && stored.resultId !== null) return { status: 'ACCEPTED', resultId: stored.resultId };
  if (stored.refusal === null) throw new Error(`The stored answer to "${stored.key}" is damaged.`);
  const { code, message, details, retryable } = JSON.parse(stored.refusal) as {
    code: string;
    message: string;
    details: JsonObject;
    retryable: boolean;
  };
  return { status: 'REFUSED', refusal: new DomainError(code, message, { details, retryable }) };
}
