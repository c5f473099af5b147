// What the wallet domain tells about wallets and external accounts, as this domain's projection takes it.
import { z } from 'zod';
import type { RecordedEvent } from '../../platform/events/event.ts';
import { transactionFaults } from './transaction.errors.ts';
import { parseEvent } from './transaction.events.ts';

const consumed = {
  walletOpened: 'clawpurse.wallet.wallet_opened.v1',
  walletFrozen: 'clawpurse.wallet.wallet_frozen.v1',
  walletUnfrozen: 'clawpurse.wallet.wallet_unfrozen.v1',
  externalAccountAdded: 'clawpurse.wallet.external_account_added.v1',
  externalAccountRemoved: 'clawpurse.wallet.external_account_removed.v1',
} as const;
export const consumedEndpointEvents: readonly string[] = Object.values(consumed);

const walletFact = z.object({ walletId: z.string(), ownerId: z.string() });
const accountAdded = z.object({ externalAccountId: z.string(), ownerId: z.string(), asset: z.string() });
const accountRemoved = accountAdded.omit({ asset: true });

export type EndpointStatus = 'ACTIVE' | 'FROZEN' | 'REMOVED';

/** How an event changes what is known of an endpoint. */
export interface EndpointChange {
  readonly type: 'WALLET' | 'EXTERNAL_ACCOUNT';
  readonly id: string;
  readonly ownerId: string;
  /** The new status; `ACTIVE_IF_NEW` for a birth, which must not undo what has already been learnt. */
  readonly status: EndpointStatus | 'ACTIVE_IF_NEW';
  readonly asset: string | null;
}

/** @throws MALFORMED_EVENT */
export function readEndpointChange(event: RecordedEvent): EndpointChange {
  switch (event.type) {
    case consumed.walletOpened:
      return ofWallet(event, 'ACTIVE_IF_NEW');
    case consumed.walletFrozen:
      return ofWallet(event, 'FROZEN');
    case consumed.walletUnfrozen:
      return ofWallet(event, 'ACTIVE');
    case consumed.externalAccountAdded: {
      const { externalAccountId: id, ownerId, asset } = parseEvent(accountAdded, event);
      return { type: 'EXTERNAL_ACCOUNT', id, ownerId, status: 'ACTIVE_IF_NEW', asset };
    }
    case consumed.externalAccountRemoved: {
      const { externalAccountId: id, ownerId } = parseEvent(accountRemoved, event);
      return { type: 'EXTERNAL_ACCOUNT', id, ownerId, status: 'REMOVED', asset: null };
    }
    default:
      throw transactionFaults.MALFORMED_EVENT({ eventType: event.type, problem: 'this domain does not consume the type' });
  }
}

function ofWallet(event: RecordedEvent, status: EndpointChange['status']): EndpointChange {
  const { walletId: id, ownerId } = parseEvent(walletFact, event);
  return { type: 'WALLET', id, ownerId, status, asset: null };
}
