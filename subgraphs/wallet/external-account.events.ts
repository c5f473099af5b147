// Facts about external accounts, as other domains learn them.
import type { NewEvent } from '../../platform/events/event.ts';
import type { ExternalAccount } from './external-account.repository.ts';

export const externalAccountEventTypes = {
  added: 'clawpurse.wallet.external_account_added.v1',
  removed: 'clawpurse.wallet.external_account_removed.v1',
} as const;

export function externalAccountAdded({ id, ownerId, name, holderName, asset }: ExternalAccount): NewEvent {
  const data = { externalAccountId: id, ownerId, name, holderName, asset };
  return { type: externalAccountEventTypes.added, kind: 'integration', subject: id, data };
}

export function externalAccountRemoved({ id, ownerId }: ExternalAccount): NewEvent {
  return { type: externalAccountEventTypes.removed, kind: 'integration', subject: id, data: { externalAccountId: id, ownerId } };
}
