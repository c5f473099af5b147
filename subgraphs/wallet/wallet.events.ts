// Facts about wallets, as other domains learn them. Subject is the wallet, so that its facts keep their order.
import type { NewEvent } from '../../platform/events/event.ts';

export const walletEventTypes = {
  opened: 'clawpurse.wallet.wallet_opened.v1',
  renamed: 'clawpurse.wallet.wallet_renamed.v1',
  frozen: 'clawpurse.wallet.wallet_frozen.v1',
  unfrozen: 'clawpurse.wallet.wallet_unfrozen.v1',
} as const;

interface WalletFact {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
}

export function walletNamed(fact: 'opened' | 'renamed', { id, ownerId, name }: WalletFact): NewEvent {
  return { type: walletEventTypes[fact], kind: 'integration', subject: id, data: { walletId: id, ownerId, name } };
}

export function walletFreezeChanged(fact: 'frozen' | 'unfrozen', { id, ownerId }: WalletFact, reason: string): NewEvent {
  return { type: walletEventTypes[fact], kind: 'integration', subject: id, data: { walletId: id, ownerId, reason } };
}
