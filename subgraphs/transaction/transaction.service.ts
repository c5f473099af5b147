// The use cases that start a movement of money. They record the intent and nothing else: funds, screening and posting answer by events.
import type { Clock, Ids } from '../../platform/clock.ts';
import type { LiveFeed, Outbox } from '../../platform/events/event.ts';
import { requireGoodStanding } from '../../platform/identity/standing.ts';
import { describeMoney } from '../../platform/money/money.ts';
import type { EndpointDirectory } from './endpoint.directory.ts';
import { type Endpoint, roleAt } from './endpoint.repository.ts';
import { type Fee, findFee } from './fee.repository.ts';
import { askAgainAt } from './saga.deadlines.ts';
import { deadlineOf, type StepTimeouts } from './saga.rules.ts';
import { transactionErrors } from './transaction.errors.ts';
import { auditEvent, changeEvent, fundsRequestedEvents } from './transaction.events.ts';
import {
  type DerivedRequest,
  derivedIntent,
  type Intent,
  type MovementRequest,
  notFound,
  readIntent,
  requireSpender,
  requireUsable,
  wishesOf,
} from './transaction.intent.ts';
import {
  findByIdempotencyKey,
  insertTransaction,
  type TransactionDatabase,
  type TransactionRecord,
  type Tx,
} from './transaction.repository.ts';
import type { TransactionKind } from './transaction.rules.ts';

export interface TransactionService {
  /**
   * Records the intent to move money, once per requester and idempotency key. A repeat is answered even when its requester has been
   * suspended since: a refusal always means that nothing is recorded under the key.
   *
   * @throws BAD_USER_INPUT, UNKNOWN_ASSET, INVALID_AMOUNT, AMOUNT_NOT_POSITIVE, AMOUNT_TOO_PRECISE, AMOUNT_TOO_LARGE, TRANSFER_TO_SELF, DEPOSIT_TO_SELF,
   * IDEMPOTENCY_CONFLICT, ACCOUNT_SUSPENDED, WALLET_NOT_FOUND, WALLET_ROLE_INSUFFICIENT, EXTERNAL_ACCOUNT_NOT_FOUND, EXTERNAL_ACCOUNT_ASSET_MISMATCH, WALLET_FROZEN,
   * DESTINATION_UNAVAILABLE, FEE_CHANGED; nothing is recorded then.
   */
  request(request: MovementRequest): Promise<TransactionRecord>;
  /** Checks what can be checked before it is recorded, and records nothing. @throws as `request` */
  examine(request: MovementRequest): Promise<PreparedMovement>;
  /** Checks a movement that follows from another record of this domain. @throws as `request` */
  prepare(derived: DerivedRequest, options?: { signal?: AbortSignal }): Promise<PreparedMovement>;
  /** Records it in the transaction of what it follows from; once, however often it is asked for. @throws ACCOUNT_SUSPENDED */
  record(tx: Tx, prepared: PreparedMovement): Promise<TransactionRecord>;
}

