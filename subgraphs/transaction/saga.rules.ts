// The saga of a transaction as one pure table: which fact moves it from where to where. No I/O, no clock, no wording.
import type { TransactionState } from './transaction.rules.ts';

/** What can become true of a transaction. The first seven are reported by other domains, the others found out here. */
export const transactionFacts = [
  'FUNDS_HELD',
  'FUNDS_REFUSED',
  'SCREENING_CLEARED',
  'SCREENING_HELD',
  'SCREENING_REJECTED',
  'POSTING_COMPLETED',
  'POSTING_REFUSED',
  'DEADLINE_PASSED',
  'BATCH_APPROVED',
  'BATCH_FAILED',
  'REVERSAL_COMPLETED',
] as const;
export type TransactionFact = (typeof transactionFacts)[number];

/**
 * Where the saga stands: a state, or, while the wallet has not said yet whether the money is there, a state with the screening's answer
 * noted. Funds and screening are asked for at the same time; the customer sees them one after the other.
 */
export const sagaPositions = [
  'REQUESTED',
  'REQUESTED_HELD',
  'REQUESTED_CLEARED',
  'SCREENING',
  'IN_REVIEW',
  'APPROVED',
  'POSTING',
  'COMPLETED',
  'REJECTED',
  'FAILED',
  'EXPIRED',
  'REVERSED',
] as const;
export type SagaPosition = (typeof sagaPositions)[number];

/** The answer of a screening that came before that of the wallet. */
export const screeningNotes = ['HELD', 'CLEARED'] as const;
export type ScreeningNote = (typeof screeningNotes)[number];

/**
 * What a fact means for a position.
 * - `MOVE`: the transaction enters the states of `path`, one after the other, at once.
 * - `NOTE`: remembered until the wallet has answered; nothing to be seen yet.
 * - `RELEASE`: money was set aside for something that has ended; it is given back.
 * - `DUPLICATE`: told before; nothing to do.
 * - `OVERTAKEN`: was true once, but the life has moved on; nothing to do.
 * - `OVERRULED`: contradicts a decision that has already taken effect; the first one stands, and the contradiction is put on record.
 * - `ILLEGAL`: cannot be true unless something is broken, or has not become true yet; the event is refused and comes again.
 */
export type Transition =
  | { readonly verdict: 'MOVE'; readonly path: readonly [TransactionState, ...TransactionState[]] }
  | { readonly verdict: 'NOTE'; readonly note: ScreeningNote }
  | { readonly verdict: 'RELEASE' | 'DUPLICATE' | 'OVERTAKEN' | 'OVERRULED' | 'ILLEGAL' };

const to = (...path: [TransactionState, ...TransactionState[]]): Transition => ({ verdict: 'MOVE', path });
const note = (answer: ScreeningNote): Transition => ({ verdict: 'NOTE', note: answer });
const release: Transition = { verdict: 'RELEASE' };
const duplicate: Transition = { verdict: 'DUPLICATE' };
const overtaken: Transition = { verdict: 'OVERTAKEN' };
const overruled: Transition = { verdict: 'OVERRULED' };
const illegal: Transition = { verdict: 'ILLEGAL' };

type Row = Readonly<Record<TransactionFact, Transition>>;

/** Before the ledger has been told to post: nothing can have been posted, and everything can still be called off. */
const open = {
  FUNDS_HELD: duplicate,
  FUNDS_REFUSED: illegal,
  SCREENING_REJECTED: to('REJECTED'),
  POSTING_COMPLETED: illegal,
  POSTING_REFUSED: illegal,
  DEADLINE_PASSED: to('EXPIRED'),
  BATCH_APPROVED: illegal,
  BATCH_FAILED: to('FAILED'),
  REVERSAL_COMPLETED: illegal,
} as const;

/** Ended without a posting: late answers change nothing, and what is set aside late is given back at once. */
const ended = {
  FUNDS_HELD: release,
  FUNDS_REFUSED: overtaken,
  SCREENING_CLEARED: overtaken,
  SCREENING_HELD: overtaken,
  SCREENING_REJECTED: overtaken,
  POSTING_COMPLETED: illegal,
  POSTING_REFUSED: illegal,
  DEADLINE_PASSED: overtaken,
  BATCH_APPROVED: illegal,
  BATCH_FAILED: overtaken,
  REVERSAL_COMPLETED: illegal,
} as const;

