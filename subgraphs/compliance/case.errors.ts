// The closed list of what can go wrong for those who work on cases.
import { defineErrors } from '../../platform/errors.ts';

export const caseErrors = defineErrors({
  CASE_NOT_FOUND: { message: (d: { caseId: string }) => `There is no case ${d.caseId}.` },
  CASE_CLOSED: { message: (d: { caseId: string }) => `The case ${d.caseId} is closed. A decision is final.` },
  CASE_CONFLICT_OF_INTEREST: {
    message: (d: { caseId: string }) => `You are a party of the case ${d.caseId}: somebody else must work on it.`,
  },
  CASE_ALREADY_VOTED: {
    message: (d: { caseId: string }) => `You have voted on the case ${d.caseId} already: it needs a second person.`,
  },
  CASE_VERDICT_NOT_TAKEN: {
    message: (d: { caseId: string; kind: string; verdict: string }) =>
      `The case ${d.caseId} is about a ${d.kind.toLowerCase().replace('_', ' ')}, and cannot be decided with ${d.verdict}.`,
  },
});
