// Asking somebody for money: they accept, and a transfer linked to the request pays it; or they decline. Nobody else learns of it.
import type { Clock, Ids } from '../../platform/clock.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { LiveFeed, Outbox } from '../../platform/events/event.ts';
import { type Connection, type ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { requireGoodStanding } from '../../platform/identity/standing.ts';
import { type MoneyText, parseMoney } from '../../platform/money/money.ts';
import type { EndpointDirectory } from './endpoint.directory.ts';
import { roleAt } from './endpoint.repository.ts';
import {
  type PaymentRequestChange,
  paymentRequestEvents,
  paymentRequestFeed,
  readPaymentRequestChange,
} from './payment-request.events.ts';
import {
  type Acceptance,
  findAcceptance,
  findDuePaymentRequests,
  findPaymentRequest,
  findPaymentRequestByKey,
  findPaymentRequests,
  insertAcceptance,
  insertPaymentRequest,
  listPaymentRequests,
  lockPaymentRequest,
  type PaymentRequest,
  type PaymentRequestState,
  updatePaymentRequest,
} from './payment-request.repository.ts';
import { type Followed, followChanges } from './record.feed.ts';
import type { SharedClock } from './saga.deadlines.ts';
import { hasFailed } from './saga.rules.ts';
import { transactionErrors } from './transaction.errors.ts';
import { asText, fingerprintOf, readMemo, requireIdempotencyKey, requireSpender } from './transaction.intent.ts';
import type { TransactionProgress } from './transaction.progress.ts';
import { findTransaction, type TransactionDatabase, type TransactionRecord, type Tx } from './transaction.repository.ts';
import { isPossibleId } from './transaction.rules.ts';
import type { TransactionService } from './transaction.service.ts';

const dayMs = 86_400_000;
const lifeMsDefault = 14 * dayMs;
const lifeMsMax = 366 * dayMs;
const expiriesPerSweepMax = 200;

/** Who acts, and in which request. */
export interface Actor {
  readonly userId: string;
  readonly requestId: string | null;
}

export interface NewPaymentRequest {
  readonly idempotencyKey: string;
  readonly payerId: string;
  readonly walletId: string;
  readonly amount: MoneyText;
  readonly memo?: string | null;
  readonly expiresAt?: Date | null;
}

export interface AcceptanceRequest {
  readonly idempotencyKey: string;
  readonly paymentRequestId: string;
  readonly sourceWalletId: string;
}

export interface Accepted {
  readonly request: PaymentRequest;
  readonly transaction: TransactionRecord;
}

export type PaymentRequestListArgs = Pick<ConnectionArgs, 'first' | 'after'> & {
  readonly role: 'SENT' | 'RECEIVED';
  readonly states?: readonly PaymentRequestState[] | null;
};

export type PaymentRequestService = ReturnType<typeof createPaymentRequestService>;

const listCursor = keysetCursor('payment-requests', { createdAt: 'date', id: 'string' });

export function createPaymentRequestService(deps: {
  database: TransactionDatabase;
  outbox: Outbox;
  feed: LiveFeed;
  endpoints: EndpointDirectory;
  transactions: TransactionService;
  progress: TransactionProgress;
  clock: Clock;
  now: SharedClock;
  ids: Ids;
}) {
  const { database, outbox, feed, endpoints, transactions, progress, clock, now: sharedNow, ids } = deps;

  progress.onChange(async (tx, _before, { origin, state, id }) => {
    if (origin?.type !== 'PAYMENT_REQUEST') return;
    const request = await lockPaymentRequest(tx, origin.id);
    if (request === null || request.state !== 'ACCEPTED' || request.transactionId !== id) return;
    if (state === 'COMPLETED') await move(tx, request, 'PAID', { userId: 'system', requestId: null });
    // Whoever was asked may try again, as long as the request lives.
    else if (hasFailed(state)) await move(tx, request, 'PENDING', { userId: 'system', requestId: null });
  });

  async function create(actor: Actor, asked: NewPaymentRequest): Promise<PaymentRequest> {
    const { idempotencyKey, payerId, walletId } = asked;
    requireIdempotencyKey(idempotencyKey);
    const money = parseMoney(asked.amount, 'input.amount');
    const memo = readMemo(asked.memo);
    const given = asked.expiresAt ?? null;
    const meaning = { payerId, walletId, money: asText(money), memo, expiresAt: given?.toISOString() ?? null };
    const requestFingerprint = fingerprintOf(meaning);
    const known = await findPaymentRequestByKey(database.client, actor.userId, idempotencyKey);
    if (known !== null) return same(known, requestFingerprint);
    const now = clock.now();
    const expiresAt = given ?? new Date(now.getTime() + lifeMsDefault);
    if (!isPossibleId(payerId) || payerId === actor.userId)
      throw platformErrors.BAD_USER_INPUT({ field: 'input.payerId', problem: 'money is asked of somebody else' });
    if (expiresAt <= now || expiresAt.getTime() > now.getTime() + lifeMsMax)
      throw platformErrors.BAD_USER_INPUT({ field: 'input.expiresAt', problem: 'a request lives at most a year from now' });
    await requireOwnWallet(actor, walletId);
    const request: PaymentRequest = {
      id: ids.next(),
      state: 'PENDING',
      version: 1,
      requestedBy: actor.userId,
      payerId,
      walletId,
      money,
      memo,
      transactionId: null,
      attempts: 0,
      idempotencyKey,
      requestFingerprint,
      expiresAt,
      createdAt: now,
      updatedAt: now,
    };
    return database.transaction(async (tx) => {
      if (!(await insertPaymentRequest(tx, request))) {
        const winner = await findPaymentRequestByKey(tx.client, actor.userId, idempotencyKey);
        if (winner === null) throw new Error(`Payment request ${request.id} was neither inserted nor there before.`);
        return same(winner, requestFingerprint);
      }
      await requireGoodStanding(tx.client, actor.userId);
      await outbox.append(tx, paymentRequestEvents(request, actor));
      return request;
    });
  }

  async function requireOwnWallet({ userId }: Actor, walletId: string): Promise<void> {
    const [own] = await endpoints.find([{ id: walletId, type: 'WALLET', accepts: (wallet) => roleAt(wallet, userId) !== null }]);
    if (!own) throw transactionErrors.WALLET_NOT_FOUND({ walletId });
    requireSpender(own, userId);
  }

  /** The transfer is recorded in the transaction that accepts: there is never one without the other. */
  async function accept(actor: Actor, asked: AcceptanceRequest): Promise<Accepted> {
    const { idempotencyKey, paymentRequestId, sourceWalletId } = asked;
    requireIdempotencyKey(idempotencyKey);
    const known = await findAcceptance(database.client, actor.userId, idempotencyKey);
    if (known !== null) return accepted(database.client, known, asked);
    const seen = await get(actor.userId, paymentRequestId);
    if (seen.payerId !== actor.userId) throw notFound(paymentRequestId);
    if (seen.state !== 'PENDING') throw transactionErrors.PAYMENT_REQUEST_CLOSED({ paymentRequestId, state: seen.state });
    const prepared = await transactions.prepare({
      requestedBy: actor.userId,
      origin: { type: 'PAYMENT_REQUEST', id: seen.id, item: seen.attempts + 1 },
      sourceId: sourceWalletId,
      destinationId: seen.walletId,
      money: seen.money,
      memo: seen.memo,
      requestId: actor.requestId,
    });
    const now = await sharedNow();
    return database.transaction(async (tx) => {
      const request = (await lockPaymentRequest(tx, paymentRequestId)) ?? seen;
      // The lock is what two acceptances under one key meet at.
      const winner = await findAcceptance(tx.client, actor.userId, idempotencyKey);
      if (winner !== null) return accepted(tx.client, winner, asked);
      if (request.state !== 'PENDING' || request.version !== seen.version)
        throw transactionErrors.PAYMENT_REQUEST_CLOSED({ paymentRequestId, state: request.state });
      if (request.expiresAt <= now) throw transactionErrors.PAYMENT_REQUEST_CLOSED({ paymentRequestId, state: 'EXPIRED' });
      const transaction = await transactions.record(tx, prepared);
      const acceptance = { payerId: actor.userId, idempotencyKey, paymentRequestId, sourceId: sourceWalletId };
      // Under this key another request was accepted just now; what has been written here is undone.
      if (!(await insertAcceptance(tx, { ...acceptance, transactionId: transaction.id })))
        throw transactionErrors.IDEMPOTENCY_CONFLICT({ idempotencyKey });
      const change = { transactionId: transaction.id, attempts: request.attempts + 1 };
      return { request: await move(tx, request, 'ACCEPTED', actor, change), transaction };
    });
  }

  /** The acceptance that was made under this key before: the request as it is now, and the transfer that was made then. */
  async function accepted(client: Tx['client'], known: Acceptance, asked: AcceptanceRequest): Promise<Accepted> {
    if (known.paymentRequestId !== asked.paymentRequestId || known.sourceId !== asked.sourceWalletId)
      throw transactionErrors.IDEMPOTENCY_CONFLICT({ idempotencyKey: known.idempotencyKey });
    const request = await findPaymentRequest(client, known.paymentRequestId);
    const transaction = await findTransaction(client, known.transactionId);
    if (request === null || transaction === null)
      throw new Error(`The payment request ${known.paymentRequestId} was accepted, but it or its transfer is not there.`);
    return { request, transaction };
  }

  /** Declined by who was asked, cancelled by who asked; again is the same. */
  async function close(actor: Actor, paymentRequestId: string, to: 'DECLINED' | 'CANCELLED'): Promise<PaymentRequest> {
    return database.transaction(async (tx) => {
      const request = await lockPaymentRequest(tx, paymentRequestId);
      const closer = to === 'DECLINED' ? request?.payerId : request?.requestedBy;
      if (request === null || closer !== actor.userId) throw notFound(paymentRequestId);
      if (request.state === to) return request;
      if (request.state !== 'PENDING')
        throw transactionErrors.PAYMENT_REQUEST_CLOSED({ paymentRequestId, state: shownState(request, actor.userId) });
      return move(tx, request, to, actor);
    });
  }

  async function move(
    tx: Tx,
    before: PaymentRequest,
    state: PaymentRequestState,
    actor: Actor,
    change: Partial<PaymentRequest> = {},
  ): Promise<PaymentRequest> {
    const request = { ...before, ...change, state, version: before.version + 1, updatedAt: clock.now() };
    await updatePaymentRequest(tx, request);
    await outbox.append(tx, paymentRequestEvents(request, actor));
    return request;
  }

  /** Those of the ids that the user has sent or received; the others are null. */
  async function getMany(userId: string, ids: readonly string[]): Promise<(PaymentRequest | null)[]> {
    const found = await findPaymentRequests(database.client, ids);
    return ids.map((id) => {
      const request = found.get(id);
      return request?.requestedBy === userId || request?.payerId === userId ? request : null;
    });
  }

  async function get(userId: string, id: string): Promise<PaymentRequest> {
    const [request] = await getMany(userId, [id]);
    if (!request) throw notFound(id);
    return request;
  }

  /** Changes of one payment request, or of all that the user has sent or received. @throws PAYMENT_REQUEST_NOT_FOUND, INVALID_CURSOR */
  async function follow(
    userId: string,
    { id, after }: { id?: string | null; after?: string | null },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Followed<PaymentRequestChange>>> {
    if (id) await get(userId, id);
    return followChanges(feed, { key: paymentRequestFeed(userId), after, signal }, (event) => {
      const change = readPaymentRequestChange(event);
      return id && change?.paymentRequestId !== id ? null : change;
    });
  }

  async function list(userId: string, args: PaymentRequestListArgs): Promise<Connection<PaymentRequest>> {
    const role = args.role === 'SENT' ? 'requestedBy' : 'payerId';
    const after = listCursor.decode(args.after);
    const states = hiddenStates(args);
    const found = await listPaymentRequests(database.client, { userId, role, states, after, limit: rowLimit(args) });
    return toConnection(found, args, listCursor.encode, (request) => request);
  }

  /** Ends pending requests whose time is up; returns how many. */
  async function expire(): Promise<number> {
    const now = await sharedNow();
    const due = await findDuePaymentRequests(database.client, now, expiriesPerSweepMax);
    for (const id of due) {
      await database.transaction(async (tx) => {
        const request = await lockPaymentRequest(tx, id);
        if (request?.state === 'PENDING' && request.expiresAt <= now)
          await move(tx, request, 'EXPIRED', { userId: 'system', requestId: null });
      });
    }
    return due.length;
  }

  return { create, accept, close, get, getMany, list, follow, expire };
}

/** Who asked does not learn that a payment is on its way, and perhaps being reviewed, before it is there. */
export function shownState({ state, requestedBy }: PaymentRequest, viewerId: string): PaymentRequestState {
  return state === 'ACCEPTED' && viewerId === requestedBy ? 'PENDING' : state;
}

/** The states to look for, so that a filter tells no more than the requests that it finds: see `shownState`. */
function hiddenStates({ role, states }: PaymentRequestListArgs): readonly PaymentRequestState[] | null {
  if (!states || role === 'RECEIVED') return states ?? null;
  const shown = states.filter((state) => state !== 'ACCEPTED');
  return shown.includes('PENDING') ? [...shown, 'ACCEPTED'] : shown;
}

function same(known: PaymentRequest, fingerprint: string): PaymentRequest {
  if (known.requestFingerprint !== fingerprint)
    throw transactionErrors.IDEMPOTENCY_CONFLICT({ idempotencyKey: known.idempotencyKey });
  return known;
}

function notFound(paymentRequestId: string): Error {
  return transactionErrors.PAYMENT_REQUEST_NOT_FOUND({ paymentRequestId });
}
