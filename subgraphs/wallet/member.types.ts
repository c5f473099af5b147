// The GraphQL types of wallet members. No logic.
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../platform/graph/scalars.ts';
import { UserStub } from './stub.types.ts';
import { WalletType } from './wallet.entity.types.ts';

export enum WalletRoleEnum {
  OWNER = 'OWNER',
  ADMIN = 'ADMIN',
  SPENDER = 'SPENDER',
  VIEWER = 'VIEWER',
}
registerEnumType(WalletRoleEnum, {
  name: 'WalletRole',
  description: 'What a member of a wallet may do. Each role may do what those below it may.',
  valuesConfig: {
    OWNER: {
      description: 'Manages administrators too. The owner of record alone makes others owners and gives the wallet away.',
    },
    ADMIN: { description: 'Names the wallet, and invites, changes and removes spenders and viewers.' },
    SPENDER: { description: 'Pays from the wallet, asks for money into it and sends money back that it received.' },
    VIEWER: { description: 'Sees the wallet, its members, its history and its transactions.' },
  },
});

export enum WalletInvitationStateEnum {
  PENDING = 'PENDING',
  ACCEPTED = 'ACCEPTED',
  DECLINED = 'DECLINED',
  REVOKED = 'REVOKED',
}
registerEnumType(WalletInvitationStateEnum, {
  name: 'WalletInvitationState',
  description: 'What became of an invitation. All but PENDING are final.',
  valuesConfig: {
    PENDING: { description: 'It waits for an answer.' },
    ACCEPTED: { description: 'Whoever was invited is a member.' },
    DECLINED: { description: 'Whoever was invited does not want to be a member.' },
    REVOKED: { description: 'It was taken back, or nobody answered in time.' },
  },
});

@ObjectType({ description: 'Somebody who may use a wallet.' })
export class WalletMember {
  @Field(() => UserStub, { nullable: true, description: 'Who it is.' })
  user: UserStub;

  @Field(() => WalletRoleEnum, { description: 'What they may do.' })
  role: WalletRoleEnum;

  @Field(() => DateTime, { description: 'Since when they are a member.' })
  since: Date;
}

@ObjectType({ description: 'An offer of a role in a wallet. It gives no access until it is accepted.' })
export class WalletInvitation {
  @Field(() => ID, { description: 'Id of the invitation.' })
  id: string;

  @Field(() => String, { description: 'What the wallet is called.' })
  walletName: string;

  @Field(() => WalletRoleEnum, { description: 'The role on offer.' })
  role: WalletRoleEnum;

  @Field(() => WalletInvitationStateEnum, { description: 'What became of it.' })
  state: WalletInvitationStateEnum;

  @Field(() => UserStub, { nullable: true, description: 'Who is invited.' })
  user: UserStub;

  @Field(() => UserStub, { nullable: true, description: 'Who invited.' })
  invitedBy: UserStub;

  @Field(() => DateTime, { description: 'Until when it can be accepted.' })
  expiresAt: Date;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt: Date;
}

@InputType({ description: 'Whom to invite to a wallet.' })
export class InviteWalletMemberInput {
  @Field(() => ID, { description: 'The wallet.' })
  walletId: string;

  @Field(() => ID, { description: 'Whom to invite.' })
  userId: string;

  @Field(() => WalletRoleEnum, { description: 'The role on offer: one below your own, any if you are the owner of record.' })
  role: WalletRoleEnum;
}

@InputType({ description: 'An invitation to answer or to take back.' })
export class WalletInvitationInput {
  @Field(() => ID, { description: 'The invitation.' })
  invitationId: string;
}

@InputType({ description: 'Another role for a member.' })
export class ChangeWalletMemberRoleInput {
  @Field(() => ID, { description: 'The wallet.' })
  walletId: string;

  @Field(() => ID, { description: 'The member.' })
  userId: string;

  @Field(() => WalletRoleEnum, { description: 'The role from now on: one below your own, any if you are the owner of record.' })
  role: WalletRoleEnum;
}

@InputType({ description: 'A member of a wallet.' })
export class WalletMemberInput {
  @Field(() => ID, { description: 'The wallet.' })
  walletId: string;

  @Field(() => ID, { description: 'The member.' })
  userId: string;
}

@InputType({ description: 'A wallet to leave.' })
export class LeaveWalletInput {
  @Field(() => ID, { description: 'The wallet.' })
  walletId: string;
}

@ObjectType({ description: 'An invitation, as it is now.' })
export class WalletInvitationPayload {
  @Field(() => WalletInvitation, { description: 'The invitation.' })
  invitation: WalletInvitation;
}

@ObjectType({ description: 'A wallet whose members have changed.' })
export class WalletMembersPayload {
  @Field(() => WalletType, { description: 'The wallet as it is now.' })
  wallet: WalletType;
}

@ObjectType({ description: 'The wallet that was left.' })
export class LeaveWalletPayload {
  @Field(() => ID, { description: 'Id of the wallet, which you may not see any more.' })
  walletId: string;
}
