// What the wallet domain tells about who may use a wallet, as this domain's projection takes it.
import { z } from 'zod';
import type { RecordedEvent } from '../../platform/events/event.ts';
import { type WalletRole, walletRoles } from './member.rules.ts';
import { transactionFaults } from './transaction.errors.ts';
import { parseEvent } from './transaction.events.ts';

const consumed = {
  memberAdded: 'clawpurse.wallet.member_added.v1',
  memberRoleChanged: 'clawpurse.wallet.member_role_changed.v1',
  memberRemoved: 'clawpurse.wallet.member_removed.v1',
  ownershipTransferred: 'clawpurse.wallet.ownership_transferred.v1',
} as const;
export const consumedMemberEvents: readonly string[] = Object.values(consumed);

const role = z.enum(walletRoles);
const memberFact = z.object({ walletId: z.string(), userId: z.string(), role: role.nullable() });
const ownershipFact = z.object({
  walletId: z.string(),
  ownerId: z.string(),
  previousOwnerId: z.string(),
  previousOwnerRole: role,
});

/** How an event changes what is known of a wallet's members. */
export interface MemberChange {
  readonly walletId: string;
  /** The new owner of record; null when that has not changed. */
  readonly ownerId: string | null;
  readonly roles: readonly { readonly userId: string; readonly role: WalletRole | null }[];
  /** The event's place in the wallet domain's log: what is older than the last one applied is no news. */
  readonly position: number;
}

/** @throws MALFORMED_EVENT */
export function readMemberChange(event: RecordedEvent): MemberChange {
  const { position } = event;
  switch (event.type) {
    case consumed.memberAdded:
    case consumed.memberRoleChanged:
    case consumed.memberRemoved: {
      const { walletId, ...member } = parseEvent(memberFact, event);
      return { walletId, ownerId: null, roles: [member], position };
    }
    case consumed.ownershipTransferred: {
      const { walletId, ownerId, previousOwnerId, previousOwnerRole } = parseEvent(ownershipFact, event);
      // The owner of record is known by the wallet itself, as from the wallet's opening.
      const roles = [
        { userId: previousOwnerId, role: previousOwnerRole },
        { userId: ownerId, role: null },
      ];
      return { walletId, ownerId, roles, position };
    }
    default:
      throw transactionFaults.MALFORMED_EVENT({ eventType: event.type, problem: 'this domain does not consume the type' });
  }
}
