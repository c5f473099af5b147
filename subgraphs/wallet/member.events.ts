// Facts about who may use a wallet. Subject is the wallet, so that they keep their place among its other facts; on the live feeds of those
// concerned, so that whoever follows the wallet's balances learns at the right moment that they no longer may.
import type { AuditRecord, NewEvent } from '../../platform/events/event.ts';
import { audited, userFeed, walletFeed } from './ledger.events.ts';
import type { SharedWallet, WalletRole } from './member.rules.ts';
import type { Actor } from './wallet.service.ts';

export const memberEventTypes = {
  added: 'clawpurse.wallet.member_added.v1',
  roleChanged: 'clawpurse.wallet.member_role_changed.v1',
  removed: 'clawpurse.wallet.member_removed.v1',
  ownershipTransferred: 'clawpurse.wallet.ownership_transferred.v1',
  invitationChanged: 'clawpurse.wallet.invitation_changed.v1',
} as const;

/** After any of these, who may see a wallet has to be asked again. */
export const accessEventTypes: readonly string[] = [
  memberEventTypes.added,
  memberEventTypes.roleChanged,
  memberEventTypes.removed,
  memberEventTypes.ownershipTransferred,
];

/** What has become of a member; the role is null for a former one. */
export function memberChanged(
  fact: 'added' | 'roleChanged' | 'removed',
  walletId: string,
  member: { userId: string; role: WalletRole | null },
): NewEvent {
  return {
    type: memberEventTypes[fact],
    kind: 'integration',
    subject: walletId,
    feeds: [walletFeed(walletId), userFeed(member.userId)],
    data: { walletId, userId: member.userId, role: member.role },
  };
}

/** The wallet is somebody else's from now on; its former owner of record keeps the role. */
export function ownershipTransferred(
  walletId: string,
  { ownerId, previousOwnerId, previousOwnerRole }: { ownerId: string; previousOwnerId: string; previousOwnerRole: WalletRole },
): NewEvent {
  return {
    type: memberEventTypes.ownershipTransferred,
    kind: 'integration',
    subject: walletId,
    feeds: [walletFeed(walletId), userFeed(ownerId), userFeed(previousOwnerId)],
    data: { walletId, ownerId, previousOwnerId, previousOwnerRole },
  };
}

interface InvitationFact {
  readonly id: string;
  readonly walletId: string;
  readonly userId: string;
  readonly role: WalletRole;
  readonly state: string;
  readonly invitedBy: string;
  readonly expiresAt: Date;
}

export function invitationChanged({ id, walletId, userId, role, state, invitedBy, expiresAt }: InvitationFact): NewEvent {
  return {
    type: memberEventTypes.invitationChanged,
    kind: 'domain',
    subject: walletId,
    data: { invitationId: id, walletId, userId, role, state, invitedBy, expiresAt: expiresAt.toISOString() },
  };
}

/** The audit record of a change of who may use the wallet. */
export function memberAudited(
  action: string,
  actor: Actor,
  wallet: SharedWallet,
  details: AuditRecord['details'] & { readonly userId: string },
): NewEvent {
  return audited({
    actorId: actor.userId,
    action,
    resourceType: 'Wallet',
    resourceId: wallet.id,
    outcome: 'SUCCEEDED',
    subjectUserId: details.userId,
    details,
    requestId: actor.requestId,
  });
}
