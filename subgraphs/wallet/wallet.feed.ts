// Live balances: who may follow which feed, and the facts of the feed as changes.
import { z } from 'zod';
import type { LiveFeed, RecordedEvent } from '../../platform/events/event.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import { ledgerEventTypes, userFeed, walletFeed } from './ledger.events.ts';
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
  readonly cause: { readonly type: 'TRANSACTION' | 'HOLD'; readonly id: string };
  readonly occurredAt: Date;
}

export interface BalanceFeed {
  /** One wallet's changes, or all of the viewer's. @throws WALLET_NOT_FOUND, INVALID_CURSOR */
  follow(
    viewer: Identity,
    options: { walletId?: string | null; after?: string | null; signal: AbortSignal },
  ): Promise<AsyncIterable<BalanceChange>>;
  currentCursor(): Promise<string>;
}

const units = z.string().transform(BigInt);
const changedData = z.object({
  walletId: z.string(),
  asset: z.string(),
  posted: units,
  pending: units,
  available: units,
  changeUnits: units,
  causeType: z.enum(['TRANSACTION', 'HOLD']),
  cause: z.string(),
  changedAt: z.iso.datetime(),
});

export function createBalanceFeed({ wallets, feed }: { wallets: WalletService; feed: LiveFeed }): BalanceFeed {
  async function* changes(key: string, after: string | null | undefined, signal: AbortSignal): AsyncIterable<BalanceChange> {
    for await (const event of feed.follow({ key, after, signal })) {
      if (event.type === ledgerEventTypes.balanceChanged) yield readChange(event, feed.cursorOf(event));
    }
  }

  return {
    async follow(viewer, { walletId, after, signal }) {
      if (walletId === null || walletId === undefined) return changes(userFeed(viewer.userId), after, signal);
      const [wallet] = await wallets.findVisible(viewer, [walletId]);
      if (!wallet) throw walletErrors.WALLET_NOT_FOUND({ walletId });
      return changes(walletFeed(walletId), after, signal);
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
