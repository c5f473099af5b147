// What the roles of a wallet's members allow, and who may change whose. Pure.
import { memberErrors } from './member.errors.ts';
import { walletErrors } from './wallet.errors.ts';

/** From the least to the most; each may do what those before it may. */
export const walletRoles = ['VIEWER', 'SPENDER', 'ADMIN', 'OWNER'] as const;
export type WalletRole = (typeof walletRoles)[number];

/** Members of one wallet besides its owner of record, former ones not counted. Each is told of every change of a balance. */
export const membersMax = 32;
/** Offers of one wallet that nobody has answered yet. */
export const pendingInvitationsMax = 32;
export const invitationLifeMs = 14 * 86_400_000;

/** A wallet as far as its roles are concerned. */
export interface SharedWallet {
  readonly id: string;
  /** The owner of record: whose money it is to the outside, and who alone gives the wallet away. */
  readonly ownerId: string;
  /** The roles of the others. */
  readonly members?: ReadonlyMap<string, WalletRole> | undefined;
}

/** The user's role; null for who has none, to whom the wallet does not exist. */
export function roleIn({ ownerId, members }: SharedWallet, userId: string): WalletRole | null {
  return userId === ownerId ? 'OWNER' : (members?.get(userId) ?? null);
}

export function isAtLeast(role: WalletRole, needed: WalletRole): boolean {
  return walletRoles.indexOf(role) >= walletRoles.indexOf(needed);
}

/** @throws WALLET_NOT_FOUND for who has no role in the wallet, WALLET_ROLE_INSUFFICIENT for who has a lesser one */
export function requireRole(wallet: SharedWallet, userId: string, needed: WalletRole): WalletRole {
  const role = roleIn(wallet, userId);
  if (role === null) throw walletErrors.WALLET_NOT_FOUND({ walletId: wallet.id });
  if (!isAtLeast(role, needed)) throw memberErrors.WALLET_ROLE_INSUFFICIENT({ walletId: wallet.id, role, needed });
  return role;
}

/** Members manage those below themselves: administrators spenders and viewers, owners administrators too, the owner of record everybody. */
export function mayManage(wallet: SharedWallet, userId: string, role: WalletRole): boolean {
  const own = roleIn(wallet, userId);
  if (own === null || !isAtLeast(own, 'ADMIN')) return false;
  return userId === wallet.ownerId || !isAtLeast(role, own);
}

/** @throws WALLET_NOT_FOUND, WALLET_ROLE_INSUFFICIENT */
export function requireManager(wallet: SharedWallet, userId: string, role: WalletRole): void {
  const own = requireRole(wallet, userId, 'ADMIN');
  if (mayManage(wallet, userId, role)) return;
  throw memberErrors.WALLET_ROLE_INSUFFICIENT({ walletId: wallet.id, role: own, needed: 'OWNER' });
}
