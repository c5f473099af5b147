// The closed list of what can go wrong for reviewers of held transactions.
import { defineErrors } from '../../platform/errors.ts';

export const screeningErrors = defineErrors({
  SCREENING_NOT_FOUND: { message: (d: { screeningId: string }) => `There is no screening ${d.screeningId}.` },
  SCREENING_ALREADY_DECIDED: {
    message: (d: { screeningId: string; decision: string }) =>
      `The screening ${d.screeningId} is already decided: ${d.decision.toLowerCase()}. A decision is final.`,
  },
  SCREENING_CONFLICT_OF_INTEREST: {
    message: (d: { screeningId: string }) =>
      `You requested the transaction of screening ${d.screeningId}, or are a party of it: somebody else must decide.`,
  },
  SCREENING_PARTY_SANCTIONED: {
    message: (d: { screeningId: string }) =>
      `A party of the screening ${d.screeningId} is on a sanctions list now, so it cannot be approved. Reject it.`,
  },
  SCREENING_NAME_UNKNOWN: {
    message: (d: { screeningId: string }) =>
      `The name of a party of the screening ${d.screeningId} has not arrived, so it cannot be approved yet. Try again later, or reject it.`,
    retryable: true,
  },
});
