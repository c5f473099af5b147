// Moves transactions on by what becomes true of them: each change of state, its steps, its events and its audit record in one
// database transaction, under the row's lock. Every way into another state goes through here.
import type { Logger } from 'pino';
import type { Clock } from '../../platform/clock.ts';
import type { JsonObject } from '../../platform/errors.ts';
import type { NewEvent, Outbox, RecordedEvent } from '../../platform/events/event.ts';
import { askAgainAt } from './saga.deadlines.ts';
import { deadlineOf, hasFailed, positionOf, type ScreeningNote, type StepTimeouts, transitionOf } from './saga.rules.ts';
import { transactionFaults } from './transaction.errors.ts';
import {
  auditEvent,
  type Cause,
  changeEvent,
  consumedTransactionFacts,
  fundsReleasedEvent,
  type ReportedFact,
  readFact,
} from './transaction.events.ts';
import {
  batchFailedReason,
  expiredReason,
  heldReason,
  postingReason,
  type Reason,
  rejectionReason,
  reversedReason,
} from './transaction.reasons.ts';
import {
  lockTransaction,
  noteScreening,
  type StepRecord,
  type TransactionRecord,
  type Tx,
  updateTransaction,
} from './transaction.repository.ts';
import type { TransactionState } from './transaction.rules.ts';

/** What has become true of a transaction: reported by another domain, or found out here. */
export type SagaFact =
  | ReportedFact
  | {
      readonly fact: 'DEADLINE_PASSED' | 'BATCH_APPROVED' | 'BATCH_FAILED';
      readonly transactionId: string;
    };

/** What else happens in this domain when a transaction has moved; in the same database transaction. */
export type ChangeListener = (tx: Tx, before: TransactionRecord, after: TransactionRecord) => Promise<void>;

export interface TransactionProgress {
  readonly eventTypes: readonly string[];
  /** Takes one reported fact. @throws ILLEGAL_TRANSITION, UNKNOWN_TRANSACTION, MALFORMED_EVENT */
  take(event: RecordedEvent, tx: Tx): Promise<void>;
  /** Takes one fact, whoever found it out. @throws ILLEGAL_TRANSITION, UNKNOWN_TRANSACTION */
  apply(tx: Tx, fact: SagaFact, cause: Cause): Promise<void>;
  /** Calls `listener` after every change of state. */
  onChange(listener: ChangeListener): void;
}

