// What becomes of an answer: told to the domain that asked, and remembered under the request's key. Pure.
import { DomainError, type JsonObject } from '../../platform/errors.ts';
import type { LedgerBook } from './ledger.book.ts';
import type { LedgerAnswer, LedgerCommand, RequestOrigin } from './ledger.commands.ts';
import {
  fundsRefused,
  fundsReserved,
  postingAudited,
  postingCompleted,
  postingRefused,
  postingReversed,
  reversalRefused,
} from './ledger.events.ts';
import type { StoredAnswer } from './ledger.journal.ts';

type TransactionCommand = Extract<LedgerCommand, { transactionId: string }>;

/** Commands of a transaction: asked for by an event, so that their outcome is an event too, and a refusal is final. */
export function isOfTransaction(command: LedgerCommand): command is TransactionCommand {
  return 'transactionId' in command;
}

/** Tells the outcome, again each time it is asked for; the audit record is written once. */
export function announceOutcome(
  command: TransactionCommand,
  answer: LedgerAnswer,
  book: LedgerBook,
  origin: RequestOrigin,
  isFirst: boolean,
): void {
  if (answer.status !== 'ACCEPTED' && answer.status !== 'REFUSED') return;
  const { events } = book.journal;
  const { transactionId } = command;
  const isAccepted = answer.status === 'ACCEPTED';
  switch (command.type) {
    case 'POST_TRANSACTION':
      events.push(
        isAccepted
          ? postingCompleted(transactionId, answer.resultId, origin)
          : postingRefused(transactionId, answer.refusal, origin),
      );
      break;
    case 'RESERVE_FUNDS':
      events.push(
        isAccepted ? fundsReserved(command, answer.resultId, origin) : fundsRefused(transactionId, answer.refusal, origin),
      );
      break;
    case 'REVERSE_TRANSACTION':
      events.push(
        isAccepted ? postingReversed(transactionId, answer.resultId, origin) : reversalRefused(command, answer.refusal, origin),
      );
      break;
  }
  if (!isFirst) return;
  events.push(
    isAccepted
      ? postingAudited(command, 'SUCCEEDED', { resultId: answer.resultId }, origin)
      : postingAudited(command, 'REFUSED', { code: answer.refusal.code }, origin),
  );
}

/** The answer as it is stored. */
export function rowOf(key: string, fingerprint: string, answer: LedgerAnswer): StoredAnswer {
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

/** The stored answer, given again. */
export function answerFrom(stored: StoredAnswer): LedgerAnswer {
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
