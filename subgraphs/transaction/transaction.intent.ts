// What somebody asks for when they ask for a movement of money: read, checked for sense, and checked against the ends that it names. No writes.
import { createHash } from 'node:crypto';
import { canonicalize } from 'json-canonicalize';
import { platformErrors } from '../../platform/errors.ts';
import { type Money, type MoneyText, parseMoney } from '../../platform/money/money.ts';
import type { EndpointWish } from './endpoint.directory.ts';
import { type Endpoint, roleAt } from './endpoint.repository.ts';
import { parseFee } from './fee.rules.ts';
import { maySpend } from './member.rules.ts';
import { type Metadata, type MetadataEntry, readMetadata } from './metadata.rules.ts';
import { transactionErrors } from './transaction.errors.ts';
import type { TransactionOrigin } from './transaction.repository.ts';
import type { PartyType, TransactionKind } from './transaction.rules.ts';

export const memoLengthMax = 140;
export const idempotencyKeyLengthMax = 128;

/** A movement of money that somebody asks for. */
export interface MovementRequest {
  readonly kind: TransactionKind;
  /** The user who asks; their permission for the kind has been checked. */
  readonly requestedBy: string;
  readonly idempotencyKey: string;
  readonly sourceId: string;
  readonly destinationId: string;
  readonly amount: MoneyText;
  readonly memo?: string | null;
  readonly metadata?: readonly MetadataEntry[] | null;
  /** The fee that the requester has been quoted; another one is refused. Absent: whatever it costs. */
  readonly quotedFee?: MoneyText | null;
  readonly requestId: string | null;
  readonly signal?: AbortSignal;
}

/** A movement that follows from something else that is recorded in this domain: its key is chosen here, where no client's key can collide. */
export interface DerivedRequest {
  readonly requestedBy: string;
  readonly origin: TransactionOrigin;
  readonly isLinked?: boolean;
  readonly sourceId: string;
  readonly destinationId: string;
  readonly money: Money;
  readonly memo: string | null;
  readonly requestId: string | null;
}

const endTypes: Readonly<Record<TransactionKind, { readonly source: PartyType; readonly destination: PartyType }>> = {
  TRANSFER: { source: 'WALLET', destination: 'WALLET' },
  DEPOSIT: { source: 'EXTERNAL_ACCOUNT', destination: 'WALLET' },
  WITHDRAWAL: { source: 'WALLET', destination: 'EXTERNAL_ACCOUNT' },
};

/** A request that makes sense in itself. */
export interface Intent {
  readonly kind: TransactionKind;
  readonly requestedBy: string;
  readonly idempotencyKey: string;
  readonly sourceId: string;
  readonly destinationId: string;
  readonly money: Money;
  readonly memo: string | null;
  readonly metadata: Metadata | null;
  readonly quotedFee: Money | null;
  readonly fingerprint: string;
  readonly origin: TransactionOrigin | null;
  readonly isLinked: boolean;
  readonly requestId: string | null;
}

export function readIntent(asked: MovementRequest): Intent {
  const { kind, requestedBy, idempotencyKey, sourceId, destinationId, amount, memo } = asked;
  requireIdempotencyKey(idempotencyKey);
  const body = { kind, sourceId, destinationId, money: parseMoney(amount, 'input.amount'), memo: readMemo(memo) };
  if (kind === 'TRANSFER' && sourceId === destinationId) throw transactionErrors.TRANSFER_TO_SELF({ walletId: sourceId });
  const metadata = readMetadata(asked.metadata);
  const quotedFee = asked.quotedFee ? parseFee(asked.quotedFee, 'input.quotedFee') : null;
  const fingerprint = fingerprintOf({
    ...body,
    money: asText(body.money),
    ...(quotedFee === null ? {} : { quotedFee: asText(quotedFee) }),
    ...(metadata === null ? {} : { metadata }),
  });
  const { requestId } = asked;
  return {
    ...body,
    metadata,
    requestedBy,
    idempotencyKey,
    quotedFee,
    fingerprint,
    origin: null,
    isLinked: false,
    requestId,
  };
}

/** What follows from a record of this domain. Its key has spaces, which clients' keys cannot have. */
export function derivedIntent(derived: DerivedRequest): Intent {
  const { requestedBy, origin, sourceId, destinationId, money, memo, requestId } = derived;
  const body = { kind: 'TRANSFER' as const, sourceId, destinationId, money, memo };
  if (sourceId === destinationId) throw transactionErrors.TRANSFER_TO_SELF({ walletId: sourceId });
  return {
    ...body,
    requestedBy,
    idempotencyKey: `${origin.type} ${origin.id} ${origin.item}`,
    metadata: null,
    quotedFee: null,
    fingerprint: fingerprintOf({ ...body, money: asText(money) }),
    origin,
    isLinked: derived.isLinked ?? false,
    requestId,
  };
}

