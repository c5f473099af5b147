// Decides one request at a time against the book of its batch: accepted with its effects, or refused with none. Pure.
import { isDomainError } from '../../platform/errors.ts';
import { identityErrors } from '../../platform/identity/identity.errors.ts';
import { decideExchange } from './exchange.rules.ts';
import { decideCapture, decideExpiry, decidePlacement, decideReservation, decideVoid } from './hold.rules.ts';
import type { LedgerBook } from './ledger.book.ts';
import {
  fingerprintOf,
  type LedgerAnswer,
  type LedgerCommand,
  type LedgerRequest,
  type LinkedCommands,
  type RequestOrigin,
  transactionCommandKey,
} from './ledger.commands.ts';
import { ledgerErrors } from './ledger.errors.ts';
import { announceOutcome, answerFrom, isOfTransaction, rowOf } from './ledger.outcome.ts';
import { decideFunding } from './liquidity.rules.ts';
import { decideManually } from './manual-posting.rules.ts';
import { decideTransaction } from './posting.rules.ts';
import { decideExchangeReversal, decideReversal } from './reversal.rules.ts';

/** Answers a request, whose body has this fingerprint, with its effects in the book's journal. A refusal leaves the book as it was. */
export function decide(request: LedgerRequest, fingerprint: string, book: LedgerBook): LedgerAnswer {
  if (!request.isDryRun) return decideForGood(request, fingerprint, book);
  const undo = book.savepoint();
  const answer = decideForGood(request, fingerprint, book);
  undo();
  return answer.status === 'ACCEPTED' ? { status: 'WOULD_BE_ACCEPTED', outcomes: answer.outcomes } : answer;
}

function decideForGood(request: LedgerRequest, fingerprint: string, book: LedgerBook): LedgerAnswer {
  const { command, key, origin } = request;
  const stored = key === null ? undefined : book.answer(key);
  if (stored === undefined && book.isSuspended(origin.actorId))
    return { status: 'REFUSED', refusal: identityErrors.ACCOUNT_SUSPENDED({}) };
  if (key === null) return attempt(command, book, origin);
  if (stored !== undefined && stored.fingerprint !== fingerprint) {
    return { status: 'REFUSED', refusal: ledgerErrors.IDEMPOTENCY_CONFLICT({ idempotencyKey: request.idempotencyKey }) };
  }
  const answer = stored === undefined ? attempt(command, book, origin) : answerFrom(stored);
  const isTransaction = isOfTransaction(command);
  // A refused transaction has ended, so its refusal is kept. Any other refused request left nothing behind and may be tried again.
  if (stored === undefined && (answer.status === 'ACCEPTED' || isTransaction)) book.remember(rowOf(key, fingerprint, answer));
  if (isTransaction) announceOutcome(command, answer, book, origin, stored === undefined);
  return answer;
}

function attempt(command: LedgerCommand, book: LedgerBook, origin: RequestOrigin): LedgerAnswer {
  try {
    if (command.type === 'POST_MANUALLY') {
      const { id: resultId, outcomes } = decideManually(command, book, origin);
      return { status: 'ACCEPTED', resultId, outcomes };
    }
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
    case 'RESERVE_FUNDS':
      return decideReservation(command, book, origin);
    case 'REVERSE_TRANSACTION':
      return decideReversal(command, book, origin);
    case 'LINKED':
      return applyAll(command, book, origin);
    case 'PLACE_HOLD':
      return decidePlacement(command, book, origin);
    case 'CAPTURE_HOLD':
      return decideCapture(command, book, origin);
    case 'VOID_HOLD':
      return decideVoid(command, book, origin);
    case 'EXPIRE_HOLD':
      return decideExpiry(command, book, origin);
    case 'EXCHANGE':
      return decideExchange(command, book, origin);
    case 'REVERSE_EXCHANGE':
      return decideExchangeReversal(command, book, origin);
    case 'FUND_LIQUIDITY':
      return decideFunding(command, book, origin);
    case 'POST_MANUALLY':
      return decideManually(command, book, origin).id;
  }
}

/** One after the other; the first refusal takes back what came before it. The result is the last one's. */
function applyAll({ commands }: LinkedCommands, book: LedgerBook, origin: RequestOrigin): string {
  const undo = book.savepoint();
  let resultId = '';
  try {
    for (const command of commands) {
      const key = isOfTransaction(command) ? transactionCommandKey(command) : null;
      if (key !== null && book.answer(key) !== undefined) throw ledgerErrors.IDEMPOTENCY_CONFLICT({ idempotencyKey: key });
      resultId = apply(command, book, origin);
      if (key === null || !isOfTransaction(command)) continue;
      book.remember(rowOf(key, fingerprintOf(command), { status: 'ACCEPTED', resultId }));
      announceOutcome(command, { status: 'ACCEPTED', resultId }, book, origin, true);
    }
  } catch (error) {
    undo();
    throw error;
  }
  return resultId;
}
