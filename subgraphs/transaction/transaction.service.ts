// The use cases that start a movement of money. They record the intent and nothing else: screening and posting answer by events.
import { createHash } from 'node:crypto';
import { canonicalize } from 'json-canonicalize';
import type { Clock, Ids } from '../../platform/clock.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { LiveFeed, Outbox } from '../../platform/events/event.ts';
import { type Money, type MoneyText, parseMoney } from '../../platform/money/money.ts';
import type { EndpointDirectory, EndpointWish } from './endpoint.directory.ts';
import type { Endpoint } from './endpoint.repository.ts';
import { isSuspended } from './standing.repository.ts';
import { transactionErrors } from './transaction.errors.ts';
import { auditEvent, changeEvent } from './transaction.events.ts';
import { askAgainAt } from './transaction.progress.ts';
import {
  findByIdempotencyKey,
  insertTransaction,
  type TransactionDatabase,
  type TransactionRecord,
  type Tx,
} from './transaction.repository.ts';
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
  readonly requestId: string | null;
  readonly signal?: AbortSignal;
}

export interface TransactionService {
  /**
   * Records the intent to move money, once per requester and idempotency key. A repeat is answered even when its requester has been
   * suspended since: a refusal always means that nothing is recorded under the key.
   *
   * @throws BAD_USER_INPUT, UNKNOWN_ASSET, INVALID_AMOUNT, AMOUNT_NOT_POSITIVE, AMOUNT_TOO_PRECISE, AMOUNT_TOO_LARGE, TRANSFER_TO_SELF, DEPOSIT_TO_SELF,
   * IDEMPOTENCY_CONFLICT, ACCOUNT_SUSPENDED, WALLET_NOT_FOUND, EXTERNAL_ACCOUNT_NOT_FOUND, EXTERNAL_ACCOUNT_ASSET_MISMATCH, WALLET_FROZEN,
   * DESTINATION_UNAVAILABLE; nothing is recorded then.
   */
  request(request: MovementRequest): Promise<TransactionRecord>;
}

const endTypes: Readonly<Record<TransactionKind, { readonly source: PartyType; readonly destination: PartyType }>> = {
  TRANSFER: { source: 'WALLET', destination: 'WALLET' },
  DEPOSIT: { source: 'EXTERNAL_ACCOUNT', destination: 'WALLET' },
  WITHDRAWAL: { source: 'WALLET', destination: 'EXTERNAL_ACCOUNT' },
};

const requestActions: Readonly<Record<TransactionKind, string>> = {
  TRANSFER: 'transfer.request',
  DEPOSIT: 'deposit.request',
  WITHDRAWAL: 'withdrawal.request',
};

export function createTransactionService(deps: {
  database: TransactionDatabase;
  outbox: Outbox;
  feed: LiveFeed;
  endpoints: EndpointDirectory;
  clock: Clock;
  ids: Ids;
}): TransactionService {
  const { database, outbox, feed, endpoints, clock, ids } = deps;

  async function request(asked: MovementRequest): Promise<TransactionRecord> {
    const intent = readIntent(asked);
    const known = await findByIdempotencyKey(database.client, intent.requestedBy, intent.idempotencyKey);
    if (known !== null) return sameRequest(known, intent);
    await requireGoodStanding(database.client, intent);
    const [source, destination] = await findEnds(intent, asked.signal);
    // Whoever confirms that money has arrived must not be the one who gets it.
    if (intent.kind === 'DEPOSIT' && destination.ownerId === intent.requestedBy)
      throw transactionErrors.DEPOSIT_TO_SELF({ walletId: destination.id });
    requireUsable(source, intent);
    requireUsable(destination, intent);
    return record(intent, source, destination, asked.requestId);
  }

  async function findEnds(intent: Intent, signal: AbortSignal | undefined): Promise<[Endpoint, Endpoint]> {
    const wishes = wishesOf(intent);
    const [source, destination] = await endpoints.find(wishes, signal === undefined ? {} : { signal });
    if (!source) throw notFound(wishes[0]);
    if (!destination) throw notFound(wishes[1]);
    return [source, destination];
  }

  async function record(
    intent: Intent,
    source: Endpoint,
    destination: Endpoint,
    requestId: string | null,
  ): Promise<TransactionRecord> {
    // Taken before the transaction begins, so that following from it cannot miss the first event.
    const feedCursor = await feed.currentCursor();
    const now = clock.now();
    const transaction: TransactionRecord = {
      id: ids.next(),
      kind: intent.kind,
      state: 'REQUESTED',
      version: 1,
      requestedBy: intent.requestedBy,
      source: { type: source.type, id: source.id, ownerId: source.ownerId },
      destination: { type: destination.type, id: destination.id, ownerId: destination.ownerId },
      money: intent.money,
      memo: intent.memo,
      failure: null,
      idempotencyKey: intent.idempotencyKey,
      requestFingerprint: intent.fingerprint,
      feedCursor,
      correlationId: requestId,
      askAgainAt: askAgainAt('REQUESTED', now),
      remindersSent: 0,
      createdAt: now,
      updatedAt: now,
    };
    const cause = { correlationId: requestId, causationId: null };
    const { asset, units } = intent.money;
    const audit = {
      action: requestActions[intent.kind],
      actorId: intent.requestedBy,
      outcome: 'SUCCEEDED' as const,
      details: { kind: intent.kind, asset, units: units.toString(), sourceId: source.id, destinationId: destination.id },
      requestId,
    };
    return database.transaction(async (tx) => {
      if (!(await insertTransaction(tx, transaction))) {
        const winner = await findByIdempotencyKey(tx.client, intent.requestedBy, intent.idempotencyKey);
        if (winner === null) throw new Error(`Transaction ${transaction.id} was neither inserted nor there before.`);
        return sameRequest(winner, intent);
      }
      // Asked again here, because the suspension may have come while an endpoint was waited for; a refusal undoes the insert.
      await requireGoodStanding(tx.client, intent);
      const change = { previousState: null, reason: null };
      await outbox.append(tx, [changeEvent(transaction, change, cause), auditEvent(transaction, audit, cause)]);
      return transaction;
    });
  }

  return { request };
}

