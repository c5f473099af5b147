// What can be asked of the ledger, and the identity of a request: its key and the fingerprint of its body.
import { hash } from 'node:crypto';
import type { DomainError } from '../../platform/errors.ts';
import type { InboxClaim } from '../../platform/events/event.ts';
import type { AccountHolder } from './account.rules.ts';
import type { ManualOutcome } from './manual-posting.rules.ts';

export type TransactionKind = 'TRANSFER' | 'DEPOSIT' | 'WITHDRAWAL';

/** One end of a movement of money, as the transaction domain names it. */
export interface TransactionParty {
  readonly type: 'WALLET' | 'EXTERNAL_ACCOUNT';
  readonly id: string;
}

export interface PostTransaction {
  readonly type: 'POST_TRANSACTION';
  readonly transactionId: string;
  readonly kind: TransactionKind;
  readonly requestedBy: string;
  readonly source: TransactionParty;
  readonly destination: TransactionParty;
  readonly asset: string;
  readonly units: bigint;
  readonly memo: string | null;
  /** The hold that keeps the money; it is captured by the posting. */
  readonly holdId?: string | undefined;
  /** Paid by the source on top, in the same asset. */
  readonly fees?: readonly Fee[] | undefined;
  /** When it counts from; not later than now. Absent: when it is recorded. */
  readonly effectiveAt?: Date | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface Fee {
  /** Purpose of the system account that it is credited to: `fees`, `network-fees`. */
  readonly account: string;
  readonly units: bigint;
}

/** Sets the money of a transaction aside before it is decided, so that it cannot be spent twice. */
export interface ReserveFunds {
  readonly type: 'RESERVE_FUNDS';
  readonly transactionId: string;
  readonly requestedBy: string;
  readonly walletId: string;
  readonly asset: string;
  readonly units: bigint;
  readonly expiresAt: Date | null;
}

/** Takes a posted transaction back: the exact mirror of its legs, at most once. */
export interface ReverseTransaction {
  readonly type: 'REVERSE_TRANSACTION';
  readonly transactionId: string;
  /** Which try it is: a refusal is final for this one, and another may succeed. Absent in orders from before tries had names. */
  readonly attemptId?: string | undefined;
  readonly requestedBy: string;
  readonly reason: string;
}

/** All of them, or none. They see each other's effects. */
export interface LinkedCommands {
  readonly type: 'LINKED';
  readonly commands: readonly LedgerCommand[];
}

export interface PlaceHold {
  readonly type: 'PLACE_HOLD';
  readonly walletId: string;
  readonly asset: string;
  readonly units: bigint;
  readonly memo: string | null;
  readonly expiresAt: Date | null;
  readonly placedBy: string;
}

export interface CaptureHold {
  readonly type: 'CAPTURE_HOLD';
  readonly holdId: string;
  readonly destinationWalletId: string;
  /** Null captures all of it. What is not captured is released. */
  readonly amount: { readonly units: bigint; readonly asset: string } | null;
}

export interface VoidHold {
  readonly type: 'VOID_HOLD';
  readonly holdId: string;
  /** The transaction that gives back what it set aside; null when a person asks. */
  readonly heldFor: string | null;
}

/** Asked by the sweeper once the clock has passed the hold's expiry. */
export interface ExpireHold {
  readonly type: 'EXPIRE_HOLD';
  readonly holdId: string;
}

/** Uses a quote up: one posting, in both assets. */
export interface Exchange {
  readonly type: 'EXCHANGE';
  readonly quoteId: string;
  readonly requestedBy: string;
}

/** Takes an exchange back: the exact mirror of its legs, at most once. */
export interface ReverseExchange {
  readonly type: 'REVERSE_EXCHANGE';
  readonly exchangeId: string;
  readonly requestedBy: string;
  readonly reason: string;
}

/** Money that has arrived for the house to exchange from. */
export interface FundLiquidity {
  readonly type: 'FUND_LIQUIDITY';
  readonly externalAccountId: string;
  readonly asset: string;
  readonly units: bigint;
  readonly requestedBy: string;
}

export interface ManualLeg {
  readonly debit: AccountHolder;
  readonly credit: AccountHolder;
  readonly asset: string;
  readonly units: bigint;
}

/** Legs that happen together, in their order. */
export interface ManualPosting {
  readonly legs: readonly ManualLeg[];
  readonly memo: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** When it counts from; absent: when it is recorded. */
  readonly effectiveAt?: Date | undefined;
}

/** What an operator posts by hand: each with its own outcome, or, linked, all or none. */
export interface PostManually {
  readonly type: 'POST_MANUALLY';
  readonly requestedBy: string;
  readonly isLinked: boolean;
  readonly postings: readonly ManualPosting[];
}

export type LedgerCommand =
  | PostTransaction
  | ReserveFunds
  | ReverseTransaction
  | LinkedCommands
  | PlaceHold
  | CaptureHold
  | VoidHold
  | ExpireHold
  | Exchange
  | ReverseExchange
  | FundLiquidity
  | PostManually;

/** The commands that a command is made of, itself when it is one. */
export function partsOf(command: LedgerCommand): readonly LedgerCommand[] {
  return command.type === 'LINKED' ? command.commands.flatMap(partsOf) : [command];
}

/** What a service does on its own, or on behalf of an event. */
export const systemActor = 'system';

/** Who or what asked; not part of the request's identity. */
export interface RequestOrigin {
  /** User id, or `system`. */
  readonly actorId: string;
  readonly requestId: string | null;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
}

export interface LedgerRequest {
  /** Unique per effect: see `transactionKey` and `callerKey`. Null where the ledger's own state lets it happen once. */
  readonly key: string | null;
  /** What the caller called it, for messages. */
  readonly idempotencyKey: string;
  readonly command: LedgerCommand;
  readonly origin: RequestOrigin;
  /** Decides as if it were to happen, and lets nothing happen. */
  readonly isDryRun?: boolean;
  /** Proof of having consumed the event that asked; written in the effect's transaction. */
  readonly claim?: InboxClaim;
}

export type LedgerAnswer =
  | {
      readonly status: 'ACCEPTED';
      /** Id of the posting, the hold, or the batch of postings made by hand. */
      readonly resultId: string;
      readonly outcomes?: readonly ManualOutcome[] | undefined;
    }
  | { readonly status: 'REFUSED'; readonly refusal: DomainError }
  /** A dry run that nothing stands in the way of. */
  | { readonly status: 'WOULD_BE_ACCEPTED'; readonly outcomes?: readonly ManualOutcome[] | undefined }
  /** The event behind the request was consumed before; its answer was given then. */
  | { readonly status: 'ALREADY_CONSUMED' };

/** The key under which the outcome of a transaction's command is remembered. */
export function transactionCommandKey(command: PostTransaction | ReserveFunds | ReverseTransaction): string {
  switch (command.type) {
    case 'POST_TRANSACTION':
      return transactionKey(command.transactionId);
    case 'RESERVE_FUNDS':
      return reservationKey(command.transactionId);
    case 'REVERSE_TRANSACTION':
      return reversalKey(command.transactionId, command.attemptId);
  }
}

export function reservationKey(transactionId: string): string {
  return `reserve:${transactionId}`;
}

export function reversalKey(transactionId: string, attemptId?: string): string {
  return attemptId === undefined ? `reverse:${transactionId}` : `reverse:${transactionId}:${attemptId}`;
}

export function transactionKey(transactionId: string): string {
  return `transaction:${transactionId}`;
}

/** Idempotency keys belong to one caller and one operation: nobody can collide with another's. */
export function callerKey(command: LedgerCommand['type'], userId: string, idempotencyKey: string): string {
  return `${command}:${userId}:${idempotencyKey}`;
}

/** SHA-256 over the canonical body: two requests with the same key must agree in it. */
export function fingerprintOf(command: LedgerCommand): string {
  return hash('sha256', canonical(command));
}

/** RFC 8785 for what commands are made of: keys in order, no spaces; amounts as strings, moments as JSON has them. */
function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `"${value}"`;
  if (typeof value !== 'object' || value === null || value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '{';
  for (const key of Object.keys(fields).sort()) {
    if (fields[key] === undefined) continue;
    text += `${text === '{' ? '' : ','}${JSON.stringify(key)}:${canonical(fields[key])}`;
  }
  return `${text}}`;
}
