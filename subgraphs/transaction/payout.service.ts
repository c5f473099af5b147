// Many payees in one request: recorded together under one idempotency key, paid one by one by `payout.runner.ts`. No outcome of one
// item touches another.
import type { Clock, Ids } from '../../platform/clock.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { LiveFeed, Outbox } from '../../platform/events/event.ts';
import { type Connection, type ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { hasPermission, type Identity } from '../../platform/identity/identity.ts';
import { requireGoodStanding } from '../../platform/identity/standing.ts';
import { type MoneyText, parseMoney } from '../../platform/money/money.ts';
import type { EndpointDirectory } from './endpoint.directory.ts';
import { roleAt } from './endpoint.repository.ts';
import { type PayoutChange, payoutAudit, payoutEvent, payoutFeed, readPayoutChange } from './payout.events.ts';
import {
  countRunningBatches,
  findBatchByKey,
  findBatches,
  findPayout,
  insertBatch,
  listBatches,
  listPayouts,
  type Payout,
  type PayoutBatch,
  type PayoutState,
} from './payout.repository.ts';
import { type Followed, followChanges } from './record.feed.ts';
import { transactionErrors } from './transaction.errors.ts';
import { asText, fingerprintOf, readMemo, requireIdempotencyKey, requireSpender } from './transaction.intent.ts';
import type { TransactionReading } from './transaction.reading.ts';
import type { TransactionDatabase } from './transaction.repository.ts';

export const payoutItemsMax = 1_000;
/** Batches of one user that are not finished: all users' batches take turns. About, since requests at the same moment do not see each other. */
export const runningBatchesMax = 20;
const referenceLengthMax = 64;

export interface NewPayout {
  readonly reference?: string | null;
  readonly destinationWalletId: string;
  readonly amount: MoneyText;
  readonly memo?: string | null;
}

export interface NewPayouts {
  readonly idempotencyKey: string;
  readonly sourceWalletId: string;
  readonly items: readonly NewPayout[];
}

export type PayoutListArgs = Pick<ConnectionArgs, 'first' | 'after'> & { readonly states?: readonly PayoutState[] | null };
export type PayoutService = ReturnType<typeof createPayoutService>;

const batchCursor = keysetCursor('payout-batches', { createdAt: 'date', id: 'string' });
const itemCursor = keysetCursor('payouts', { item: 'number' });

export function createPayoutService(deps: {
  database: TransactionDatabase;
  outbox: Outbox;
  feed: LiveFeed;
  endpoints: EndpointDirectory;
  reading: TransactionReading;
  clock: Clock;
  ids: Ids;
}) {
  const { database, outbox, feed, endpoints, reading, clock, ids } = deps;

  /**
   * Records the batch, once per owner and idempotency key. What makes no sense in itself refuses all of it; what stands in the way of one payee is
   * that item's outcome.
   * @throws BAD_USER_INPUT, money errors, IDEMPOTENCY_CONFLICT, ACCOUNT_SUSPENDED, WALLET_NOT_FOUND, WALLET_ROLE_INSUFFICIENT, TOO_MANY_PAYOUT_BATCHES
   */
  async function create(actor: { userId: string; requestId: string | null }, asked: NewPayouts): Promise<PayoutBatch> {
    const { userId: ownerId, requestId: correlationId } = actor;
    const { idempotencyKey, sourceWalletId: sourceId } = asked;
    requireIdempotencyKey(idempotencyKey);
    if (asked.items.length === 0 || asked.items.length > payoutItemsMax)
      throw platformErrors.BAD_USER_INPUT({ field: 'input.items', problem: `1 to ${payoutItemsMax} payees` });
    const items = asked.items.map(readItem);
    const requestFingerprint = fingerprintOf({ sourceId, items: items.map((item) => ({ ...item, money: asText(item.money) })) });
    const known = await findBatchByKey(database.client, ownerId, idempotencyKey);
    if (known !== null) return again(known, requestFingerprint);
    await requireGoodStanding(database.client, ownerId);
    await requireOwnWallet(ownerId, sourceId);
    if ((await countRunningBatches(database.client, ownerId)) >= runningBatchesMax)
      throw transactionErrors.TOO_MANY_PAYOUT_BATCHES({ runningBatchesMax });
    const feedCursor = await feed.currentCursor();
    const now = clock.now();
    const batch: PayoutBatch = {
      id: ids.next(),
      state: 'RUNNING',
      version: 1,
      ownerId,
      sourceId,
      itemCount: items.length,
      paidCount: 0,
      failedCount: 0,
      nextItem: 1,
      idempotencyKey,
      requestFingerprint,
      feedCursor,
      correlationId,
      createdAt: now,
      updatedAt: now,
    };
    const blank = { batchId: batch.id, state: 'PENDING' as const, transactionId: null, failure: null, updatedAt: now };
    const payouts = items.map((item, index): Payout => ({ ...item, ...blank, item: index + 1 }));
    return database.transaction(async (tx) => {
      if (!(await insertBatch(tx, batch, payouts))) {
        const winner = await findBatchByKey(tx.client, ownerId, idempotencyKey);
        if (winner === null) throw new Error(`Payout batch ${batch.id} was neither inserted nor there before.`);
        return again(winner, requestFingerprint);
      }
      await requireGoodStanding(tx.client, ownerId);
      await outbox.append(tx, [payoutEvent(batch, null), payoutAudit(batch, 'payout_batch.request')]);
      return batch;
    });
  }

  /** What was recorded before, for the same request. Who is no member of the wallet any more learns nothing of it. */
  async function again(known: PayoutBatch, fingerprint: string): Promise<PayoutBatch> {
    const { requestFingerprint, idempotencyKey, ownerId, sourceId } = known;
    if (requestFingerprint !== fingerprint) throw transactionErrors.IDEMPOTENCY_CONFLICT({ idempotencyKey });
    if ((await reading.roleIn(ownerId, sourceId)) === null) throw transactionErrors.WALLET_NOT_FOUND({ walletId: sourceId });
    return known;
  }

  async function requireOwnWallet(userId: string, walletId: string): Promise<void> {
    const [own] = await endpoints.find([{ id: walletId, type: 'WALLET', accepts: (wallet) => roleAt(wallet, userId) !== null }]);
    if (!own) throw transactionErrors.WALLET_NOT_FOUND({ walletId });
    requireSpender(own, userId);
  }

  /** Who asked for it sees it as long as they are a member of the wallet that pays; staff see it always. */
  async function maySee(viewer: Identity, { ownerId, sourceId }: PayoutBatch): Promise<boolean> {
    if (hasPermission(viewer, 'transaction:read')) return true;
    return ownerId === viewer.userId && (await reading.roleIn(viewer.userId, sourceId)) !== null;
  }

  async function getMany(viewer: Identity, batchIds: readonly string[]): Promise<(PayoutBatch | null)[]> {
    const found = await findBatches(database.client, batchIds);
    const visible = async (batch: PayoutBatch | undefined) => (batch && (await maySee(viewer, batch)) ? batch : null);
    return Promise.all(batchIds.map((id) => visible(found.get(id))));
  }

  /** @throws PAYOUT_BATCH_NOT_FOUND, also for one that the viewer may not see */
  async function get(viewer: Identity, payoutBatchId: string): Promise<PayoutBatch> {
    const [batch] = await getMany(viewer, [payoutBatchId]);
    if (!batch) throw transactionErrors.PAYOUT_BATCH_NOT_FOUND({ payoutBatchId });
    return batch;
  }

  /** The viewer's own. A page may be shorter than asked: without those of wallets that they are no member of any more. */
  async function list(viewer: Identity, args: Pick<ConnectionArgs, 'first' | 'after'>): Promise<Connection<PayoutBatch>> {
    const after = batchCursor.decode(args.after);
    const found = await listBatches(database.client, { ownerId: viewer.userId, after, limit: rowLimit(args) });
    const page = toConnection(found, args, batchCursor.encode, (batch) => batch);
    const seen = await Promise.all(page.nodes.map((batch) => maySee(viewer, batch)));
    const edges = page.edges.filter((_, index) => seen[index]);
    return { edges, nodes: edges.map(({ node }) => node), pageInfo: page.pageInfo };
  }

  /** The items of a batch that the viewer has been given, in order. */
  async function items(batchId: string, args: PayoutListArgs): Promise<Connection<Payout>> {
    const afterItem = itemCursor.decode(args.after)?.item ?? 0;
    const query = { batchId, states: args.states ?? null, afterItem, limit: rowLimit(args) };
    return toConnection(await listPayouts(database.client, query), args, itemCursor.encode, (payout) => payout);
  }

  /** Changes of one batch, or of all of the viewer's. @throws PAYOUT_BATCH_NOT_FOUND, INVALID_CURSOR */
  async function follow(
    viewer: Identity,
    { id, after }: { id?: string | null; after?: string | null },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Followed<PayoutChange>>> {
    const batch = id ? await get(viewer, id) : null;
    return followChanges(feed, { key: payoutFeed(batch?.ownerId ?? viewer.userId), after, signal }, async (event) => {
      const change = readPayoutChange(event);
      if (change === null || (batch !== null && change.batchId !== batch.id)) return null;
      // Asked for every change, because a role may be taken away while somebody follows.
      const [visible] = await getMany(viewer, [change.batchId]);
      return visible ? change : null;
    });
  }

  return { create, get, getMany, list, items, item: (id: string, item: number) => findPayout(database.client, id, item), follow };
}

function readItem({ reference, destinationWalletId, amount, memo }: NewPayout, index: number) {
  const field = `input.items.${index}`;
  const name = reference ?? null;
  if (name !== null && (name.length > referenceLengthMax || !/^[\x21-\x7e]+$/.test(name)))
    throw platformErrors.BAD_USER_INPUT({
      field: `${field}.reference`,
      problem: `a reference has 1 to ${referenceLengthMax} visible ASCII characters`,
    });
  return {
    reference: name,
    destinationId: destinationWalletId,
    money: parseMoney(amount, `${field}.amount`),
    memo: readMemo(memo, `${field}.memo`),
  };
}
