// The rotation of signing keys: arguments to the service and back.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { RequiresPermission } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { originOf } from './request-origin.ts';
import type { SigningKeyService } from './signing-key.service.ts';
import { RotateSigningKeysInput, RotateSigningKeysPayload } from './signing-key.types.ts';

@Resolver()
export class SigningKeyResolver {
  constructor(private readonly keys: SigningKeyService) {}

  @RequiresPermission('key:manage')
  @Mutation(() => RotateSigningKeysPayload, { description: 'Lets the next key sign access tokens now, ahead of schedule.' })
  async rotateSigningKeys(
    @Arg('input', () => RotateSigningKeysInput, { description: 'How to rotate.' }) input: RotateSigningKeysInput,
    @Ctx() context: GraphContext,
  ): Promise<RotateSigningKeysPayload> {
    const mode = input.isCompromised ? 'DISTRUST' : 'NOW';
    return { activeKeyId: await this.keys.rotate(mode, requireIdentity(context.identity).userId, originOf(context)) };
  }
}
