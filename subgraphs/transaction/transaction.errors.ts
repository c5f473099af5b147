// The closed list of what the transaction domain refuses. Every refusal here leaves nothing recorded.
import { defineErrors } from '../../platform/errors.ts';

export const transactionErrors = defineErrors({
  TRANSACTION_NOT_FOUND: {
    message: (d: { transactionId: string }) => `There is no transaction ${d.transactionId} that you may see.`,
  },
  WALLET_NOT_FOUND: { message: (d: { walletId: string }) => `There is no wallet ${d.walletId} that you may use for this.` },
  EXTERNAL_ACCOUNT_NOT_FOUND: {
    message: (d: { externalAccountId: string }) =>
      `There is no external account ${d.externalAccountId} that you may use for this.`,
  },
  EXTERNAL_ACCOUNT_ASSET_MISMATCH: {
    message: (d: { externalAccountId: string; accountAsset: string; asset: string }) =>
      `The external account ${d.externalAccountId} holds ${d.accountAsset}; it can neither send nor receive ${d.asset}.`,
  },
  WALLET_ROLE_INSUFFICIENT: {
    message: (d: { walletId: string; role: string; needed: string }) =>
      `As ${d.role.toLowerCase()} of the wallet ${d.walletId} you may not do this; it takes the role ${d.needed.toLowerCase()}, or one above.`,
  },
  WALLET_FROZEN: { message: (d: { walletId: string }) => `The wallet ${d.walletId} is frozen: it can neither send nor receive.` },
  DESTINATION_UNAVAILABLE: { message: (d: { walletId: string }) => `The wallet ${d.walletId} cannot receive money at present.` },
  TRANSFER_TO_SELF: { message: (d: { walletId: string }) => `A transfer needs two wallets; both ends are ${d.walletId}.` },
  DEPOSIT_TO_SELF: {
    message: (d: { walletId: string }) => `The wallet ${d.walletId} is yours, so somebody else has to confirm deposits to it.`,
  },
  FEE_CHANGED: {
    message: (d: { quoted: string; fee: string }) =>
      `The fee is ${d.fee}, not ${d.quoted} as quoted. Ask for a new quote, or leave the quoted fee out.`,
  },
  INVALID_FEE_SCHEDULE: { message: (d: { problem: string }) => `This fee schedule makes no sense: ${d.problem}.` },
  FEE_SCHEDULE_CHANGED: {
    message: (d: { expectedVersion: number; version: number }) =>
      `The fee schedule is at version ${d.version}, not ${d.expectedVersion}. Read it again before you change it.`,
  },
  NOT_REVERSIBLE: {
    message: (d: { transactionId: string; state: string }) =>
      `The transaction ${d.transactionId} is ${d.state}; only a completed one can be reversed, and only once.`,
  },
  NOT_REVERSIBLE_BY_YOU: {
    message: (d: { transactionId: string }) =>
      `The transaction ${d.transactionId} can be reversed by its recipient, or by staff with the permission who did not pay it themselves.`,
  },
  PAYMENT_REQUEST_NOT_FOUND: {
    message: (d: { paymentRequestId: string }) => `There is no payment request ${d.paymentRequestId} that you may answer or see.`,
  },
  PAYMENT_REQUEST_CLOSED: {
    message: (d: { paymentRequestId: string; state: string }) =>
      `The payment request ${d.paymentRequestId} is ${d.state} and cannot be changed now.`,
  },
  PAYOUT_BATCH_NOT_FOUND: {
    message: (d: { payoutBatchId: string }) => `There is no batch of payouts ${d.payoutBatchId} that you may see.`,
  },
  TOO_MANY_PAYOUT_BATCHES: {
    message: (d: { runningBatchesMax: number }) =>
      `You have ${d.runningBatchesMax} batches of payouts that are not finished; ask again when one is.`,
    retryable: true,
  },
  SCHEDULE_NOT_FOUND: {
    message: (d: { scheduleId: string }) => `There is no schedule ${d.scheduleId} of yours.`,
  },
  SCHEDULE_ENDED: {
    message: (d: { scheduleId: string; state: string }) => `The schedule ${d.scheduleId} is ${d.state}; it does not go on.`,
  },
  REVERSAL_IN_PROGRESS: {
    message: (d: { transactionId: string }) => `The transaction ${d.transactionId} is already being reversed.`,
  },
  IDEMPOTENCY_CONFLICT: {
    message: (d: { idempotencyKey: string }) =>
      `The idempotency key "${d.idempotencyKey}" has already been used for another request. Use a new key for a new request.`,
  },
});

/**
 * Events that cannot be applied. Not for callers: the event's handling fails, and the platform parks, reports and retries it.
 */
export const transactionFaults = defineErrors({
  ILLEGAL_TRANSITION: {
    message: (d: { transactionId: string; state: string; fact: string }) =>
      `Transaction ${d.transactionId} is ${d.state}; ${d.fact} cannot be true of it.`,
  },
  UNKNOWN_TRANSACTION: {
    message: (d: { transactionId: string; fact: string }) =>
      `${d.fact} was reported for ${d.transactionId}, which this domain has never recorded.`,
  },
  MALFORMED_EVENT: {
    message: (d: { eventType: string; problem: string }) =>
      `An event ${d.eventType} does not have its agreed shape: ${d.problem}`,
  },
});
