// Users in the graph, and the inputs of registration and of managing users. No logic.
import { ArrayMaxSize, MaxLength, MinLength } from 'class-validator';
import { ArgsType, Directive, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionArgs, connectionType } from '../../platform/graph/connection.ts';
import type { RoleName } from '../../platform/identity/permissions.ts';
import { RoleNameEnum } from './role.types.ts';
import type { UserRecord } from './user.repository.ts';

export enum UserStatusEnum {
  ACTIVE = 'ACTIVE',
  SUSPENDED = 'SUSPENDED',
}
registerEnumType(UserStatusEnum, {
  name: 'UserStatus',
  description: 'Whether a user may sign in.',
  valuesConfig: {
    ACTIVE: { description: 'May sign in.' },
    SUSPENDED: { description: 'May neither sign in nor refresh a session.' },
  },
});

@ObjectType('User', {
  description:
    'A person or service that signs in. Everybody sees the name; the rest is for the user alone and for those with user:read.',
})
@Directive('@key(fields: "id")')
export class UserType {
  @Field(() => ID, { description: 'Id of the user.' })
  id: string;

  @Field(() => String, { description: 'Name that others see, for example beside a payment.' })
  displayName: string;

  /** For the field resolvers: the whole record, and whether the answer goes to the user, who at sign-in has no token yet. */
  record: UserRecord;
  isForOwner: boolean;
}

export const UserConnection = connectionType(UserType, 'UserConnection');

@ArgsType()
export class UsersArgs extends ConnectionArgs {
  @Field(() => String, { nullable: true, description: 'Only users whose e-mail address contains this.' })
  @MaxLength(254)
  email?: string | null;
}

@InputType({ description: 'A new account.' })
export class RegisterInput {
  @Field(() => String, { description: 'E-mail address; upper and lower case are the same.' })
  @MaxLength(1000)
  email: string;

  @Field(() => String, { description: 'At least 12 characters, nothing common, nothing of your own name.' })
  @MaxLength(1000)
  password: string;

  @Field(() => String, { description: 'Name that others see: 1 to 80 characters.' })
  @MaxLength(1000)
  displayName: string;
}

@ObjectType({
  description: 'The registration was taken. The answer is the same when the address has an account already; sign in to find out.',
})
export class RegisterPayload {
  @Field(() => String, { description: 'The e-mail address as it is kept.' })
  email: string;
}

@InputType({ description: 'Which roles a user has from now on.' })
export class AssignRolesInput {
  @Field(() => ID, { description: 'Id of the user.' })
  userId: string;

  @Field(() => [RoleNameEnum], { description: 'All roles of the user; those left out are taken away.' })
  @ArrayMaxSize(20)
  roles: RoleName[];
}

@InputType({ description: 'Whom to keep from signing in, and why.' })
export class SuspendUserInput {
  @Field(() => ID, { description: 'Id of the user.' })
  userId: string;

  @Field(() => String, { description: 'Why, for the audit log: 3 to 200 characters, no personal data.' })
  @MinLength(3)
  @MaxLength(200)
  reason: string;
}

@InputType({ description: 'Whom to let in again.' })
export class ReinstateUserInput {
  @Field(() => ID, { description: 'Id of the user.' })
  userId: string;
}

@ObjectType({ description: 'The user after the change.' })
export class ManageUserPayload {
  @Field(() => UserType, { description: 'The user after the change.' })
  user: UserType;
}