/** A movement that has passed every check that can be made before it is recorded. */
export interface PreparedMovement {
  readonly intent: Intent;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly fee: Fee;
  /** From before the record is written, so that following from it cannot miss the first event. */
  readonly feedCursor: string;
}

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
  timeouts: StepTimeouts;
}): TransactionService {
  const { database, outbox, feed, endpoints, clock, ids, timeouts } = deps;

  async function request(asked: MovementRequest): Promise<TransactionRecord> {
    const intent = readIntent(asked);
    const known = await findByIdempotencyKey(database.client, intent.requestedBy, intent.idempotencyKey);
    if (known !== null) return sameRequest(known, intent);
    const prepared = await check(intent, asked.signal);
    return database.transaction((tx) => record(tx, prepared));
  }

  async function check(intent: Intent, signal: AbortSignal | undefined): Promise<PreparedMovement> {
    // Independent of each other; the standing is the first to refuse, so that a suspended user learns of nothing else.
    const standing = requireGoodStanding(database.client, intent.requestedBy);
    const [, [source, destination], fee, feedCursor] = await Promise.all([
      standing,
      standing.then(() => findEnds(intent, signal)),
      findFee(database.client, intent.kind, intent.money),
      feed.currentCursor(),
    ]);
    // Whoever confirms that money has arrived must not be the one who gets it.
    if (intent.kind === 'DEPOSIT' && roleAt(destination, intent.requestedBy) !== null)
      throw transactionErrors.DEPOSIT_TO_SELF({ walletId: destination.id });
    if (intent.kind !== 'DEPOSIT') requireSpender(source, intent.requestedBy);
    requireUsable(source, intent);
    requireUsable(destination, intent);
    requireQuotedFee(fee, intent);
    return { intent, source, destination, fee, feedCursor };
  }

  async function findEnds(intent: Intent, signal: AbortSignal | undefined): Promise<[Endpoint, Endpoint]> {
    const wishes = wishesOf(intent);
    const [source, destination] = await endpoints.find(wishes, signal === undefined ? {} : { signal });
    if (!source) throw notFound(wishes[0]);
    if (!destination) throw notFound(wishes[1]);
    return [source, destination];
  }

  async function record(tx: Tx, { intent, source, destination, fee, feedCursor }: PreparedMovement): Promise<TransactionRecord> {
    const now = clock.now();
    const { kind, requestedBy, money, memo, metadata, origin, isLinked, idempotencyKey, requestId } = intent;
    const transaction: TransactionRecord = {
      id: ids.next(),
      kind,
      state: 'REQUESTED',
      version: 1,
      requestedBy,
      source: { type: source.type, id: source.id, ownerId: source.ownerId },
      destination: { type: destination.type, id: destination.id, ownerId: destination.ownerId },
      money,
      feeUnits: fee.units,
      feeVersion: fee.version,
      memo,
      metadata,
      origin,
      isLinked,
      screening: null,
      holdId: null,
      reversalId: null,
      failure: null,
      idempotencyKey,
      requestFingerprint: intent.fingerprint,
      feedCursor,
      correlationId: requestId,
      askAgainAt: askAgainAt('REQUESTED', now),
      deadlineAt: deadlineOf('REQUESTED', now, timeouts),
      remindersSent: 0,
      createdAt: now,
      updatedAt: now,
    };
    if (!(await insertTransaction(tx, transaction))) {
      const winner = await findByIdempotencyKey(tx.client, requestedBy, idempotencyKey);
      if (winner === null) throw new Error(`Transaction ${transaction.id} was neither inserted nor there before.`);
      return sameRequest(winner, intent);
    }
    // Asked again here, because the suspension may have come while an endpoint was waited for; a refusal undoes the insert.
    await requireGoodStanding(tx.client, intent.requestedBy);
    const cause = { correlationId: requestId, causationId: null };
    await outbox.append(tx, [
      changeEvent(transaction, { previousState: null, reason: null }, cause),
      ...fundsRequestedEvents(transaction, cause),
      auditEvent(transaction, requestAudit(transaction), cause),
    ]);
    return transaction;
  }

  return {
    request,
    examine: (asked) => check(readIntent(asked), asked.signal),
    prepare: (derived, options) => check(derivedIntent(derived), options?.signal),
    record,
  };
}

function requestAudit({ kind, requestedBy, money, feeUnits, source, destination, origin, correlationId }: TransactionRecord) {
  return {
    action: origin === null ? requestActions[kind] : `${requestActions[kind]}_by_${origin.type.toLowerCase()}`,
    actorId: requestedBy,
    outcome: 'SUCCEEDED' as const,
    details: {
      kind,
      asset: money.asset,
      units: money.units.toString(),
      feeUnits: feeUnits.toString(),
      sourceId: source.id,
      destinationId: destination.id,
      origin: origin === null ? null : { ...origin },
    },
    requestId: correlationId,
  };
}

function sameRequest(known: TransactionRecord, { fingerprint, idempotencyKey }: Intent): TransactionRecord {
  if (known.requestFingerprint !== fingerprint) throw transactionErrors.IDEMPOTENCY_CONFLICT({ idempotencyKey });
  return known;
}

function requireQuotedFee({ units }: Fee, { quotedFee, money: { asset } }: Intent): void {
  if (quotedFee === null || (quotedFee.units === units && quotedFee.asset === asset)) return;
  throw transactionErrors.FEE_CHANGED({ quoted: describeMoney(quotedFee), fee: describeMoney({ units, asset }) });
}