const transitions: Readonly<Record<SagaPosition, Row>> = {
  REQUESTED: {
    ...open,
    FUNDS_HELD: to('SCREENING'),
    FUNDS_REFUSED: to('FAILED'),
    SCREENING_CLEARED: note('CLEARED'),
    SCREENING_HELD: note('HELD'),
  },
  REQUESTED_HELD: {
    ...open,
    FUNDS_HELD: to('SCREENING', 'IN_REVIEW'),
    FUNDS_REFUSED: to('FAILED'),
    SCREENING_CLEARED: note('CLEARED'),
    SCREENING_HELD: duplicate,
  },
  REQUESTED_CLEARED: {
    ...open,
    FUNDS_HELD: to('SCREENING', 'APPROVED', 'POSTING'),
    FUNDS_REFUSED: to('FAILED'),
    SCREENING_CLEARED: duplicate,
    SCREENING_HELD: overtaken,
  },
  SCREENING: { ...open, SCREENING_CLEARED: to('APPROVED', 'POSTING'), SCREENING_HELD: to('IN_REVIEW') },
  IN_REVIEW: { ...open, SCREENING_CLEARED: to('APPROVED', 'POSTING'), SCREENING_HELD: duplicate },
  // Only a payout of an all-or-none batch stays here, until the others are approved as well.
  APPROVED: { ...open, SCREENING_CLEARED: duplicate, SCREENING_HELD: overtaken, BATCH_APPROVED: to('POSTING') },
  POSTING: {
    ...open,
    SCREENING_CLEARED: overtaken,
    SCREENING_HELD: overtaken,
    // The wallet has been told to post, and may have: neither a later "no" nor a deadline can take the money back.
    SCREENING_REJECTED: overruled,
    POSTING_COMPLETED: to('COMPLETED'),
    POSTING_REFUSED: to('FAILED'),
    DEADLINE_PASSED: overtaken,
    BATCH_APPROVED: duplicate,
    BATCH_FAILED: illegal,
  },
  COMPLETED: {
    ...ended,
    // Told again: the posting has taken it.
    FUNDS_HELD: overtaken,
    SCREENING_REJECTED: overruled,
    POSTING_COMPLETED: duplicate,
    BATCH_APPROVED: overtaken,
    BATCH_FAILED: illegal,
    REVERSAL_COMPLETED: to('REVERSED'),
  },
  // A refusal is final; whoever changes their mind asks the customer to send it again.
  REJECTED: { ...ended, SCREENING_CLEARED: overruled, SCREENING_REJECTED: duplicate },
  FAILED: { ...ended, POSTING_REFUSED: duplicate },
  EXPIRED: { ...ended, SCREENING_CLEARED: overruled, DEADLINE_PASSED: duplicate },
  REVERSED: {
    ...ended,
    FUNDS_HELD: overtaken,
    SCREENING_REJECTED: overruled,
    POSTING_COMPLETED: overtaken,
    BATCH_APPROVED: overtaken,
    BATCH_FAILED: illegal,
    REVERSAL_COMPLETED: duplicate,
  },
};

/** What the fact means for a saga at this position. Total: every pair has an answer. */
export function transitionOf(position: SagaPosition, fact: TransactionFact, { isLinked = false } = {}): Transition {
  const transition = transitions[position][fact];
  if (transition.verdict !== 'MOVE' || !isLinked || fact === 'BATCH_APPROVED') return transition;
  // What is linked with others is not posted alone: it waits for them.
  const [first, ...rest] = transition.path;
  return to(first, ...rest.filter((state) => state !== 'POSTING'));
}

/** Money from outside needs not be set aside: it is screened from the start. */
export function positionOf(state: TransactionState, screening: ScreeningNote | null, isFromOutside = false): SagaPosition {
  if (isFromOutside && state === 'REQUESTED') return 'SCREENING';
  return state === 'REQUESTED' && screening !== null ? `REQUESTED_${screening}` : state;
}

/** No fact moves it any further. */
export function isTerminal(state: TransactionState): boolean {
  return Object.values(transitions[state]).every(({ verdict }) => verdict !== 'MOVE');
}

/** It has had its outcome; a completed one can still be reversed, by another transaction. */
export function hasEnded(state: TransactionState): boolean {
  return state === 'COMPLETED' || isTerminal(state);
}

/** Ended without effect: whatever was set aside for it is given back. */
export function hasFailed(state: TransactionState): boolean {
  return state === 'REJECTED' || state === 'FAILED' || state === 'EXPIRED';
}

/** Whose answer a state waits for without a person being involved; such an answer may be asked for again. */
export function awaitedAnswer(state: TransactionState): 'DECISION' | 'POSTING' | null {
  if (state === 'REQUESTED' || state === 'SCREENING') return 'DECISION';
  return state === 'POSTING' ? 'POSTING' : null;
}

/** How long a transaction may wait for a decision before it is called off. */
export interface StepTimeouts {
  /** For the wallet's and the rules' answers. */
  readonly decisionMs: number;
  /** For a person's decision, or for the other payouts of a batch. */
  readonly reviewMs: number;
}

/** When a state has lasted too long; null where waiting has no end: once the ledger is told, only its answer counts. */
export function deadlineOf(state: TransactionState, now: Date, { decisionMs, reviewMs }: StepTimeouts): Date | null {
  if (awaitedAnswer(state) === 'DECISION') return new Date(now.getTime() + decisionMs);
  return state === 'IN_REVIEW' || state === 'APPROVED' ? new Date(now.getTime() + reviewMs) : null;
}
