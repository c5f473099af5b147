// The closed list of the ledger's own refusals.
import { defineErrors } from '../../platform/errors.ts';

export const ledgerErrors = defineErrors({
  INSUFFICIENT_FUNDS: {
    message: (d: { walletId: string; available: string; required: string }) =>
      `The wallet ${d.walletId} has ${d.available} available; ${d.required} is needed.`,
  },
  TRANSFER_TO_SELF: { message: (d: { walletId: string }) => `A transfer needs two wallets; both ends are ${d.walletId}.` },
  DESTINATION_UNAVAILABLE: { message: (d: { walletId: string }) => `The wallet ${d.walletId} cannot receive money at present.` },
  EFFECTIVE_TIME_IN_FUTURE: {
    message: (d: { effectiveAt: string }) => `Money cannot count from a time to come, such as ${d.effectiveAt}.`,
  },
  POSTING_NOT_FOUND: {
    message: (d: { transactionId: string }) => `The transaction ${d.transactionId} has no posting that could be taken back.`,
  },
  ALREADY_REVERSED: {
    message: (d: { transactionId: string }) =>
      `The transaction ${d.transactionId} has been taken back already; that happens once.`,
  },
  BALANCE_LIMIT_EXCEEDED: {
    message: (d: { asset: string; digitsMax: number }) =>
      `An account's ${d.asset} turnover would have more than ${d.digitsMax} digits in its smallest unit.`,
  },
  IDEMPOTENCY_CONFLICT: {
    message: (d: { idempotencyKey: string }) => `The idempotency key "${d.idempotencyKey}" was used for a different request.`,
  },
  INVALID_IDEMPOTENCY_KEY: {
    message: (d: { lengthMax: number }) => `An idempotency key has 1 to ${d.lengthMax} visible ASCII characters.`,
  },
  LEDGER_BUSY: {
    message: (d: { queueSizeMax: number }) =>
      `The ledger has ${d.queueSizeMax} requests waiting and takes no more right now; try again shortly.`,
    retryable: true,
  },
  LEDGER_STOPPED: { message: (_: Record<string, never>) => 'The ledger is shutting down; try again shortly.', retryable: true },
});
