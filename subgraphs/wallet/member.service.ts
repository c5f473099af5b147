// Use cases around the members of wallets: inviting, answering, changing roles, removing, leaving, and giving the wallet to somebody else.
// Each change, its event and its audit record are one transaction under the wallet's locks.
import type { DatabaseTransaction } from '../../platform/database/database.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { NewEvent } from '../../platform/events/event.ts';
import { hasPermission, type Identity } from '../../platform/identity/identity.ts';
import type { PrismaClient } from '../../prisma/generated/wallet/postgresql/client.ts';
import { limitErrors } from './limit.errors.ts';
import { findLimits } from './limit.repository.ts';
import { memberErrors } from './member.errors.ts';
import { invitationChanged, memberAudited, memberChanged, ownershipTransferred } from './member.events.ts';
import {
  deleteMember,
  findInvitation,
  findMembers,
  findPendingInvitations,
  findRoles,
  type Invitation,
  type InvitationState,
  insertInvitation,
  insertMember,
  lockWalletWithMembers,
  type Member,
  resolveInvitation,
  updateMember,
  updateOwner,
} from './member.repository.ts';
import {
  invitationLifeMs,
  isAtLeast,
  mayManage,
  membersMax,
  pendingInvitationsMax,
  requireManager,
  requireRole,
  roleIn,
  type SharedWallet,
  type WalletRole,
} from './member.rules.ts';
import { deleteMonitorsOf } from './monitor.repository.ts';
import { walletErrors } from './wallet.errors.ts';
import { countWallets, findWallets, type Wallet } from './wallet.repository.ts';
import { walletsMax } from './wallet.rules.ts';
import type { Actor, WalletDeps } from './wallet.service.ts';

type Tx = DatabaseTransaction<PrismaClient>;
type LockedWallet = Wallet & SharedWallet;

/** An invitation with what its recipient may know of the wallet. */
export type ShownInvitation = Invitation & { readonly walletName: string };

/** Invitations shown at a time. */
const shownInvitationsMax = 100;
/** User ids that could be somebody's. */
const possibleId = /^[\x21-\x7e]{1,128}$/;

export type MemberService = ReturnType<typeof createMemberService>;

