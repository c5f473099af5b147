// Users, roles and their management: arguments to services and back.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Authenticated, RequiresPermission } from '../../platform/graph/authorisation.ts';
import { type Connection, ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { DateTime } from '../../platform/graph/scalars.ts';
import { requireIdentity, requirePermission } from '../../platform/identity/identity.ts';
import { roleNames } from '../../platform/identity/permissions.ts';
import { toRoleType, toSessionType, toUserType } from './auth.view.ts';
import { originOf } from './request-origin.ts';
import { RoleType } from './role.types.ts';
import type { SessionService } from './session.service.ts';
import { SessionConnection, type SessionType } from './session.types.ts';
import type { TotpService } from './totp.service.ts';
import { MfaStateType } from './totp.types.ts';
import { loadUser } from './user.reference.ts';
import type { UserService } from './user.service.ts';
import {
  AssignRolesInput,
  ManageUserPayload,
  RegisterInput,
  RegisterPayload,
  ReinstateUserInput,
  SuspendUserInput,
  UserConnection,
  UserStatusEnum,
  UsersArgs,
  UserType,
} from './user.types.ts';

const userCursor = keysetCursor('users', { id: 'string' });
const sessionCursor = keysetCursor('sessions', { id: 'string' });

@Resolver(() => UserType)
export class UserResolver {
  constructor(
    private readonly userService: UserService,
    private readonly sessionService: SessionService,
    private readonly totpService: TotpService,
  ) {}

  @Authenticated()
  @Query(() => UserType, { nullable: true, description: 'The user who asks.' })
  async me(@Ctx() context: GraphContext): Promise<UserType | null> {
    const record = await loadUser(this.userService, requireIdentity(context.identity).userId, context);
    return record === null ? null : toUserType(record, true);
  }

  @Authenticated()
  @Query(() => UserType, { nullable: true, description: 'A user by id; null when there is none.' })
  async user(
    @Arg('id', () => ID, { description: 'Id of the user.' }) id: string,
    @Ctx() context: GraphContext,
  ): Promise<UserType | null> {
    const record = await loadUser(this.userService, id, context);
    return record === null ? null : toUserType(record);
  }

  @RequiresPermission('user:read')
  @Query(() => UserConnection, { description: 'All users, in the order in which they registered.' })
  async users(@Args(() => UsersArgs) args: UsersArgs): Promise<Connection<UserType>> {
    const afterId = userCursor.decode(args.after)?.id ?? null;
    const rows = await this.userService.list({ emailPart: args.email?.trim() || null, afterId, limit: rowLimit(args) });
    return toConnection(rows, args, userCursor.encode, (row) => toUserType(row));
  }

  @Authenticated()
  @Query(() => [RoleType], { name: 'roles', description: 'The roles that there are, and what each permits.' })
  allRoles(): RoleType[] {
    return roleNames.map(toRoleType);
  }

  @Mutation(() => RegisterPayload, { description: 'Registers an account. Sign in with it afterwards.' })
  register(
    @Arg('input', () => RegisterInput, { description: 'The new account.' }) input: RegisterInput,
    @Ctx() context: GraphContext,
  ): Promise<RegisterPayload> {
    return this.userService.register(input, originOf(context));
  }

  @RequiresPermission('user:manage')
  @Mutation(() => ManageUserPayload, {
    description: 'Gives another user exactly these roles. Access tokens follow at their next refresh.',
  })
  async assignRoles(
    @Arg('input', () => AssignRolesInput, { description: 'Who gets which roles.' }) input: AssignRolesInput,
    @Ctx() context: GraphContext,
  ): Promise<ManageUserPayload> {
    return { user: toUserType(await this.userService.assignRoles(requireIdentity(context.identity), input, originOf(context))) };
  }

  @RequiresPermission('user:manage')
  @Mutation(() => ManageUserPayload, { description: 'Ends all sessions of another user and refuses new ones.' })
  async suspendUser(
    @Arg('input', () => SuspendUserInput, { description: 'Whom, and why.' }) input: SuspendUserInput,
    @Ctx() context: GraphContext,
  ): Promise<ManageUserPayload> {
    return { user: toUserType(await this.userService.suspend(requireIdentity(context.identity), input, originOf(context))) };
  }

  @RequiresPermission('user:manage')
  @Mutation(() => ManageUserPayload, { description: 'Lets a suspended user sign in again.' })
  async reinstateUser(
    @Arg('input', () => ReinstateUserInput, { description: 'Whom.' }) input: ReinstateUserInput,
    @Ctx() context: GraphContext,
  ): Promise<ManageUserPayload> {
    return { user: toUserType(await this.userService.reinstate(requireIdentity(context.identity), input, originOf(context))) };
  }

  @FieldResolver(() => String, { nullable: true, description: 'E-mail address. For the user, and for user:read.' })
  email(@Root() user: UserType, @Ctx() context: GraphContext): string {
    assertMayRead(user, context);
    return user.record.email;
  }

  @FieldResolver(() => UserStatusEnum, {
    nullable: true,
    description: 'Whether the user may sign in. For the user, and for user:read.',
  })
  status(@Root() user: UserType, @Ctx() context: GraphContext): UserStatusEnum {
    assertMayRead(user, context);
    return UserStatusEnum[user.record.status];
  }

  @FieldResolver(() => [RoleType], { nullable: true, description: 'What the user may do. For the user, and for user:read.' })
  roles(@Root() user: UserType, @Ctx() context: GraphContext): RoleType[] {
    assertMayRead(user, context);
    return user.record.roles.map(toRoleType);
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'When the user registered. For the user, and for user:read.' })
  createdAt(@Root() user: UserType, @Ctx() context: GraphContext): Date {
    assertMayRead(user, context);
    return user.record.createdAt;
  }

  @FieldResolver(() => MfaStateType, { nullable: true, description: 'The second factor. For the user, and for user:read.' })
  mfa(@Root() user: UserType, @Ctx() context: GraphContext): Promise<MfaStateType> {
    assertMayRead(user, context);
    return this.totpService.state(user.record);
  }

  @FieldResolver(() => SessionConnection, {
    nullable: true,
    description: 'Live sessions, the newest first. For the user, and for user:read.',
  })
  async sessions(
    @Root() user: UserType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: GraphContext,
  ): Promise<Connection<SessionType>> {
    assertMayRead(user, context);
    const beforeId = sessionCursor.decode(args.after)?.id ?? null;
    const rows = await this.sessionService.list(user.id, { beforeId, limit: rowLimit(args) });
    return toConnection(rows, args, sessionCursor.encode, (row) => toSessionType(row, context.identity));
  }
}

/** Everything but the name: for the user, and for `user:read`. */
function assertMayRead(user: UserType, context: GraphContext): void {
  if (user.isForOwner || context.identity?.userId === user.id) return;
  requirePermission(context.identity, 'user:read');
}
