// One door for verdicts on cases of every kind: a held transaction is decided in the review, a likeness by itself.
import { caseErrors } from './case.errors.ts';
import type { ComplianceCase } from './case.repository.ts';
import { type CaseVerdict, takesVerdict } from './case.rules.ts';
import type { CaseService } from './case.service.ts';
import type { ReviewService } from './review.service.ts';
import type { Actor } from './rule.service.ts';

export interface CaseDecisions {
  /** @throws CASE_NOT_FOUND, CASE_VERDICT_NOT_TAKEN, and whatever the decision itself throws */
  decide(input: { caseId: string; verdict: CaseVerdict; note: string }, actor: Actor): Promise<ComplianceCase>;
}

export function createCaseDecisions({ cases, reviews }: { cases: CaseService; reviews: ReviewService }): CaseDecisions {
  async function requireCase(caseId: string): Promise<ComplianceCase> {
    const found = (await cases.findByIds([caseId])).get(caseId);
    if (found === undefined) throw caseErrors.CASE_NOT_FOUND({ caseId });
    return found;
  }
  return {
    async decide({ caseId, verdict, note }, actor) {
      const { kind, screeningId } = await requireCase(caseId);
      if (!takesVerdict(kind, verdict)) throw caseErrors.CASE_VERDICT_NOT_TAKEN({ caseId, kind, verdict });
      if (screeningId === null) return cases.decideHit({ caseId, verdict, note }, actor);
      const decision = { screeningId, note };
      await (verdict === 'RELEASE' ? reviews.approve(decision, actor) : reviews.reject(decision, actor));
      return requireCase(caseId);
    },
  };
}
