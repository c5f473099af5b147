// The life cycle of a transaction as pure tables: which fact moves which state, and who may see the result.
// No I/O, no clock, no wording.

export const transactionKinds = ['TRANSFER', 'DEPOSIT', 'WITHDRAWAL'] as const;
export type TransactionKind = (typeof transactionKinds)[number];

export const transactionStates = ['REQUESTED', 'IN_REVIEW', 'APPROVED', 'COMPLETED', 'REJECTED', 'FAILED'] as const;
export type TransactionState = (typeof transactionStates)[number];

/** False for text that is no id of anything and that a database might choke on. */
export function isPossibleId(id: string): boolean {
  return /^[\x21-\x7e]{1,128}$/.test(id);
}

/** What other domains report about a transaction. */
export const transactionFacts = [
  'SCREENING_CLEARED',
  'SCREENING_HELD',
  'SCREENING_REJECTED',
  'POSTING_COMPLETED',
  'POSTING_REFUSED',
] as const;
export type TransactionFact = (typeof transactionFacts)[number];

export type PartyType = 'WALLET' | 'EXTERNAL_ACCOUNT';

/** One end of a movement of money. */
export interface Party {
  readonly type: PartyType;
  readonly id: string;
  readonly ownerId: string;
}

/**
 * What a fact means for a state.
 * - `MOVE`: the transaction enters `to`.
 * - `DUPLICATE`: told before; nothing to do.
 * - `OVERTAKEN`: was true once, but the life has moved on; nothing to do.
 * - `OVERRULED`: contradicts a decision that has already taken effect; the first one stands, and the contradiction is put on record.
 * - `ILLEGAL`: cannot be true unless something is broken, or has not become true yet; the event is refused and comes again.
 */
export type Transition =
  | { readonly verdict: 'MOVE'; readonly to: TransactionState }
  | { readonly verdict: 'DUPLICATE' | 'OVERTAKEN' | 'OVERRULED' | 'ILLEGAL' };

const moveTo = (to: TransactionState): Transition => ({ verdict: 'MOVE', to });
const duplicate: Transition = { verdict: 'DUPLICATE' };
const overtaken: Transition = { verdict: 'OVERTAKEN' };
const overruled: Transition = { verdict: 'OVERRULED' };
const illegal: Transition = { verdict: 'ILLEGAL' };

const transitions: Readonly<Record<TransactionState, Readonly<Record<TransactionFact, Transition>>>> = {
  REQUESTED: {
    SCREENING_CLEARED: moveTo('APPROVED'),
    SCREENING_HELD: moveTo('IN_REVIEW'),
    SCREENING_REJECTED: moveTo('REJECTED'),
    POSTING_COMPLETED: illegal,
    POSTING_REFUSED: illegal,
  },
  IN_REVIEW: {
    SCREENING_CLEARED: moveTo('APPROVED'),
    SCREENING_HELD: duplicate,
    SCREENING_REJECTED: moveTo('REJECTED'),
    POSTING_COMPLETED: illegal,
    POSTING_REFUSED: illegal,
  },
  APPROVED: {
    SCREENING_CLEARED: duplicate,
    SCREENING_HELD: overtaken,
    // The wallet has been told to post, and may have: a later "no" cannot take the money back.
    SCREENING_REJECTED: overruled,
    POSTING_COMPLETED: moveTo('COMPLETED'),
    POSTING_REFUSED: moveTo('FAILED'),
  },
  COMPLETED: {
    SCREENING_CLEARED: overtaken,
    SCREENING_HELD: overtaken,
    SCREENING_REJECTED: overruled,
    POSTING_COMPLETED: duplicate,
    POSTING_REFUSED: illegal,
  },
  REJECTED: {
    // A refusal is final; whoever changes their mind asks the customer to send it again.
    SCREENING_CLEARED: overruled,
    SCREENING_HELD: overtaken,
    SCREENING_REJECTED: duplicate,
    POSTING_COMPLETED: illegal,
    POSTING_REFUSED: illegal,
  },
  FAILED: {
    SCREENING_CLEARED: overtaken,
    SCREENING_HELD: overtaken,
    SCREENING_REJECTED: overtaken,
    POSTING_COMPLETED: illegal,
    POSTING_REFUSED: duplicate,
  },
};

/** What the fact means for a transaction in this state. Total: every pair has an answer. */
export function transitionOf(state: TransactionState, fact: TransactionFact): Transition {
  return transitions[state][fact];
}

/** Nothing happens to a transaction any more once it is in one of these. */
export function isTerminal(state: TransactionState): boolean {
  return Object.values(transitions[state]).every((transition) => transition.verdict !== 'MOVE');
}

/** Whose answer a state waits for without a person being involved; such an answer may be asked for again. */
export function awaitedAnswer(state: TransactionState): 'SCREENING' | 'POSTING' | null {
  if (state === 'REQUESTED') return 'SCREENING';
  return state === 'APPROVED' ? 'POSTING' : null;
}

export interface Participants {
  readonly requestedBy: string;
  readonly source: Party;
  readonly destination: Party;
}

/** The key of a user's list and live feed. */
export const userKey = (userId: string): string => `user:${userId}`;
/** The key of a wallet's list and live feed. */
export const walletKey = (walletId: string): string => `wallet:${walletId}`;
/** The key of one transaction's live feed. */
export const transactionKey = (transactionId: string): string => `transaction:${transactionId}`;

/** List and feed keys of the side that asked for the movement: it sees every state. */
export function senderKeys({ requestedBy, source }: Participants): string[] {
  // An external account's owner is not the sender of a deposit: whoever confirms the money's arrival is.
  const ofSource = source.type === 'WALLET' ? [userKey(source.ownerId), walletKey(source.id)] : [];
  return unique([userKey(requestedBy), ...ofSource]);
}

/** List and feed keys of the side that receives: it sees nothing before the money is there. */
export function recipientKeys(participants: Participants): string[] {
  const { destination } = participants;
  const keys = [userKey(destination.ownerId), ...(destination.type === 'WALLET' ? [walletKey(destination.id)] : [])];
  const known = senderKeys(participants);
  return unique(keys).filter((key) => !known.includes(key));
}

/** True for the person who asked, and for the owner of the wallet that pays. */
export function isSender(userId: string, participants: Participants): boolean {
  return senderKeys(participants).includes(userKey(userId));
}

/** Whether a customer may know which wallet or account an end is: it is theirs, or they named it when they asked. */
export function mayNameEnd(userId: string, { requestedBy }: Participants, end: Party): boolean {
  return userId === end.ownerId || userId === requestedBy;
}

/** Whether a customer may know that the transaction exists. */
export function isVisibleTo(userId: string, transaction: Participants & { readonly state: TransactionState }): boolean {
  if (isSender(userId, transaction)) return true;
  return transaction.state === 'COMPLETED' && userId === transaction.destination.ownerId;
}

function unique(keys: readonly string[]): string[] {
  return [...new Set(keys)];
}
