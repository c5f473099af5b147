// The closed list of failures around holds.
import { defineErrors } from '../../platform/errors.ts';

export const holdErrors = defineErrors({
  HOLD_NOT_FOUND: { message: (d: { holdId: string }) => `There is no hold "${d.holdId}" that you may use.` },
  HOLD_ALREADY_RESOLVED: {
    message: (d: { holdId: string; status: string }) =>
      `The hold ${d.holdId} is ${d.status.toLowerCase()} already; a hold resolves once.`,
  },
  HOLD_EXPIRED: { message: (d: { holdId: string; expiresAt: string }) => `The hold ${d.holdId} expired at ${d.expiresAt}.` },
  HOLD_OF_TRANSACTION: {
    message: (d: { holdId: string; transactionId: string }) =>
      `The hold ${d.holdId} keeps the money of the transaction ${d.transactionId}, which alone may use it or give it back.`,
  },
  HOLD_NOT_DUE: { message: (d: { holdId: string }) => `The hold ${d.holdId} is not due to expire yet.` },
  HOLD_EXPIRY_IN_PAST: { message: (d: { expiresAt: string }) => `A hold must expire in the future, not at ${d.expiresAt}.` },
  INVALID_HOLD_MEMO: {
    message: (d: { lengthMax: number }) => `A hold's memo has 1 to ${d.lengthMax} characters, none of them control characters.`,
  },
  CAPTURE_EXCEEDS_HOLD: {
    message: (d: { holdId: string; requested: string; held: string }) =>
      `${d.requested} cannot be captured: the hold ${d.holdId} keeps ${d.held}.`,
  },
  CAPTURE_ASSET_MISMATCH: {
    message: (d: { holdId: string; asset: string; expected: string }) =>
      `The hold ${d.holdId} keeps ${d.expected}; ${d.asset} cannot be captured from it.`,
  },
});
