// Who sees which transactions: single ones, lists, steps and live changes. The only place that decides visibility.
import { platformErrors } from '../../platform/errors.ts';
import type { LiveFeed, RecordedEvent } from '../../platform/events/event.ts';
import { type Connection, type ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { hasPermission, type Identity } from '../../platform/identity/identity.ts';
import { requireAsset } from '../../platform/money/money.ts';
import type { EndpointDirectory, EndpointWish } from './endpoint.directory.ts';
import { roleAt } from './endpoint.repository.ts';
import { listTransactions, type TransactionFilter } from './listing.repository.ts';
import { createMemberAccess, type Viewable } from './member.access.ts';
import type { WalletRole } from './member.rules.ts';
import { entriesOf, readMetadata } from './metadata.rules.ts';
import { findReversals, type Reversal } from './reversal.repository.ts';
import { transactionErrors } from './transaction.errors.ts';
import { type LiveChange, readLiveChange } from './transaction.events.ts';
import {
  findSteps,
  findTransaction,
  findTransactions,
  type StepRecord,
  type TransactionDatabase,
  type TransactionRecord,
} from './transaction.repository.ts';
import { isKnownToRecipient, type Party, transactionKey, userKey, walletKey } from './transaction.rules.ts';

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
  /** Null when the viewer is no member of the wallet, or it is not there, and the viewer lacks `transaction:read`. */
  listOfWallet(viewer: Identity, walletId: string, args: ListArgs): Promise<Connection<TransactionRecord> | null>;
  /** The steps of each transaction up to its version, as far as the viewer may know them. */
  steps(viewer: Identity, transactions: readonly TransactionRecord[]): Promise<StepRecord[][]>;
  /** The latest reversal of each transaction, null where there is none. */
  reversals(transactionIds: readonly string[]): Promise<(Reversal | null)[]>;
  /** The user's role in a wallet, as far as this domain knows it; null without one. */
  roleIn(userId: string, walletId: string): Promise<WalletRole | null>;
  /** Whether the viewer may know all about the transaction: members of the wallet that pays, and staff. */
  isInsider(viewer: Identity | null, transaction: TransactionRecord): Promise<boolean>;
  /** Whether the viewer of a transaction may know which wallet or account one of its ends is. */
  mayName(viewer: Identity | null, transaction: TransactionRecord, end: Party): Promise<boolean>;
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
  const access = createMemberAccess(database);

  async function isInsider(viewer: Identity, transaction: TransactionRecord): Promise<boolean> {
    return isStaff(viewer) || access.isSender(viewer.userId, transaction);
  }

  async function maySee(viewer: Identity, transaction: Viewable): Promise<boolean> {
    return isStaff(viewer) || access.isVisibleTo(viewer.userId, transaction);
  }

  async function getMany(viewer: Identity, ids: readonly string[]): Promise<(TransactionRecord | null)[]> {
    const records = await findTransactions(database.client, ids);
    const seen = await Promise.all(records.map((record) => maySee(viewer, record)));
    const visible = new Map(records.filter((_, index) => seen[index]).map((record) => [record.id, record]));
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
    const filter = { ...args.filter, metadata: entriesOf(readMetadata(args.filter?.metadata, 'filter.metadata')) };
    if (filter.asset) requireAsset(filter.asset, 'filter.asset');
    const after = listCursor.decode(args.after);
    const records = await listTransactions(database.client, { key, shownOnly, filter, after, limit: rowLimit(args) });
    return toConnection(records, args, listCursor.encode, (record) => record);
  }

  /** A user's list has what they asked for in wallets that they may not see any more: left out here, so that a page may be shorter than asked. */
  async function listMine(viewer: Identity, args: ListArgs): Promise<Connection<TransactionRecord>> {
    const { edges, pageInfo } = await list(userKey(viewer.userId), args, true);
    if (isStaff(viewer)) return { edges, nodes: edges.map(({ node }) => node), pageInfo };
    const seen = await Promise.all(edges.map(({ node }) => maySee(viewer, node)));
    const visible = edges.filter((_, index) => seen[index]);
    return { edges: visible, nodes: visible.map(({ node }) => node), pageInfo };
  }

  async function listOfUser(viewer: Identity, userId: string, args: ListArgs) {
    if (userId === viewer.userId) return listMine(viewer, args);
    return isStaff(viewer) ? list(userKey(userId), args, false) : null;
  }

  async function listOfWallet(viewer: Identity, walletId: string, args: ListArgs) {
    const [own] = await endpoints.find([walletOf(viewer, walletId)], { waitMs: 0 });
    if (!own && !isStaff(viewer)) return null;
    return list(walletKey(walletId), args, own !== null);
  }

  async function steps(viewer: Identity, transactions: readonly TransactionRecord[]): Promise<StepRecord[][]> {
    const ids = transactions.map(({ id }) => id);
    const found = await findSteps(database.client, ids);
    const insiders = await Promise.all(transactions.map((transaction) => isInsider(viewer, transaction)));
    return transactions.map((transaction, index) => {
      const known = found.filter(
        ({ transactionId, version }) => transactionId === transaction.id && version <= transaction.version,
      );
      // That a payment was held, and for how long, is not for its recipient.
      return insiders[index] ? known : known.filter(({ state }) => isKnownToRecipient(state));
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
      // The feed of the wallet that is paid has only what recipients may see; the transaction's feed has everything.
      const key = (await isInsider(viewer, transaction)) ? transactionKey(id) : walletKey(transaction.destination.id);
      return changes(viewer, key, after, signal, (change) => change.transactionId === id);
    }
    if (walletId) {
      if (!isStaff(viewer)) await requireOwnWallet(viewer, walletId, signal);
      return changes(viewer, walletKey(walletId), after, signal);
    }
    return changes(viewer, userKey(viewer.userId), after, signal);
  }

  async function requireOwnWallet(viewer: Identity, walletId: string, signal: AbortSignal): Promise<void> {
    const [own] = await endpoints.find([walletOf(viewer, walletId)], { signal });
    if (!own) throw transactionErrors.WALLET_NOT_FOUND({ walletId });
  }

  function changes(
    viewer: Identity,
    key: string,
    after: string | null | undefined,
    signal: AbortSignal,
    isWanted: (change: LiveChange) => boolean = () => true,
  ): AsyncIterable<FollowedChange> {
    // Following begins here and not with the first read, so that nothing of the meantime is missed; the signal ends it in any case.
    const events = feed.follow({ key, after, signal });
    // Asked for every change, because a role may be taken away while somebody follows. All followers of one change ask in one look.
    return wantedChanges(feed, events, async (change) => isWanted(change) && maySee(viewer, change));
  }

  return {
    get,
    getMany,
    ofChange,
    listMine,
    listOfUser,
    listOfWallet,
    steps,
    async reversals(transactionIds) {
      const found = await findReversals(database.client, transactionIds);
      return transactionIds.map((id) => found.get(id) ?? null);
    },
    roleIn: access.roleIn,
    isInsider: async (viewer, transaction) => viewer !== null && isInsider(viewer, transaction),
    mayName: async (viewer, transaction, end) =>
      viewer !== null && (isStaff(viewer) || access.mayNameEnd(viewer.userId, transaction, end)),
    follow,
  };
}

async function* wantedChanges(
  feed: LiveFeed,
  events: AsyncIterable<RecordedEvent>,
  isWanted: (change: LiveChange) => Promise<boolean>,
): AsyncIterable<FollowedChange> {
  for await (const event of events) {
    const change = readLiveChange(event);
    if (change !== null && (await isWanted(change))) yield { ...change, cursor: feed.cursorOf(event) };
  }
}

function isStaff(viewer: Identity): boolean {
  return hasPermission(viewer, 'transaction:read');
}

function walletOf(viewer: Identity, walletId: string): EndpointWish {
  return { id: walletId, type: 'WALLET', accepts: (endpoint) => roleAt(endpoint, viewer.userId) !== null };
}
