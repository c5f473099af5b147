// Live alerts: crossings of the viewer's own thresholds, as long as they may see the wallet.
import { z } from 'zod';
import type { LiveFeed, RecordedEvent } from '../../platform/events/event.ts';
import type { Identity } from '../../platform/identity/identity.ts';
import { userFeed } from './ledger.events.ts';
import { monitorEventTypes } from './monitor.events.ts';
import type { BalanceAlert } from './monitor.rules.ts';
import { walletErrors } from './wallet.errors.ts';
import { causeType, visibleEvents } from './wallet.feed.ts';
import type { WalletService } from './wallet.service.ts';

export interface LiveAlert {
  readonly cursor: string;
  readonly alert: BalanceAlert;
}

export interface AlertFeed {
  /** The viewer's alerts of one wallet, or of all; none of a wallet that they may not see any more. @throws WALLET_NOT_FOUND, INVALID_CURSOR */
  follow(
    viewer: Identity,
    options: { walletId?: string | null; after?: string | null; signal: AbortSignal },
  ): Promise<AsyncIterable<LiveAlert>>;
}

const units = z.string().transform(BigInt);
const crossedData = z.object({
  alertId: z.string(),
  monitorId: z.string(),
  walletId: z.string(),
  userId: z.string(),
  asset: z.string(),
  balance: z.enum(['POSTED', 'AVAILABLE']),
  condition: z.enum(['BELOW', 'ABOVE']),
  units,
  balanceUnits: units,
  causeType,
  cause: z.string(),
  raisedAt: z.iso.datetime(),
});

export function createAlertFeed({ wallets, feed }: { wallets: WalletService; feed: LiveFeed }): AlertFeed {
  async function* alerts(
    viewer: Identity,
    events: AsyncIterable<RecordedEvent>,
    onlyWalletId: string | null,
  ): AsyncIterable<LiveAlert> {
    for await (const event of visibleEvents(wallets, viewer, events, { type: monitorEventTypes.crossed, onlyWalletId })) {
      const { alertId, causeType: type, cause, raisedAt, ...data } = crossedData.parse(event.data);
      const alert = { ...data, id: alertId, cause: { type, id: cause }, raisedAt: new Date(raisedAt) };
      yield { cursor: feed.cursorOf(event), alert };
    }
  }

  return {
    async follow(viewer, { walletId = null, after, signal }) {
      if (walletId !== null) {
        const [wallet] = await wallets.findVisible(viewer, [walletId]);
        if (!wallet) throw walletErrors.WALLET_NOT_FOUND({ walletId });
      }
      return alerts(viewer, feed.follow({ key: userFeed(viewer.userId), after, signal }), walletId);
    },
  };
}
