// The closed list of failures around spending limits.
import { defineErrors } from '../../platform/errors.ts';

const spans = { TRANSACTION: 'for one payment', DAY: 'a day', MONTH: 'a month' } as const;

export const limitErrors = defineErrors({
  SPENDING_LIMIT_EXCEEDED: {
    message: (d: {
      walletId: string;
      period: keyof typeof spans;
      isWholeWallet: boolean;
      limit: string;
      used: string;
      requested: string;
      renewsAt: string | null;
    }) =>
      `${d.isWholeWallet ? 'From this wallet' : 'By you, from this wallet'} at most ${d.limit} may be spent ${spans[d.period]}; ` +
      `${d.period === 'TRANSACTION' ? '' : `${d.used} has been, and `}${d.requested} is too much.` +
      `${d.renewsAt === null ? '' : ` The limit renews at ${d.renewsAt}.`}`,
  },
  SPENDING_LIMIT_NOT_FOUND: {
    message: (d: { limitId: string }) => `There is no spending limit "${d.limitId}" that you may remove.`,
  },
  SPENDING_IS_LIMITED: {
    message: (d: { walletId: string }) =>
      `Your own spending from the wallet ${d.walletId} is limited, so letting others spend from it is for those above you.`,
  },
  TOO_MANY_SPENDING_LIMITS: {
    message: (d: { walletId: string; limitsMax: number }) =>
      `The wallet ${d.walletId} has ${d.limitsMax} spending limits; no wallet has more.`,
  },
});
