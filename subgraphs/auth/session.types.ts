// Sessions and tokens in the graph, and the inputs of everything that opens or ends a session. No logic.
import { MaxLength } from 'class-validator';
import { Directive, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../../platform/graph/connection.ts';
import { DateTime } from '../../platform/graph/scalars.ts';
import { UserType } from './user.types.ts';

@ObjectType('Session', { description: 'One sign-in on one device, kept alive by refreshing.' })
@Directive('@key(fields: "id")')
export class SessionType {
  @Field(() => ID, { description: 'Id of the session; the claim `sid` of its access tokens.' })
  id: string;

  @Field(() => String, { description: 'What the device calls itself, in short: "Firefox on Linux". A hint, not a proof.' })
  device: string;

  @Field(() => String, { nullable: true, description: 'Network address of its last use.' })
  address: string | null;

  @Field(() => [String], { description: 'How the person proved themselves, as in RFC 8176: pwd, otp, mfa.' })
  methods: readonly string[];

  @Field(() => DateTime, { description: 'When it was opened.' })
  createdAt: Date;

  @Field(() => DateTime, { description: 'When it was opened or refreshed last.' })
  lastUsedAt: Date;

  @Field(() => DateTime, { description: 'When it ends unless it is refreshed.' })
  expiresAt: Date;

  @Field(() => Boolean, { description: 'True for the session of the access token that asks.' })
  isCurrent: boolean;
}

export const SessionConnection = connectionType(SessionType, 'SessionConnection');

@ObjectType({
  description: 'What a signed-in client holds: a short-lived access token, and the refresh token that gets the next one.',
})
export class SignInPayload {
  @Field(() => String, { description: 'Send it as `Authorization: Bearer …`.' })
  accessToken: string;

  @Field(() => DateTime, { description: 'When the access token ends; refresh shortly before.' })
  accessTokenExpiresAt: Date;

  @Field(() => String, { description: 'For refreshSession; works once and is replaced by the next one. Keep it secret.' })
  refreshToken: string;

  @Field(() => DateTime, { description: 'When the refresh token ends.' })
  refreshTokenExpiresAt: Date;

  @Field(() => SessionType, { description: 'The session of these tokens.' })
  session: SessionType;

  @Field(() => UserType, { description: 'Who has signed in.' })
  user: UserType;
}

@InputType({ description: 'The first factor.' })
export class SignInInput {
  @Field(() => String, { description: 'E-mail address of the account.' })
  @MaxLength(1000)
  email: string;

  @Field(() => String, { description: 'Password of the account.' })
  @MaxLength(1000)
  password: string;
}

@InputType({ description: 'The second factor of a sign-in that answered MFA_REQUIRED.' })
export class CompleteSignInInput {
  @Field(() => String, { description: 'The challenge from the details of MFA_REQUIRED.' })
  @MaxLength(200)
  challenge: string;

  @Field(() => String, { description: 'Six digits from the authenticator, or a recovery code.' })
  @MaxLength(100)
  code: string;
}

@InputType({ description: 'What keeps a session alive.' })
export class RefreshSessionInput {
  @Field(() => String, { description: 'The latest refresh token of the session.' })
  @MaxLength(200)
  refreshToken: string;
}

@InputType({ description: 'Which session to sign out of.' })
export class SignOutInput {
  @Field(() => String, {
    nullable: true,
    description:
      'A refresh token of the session, for when the access token has expired. Left out: the session of the access token.',
  })
  @MaxLength(200)
  refreshToken?: string | null;
}

@ObjectType({ description: 'The answer to a sign-out: the same whether there was a session or not.' })
export class SignOutPayload {
  @Field(() => Boolean, { description: 'Always true.' })
  isSignedOut: boolean;
}

@InputType({ description: 'Which session to end.' })
export class RevokeSessionInput {
  @Field(() => ID, { description: 'Id of the session.' })
  sessionId: string;
}

@ObjectType({ description: 'The session that was ended.' })
export class RevokeSessionPayload {
  @Field(() => ID, { description: 'Id of the session. Its access tokens end with their own expiry, within minutes.' })
  sessionId: string;
}

@InputType({ description: 'Whose sessions to end.' })
export class RevokeAllSessionsInput {
  @Field(() => ID, { nullable: true, description: 'Whose; left out, your own. Others need the permission user:manage.' })
  userId?: string | null;

  @Field(() => Boolean, { defaultValue: true, description: 'Whether to keep the session that asks.' })
  keepCurrent: boolean;
}

@ObjectType({ description: 'How many sessions were ended.' })
export class RevokeAllSessionsPayload {
  @Field(() => Int, { description: 'Number of sessions that were live and now are not.' })
  revokedCount: number;
}

@InputType({ description: 'The old and the new password.' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'The password until now.' })
  @MaxLength(1000)
  currentPassword: string;

  @Field(() => String, {
    description: 'The password from now on: at least 12 characters, nothing common, nothing of your own name.',
  })
  @MaxLength(1000)
  newPassword: string;
}

@ObjectType({ description: 'The password was changed.' })
export class ChangePasswordPayload {
  @Field(() => Int, { description: 'Number of other sessions that were ended with it.' })
  revokedSessionsCount: number;
}
