// Facts about spending limits. Subject is the wallet.
import type { NewEvent } from '../../platform/events/event.ts';
import { audited } from './ledger.events.ts';
import { type SpendingLimit, wholeWallet } from './limit.rules.ts';
import type { Wallet } from './wallet.repository.ts';
import type { Actor } from './wallet.service.ts';

export const limitEventTypes = {
  set: 'clawpurse.wallet.spending_limit_set.v1',
  removed: 'clawpurse.wallet.spending_limit_removed.v1',
} as const;

/** A limit has been set, or is no more; with its audit record. The user is null when it is everybody's together. */
export function limitChanged(fact: 'set' | 'removed', limit: SpendingLimit, wallet: Wallet, actor: Actor): NewEvent[] {
  const { id: limitId, walletId, memberId, asset, period, units } = limit;
  const userId = memberId === wholeWallet ? null : memberId;
  const what = { userId, asset, period, units: units.toString() };
  return [
    { type: limitEventTypes[fact], kind: 'domain', subject: walletId, data: { limitId, walletId, ...what } },
    audited({
      actorId: actor.userId,
      action: fact === 'set' ? 'wallet.set_spending_limit' : 'wallet.remove_spending_limit',
      resourceType: 'Wallet',
      resourceId: walletId,
      outcome: 'SUCCEEDED',
      subjectUserId: userId ?? wallet.ownerId,
      details: { limitId, ...what },
      requestId: actor.requestId,
    }),
  ];
}