/** A request that makes sense in itself. */
interface Intent {
  readonly kind: TransactionKind;
  readonly requestedBy: string;
  readonly idempotencyKey: string;
  readonly sourceId: string;
  readonly destinationId: string;
  readonly money: Money;
  readonly memo: string | null;
  readonly fingerprint: string;
}

function readIntent({ kind, requestedBy, idempotencyKey, sourceId, destinationId, amount, memo }: MovementRequest): Intent {
  requireIdempotencyKey(idempotencyKey);
  const body = { kind, sourceId, destinationId, money: parseMoney(amount, 'input.amount'), memo: readMemo(memo) };
  if (kind === 'TRANSFER' && sourceId === destinationId) throw transactionErrors.TRANSFER_TO_SELF({ walletId: sourceId });
  // From what the request means, not how it was written: "5" and "5.00" are the same request.
  const canonical = canonicalize({ ...body, money: { asset: body.money.asset, units: body.money.units.toString() } });
  return { ...body, requestedBy, idempotencyKey, fingerprint: createHash('sha256').update(canonical).digest('hex') };
}

function requireIdempotencyKey(key: string): void {
  if (/^[\x21-\x7e]+$/.test(key) && key.length <= idempotencyKeyLengthMax) return;
  const problem = `an idempotency key has 1 to ${idempotencyKeyLengthMax} visible ASCII characters, for example a UUID`;
  throw platformErrors.BAD_USER_INPUT({ field: 'input.idempotencyKey', problem });
}

function readMemo(memo: string | null | undefined): string | null {
  const text = memo?.normalize('NFC').trim() ?? '';
  if ([...text].length > memoLengthMax) {
    throw platformErrors.BAD_USER_INPUT({ field: 'input.memo', problem: `a memo has at most ${memoLengthMax} characters` });
  }
  // Control and formatting characters could make a memo read differently from what it says; the two joiners belong to words and emoji.
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u.test(text.replace(/[\u200c\u200d]/g, ''))) {
    throw platformErrors.BAD_USER_INPUT({ field: 'input.memo', problem: 'a memo is one line of visible text' });
  }
  return text === '' ? null : text;
}

function sameRequest(known: TransactionRecord, intent: Intent): TransactionRecord {
  if (known.requestFingerprint !== intent.fingerprint)
    throw transactionErrors.IDEMPOTENCY_CONFLICT({ idempotencyKey: intent.idempotencyKey });
  return known;
}

async function requireGoodStanding(client: Tx['client'], { requestedBy }: Intent): Promise<void> {
  if (await isSuspended(client, requestedBy)) throw transactionErrors.ACCOUNT_SUSPENDED({});
}

/** Which endpoints the kind of movement allows this requester to name. */
function wishesOf({ kind, requestedBy, sourceId, destinationId }: Intent): [EndpointWish, EndpointWish] {
  const types = endTypes[kind];
  const isMine = (endpoint: Endpoint) => endpoint.ownerId === requestedBy;
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

function notFound({ id, type }: EndpointWish): Error {
  if (type === 'WALLET') return transactionErrors.WALLET_NOT_FOUND({ walletId: id });
  return transactionErrors.EXTERNAL_ACCOUNT_NOT_FOUND({ externalAccountId: id });
}

function requireUsable(endpoint: Endpoint, { kind, requestedBy, money }: Intent): void {
  if (endpoint.asset !== null && endpoint.asset !== money.asset) {
    throw transactionErrors.EXTERNAL_ACCOUNT_ASSET_MISMATCH({
      externalAccountId: endpoint.id,
      accountAsset: endpoint.asset,
      asset: money.asset,
    });
  }
  if (endpoint.status !== 'FROZEN') return;
  // That somebody else's wallet is frozen is between them and the house; an operator who deposits may know.
  const mayKnow = endpoint.ownerId === requestedBy || kind === 'DEPOSIT';
  throw mayKnow
    ? transactionErrors.WALLET_FROZEN({ walletId: endpoint.id })
    : transactionErrors.DESTINATION_UNAVAILABLE({ walletId: endpoint.id });
}
