// The closed list of failures around the members of wallets. Who is no member does not learn that a wallet is there.
import { defineErrors } from '../../platform/errors.ts';

export const memberErrors = defineErrors({
  WALLET_ROLE_INSUFFICIENT: {
    message: (d: { walletId: string; role: string; needed: string }) =>
      `As ${d.role.toLowerCase()} of the wallet ${d.walletId} you may not do this; it takes the role ${d.needed.toLowerCase()}, or one above yours.`,
  },
  WALLET_MEMBER_NOT_FOUND: {
    message: (d: { walletId: string; userId: string }) => `The user ${d.userId} is no member of the wallet ${d.walletId}.`,
  },
  ALREADY_WALLET_MEMBER: {
    message: (d: { walletId: string; userId: string }) => `The user ${d.userId} is a member of the wallet ${d.walletId} already.`,
  },
  WALLET_MEMBER_LIMIT_REACHED: {
    message: (d: { walletId: string; membersMax: number }) =>
      `The wallet ${d.walletId} has ${d.membersMax} members, or as many open invitations; no wallet has more.`,
  },
  WALLET_INVITATION_EXISTS: {
    message: (d: { walletId: string; userId: string }) =>
      `The user ${d.userId} has an open invitation to the wallet ${d.walletId}; revoke it to make another.`,
  },
  WALLET_INVITATION_NOT_FOUND: {
    message: (d: { invitationId: string }) => `There is no open invitation "${d.invitationId}" that you may answer or revoke.`,
  },
  OWNER_OF_RECORD: {
    message: (d: { walletId: string }) =>
      `The wallet ${d.walletId} always has an owner: its owner of record stays until the wallet has been given to somebody else.`,
  },
});