export function createTransactionProgress(deps: {
  outbox: Outbox;
  clock: Clock;
  log: Logger;
  timeouts: StepTimeouts;
}): TransactionProgress {
  const { outbox, clock, log, timeouts } = deps;
  const listeners: ChangeListener[] = [];

  function take(event: RecordedEvent, tx: Tx): Promise<void> {
    return apply(tx, readFact(event), { correlationId: event.correlationId, causationId: event.id });
  }

  async function apply(tx: Tx, sagaFact: SagaFact, cause: Cause): Promise<void> {
    const { transactionId, fact } = sagaFact;
    const transaction = await lockTransaction(tx, transactionId);
    if (transaction === null) throw transactionFaults.UNKNOWN_TRANSACTION({ transactionId, fact });
    const { state, screening, isLinked, source } = transaction;
    const transition = transitionOf(positionOf(state, screening?.note ?? null, source.type !== 'WALLET'), fact, { isLinked });
    switch (transition.verdict) {
      case 'MOVE':
        return move(tx, transaction, transition.path, sagaFact, cause);
      case 'NOTE':
        return note(tx, transaction, transition.note, sagaFact);
      case 'RELEASE':
        return release(tx, transaction, sagaFact, cause);
      case 'OVERRULED':
        return recordOverruled(tx, transaction, sagaFact, cause);
      case 'ILLEGAL':
        throw transactionFaults.ILLEGAL_TRANSITION({ transactionId, state, fact });
      case 'DUPLICATE':
      case 'OVERTAKEN':
        log.debug({ transactionId, fact, state }, 'A fact changed nothing: told before, or overtaken');
    }
  }

  async function move(
    tx: Tx,
    before: TransactionRecord,
    path: readonly TransactionState[],
    sagaFact: SagaFact,
    cause: Cause,
  ): Promise<void> {
    const now = notBefore(before.updatedAt, clock.now());
    const linked: Cause = { ...cause, correlationId: cause.correlationId ?? before.correlationId };
    const steps: StepRecord[] = [];
    const events: NewEvent[] = [];
    let after: TransactionRecord = sagaFact.fact === 'FUNDS_HELD' ? { ...before, holdId: sagaFact.holdId } : before;
    for (const state of path) {
      const previousState = after.state;
      const reason = reasonOf(state, sagaFact);
      after = {
        ...after,
        state,
        version: after.version + 1,
        screening: null,
        failure: hasFailed(state) ? reason : null,
        askAgainAt: askAgainAt(state, now),
        deadlineAt: deadlineOf(state, now, timeouts),
        remindersSent: 0,
        updatedAt: now,
      };
      steps.push({ transactionId: before.id, version: after.version, state, reason, at: now });
      events.push(changeEvent(after, { previousState, reason }, linked));
    }
    if (hasFailed(after.state) && after.holdId !== null) events.push(fundsReleasedEvent(after.id, after.holdId, linked));
    await updateTransaction(tx, after, steps);
    const details: JsonObject = {
      state: after.state,
      previousState: before.state,
      version: after.version,
      reason: steps.at(-1)?.reason?.code ?? null,
    };
    const audit = {
      action: actionOf(path),
      actorId: actorOf(before, sagaFact),
      outcome: 'SUCCEEDED' as const,
      details,
      requestId: null,
    };
    await outbox.append(tx, [...events, auditEvent(after, audit, linked)]);
    for (const listener of listeners) await listener(tx, before, after);
  }

  async function note(tx: Tx, { id }: TransactionRecord, answer: ScreeningNote, sagaFact: SagaFact): Promise<void> {
    const notedBy = 'screening' in sagaFact ? sagaFact.screening.decidedBy : 'RULES';
    await noteScreening(tx, id, answer, notedBy);
  }

  async function release(tx: Tx, { id }: TransactionRecord, sagaFact: SagaFact, cause: Cause): Promise<void> {
    if (sagaFact.fact === 'FUNDS_HELD') await outbox.append(tx, [fundsReleasedEvent(id, sagaFact.holdId, cause)]);
  }

  async function recordOverruled(tx: Tx, transaction: TransactionRecord, sagaFact: SagaFact, cause: Cause): Promise<void> {
    const { transactionId, fact } = sagaFact;
    log.warn(
      { transactionId, fact, state: transaction.state },
      'A fact contradicts a decision that has taken effect; the first stands',
    );
    const details: JsonObject = { fact, state: transaction.state, eventId: cause.causationId };
    const audit = {
      action: 'transaction.overrule',
      actorId: actorOf(transaction, sagaFact),
      outcome: 'REFUSED' as const,
      details,
      requestId: null,
    };
    await outbox.append(tx, [auditEvent(transaction, audit, cause)]);
  }

  return {
    eventTypes: Object.values(consumedTransactionFacts),
    take,
    apply,
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
}

const changeActions: Readonly<Record<TransactionState, string>> = {
  REQUESTED: 'transaction.request',
  SCREENING: 'transaction.reserve',
  IN_REVIEW: 'transaction.hold',
  APPROVED: 'transaction.approve',
  POSTING: 'transaction.post_order',
  COMPLETED: 'transaction.complete',
  REJECTED: 'transaction.reject',
  FAILED: 'transaction.fail',
  EXPIRED: 'transaction.expire',
  REVERSED: 'transaction.reverse',
};

/** One record for one decision: an approval says also that the ledger was told, and that the money had been set aside. */
function actionOf(path: readonly TransactionState[]): string {
  const decisive = path.includes('APPROVED') ? 'APPROVED' : path.at(-1);
  return changeActions[decisive ?? 'REQUESTED'];
}

function reasonOf(state: TransactionState, sagaFact: SagaFact): Reason | null {
  switch (state) {
    case 'IN_REVIEW':
      return heldReason;
    case 'EXPIRED':
      return expiredReason;
    case 'REVERSED':
      return reversedReason;
    case 'REJECTED':
      return sagaFact.fact === 'SCREENING_REJECTED' ? rejectionReason(sagaFact.screening) : null;
    case 'FAILED':
      return 'refusal' in sagaFact ? postingReason(sagaFact.refusal) : batchFailedReason;
    default:
      return null;
  }
}

/** Who acted: the reviewer where a person decided, else a service on its own. */
function actorOf({ screening }: TransactionRecord, sagaFact: SagaFact): string {
  const decidedBy = 'screening' in sagaFact ? sagaFact.screening.decidedBy : screening?.notedBy;
  return decidedBy === undefined || decidedBy === 'RULES' || decidedBy === 'EXPIRY' ? 'system' : decidedBy;
}

/** Clocks of two replicas differ, but a transaction's time never goes back. */
function notBefore(earliest: Date, now: Date): Date {
  return now < earliest ? earliest : now;
}
