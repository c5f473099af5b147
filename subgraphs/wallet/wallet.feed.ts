// Live balances: who may follow which feed, and the facts of the feed as changes.
import { z } from 'zod';
import type { LiveFeed, RecordedEvent } from '../../platform/events/event.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import { type ChangeCause, ledgerEventTypes, userFeed, walletFeed } from './ledger.events.ts';
import { accessEventTypes } from './member.events.ts';
import { walletErrors } from './wallet.errors.ts';
import type { WalletService } from './wallet.service.ts';

export interface BalanceChange {
  readonly cursor: string;
  readonly walletId: string;
  readonly asset: string;
  readonly posted: bigint;
  readonly held: bigint;
  readonly available: bigint;
  /** Change of the posted balance; zero when only holds changed. */
  readonly change: bigint;
  readonly cause: ChangeCause;
  readonly occurredAt: Date;
}

export interface BalanceFeed {
  /** One wallet's changes, or all that the viewer is a member of; none of a wallet that they may not see any more. @throws WALLET_NOT_FOUND, INVALID_CURSOR */
  follow(
    viewer: Identity,
    options: { walletId?: string | null; after?: string | null; signal: AbortSignal },
  ): Promise<AsyncIterable<BalanceChange>>;
  currentCursor(): Promise<string>;
}

const units = z.string().transform(BigInt);
/** As events name what moved a balance. */
export const causeType = z.enum(['TRANSACTION', 'HOLD', 'EXCHANGE', 'MANUAL']) satisfies z.ZodType<ChangeCause['type']>;

const changedData = z.object({
  walletId: z.string(),
  asset: z.string(),
  posted: units,
  pending: units,
  available: units,
  changeUnits: units,
  causeType,
  cause: z.string(),
  changedAt: z.iso.datetime(),
});

/**
 * The events of one type, of wallets that the viewer may see. Whether they may is asked before a wallet's first event is shown, and again after
 * each change of its members, which is on the same feed in its place: what was looked up holds for all events up to there, without a look for
 * each. Ends for who may not see the only wallet any more.
 */
export async function* visibleEvents(
  wallets: WalletService,
  viewer: Identity,
  events: AsyncIterable<RecordedEvent>,
  { type, onlyWalletId }: { type: string; onlyWalletId: string | null },
): AsyncIterable<RecordedEvent> {
  const visible = new Map<string, boolean>();
  for await (const event of events) {
    if (onlyWalletId !== null && event.subject !== onlyWalletId) continue;
    const isAccess = accessEventTypes.includes(event.type);
    if (isAccess) visible.delete(event.subject);
    else if (event.type !== type) continue;
    const mayView = visible.get(event.subject) ?? (await wallets.findVisible(viewer, [event.subject]))[0] !== null;
    visible.set(event.subject, mayView);
    if (!mayView && onlyWalletId !== null) return;
    if (mayView && !isAccess) yield event;
  }
}

export function createBalanceFeed({ wallets, feed }: { wallets: WalletService; feed: LiveFeed }): BalanceFeed {
  async function* changes(
    viewer: Identity,
    events: AsyncIterable<RecordedEvent>,
    onlyWalletId: string | null,
  ): AsyncIterable<BalanceChange> {
    for await (const event of visibleEvents(wallets, viewer, events, { type: ledgerEventTypes.balanceChanged, onlyWalletId }))
      yield readChange(event, feed.cursorOf(event));
  }

  return {
    async follow(viewer, { walletId, after, signal }) {
      if (walletId === null || walletId === undefined)
        return changes(viewer, feed.follow({ key: userFeed(viewer.userId), after, signal }), null);
      const [wallet] = await wallets.findVisible(viewer, [walletId]);
      if (!wallet) throw walletErrors.WALLET_NOT_FOUND({ walletId });
      return changes(viewer, feed.follow({ key: walletFeed(walletId), after, signal }), walletId);
    },
    currentCursor: () => feed.currentCursor(),
  };
}

function readChange(event: RecordedEvent, cursor: string): BalanceChange {
  const { pending, changeUnits, causeType, cause, changedAt, ...data } = changedData.parse(event.data);
  return {
    ...data,
    cursor,
    held: pending,
    change: changeUnits,
    cause: { type: causeType, id: cause },
    occurredAt: new Date(changedAt),
  };
}
