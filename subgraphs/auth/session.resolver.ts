// Signing in, staying in and signing out: arguments to services and back.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { toSignInPayload } from './auth.view.ts';
import type { PasswordService } from './password.service.ts';
import { originOf } from './request-origin.ts';
import type { SessionService } from './session.service.ts';
import {
  ChangePasswordInput,
  ChangePasswordPayload,
  CompleteSignInInput,
  RefreshSessionInput,
  RevokeAllSessionsInput,
  RevokeAllSessionsPayload,
  RevokeSessionInput,
  RevokeSessionPayload,
  SessionType,
  SignInInput,
  SignInPayload,
  SignOutInput,
  SignOutPayload,
} from './session.types.ts';
import type { SignInService } from './sign-in.service.ts';

@Resolver(() => SessionType)
export class SessionResolver {
  constructor(
    private readonly signIns: SignInService,
    private readonly sessions: SessionService,
    private readonly passwords: PasswordService,
  ) {}

  @Mutation(() => SignInPayload, {
    description: 'Opens a session. An account with a second factor answers MFA_REQUIRED with a challenge for completeSignIn.',
  })
  async signIn(
    @Arg('input', () => SignInInput, { description: 'The first factor.' }) input: SignInInput,
    @Ctx() context: GraphContext,
  ): Promise<SignInPayload> {
    return toSignInPayload(await this.signIns.signIn(input, originOf(context)));
  }

  @Mutation(() => SignInPayload, { description: 'Opens the session of a sign-in that waits for its second factor.' })
  async completeSignIn(
    @Arg('input', () => CompleteSignInInput, { description: 'The challenge and the second factor.' }) input: CompleteSignInInput,
    @Ctx() context: GraphContext,
  ): Promise<SignInPayload> {
    return toSignInPayload(await this.signIns.completeSignIn(input, originOf(context)));
  }

  @Mutation(() => SignInPayload, {
    description:
      'Trades the refresh token for a new pair. A token that was used before ends the session, unless the same client repeats a refresh within seconds: that gets the same answer again.',
  })
  async refreshSession(
    @Arg('input', () => RefreshSessionInput, { description: 'The latest refresh token.' }) input: RefreshSessionInput,
    @Ctx() context: GraphContext,
  ): Promise<SignInPayload> {
    return toSignInPayload(await this.sessions.refresh(input.refreshToken, originOf(context)));
  }

  @Mutation(() => SignOutPayload, {
    description: 'Ends the session. Its access tokens end with their own expiry, within minutes.',
  })
  async signOut(
    @Arg('input', () => SignOutInput, { description: 'Which session.' }) input: SignOutInput,
    @Ctx() context: GraphContext,
  ): Promise<SignOutPayload> {
    await this.sessions.signOut(context.identity, input.refreshToken ?? null, originOf(context));
    return { isSignedOut: true };
  }

  @Authenticated()
  @Mutation(() => RevokeSessionPayload, { description: 'Ends one of your sessions; with the permission user:manage, anybody’s.' })
  async revokeSession(
    @Arg('input', () => RevokeSessionInput, { description: 'Which session.' }) input: RevokeSessionInput,
    @Ctx() context: GraphContext,
  ): Promise<RevokeSessionPayload> {
    const session = await this.sessions.revoke(requireIdentity(context.identity), input.sessionId, originOf(context));
    return { sessionId: session.id };
  }

  @Authenticated()
  @Mutation(() => RevokeAllSessionsPayload, {
    description: 'Ends all your sessions; with the permission user:manage, another user’s.',
  })
  async revokeAllSessions(
    @Arg('input', () => RevokeAllSessionsInput, { description: 'Whose sessions.' }) input: RevokeAllSessionsInput,
    @Ctx() context: GraphContext,
  ): Promise<RevokeAllSessionsPayload> {
    const options = { userId: input.userId ?? null, keepCurrent: input.keepCurrent };
    return { revokedCount: await this.sessions.revokeAll(requireIdentity(context.identity), options, originOf(context)) };
  }

  @Authenticated()
  @Mutation(() => ChangePasswordPayload, { description: 'Changes your password and ends your other sessions.' })
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'The old and the new password.' }) input: ChangePasswordInput,
    @Ctx() context: GraphContext,
  ): Promise<ChangePasswordPayload> {
    const { revokedSessions } = await this.passwords.change(requireIdentity(context.identity), input, originOf(context));
    return { revokedSessionsCount: revokedSessions };
  }
}
