// What a case is, and when its votes decide it. No I/O, no clock.
import type { JsonObject } from '../../platform/errors.ts';

export const caseKinds = ['HELD_TRANSACTION', 'SANCTIONS_HIT'] as const;
export type CaseKind = (typeof caseKinds)[number];
export const caseStates = ['OPEN', 'IN_PROGRESS', 'AWAITING_SECOND', 'CLOSED'] as const;
export type CaseState = (typeof caseStates)[number];
export const caseVerdicts = ['RELEASE', 'REJECT', 'FALSE_POSITIVE', 'TRUE_MATCH'] as const;
export type CaseVerdict = (typeof caseVerdicts)[number];
export const caseOutcomes = ['RELEASED', 'REJECTED', 'FALSE_POSITIVE', 'TRUE_MATCH', 'EXPIRED'] as const;
export type CaseOutcome = (typeof caseOutcomes)[number];

/** What raised a case: a rule's outcome, or a likeness that a list import has brought up. */
export interface CaseAlert extends JsonObject {
  readonly ruleCode: string;
  readonly ruleVersion: number;
  readonly isShadow: boolean;
  readonly explanation: string;
}

export interface CaseVote {
  readonly reviewerId: string;
  readonly verdict: CaseVerdict;
  readonly note: string;
  readonly votedAt: Date;
}

/** The verdicts that a case of each kind takes, and how many votes carry one: a refusal of money takes one person. */
const verdictsByKind: Record<CaseKind, Partial<Record<CaseVerdict, 'ONE' | 'ALL'>>> = {
  HELD_TRANSACTION: { RELEASE: 'ALL', REJECT: 'ONE' },
  SANCTIONS_HIT: { FALSE_POSITIVE: 'ALL', TRUE_MATCH: 'ALL' },
};

const outcomeOf: Record<CaseVerdict, CaseOutcome> = {
  RELEASE: 'RELEASED',
  REJECT: 'REJECTED',
  FALSE_POSITIVE: 'FALSE_POSITIVE',
  TRUE_MATCH: 'TRUE_MATCH',
};

export function takesVerdict(kind: CaseKind, verdict: CaseVerdict): boolean {
  return verdictsByKind[kind][verdict] !== undefined;
}

/** What the votes have decided; null while it takes more of them. */
export function tally(
  { kind, reviewersNeeded }: { readonly kind: CaseKind; readonly reviewersNeeded: number },
  votes: readonly Pick<CaseVote, 'reviewerId' | 'verdict'>[],
): CaseOutcome | null {
  for (const [verdict, needs] of Object.entries(verdictsByKind[kind]) as [CaseVerdict, 'ONE' | 'ALL'][]) {
    const reviewers = new Set(votes.filter((vote) => vote.verdict === verdict).map(({ reviewerId }) => reviewerId));
    if (reviewers.size >= (needs === 'ONE' ? 1 : reviewersNeeded)) return outcomeOf[verdict];
  }
  return null;
}