/** SHA-256 of what a request means, not of how it was written: "5" and "5.00" are the same request. */
export function fingerprintOf(meaning: object): string {
  return createHash('sha256').update(canonicalize(meaning)).digest('hex');
}

export const asText = ({ asset, units }: Money) => ({ asset, units: units.toString() });

/** @throws BAD_USER_INPUT */
export function requireIdempotencyKey(key: string): void {
  if (/^[\x21-\x7e]+$/.test(key) && key.length <= idempotencyKeyLengthMax) return;
  const problem = `an idempotency key has 1 to ${idempotencyKeyLengthMax} visible ASCII characters, for example a UUID`;
  throw platformErrors.BAD_USER_INPUT({ field: 'input.idempotencyKey', problem });
}

/** One line of visible text, or null. @throws BAD_USER_INPUT */
export function readMemo(memo: string | null | undefined, field = 'input.memo'): string | null {
  const text = memo?.normalize('NFC').trim() ?? '';
  if ([...text].length > memoLengthMax) {
    throw platformErrors.BAD_USER_INPUT({ field, problem: `a memo has at most ${memoLengthMax} characters` });
  }
  // Control and formatting characters could make a memo read differently from what it says; the two joiners belong to words and emoji.
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u.test(text.replace(/[\u200c\u200d]/g, ''))) {
    throw platformErrors.BAD_USER_INPUT({ field, problem: 'a memo is one line of visible text' });
  }
  return text === '' ? null : text;
}

/** Which endpoints the kind of movement allows this requester to name. */
export function wishesOf({ kind, requestedBy, sourceId, destinationId }: Intent): [EndpointWish, EndpointWish] {
  const types = endTypes[kind];
  // Whoever sees a wallet but may not pay from it is told so, and not that it is not there: see `requireSpender`.
  const isMine = (endpoint: Endpoint) => roleAt(endpoint, requestedBy) !== null;
  const isAnyones = () => true;
  const source = { id: sourceId, type: types.source };
  const destination = { id: destinationId, type: types.destination };
  switch (kind) {
    case 'TRANSFER':
      return [
        { ...source, accepts: isMine },
        { ...destination, accepts: isAnyones },
      ];
    case 'WITHDRAWAL':
      return [
        { ...source, accepts: isMine },
        { ...destination, accepts: isMine },
      ];
    case 'DEPOSIT':
      // Money arrives from the operator's own account (the treasury) or from the account of whoever receives it.
      return [
        { ...source, accepts: (account, found) => isMine(account) || account.ownerId === found.get(destinationId)?.ownerId },
        { ...destination, accepts: isAnyones },
      ];
  }
}

export function notFound({ id, type }: EndpointWish): Error {
  if (type === 'WALLET') return transactionErrors.WALLET_NOT_FOUND({ walletId: id });
  return transactionErrors.EXTERNAL_ACCOUNT_NOT_FOUND({ externalAccountId: id });
}

/** @throws WALLET_NOT_FOUND, WALLET_ROLE_INSUFFICIENT */
export function requireSpender(wallet: Endpoint, userId: string): void {
  const role = roleAt(wallet, userId);
  if (role === null) throw transactionErrors.WALLET_NOT_FOUND({ walletId: wallet.id });
  if (!maySpend(role)) throw transactionErrors.WALLET_ROLE_INSUFFICIENT({ walletId: wallet.id, role, needed: 'SPENDER' });
}

export function requireUsable(endpoint: Endpoint, { kind, requestedBy, money }: Intent): void {
  if (endpoint.asset !== null && endpoint.asset !== money.asset) {
    throw transactionErrors.EXTERNAL_ACCOUNT_ASSET_MISMATCH({
      externalAccountId: endpoint.id,
      accountAsset: endpoint.asset,
      asset: money.asset,
    });
  }
  if (endpoint.status !== 'FROZEN') return;
  // That somebody else's wallet is frozen is between them and the house; an operator who deposits may know.
  const mayKnow = roleAt(endpoint, requestedBy) !== null || kind === 'DEPOSIT';
  throw mayKnow
    ? transactionErrors.WALLET_FROZEN({ walletId: endpoint.id })
    : transactionErrors.DESTINATION_UNAVAILABLE({ walletId: endpoint.id });
}
