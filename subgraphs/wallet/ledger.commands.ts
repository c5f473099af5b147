// What can be asked of the ledger, and the identity of a request: its key and the fingerprint of its body.
import { hash } from 'node:crypto';
import type { DomainError } from '../../platform/errors.ts';
import type { InboxClaim } from '../../platform/events/event.ts';

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
}

/** Asked by the sweeper once the clock has passed the hold's expiry. */
export interface ExpireHold {
  readonly type: 'EXPIRE_HOLD';
  readonly holdId: string;
}

export type LedgerCommand = PostTransaction | PlaceHold | CaptureHold | VoidHold | ExpireHold;

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
  /** Proof of having consumed the event that asked; written in the effect's transaction. */
  readonly claim?: InboxClaim;
}

export type LedgerAnswer =
  | { readonly status: 'ACCEPTED' /** The posting's or hold's id. */; readonly resultId: string }
  | { readonly status: 'REFUSED'; readonly refusal: DomainError }
  /** The event behind the request was consumed before; its answer was given then. */
  | { readonly status: 'ALREADY_CONSUMED' };

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
