// Who sees which transactions: single ones, lists, steps and live changes. The only place that decides visibility.
import { platformErrors } from '../../platform/errors.ts';
import type { LiveFeed, RecordedEvent } from '../../platform/events/event.ts';
import { type Connection, type ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { hasPermission, type Identity } from '../../platform/identity/identity.ts';
import { requireAsset } from '../../platform/money/money.ts';
import type { EndpointDirectory, EndpointWish } from './endpoint.directory.ts';
import { findReversals, type Reversal } from './reversal.repository.ts';
import { transactionErrors } from './transaction.errors.ts';
import { type LiveChange, readLiveChange } from './transaction.events.ts';
import {
  findSteps,
  findTransaction,
  findTransactions,
  listTransactions,
  type StepRecord,
  type TransactionDatabase,
  type TransactionFilter,
  type TransactionRecord,
} from './transaction.repository.ts';
import {
  isKnownToRecipient,
  isSender,
  isVisibleTo,
  mayNameEnd,
  type Party,
  transactionKey,
  userKey,
  walletKey,
} from './transaction.rules.ts';

export type ListArgs = Pick<ConnectionArgs, 'first' | 'after'> & { readonly filter?: TransactionFilter | null };

/** What to follow: one transaction, one wallet's, or, with neither, all of the viewer's. */
export interface FollowArgs {
  readonly id?: string | null;
  readonly walletId?: string | null;
  readonly after?: string | null;
}

export type FollowedChange = LiveChange & { readonly cursor: string };

export interface TransactionReading {
  /** @throws TRANSACTION_NOT_FOUND, also for one that the viewer may not see. */
  get(viewer: Identity, id: string): Promise<TransactionRecord>;
  /** Those of the ids that the viewer may see; the others are null. */
  getMany(viewer: Identity, ids: readonly string[]): Promise<(TransactionRecord | null)[]>;
  /** The transaction of a change that the viewer has been given. */
  ofChange(change: { readonly transactionId: string }): Promise<TransactionRecord>;
  listMine(viewer: Identity, args: ListArgs): Promise<Connection<TransactionRecord>>;
  /** Null when the user is somebody else and the viewer lacks `transaction:read`. */
  listOfUser(viewer: Identity, userId: string, args: ListArgs): Promise<Connection<TransactionRecord> | null>;
  /** Null when the wallet is not the viewer's, or not there, and the viewer lacks `transaction:read`. */
  listOfWallet(viewer: Identity, walletId: string, args: ListArgs): Promise<Connection<TransactionRecord> | null>;
  /** The steps of each transaction up to its version, as far as the viewer may know them. */
  steps(viewer: Identity, transactions: readonly TransactionRecord[]): Promise<StepRecord[][]>;
  /** The latest reversal of each transaction, null where there is none. */
  reversals(transactionIds: readonly string[]): Promise<(Reversal | null)[]>;
  /** Whether the viewer may know all about the transaction: its sender, and staff. */
  isInsider(viewer: Identity | null, transaction: TransactionRecord): boolean;
  /** Whether the viewer of a transaction may know which wallet or account one of its ends is. */
  mayName(viewer: Identity | null, transaction: TransactionRecord, end: Party): boolean;
  /** Live changes. @throws BAD_USER_INPUT, TRANSACTION_NOT_FOUND, WALLET_NOT_FOUND, INVALID_CURSOR */
  follow(viewer: Identity, args: FollowArgs, signal: AbortSignal): Promise<AsyncIterable<FollowedChange>>;
}

const listCursor = keysetCursor('transactions', { createdAt: 'date', id: 'string' });

export function createTransactionReading(deps: {
  database: TransactionDatabase;
  feed: LiveFeed;
  endpoints: EndpointDirectory;
}): TransactionReading {
  const { database, feed, endpoints } = deps;

  async function getMany(viewer: Identity, ids: readonly string[]): Promise<(TransactionRecord | null)[]> {
    const records = await findTransactions(database.client, ids);
    const visible = new Map(records.filter((record) => maySee(viewer, record)).map((record) => [record.id, record]));
    return ids.map((id) => visible.get(id) ?? null);
  }

  async function get(viewer: Identity, id: string): Promise<TransactionRecord> {
    const [transaction] = await getMany(viewer, [id]);
    if (!transaction) throw transactionErrors.TRANSACTION_NOT_FOUND({ transactionId: id });
    return transaction;
  }

  async function ofChange({ transactionId }: { readonly transactionId: string }): Promise<TransactionRecord> {
    const transaction = await findTransaction(database.client, transactionId);
    if (transaction === null) throw new Error(`A change of transaction ${transactionId} was announced, but it is not there.`);
    return transaction;
  }

  async function list(key: string, args: ListArgs, shownOnly: boolean): Promise<Connection<TransactionRecord>> {
    const filter = args.filter ?? {};
    if (filter.asset) requireAsset(filter.asset, 'filter.asset');
    const after = listCursor.decode(args.after);
    const records = await listTransactions(database.client, { key, shownOnly, filter, after, limit: rowLimit(args) });
    return toConnection(records, args, listCursor.encode, (record) => record);
  }

  async function listOfUser(viewer: Identity, userId: string, args: ListArgs) {
    if (userId !== viewer.userId && !isStaff(viewer)) return null;
    return list(userKey(userId), args, userId === viewer.userId);
  }

  async function listOfWallet(viewer: Identity, walletId: string, args: ListArgs) {
    const [own] = await endpoints.find([walletOf(viewer, walletId)], { waitMs: 0 });
    if (!own && !isStaff(viewer)) return null;
    return list(walletKey(walletId), args, own !== null);
  }

  async function steps(viewer: Identity, transactions: readonly TransactionRecord[]): Promise<StepRecord[][]> {
    const ids = transactions.map(({ id }) => id);
    const found = await findSteps(database.client, ids);
    return transactions.map((transaction) => {
      const known = found.filter(
        ({ transactionId, version }) => transactionId === transaction.id && version <= transaction.version,
      );
      // That a payment was held, and for how long, is not for its recipient.
      return isInsider(viewer, transaction) ? known : known.filter(({ state }) => isKnownToRecipient(state));
    });
  }

  async function follow(
    viewer: Identity,
    { id, walletId, after }: FollowArgs,
    signal: AbortSignal,
  ): Promise<AsyncIterable<FollowedChange>> {
    if (id && walletId)
      throw platformErrors.BAD_USER_INPUT({ field: 'walletId', problem: 'name a transaction or a wallet, not both' });
    if (id) {
      const transaction = await get(viewer, id);
      // A recipient's own feed has only what recipients may see; the transaction's feed has everything.
      return changes(
        isInsider(viewer, transaction) ? transactionKey(id) : userKey(viewer.userId),
        after,
        signal,
        (change) => change.transactionId === id,
      );
    }
    if (walletId) {
      if (!isStaff(viewer)) await requireOwnWallet(viewer, walletId, signal);
      return changes(walletKey(walletId), after, signal);
    }
    return changes(userKey(viewer.userId), after, signal);
  }

  async function requireOwnWallet(viewer: Identity, walletId: string, signal: AbortSignal): Promise<void> {
    const [own] = await endpoints.find([walletOf(viewer, walletId)], { signal });
    if (!own) throw transactionErrors.WALLET_NOT_FOUND({ walletId });
  }

  function changes(
    key: string,
    after: string | null | undefined,
    signal: AbortSignal,
    isWanted: (change: LiveChange) => boolean = () => true,
  ): AsyncIterable<FollowedChange> {
    // Following begins here and not with the first read, so that nothing of the meantime is missed; the signal ends it in any case.
    return wantedChanges(feed, feed.follow({ key, after, signal }), isWanted);
  }

  return {
    get,
    getMany,
    ofChange,
    listMine: (viewer, args) => list(userKey(viewer.userId), args, true),
    listOfUser,
    listOfWallet,
    steps,
    async reversals(transactionIds) {
      const found = await findReversals(database.client, transactionIds);
      return transactionIds.map((id) => found.get(id) ?? null);
    },
    isInsider: (viewer, transaction) => viewer !== null && isInsider(viewer, transaction),
    mayName: (viewer, transaction, end) => viewer !== null && (isStaff(viewer) || mayNameEnd(viewer.userId, transaction, end)),
    follow,
  };
}

async function* wantedChanges(
  feed: LiveFeed,
  events: AsyncIterable<RecordedEvent>,
  isWanted: (change: LiveChange) => boolean,
): AsyncIterable<FollowedChange> {
  for await (const event of events) {
    const change = readLiveChange(event);
    if (change !== null && isWanted(change)) yield { ...change, cursor: feed.cursorOf(event) };
  }
}

function isStaff(viewer: Identity): boolean {
  return hasPermission(viewer, 'transaction:read');
}

function isInsider(viewer: Identity, transaction: TransactionRecord): boolean {
  return isSender(viewer.userId, transaction) || isStaff(viewer);
}

function maySee(viewer: Identity, transaction: TransactionRecord): boolean {
  return isStaff(viewer) || isVisibleTo(viewer.userId, transaction);
}

function walletOf(viewer: Identity, walletId: string): EndpointWish {
  return { id: walletId, type: 'WALLET', accepts: (endpoint) => endpoint.ownerId === viewer.userId };
}
