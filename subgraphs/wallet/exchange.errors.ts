// The closed list of failures around exchange rates, quotes and exchanges.
import { defineErrors } from '../../platform/errors.ts';

/** Digits that a rate may have on each side of its point. */
export const rateDigitsMax = 18;
/** Half of the value: beyond it a spread is a mistake. */
export const spreadBasisPointsMax = 5_000;

export const exchangeErrors = defineErrors({
  INVALID_RATE: {
    message: (d: { rate: string }) =>
      `"${d.rate}" is not a rate. Write a plain decimal above zero with at most ${rateDigitsMax} digits before and after the point, like "1.0845".`,
  },
  INVALID_SPREAD: {
    message: (d: { basisPoints: number }) => `A spread has 0 to ${spreadBasisPointsMax} basis points, not ${d.basisPoints}.`,
  },
  SAME_ASSET: { message: (d: { asset: string }) => `An exchange needs two assets; both are ${d.asset}.` },
  AMOUNT_TOO_SMALL: {
    message: (d: { asset: string }) => `The amount is worth less than the smallest unit of ${d.asset} at this rate.`,
  },
  RATE_NOT_AVAILABLE: {
    message: (d: { sell: string; buy: string }) => `${d.sell} is not exchanged for ${d.buy} at present.`,
  },
  RATE_CHANGED: {
    message: (d: { expectedVersion: number; version: number }) =>
      `The rate has version ${d.version} by now, not ${d.expectedVersion}. Look at it again before you change it.`,
  },
  RATE_JUMP: {
    message: (d: { from: string; to: string; percentMax: number }) =>
      `From ${d.from} to ${d.to} is more than ${d.percentMax} percent. Set allowsJump when it is meant.`,
  },
  RATE_EXPIRY_IN_PAST: {
    message: (d: { validUntil: string }) => `A rate is valid until a time to come, not until ${d.validUntil}.`,
  },
  OWN_RATE: {
    message: (d: { walletId: string }) =>
      `The rate was set by a member of the wallet ${d.walletId}. Nobody exchanges at a rate of their own.`,
  },
  TOO_MANY_QUOTES: {
    message: (d: { quotesMax: number }) =>
      `You have ${d.quotesMax} quotes that have not expired; use one, or wait until they have.`,
  },
  QUOTE_NOT_FOUND: { message: (d: { quoteId: string }) => `There is no quote "${d.quoteId}" of yours.` },
  QUOTE_EXPIRED: {
    message: (d: { quoteId: string; expiresAt: string }) =>
      `The quote ${d.quoteId} expired at ${d.expiresAt}. Ask for a new one.`,
  },
  QUOTE_ALREADY_USED: { message: (d: { quoteId: string }) => `The quote ${d.quoteId} has been used; a quote is good for once.` },
  EXCHANGE_NOT_FOUND: {
    message: (d: { exchangeId: string }) => `There is no exchange "${d.exchangeId}" that could be taken back.`,
  },
  EXCHANGE_ALREADY_REVERSED: {
    message: (d: { exchangeId: string }) => `The exchange ${d.exchangeId} has been taken back already; that happens once.`,
  },
  INVALID_REVERSAL_REASON: {
    message: (d: { lengthMax: number }) => `A reason has 1 to ${d.lengthMax} characters, none of them control characters.`,
  },
  INSUFFICIENT_LIQUIDITY: {
    message: (d: { asset: string }) => `The house has not enough ${d.asset} for this at present.`,
  },
});
