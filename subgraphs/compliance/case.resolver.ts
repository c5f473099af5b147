// The graph's fields of cases: arguments to use cases, results to types, and the line that says who may ask.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { RequiresPermission } from '../../platform/graph/authorisation.ts';
import { ConnectionArgs } from '../../platform/graph/connection.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import { type CaseDecisions, createCaseDecisions } from './case.decision.ts';
import type { ComplianceCase } from './case.repository.ts';
import type { CaseService } from './case.service.ts';
import {
  AddCaseNoteInput,
  AssignCaseInput,
  CaseConnection,
  CaseFilterInput,
  CaseKindEnum,
  CaseOutcomeEnum,
  CasePayload,
  CaseStateEnum,
  CaseType,
  CaseVerdictEnum,
  DecideCaseInput,
} from './case.types.ts';
import type { ReviewService } from './review.service.ts';
import { RuleCodeEnum } from './rule.types.ts';
import { caseByScreening, screeningById } from './screening.reference.ts';
import { ScreeningType } from './screening.types.ts';
import { toScreeningType } from './screening.view.ts';

@Resolver(() => CaseType)
export class CaseResolver {
  readonly #cases: CaseService;
  readonly #reviews: ReviewService;
  readonly #decisions: CaseDecisions;

  constructor(cases: CaseService, reviews: ReviewService) {
    this.#decisions = createCaseDecisions({ cases, reviews });
    this.#cases = cases;
    this.#reviews = reviews;
  }

  @RequiresPermission('compliance:read')
  @Query(() => CaseType, { nullable: true, description: 'A case by its id; null when there is none.' })
  async case(@Arg('id', () => ID, { description: 'Id of the case.' }) id: string) {
    const found = (await this.#cases.findByIds([id])).get(id);
    return found ? toCaseType(found) : null;
  }

  @RequiresPermission('compliance:read')
  @Query(() => CaseConnection, { description: 'Cases, oldest first.' })
  async cases(
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg('filter', () => CaseFilterInput, { nullable: true, description: 'Which cases are wanted; all without it.' })
    filter?: CaseFilterInput | null,
  ) {
    const { edges, pageInfo } = await this.#cases.list(args, filter ?? {});
    const mapped = edges.map(({ cursor, node }) => ({ cursor, node: toCaseType(node) }));
    return { edges: mapped, nodes: mapped.map(({ node }) => node), pageInfo };
  }

  @FieldResolver(() => ScreeningType, { nullable: true, description: 'HELD_TRANSACTION: the screening that holds it.' })
  async screening(@Root() { screeningId }: CaseType, @Ctx() context: GraphContext) {
    if (screeningId === null) return null;
    const screening = await screeningById(this.#reviews, context).load(screeningId);
    return screening && toScreeningType(screening);
  }

  @RequiresPermission('compliance:review')
  @Mutation(() => CasePayload, { description: 'Says who works on a case. Nobody works on a case that they are a party of.' })
  async assignCase(
    @Arg('input', () => AssignCaseInput, { description: 'The assignment.' }) { caseId, assigneeId }: AssignCaseInput,
    @Ctx() context: GraphContext,
  ) {
    const assigned = await this.#cases.assign({ caseId, assigneeId: assigneeId ?? null }, this.#actor(context));
    return { case: toCaseType(assigned) };
  }

  @RequiresPermission('compliance:review')
  @Mutation(() => CasePayload, { description: 'Adds a remark to a case. It stays as it was written.' })
  async addCaseNote(
    @Arg('input', () => AddCaseNoteInput, { description: 'The remark.' }) input: AddCaseNoteInput,
    @Ctx() context: GraphContext,
  ) {
    return { case: toCaseType(await this.#cases.addNote(input, this.#actor(context))) };
  }

  @RequiresPermission('compliance:review')
  @Mutation(() => CasePayload, {
    description: 'Votes on a case. It is decided when as many people agree as it asks for. Not for parties of the case.',
  })
  async decideCase(
    @Arg('input', () => DecideCaseInput, { description: 'The verdict.' }) { caseId, verdict, note }: DecideCaseInput,
    @Ctx() context: GraphContext,
  ) {
    const actor = this.#actor(context);
    return { case: toCaseType(await this.#decisions.decide({ caseId, verdict, note }, actor)) };
  }

  #actor({ identity, requestId }: GraphContext) {
    const { userId } = requireIdentity(identity);
    return { userId, requestId };
  }
}

@Resolver(() => ScreeningType)
export class ScreeningCaseResolver {
  readonly #cases: CaseService;

  constructor(cases: CaseService) {
    this.#cases = cases;
  }

  @FieldResolver(() => CaseType, { nullable: true, description: 'The case that it was held with; null when it was not held.' })
  async case(@Root() { id }: ScreeningType, @Ctx() context: GraphContext) {
    const found = await caseByScreening(this.#cases, context).load(id);
    return found && toCaseType(found);
  }
}

export function toCaseType(one: ComplianceCase): CaseType {
  return Object.assign(new CaseType(), {
    id: one.id,
    kind: CaseKindEnum[one.kind],
    state: CaseStateEnum[one.state],
    outcome: one.outcome && CaseOutcomeEnum[one.outcome],
    screeningId: one.screeningId,
    partyId: one.partyId,
    alerts: one.alerts.map(({ ruleCode, ruleVersion, isShadow, explanation }) => ({
      ruleCode: RuleCodeEnum[ruleCode as keyof typeof RuleCodeEnum],
      ruleVersion,
      isShadow,
      explanation,
    })),
    reviewersNeeded: one.reviewersNeeded,
    votes: one.votes.map(({ reviewerId, verdict, note, votedAt }) => ({
      reviewer: { id: reviewerId },
      verdict: CaseVerdictEnum[verdict],
      note,
      votedAt,
    })),
    notes: one.notes.map(({ id, authorId, text, writtenAt }) => ({ id, author: { id: authorId }, text, writtenAt })),
    assignee: one.assigneeId === null ? null : { id: one.assigneeId },
    openedAt: one.openedAt,
    dueAt: one.dueAt,
    closedAt: one.closedAt,
  });
}
