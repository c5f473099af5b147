// The graph's field about the money of a transfer that somebody thinks of.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { toMoneyType } from '../../platform/money/money.types.ts';
import type { TransferPreviewService } from './transfer-preview.service.ts';
import { FundsPreview, TransferPreviewStub } from './transfer-preview.types.ts';

@Resolver(() => TransferPreviewStub)
export class TransferPreviewFundsResolver {
  readonly #previews: TransferPreviewService;

  constructor(previews: TransferPreviewService) {
    this.#previews = previews;
  }

  @Authenticated()
  @FieldResolver(() => FundsPreview, {
    nullable: true,
    description: 'Whether there is money enough in the wallet that pays; null when you may not see that wallet.',
  })
  async funds(@Root() { id }: TransferPreviewStub, @Ctx() { identity }: GraphContext): Promise<FundsPreview | null> {
    const found = await this.#previews.funds(requireIdentity(identity), id);
    if (found === null) return null;
    const { asset, refusal, availableUnits, totalUnits } = found;
    return {
      isCovered: refusal === null,
      refusal: refusal === null ? null : { code: refusal.code, message: refusal.message },
      availableNow: toMoneyType({ asset, units: availableUnits }),
      availableAfter: refusal === null ? toMoneyType({ asset, units: availableUnits - totalUnits }) : null,
    };
  }
}
