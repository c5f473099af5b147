// The second factor in the graph. No logic.
import { MaxLength } from 'class-validator';
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../../platform/graph/scalars.ts';

@ObjectType('MfaState', { description: 'The second factor of a user.' })
export class MfaStateType {
  @Field(() => Boolean, { description: 'True when signing in needs a code of an authenticator app.' })
  isTotpEnabled: boolean;

  @Field(() => Int, { description: 'Recovery codes that have not been used; 0 without an authenticator.' })
  recoveryCodesLeft: number;
}

@InputType({ description: 'Proof that it is really you who adds an authenticator.' })
export class BeginTotpEnrolmentInput {
  @Field(() => String, { description: 'Your password.' })
  @MaxLength(1000)
  password: string;
}

@ObjectType({ description: 'What to give the authenticator app. Shown once.' })
export class BeginTotpEnrolmentPayload {
  @Field(() => String, { description: 'The otpauth:// URI, to be shown as a QR code.' })
  otpauthUri: string;

  @Field(() => String, { description: 'The secret in base 32, for typing it in.' })
  secret: string;

  @Field(() => DateTime, { description: 'Until when confirmTotpEnrolment takes its codes.' })
  expiresAt: Date;
}

@InputType({ description: 'Proof that the authenticator works.' })
export class ConfirmTotpEnrolmentInput {
  @Field(() => String, { description: 'Six digits from the authenticator.' })
  @MaxLength(100)
  code: string;
}

@ObjectType({ description: 'Ten recovery codes. Shown once; each works once.' })
export class RecoveryCodesPayload {
  @Field(() => [String], { description: 'The codes. Keep them where the authenticator is not.' })
  recoveryCodes: readonly string[];
}

@InputType({ description: 'Proof that you still have the second factor.' })
export class DisableTotpInput {
  @Field(() => String, { description: 'Six digits from the authenticator, or a recovery code.' })
  @MaxLength(100)
  code: string;
}

@ObjectType({ description: 'The second factor after it was removed.' })
export class DisableTotpPayload {
  @Field(() => MfaStateType, { description: 'The second factor of the user now.' })
  mfa: MfaStateType;
}

@InputType({ description: 'Proof that you still have the second factor.' })
export class RenewRecoveryCodesInput {
  @Field(() => String, { description: 'Six digits from the authenticator, or a recovery code.' })
  @MaxLength(100)
  code: string;
}