export function createMemberService({ database, outbox, clock, ids }: WalletDeps) {
  /** @throws WALLET_NOT_FOUND also for who is no member */
  function change<Result>(
    actor: Actor,
    walletId: string,
    apply: (tx: Tx, wallet: LockedWallet, now: Date) => Promise<{ result: Result; events: NewEvent[] }>,
  ): Promise<Result> {
    return database.transaction(async (tx) => {
      const wallet = await lockWalletWithMembers(tx, walletId);
      if (wallet === null) throw walletErrors.WALLET_NOT_FOUND({ walletId });
      requireRole(wallet, actor.userId, 'VIEWER');
      const { result, events } = await apply(tx, wallet, clock.now());
      if (events.length > 0) await outbox.append(tx, events);
      return result;
    });
  }

  /** @throws WALLET_NOT_FOUND, WALLET_ROLE_INSUFFICIENT, SPENDING_IS_LIMITED, ALREADY_WALLET_MEMBER, WALLET_INVITATION_EXISTS, WALLET_MEMBER_LIMIT_REACHED, BAD_USER_INPUT */
  function invite(actor: Actor, input: { walletId: string; userId: string; role: WalletRole }): Promise<ShownInvitation> {
    const { walletId, userId, role } = input;
    if (!possibleId.test(userId)) throw platformErrors.BAD_USER_INPUT({ field: 'input.userId', problem: 'that is nobody' });
    return change(actor, walletId, async (tx, wallet, now) => {
      requireManager(wallet, actor.userId, role);
      if (await isLimited(tx, wallet, actor.userId, role)) throw limitErrors.SPENDING_IS_LIMITED({ walletId });
      if (roleIn(wallet, userId) !== null) throw memberErrors.ALREADY_WALLET_MEMBER({ walletId, userId });
      const events: NewEvent[] = [];
      const open = [];
      for (const pending of await findPendingInvitations(tx.client, { walletId }, pendingInvitationsMax + 1)) {
        // What nobody can accept any more makes room.
        if (pending.expiresAt <= now) events.push(await resolve(tx, pending, 'REVOKED', now));
        else open.push(pending);
      }
      if (open.some((pending) => pending.userId === userId)) throw memberErrors.WALLET_INVITATION_EXISTS({ walletId, userId });
      requireRoom(wallet, open.length + 1 > pendingInvitationsMax);
      const expiresAt = new Date(now.getTime() + invitationLifeMs);
      const invitation: Invitation = {
        id: ids.next(),
        walletId,
        userId,
        role,
        invitedBy: actor.userId,
        state: 'PENDING',
        expiresAt,
        createdAt: now,
        resolvedAt: null,
      };
      await insertInvitation(tx.client, invitation);
      events.push(invitationChanged(invitation), memberAudited('wallet.invite_member', actor, wallet, { userId, role }));
      return { result: { ...invitation, walletName: wallet.name }, events };
    });
  }

  /** True for who would let another spend what they may not spend themselves, which could be their own second account. */
  async function isLimited(tx: Tx, { id, ownerId }: LockedWallet, userId: string, role: WalletRole): Promise<boolean> {
    if (!isAtLeast(role, 'SPENDER') || userId === ownerId) return false;
    return (await findLimits(tx.client, [id])).some(({ memberId }) => memberId === userId);
  }

  async function resolve(tx: Tx, invitation: Invitation, state: InvitationState, now: Date): Promise<NewEvent> {
    await resolveInvitation(tx.client, invitation.id, state, now);
    return invitationChanged({ ...invitation, state });
  }

  /** The pending invitation and its wallet, both under lock. @throws WALLET_INVITATION_NOT_FOUND */
  function answer<Result>(
    invitationId: string,
    apply: (tx: Tx, invitation: Invitation, wallet: LockedWallet, now: Date) => Promise<{ result: Result; events: NewEvent[] }>,
  ): Promise<Result> {
    return database.transaction(async (tx) => {
      const seen = await findInvitation(tx.client, invitationId);
      const wallet = seen === null ? null : await lockWalletWithMembers(tx, seen.walletId);
      // Read again behind the lock: somebody may have answered while we waited.
      const invitation = wallet === null ? null : await findInvitation(tx.client, invitationId);
      if (invitation === null || wallet === null || invitation.state !== 'PENDING') throw notFound(invitationId);
      const { result, events } = await apply(tx, invitation, wallet, clock.now());
      await outbox.append(tx, events);
      return result;
    });
  }

  /** Whoever invited must still be in a position to: what they may no longer give cannot be taken. @throws WALLET_INVITATION_NOT_FOUND, WALLET_MEMBER_LIMIT_REACHED */
  function accept(actor: Actor, invitationId: string): Promise<Wallet> {
    return answer(invitationId, async (tx, invitation, wallet, now) => {
      const { userId, role, invitedBy, walletId } = invitation;
      const isGood = userId === actor.userId && invitation.expiresAt > now && mayManage(wallet, invitedBy, role);
      if (!isGood || roleIn(wallet, userId) !== null || (await isLimited(tx, wallet, invitedBy, role)))
        throw notFound(invitationId);
      requireRoom(wallet);
      await insertMember(tx.client, { walletId, userId, role, createdAt: now });
      const events = [
        await resolve(tx, invitation, 'ACCEPTED', now),
        memberChanged('added', walletId, { userId, role }),
        memberAudited('wallet.accept_invitation', actor, wallet, { userId, role, invitedBy }),
      ];
      return { result: wallet, events };
    });
  }

  /** Declined by who was invited, revoked by who might have invited. @throws WALLET_INVITATION_NOT_FOUND */
  function close(actor: Actor, invitationId: string, state: 'DECLINED' | 'REVOKED'): Promise<ShownInvitation> {
    return answer(invitationId, async (tx, invitation, wallet, now) => {
      const { userId, role } = invitation;
      const may = state === 'DECLINED' ? userId === actor.userId : mayManage(wallet, actor.userId, role);
      if (!may) throw notFound(invitationId);
      const action = state === 'DECLINED' ? 'wallet.decline_invitation' : 'wallet.revoke_invitation';
      const events = [await resolve(tx, invitation, state, now), memberAudited(action, actor, wallet, { userId, role })];
      return { result: { ...invitation, state, resolvedAt: now, walletName: wallet.name }, events };
    });
  }

  /** @throws WALLET_NOT_FOUND, WALLET_MEMBER_NOT_FOUND, WALLET_ROLE_INSUFFICIENT, SPENDING_IS_LIMITED, OWNER_OF_RECORD */
  function changeRole(actor: Actor, input: { walletId: string; userId: string; role: WalletRole }): Promise<Wallet> {
    const { walletId, userId, role } = input;
    return change(actor, walletId, async (tx, wallet, now) => {
      const before = requireMember(wallet, userId);
      requireManager(wallet, actor.userId, before);
      requireManager(wallet, actor.userId, role);
      if (await isLimited(tx, wallet, actor.userId, role)) throw limitErrors.SPENDING_IS_LIMITED({ walletId });
      if (before === role) return { result: wallet, events: [] };
      await updateMember(tx.client, { walletId, userId, role }, now);
      const events = [
        memberChanged('roleChanged', walletId, { userId, role }),
        memberAudited('wallet.change_member_role', actor, wallet, { userId, role, previousRole: before }),
      ];
      return { result: wallet, events };
    });
  }

  /** @throws as `changeRole` */
  function remove(actor: Actor, { walletId, userId }: { walletId: string; userId: string }): Promise<Wallet> {
    return change(actor, walletId, async (tx, wallet) => {
      const role = requireMember(wallet, userId);
      const isLeaving = userId === actor.userId;
      if (!isLeaving) requireManager(wallet, actor.userId, role);
      await deleteMember(tx.client, { walletId, userId });
      await deleteMonitorsOf(tx.client, { walletId, userId });
      const events = [
        memberChanged('removed', walletId, { userId, role: null }),
        memberAudited(isLeaving ? 'wallet.leave' : 'wallet.remove_member', actor, wallet, { userId, previousRole: role }),
      ];
      return { result: wallet, events };
    });
  }

  /** Only the owner of record gives the wallet away, to a member, and stays as administrator. @throws as `changeRole`, WALLET_LIMIT_REACHED */
  function transferOwnership(actor: Actor, { walletId, userId }: { walletId: string; userId: string }): Promise<Wallet> {
    return change(actor, walletId, async (tx, wallet, now) => {
      const own = requireRole(wallet, actor.userId, 'OWNER');
      if (wallet.ownerId !== actor.userId) throw memberErrors.WALLET_ROLE_INSUFFICIENT({ walletId, role: own, needed: 'OWNER' });
      requireMember(wallet, userId);
      if ((await countWallets(tx.client, userId)) >= walletsMax) throw walletErrors.WALLET_LIMIT_REACHED({ walletsMax });
      await deleteMember(tx.client, { walletId, userId });
      await insertMember(tx.client, { walletId, userId: actor.userId, role: 'ADMIN', createdAt: now });
      await updateOwner(tx.client, walletId, userId, now);
      const previous = { previousOwnerId: actor.userId, previousOwnerRole: 'ADMIN' } as const;
      const events = [
        ownershipTransferred(walletId, { ownerId: userId, ...previous }),
        memberAudited('wallet.transfer_ownership', actor, wallet, { userId, previousOwnerId: actor.userId }),
      ];
      return { result: { ...wallet, ownerId: userId, updatedAt: now }, events };
    });
  }

  /** Everybody with a role in each wallet, its owner of record first. Whoever got the wallet may see them. */
  async function membersOf(walletIds: readonly string[]): Promise<Member[][]> {
    const [wallets, members] = await Promise.all([
      findWallets(database.client, walletIds),
      findMembers(database.client, walletIds),
    ]);
    return walletIds.map((walletId) => {
      const wallet = wallets.get(walletId);
      if (wallet === undefined) return [];
      const owner: Member = { walletId, userId: wallet.ownerId, role: 'OWNER', createdAt: wallet.createdAt };
      return [owner, ...members.filter((member) => member.walletId === walletId)];
    });
  }

  return {
    invite,
    accept,
    decline: (actor: Actor, invitationId: string) => close(actor, invitationId, 'DECLINED'),
    revoke: (actor: Actor, invitationId: string) => close(actor, invitationId, 'REVOKED'),
    changeRole,
    remove,
    leave: (actor: Actor, walletId: string) => remove(actor, { walletId, userId: actor.userId }),
    transferOwnership,
    membersOf,

    /** The viewer's own role in a wallet that they may see; null for staff. */
    async roleOf(viewer: Identity, wallet: Pick<Wallet, 'id' | 'ownerId'>): Promise<WalletRole | null> {
      return (await findRoles(database.client, viewer.userId, [wallet])).get(wallet.id) ?? null;
    },

    /** Open invitations of a wallet, for administrators and staff; null for others who see the wallet. */
    async invitationsOf(viewer: Identity, wallet: Pick<Wallet, 'id' | 'ownerId' | 'name'>): Promise<ShownInvitation[] | null> {
      const role = (await findRoles(database.client, viewer.userId, [wallet])).get(wallet.id);
      const may = (role !== undefined && isAtLeast(role, 'ADMIN')) || hasPermission(viewer, 'wallet:read');
      if (!may) return null;
      const found = await findPendingInvitations(database.client, { walletId: wallet.id }, shownInvitationsMax);
      return found.filter(isOpen).map((invitation) => ({ ...invitation, walletName: wallet.name }));
    },

    /** Invitations that wait for the user's answer, oldest first. */
    async invitationsFor(userId: string): Promise<ShownInvitation[]> {
      const found = (await findPendingInvitations(database.client, { userId }, shownInvitationsMax)).filter(isOpen);
      const wallets = await findWallets(
        database.client,
        found.map(({ walletId }) => walletId),
      );
      return found.map((invitation) => ({ ...invitation, walletName: wallets.get(invitation.walletId)?.name ?? '' }));
    },
  };

  function isOpen({ expiresAt }: Invitation): boolean {
    return expiresAt > clock.now();
  }
}

/** A member who can be managed: anybody but the owner of record. @throws OWNER_OF_RECORD, WALLET_MEMBER_NOT_FOUND */
function requireMember(wallet: SharedWallet, userId: string): WalletRole {
  if (userId === wallet.ownerId) throw memberErrors.OWNER_OF_RECORD({ walletId: wallet.id });
  const role = roleIn(wallet, userId);
  if (role === null) throw memberErrors.WALLET_MEMBER_NOT_FOUND({ walletId: wallet.id, userId });
  return role;
}

function requireRoom({ id, members }: SharedWallet, isTooMuchElse = false): void {
  if ((members?.size ?? 0) >= membersMax || isTooMuchElse)
    throw memberErrors.WALLET_MEMBER_LIMIT_REACHED({ walletId: id, membersMax });
}

const notFound = (invitationId: string): Error => memberErrors.WALLET_INVITATION_NOT_FOUND({ invitationId });
