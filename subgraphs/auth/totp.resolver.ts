// The second factor: arguments to services and back.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { originOf } from './request-origin.ts';
import type { TotpService } from './totp.service.ts';
import {
  BeginTotpEnrolmentInput,
  BeginTotpEnrolmentPayload,
  ConfirmTotpEnrolmentInput,
  DisableTotpInput,
  DisableTotpPayload,
  RecoveryCodesPayload,
  RenewRecoveryCodesInput,
} from './totp.types.ts';

@Resolver()
export class TotpResolver {
  constructor(private readonly totp: TotpService) {}

  @Authenticated()
  @Mutation(() => BeginTotpEnrolmentPayload, {
    description: 'Starts adding an authenticator app. It counts once confirmTotpEnrolment has seen one of its codes.',
  })
  async beginTotpEnrolment(
    @Arg('input', () => BeginTotpEnrolmentInput, { description: 'Your password.' }) input: BeginTotpEnrolmentInput,
    @Ctx() context: GraphContext,
  ): Promise<BeginTotpEnrolmentPayload> {
    const { uri, ...rest } = await this.totp.begin(requireIdentity(context.identity), input.password, originOf(context));
    return { otpauthUri: uri, ...rest };
  }

  @Authenticated()
  @Mutation(() => RecoveryCodesPayload, {
    description: 'Enables the authenticator, ends your other sessions and gives recovery codes.',
  })
  async confirmTotpEnrolment(
    @Arg('input', () => ConfirmTotpEnrolmentInput, { description: 'A code.' }) input: ConfirmTotpEnrolmentInput,
    @Ctx() context: GraphContext,
  ): Promise<RecoveryCodesPayload> {
    return { recoveryCodes: await this.totp.confirm(requireIdentity(context.identity), input.code, originOf(context)) };
  }

  @Authenticated()
  @Mutation(() => DisableTotpPayload, { description: 'Removes the authenticator and its recovery codes.' })
  async disableTotp(
    @Arg('input', () => DisableTotpInput, { description: 'A code.' }) input: DisableTotpInput,
    @Ctx() context: GraphContext,
  ): Promise<DisableTotpPayload> {
    await this.totp.disable(requireIdentity(context.identity), input.code, originOf(context));
    return { mfa: { isTotpEnabled: false, recoveryCodesLeft: 0 } };
  }

  @Authenticated()
  @Mutation(() => RecoveryCodesPayload, { description: 'Gives new recovery codes; the old ones work no more.' })
  async renewRecoveryCodes(
    @Arg('input', () => RenewRecoveryCodesInput, { description: 'A code.' }) input: RenewRecoveryCodesInput,
    @Ctx() context: GraphContext,
  ): Promise<RecoveryCodesPayload> {
    return {
      recoveryCodes: await this.totp.renewRecoveryCodes(requireIdentity(context.identity), input.code, originOf(context)),
    };
  }
}
