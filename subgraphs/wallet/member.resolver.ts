// The graph's fields about members of wallets: arguments to use cases, results to types. Who may do what is decided by the service.
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import type { Member } from './member.repository.ts';
import type { MemberService, ShownInvitation } from './member.service.ts';
import {
  ChangeWalletMemberRoleInput,
  InviteWalletMemberInput,
  LeaveWalletInput,
  LeaveWalletPayload,
  WalletInvitation,
  WalletInvitationInput,
  WalletInvitationPayload,
  WalletInvitationStateEnum,
  WalletMember,
  WalletMemberInput,
  WalletMembersPayload,
  WalletRoleEnum,
} from './member.types.ts';
import { WalletType } from './wallet.entity.types.ts';
import type { WalletLoaders } from './wallet.reference.ts';
import { actorOf } from './wallet.resolver.ts';
import { toWalletType } from './wallet.view.ts';

@Resolver(() => WalletType)
export class MemberResolver {
  readonly #members: MemberService;
  readonly #loaders: WalletLoaders;

  constructor(members: MemberService, loaders: WalletLoaders) {
    this.#members = members;
    this.#loaders = loaders;
  }

  @Authenticated()
  @Mutation(() => WalletInvitationPayload, {
    description: 'Offers somebody a role in a wallet. They have no access before they accept, which they can for 14 days.',
  })
  async inviteWalletMember(
    @Arg('input', () => InviteWalletMemberInput, { description: 'Whom to invite.' }) input: InviteWalletMemberInput,
    @Ctx() context: GraphContext,
  ): Promise<WalletInvitationPayload> {
    return { invitation: toInvitation(await this.#members.invite(actorOf(context), input)) };
  }

  @Authenticated()
  @Mutation(() => WalletMembersPayload, { description: 'Makes you a member of the wallet that you were invited to.' })
  async acceptWalletInvitation(
    @Arg('input', () => WalletInvitationInput, { description: 'The invitation.' }) input: WalletInvitationInput,
    @Ctx() context: GraphContext,
  ): Promise<WalletMembersPayload> {
    return { wallet: toWalletType(await this.#members.accept(actorOf(context), input.invitationId)) };
  }

  @Authenticated()
  @Mutation(() => WalletInvitationPayload, { description: 'Declines an invitation to a wallet.' })
  async declineWalletInvitation(
    @Arg('input', () => WalletInvitationInput, { description: 'The invitation.' }) input: WalletInvitationInput,
    @Ctx() context: GraphContext,
  ): Promise<WalletInvitationPayload> {
    return { invitation: toInvitation(await this.#members.decline(actorOf(context), input.invitationId)) };
  }

  @Authenticated()
  @Mutation(() => WalletInvitationPayload, { description: 'Takes an invitation back that nobody has answered yet.' })
  async revokeWalletInvitation(
    @Arg('input', () => WalletInvitationInput, { description: 'The invitation.' }) input: WalletInvitationInput,
    @Ctx() context: GraphContext,
  ): Promise<WalletInvitationPayload> {
    return { invitation: toInvitation(await this.#members.revoke(actorOf(context), input.invitationId)) };
  }

  @Authenticated()
  @Mutation(() => WalletMembersPayload, { description: 'Gives a member whose role is below yours another role below yours.' })
  async changeWalletMemberRole(
    @Arg('input', () => ChangeWalletMemberRoleInput, { description: 'The member and the role.' })
    input: ChangeWalletMemberRoleInput,
    @Ctx() context: GraphContext,
  ): Promise<WalletMembersPayload> {
    return { wallet: toWalletType(await this.#members.changeRole(actorOf(context), input)) };
  }

  @Authenticated()
  @Mutation(() => WalletMembersPayload, {
    description:
      'Removes a member whose role is below yours. At once they see nothing of the wallet any more, and payments of theirs that have not been posted fail.',
  })
  async removeWalletMember(
    @Arg('input', () => WalletMemberInput, { description: 'The member.' }) input: WalletMemberInput,
    @Ctx() context: GraphContext,
  ): Promise<WalletMembersPayload> {
    return { wallet: toWalletType(await this.#members.remove(actorOf(context), input)) };
  }

  @Authenticated()
  @Mutation(() => LeaveWalletPayload, {
    description: 'Ends your membership of a wallet. Its owner of record gives the wallet to somebody else first.',
  })
  async leaveWallet(
    @Arg('input', () => LeaveWalletInput, { description: 'The wallet.' }) input: LeaveWalletInput,
    @Ctx() context: GraphContext,
  ): Promise<LeaveWalletPayload> {
    return { walletId: (await this.#members.leave(actorOf(context), input.walletId)).id };
  }

  @Authenticated()
  @Mutation(() => WalletMembersPayload, {
    description: 'Makes a member the owner of record of your wallet. You stay its administrator until you leave or are removed.',
  })
  async transferWalletOwnership(
    @Arg('input', () => WalletMemberInput, { description: 'The wallet, and its next owner.' }) input: WalletMemberInput,
    @Ctx() context: GraphContext,
  ): Promise<WalletMembersPayload> {
    return { wallet: toWalletType(await this.#members.transferOwnership(actorOf(context), input)) };
  }

  @Authenticated()
  @Query(() => [WalletInvitation], { description: 'Invitations that wait for your answer, oldest first; at most 100.' })
  async walletInvitations(@Ctx() context: GraphContext): Promise<WalletInvitation[]> {
    return (await this.#members.invitationsFor(requireIdentity(context.identity).userId)).map(toInvitation);
  }

  @FieldResolver(() => [WalletMember], { description: 'Who may use it: its owner of record first, then the longest members.' })
  async members(@Root() wallet: WalletType, @Ctx() context: GraphContext): Promise<WalletMember[]> {
    return (await this.#loaders.membersOf(context, wallet.id)).map(toMember);
  }

  @FieldResolver(() => WalletRoleEnum, { nullable: true, description: 'Your own role in it; null when you see it as staff.' })
  async viewerRole(@Root() { id, ownerId }: WalletType, @Ctx() context: GraphContext): Promise<WalletRoleEnum | null> {
    const role = await this.#members.roleOf(requireIdentity(context.identity), { id, ownerId });
    return role === null ? null : WalletRoleEnum[role];
  }

  @FieldResolver(() => [WalletInvitation], {
    nullable: true,
    description: 'Invitations that nobody has answered yet. Null unless you are its administrator, or above.',
  })
  async invitations(@Root() { id, ownerId, name }: WalletType, @Ctx() context: GraphContext): Promise<WalletInvitation[] | null> {
    const found = await this.#members.invitationsOf(requireIdentity(context.identity), { id, ownerId, name });
    return found?.map(toInvitation) ?? null;
  }
}

function toMember({ userId, role, createdAt }: Member): WalletMember {
  return { user: { id: userId }, role: WalletRoleEnum[role], since: createdAt };
}

function toInvitation({
  id,
  walletName,
  role,
  state,
  userId,
  invitedBy,
  expiresAt,
  createdAt,
}: ShownInvitation): WalletInvitation {
  return {
    id,
    walletName,
    role: WalletRoleEnum[role],
    state: WalletInvitationStateEnum[state],
    user: { id: userId },
    invitedBy: { id: invitedBy },
    expiresAt,
    createdAt,
  };
}
