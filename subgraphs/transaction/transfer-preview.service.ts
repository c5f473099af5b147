// What would come of a movement of money at present: its fee, and what would refuse it at once. Records nothing.
// Its id carries what the wallet domain needs to tell about funds; it is made of what the caller sent, and proves nothing.
import { type DomainError, isDomainError } from '../../platform/errors.ts';
import type { Money, MoneyText } from '../../platform/money/money.ts';
import type { ChargedKind } from './fee.rules.ts';
import type { FeeService } from './fee.service.ts';
import { readIntent } from './transaction.intent.ts';
import type { TransactionService } from './transaction.service.ts';

export interface PreviewRequest {
  readonly kind: ChargedKind;
  readonly requestedBy: string;
  readonly sourceId: string;
  readonly destinationId: string;
  readonly amount: MoneyText;
  readonly signal: AbortSignal;
}

export interface TransferPreview {
  readonly id: string;
  readonly amount: Money;
  readonly fee: Money;
  readonly total: Money;
  readonly refusal: DomainError | null;
}

/** @throws BAD_USER_INPUT, money errors, TRANSFER_TO_SELF: what makes no sense in itself */
export async function previewTransfer(
  deps: { transactions: Pick<TransactionService, 'examine'>; fees: FeeService },
  request: PreviewRequest,
): Promise<TransferPreview> {
  const asked = { ...request, idempotencyKey: 'preview', requestId: null };
  const { money: amount, sourceId } = readIntent(asked);
  const [{ fee }, refusal] = await Promise.all([
    deps.fees.quote(request.kind, request.amount),
    deps.transactions.examine(asked).then(() => null, refusalOf),
  ]);
  const { asset } = amount;
  const total = { asset, units: amount.units + fee.units };
  const id = Buffer.from(JSON.stringify([sourceId, asset, total.units.toString()])).toString('base64url');
  return { id, amount, fee: { asset, units: fee.units }, total, refusal };
}

function refusalOf(error: unknown): DomainError {
  if (isDomainError(error) && !error.retryable) return error;
  throw error;
}
