// The graph's fields about postings that operators make by hand: arguments to use cases, results to types, and the line that says who may ask.
import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { RequiresPermission } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import type { ManualBatch, ManualOutcome } from './manual-posting.rules.ts';
import type { ManualPostingService } from './manual-posting.service.ts';
import {
  CreatePostingsInput,
  CreatePostingsPayload,
  PostingBatch,
  type PostingOutcome,
  PostingOutcomeStatusEnum,
} from './manual-posting.types.ts';
import { actorOf } from './wallet.resolver.ts';

@Resolver()
export class ManualPostingResolver {
  readonly #postings: ManualPostingService;

  constructor(postings: ManualPostingService) {
    this.#postings = postings;
  }

  @RequiresPermission('ledger:post')
  @Mutation(() => CreatePostingsPayload, {
    description:
      'Posts to the ledger by hand: corrections, goodwill, money of the house. Each posting has its own outcome; linked ones are posted all or none. Not on wallets of yours.',
  })
  async createPostings(
    @Arg('input', () => CreatePostingsInput, { description: 'The postings.' }) input: CreatePostingsInput,
    @Ctx() context: GraphContext,
  ): Promise<CreatePostingsPayload> {
    const actor = actorOf(context);
    if (input.dryRun) return { batch: null, outcomes: toOutcomes(await this.#postings.dryRun(actor, input), true) };
    const batch = toBatch(await this.#postings.post(actor, input));
    return { batch, outcomes: batch.outcomes };
  }

  @RequiresPermission('wallet:read')
  @Query(() => PostingBatch, {
    description: 'Postings that were asked for together. POSTING_BATCH_NOT_FOUND when there are none.',
  })
  async postingBatch(@Arg('id', () => ID, { description: 'Id of the batch.' }) id: string): Promise<PostingBatch> {
    return toBatch(await this.#postings.get(id));
  }
}

function toBatch({ id, isLinked, requestedBy, createdAt, outcomes }: ManualBatch): PostingBatch {
  return { id, linked: isLinked, requestedBy: { id: requestedBy }, createdAt, outcomes: toOutcomes(outcomes, false) };
}

function toOutcomes(outcomes: readonly ManualOutcome[], isDryRun: boolean): PostingOutcome[] {
  return outcomes.map((outcome, index) => ({
    item: index + 1,
    status: PostingOutcomeStatusEnum[isDryRun && outcome.status === 'POSTED' ? 'WOULD_BE_POSTED' : outcome.status],
    postingId: !isDryRun && outcome.status === 'POSTED' ? outcome.postingId : null,
    refusal: outcome.status === 'REFUSED' ? { code: outcome.code, message: outcome.message } : null,
  }));
}
