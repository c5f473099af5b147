// The graph's field that tells what would come of a transfer.
import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { toMoneyType } from '../../platform/money/money.types.ts';
import type { FeeService } from './fee.service.ts';
import type { TransactionService } from './transaction.service.ts';
import { previewTransfer } from './transfer-preview.service.ts';
import { PreviewTransferInput, TransferPreviewType } from './transfer-preview.types.ts';

@Resolver(() => TransferPreviewType)
export class TransferPreviewResolver {
  readonly #deps: { readonly transactions: TransactionService; readonly fees: FeeService };

  constructor(transactions: TransactionService, fees: FeeService) {
    this.#deps = { transactions, fees };
  }

  @Authenticated()
  @Query(() => TransferPreviewType, {
    description:
      'What would come of a transfer or withdrawal of yours at present: fee, what would refuse it, whether there is money enough, and what would be left.',
  })
  async previewTransfer(
    @Arg('input', () => PreviewTransferInput, { description: 'The transfer.' }) input: PreviewTransferInput,
    @Ctx() { identity, signal }: GraphContext,
  ): Promise<TransferPreviewType> {
    const { userId: requestedBy } = requireIdentity(identity);
    const request = { ...input, sourceId: input.sourceWalletId, requestedBy, signal };
    const { id, amount, fee, total, refusal } = await previewTransfer(this.#deps, request);
    return {
      id,
      amount: toMoneyType(amount),
      fee: toMoneyType(fee),
      total: toMoneyType(total),
      refusal: refusal === null ? null : { code: refusal.code, message: refusal.message },
    };
  }
}
