// The closed list of failures around postings that operators make by hand, besides those of every movement of money.
import { defineErrors } from '../../platform/errors.ts';

export const manualPostingErrors = defineErrors({
  OWN_EXTERNAL_ACCOUNT: {
    message: (d: { externalAccountId: string }) =>
      `The external account ${d.externalAccountId} is yours, so somebody else has to send money to it.`,
  },
  MONEY_LEAVES_BY_WITHDRAWAL: {
    message: (d: { walletId: string }) =>
      `Money of the wallet ${d.walletId} leaves the house by a withdrawal, which is screened; only money of the house is sent outside by hand.`,
  },
  EFFECTIVE_TIME_TOO_EARLY: {
    message: (d: { effectiveAt: string; daysMax: number }) =>
      `${d.effectiveAt} is more than ${d.daysMax} days ago: money cannot count from then any more.`,
  },
  POSTING_BATCH_NOT_FOUND: { message: (d: { batchId: string }) => `There are no postings ${d.batchId} that you may see.` },
});
