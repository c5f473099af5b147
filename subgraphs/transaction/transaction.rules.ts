// What a transaction is, and under which keys it is listed and followed, as pure functions. Who may see it is in `member.access.ts`, how it moves is in `saga.rules.ts`.

export const transactionKinds = ['TRANSFER', 'DEPOSIT', 'WITHDRAWAL'] as const;
export type TransactionKind = (typeof transactionKinds)[number];

export const transactionStates = [
  'REQUESTED',
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
export type TransactionState = (typeof transactionStates)[number];

/** False for text that is no id of anything and that a database might choke on. */
export function isPossibleId(id: string): boolean {
  return /^[\x21-\x7e]{1,128}$/.test(id);
}

export type PartyType = 'WALLET' | 'EXTERNAL_ACCOUNT';

/** One end of a movement of money. */
export interface Party {
  readonly type: PartyType;
  readonly id: string;
  readonly ownerId: string;
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

/** The recipient knows of it from the moment the money is there, and also when it is gone again. */
export function isKnownToRecipient(state: TransactionState): boolean {
  return state === 'COMPLETED' || state === 'REVERSED';
}

function unique(keys: readonly string[]): string[] {
  return [...new Set(keys)];
}
