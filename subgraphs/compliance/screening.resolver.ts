// The graph's fields of screenings and the review queue: arguments to use cases, results to types, and the line that says who may ask.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { RequiresPermission } from '../../platform/graph/authorisation.ts';
import { ConnectionArgs } from '../../platform/graph/connection.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { hasPermission, requireIdentity } from '../../platform/identity/identity.ts';
import { TransactionStub } from './extended.types.ts';
import type { ReviewService } from './review.service.ts';
import { screeningById, screeningByTransaction } from './screening.reference.ts';
import {
  ApproveScreeningInput,
  ApproveScreeningPayload,
  RejectScreeningInput,
  RejectScreeningPayload,
  ScreeningConnection,
  ScreeningType,
} from './screening.types.ts';
import { toScreeningType } from './screening.view.ts';

@Resolver(() => ScreeningType)
export class ScreeningResolver {
  readonly #reviews: ReviewService;

  constructor(reviews: ReviewService) {
    this.#reviews = reviews;
  }

  @RequiresPermission('compliance:read')
  @Query(() => ScreeningType, { nullable: true, description: 'A screening by its id; null when there is none.' })
  async screening(@Arg('id', () => ID, { description: 'Id of the screening.' }) id: string, @Ctx() context: GraphContext) {
    const screening = await screeningById(this.#reviews, context).load(id);
    return screening && toScreeningType(screening);
  }

  @RequiresPermission('compliance:read')
  @Query(() => ScreeningConnection, { description: 'Held transactions that wait for a decision, oldest first.' })
  async reviewQueue(@Args(() => ConnectionArgs) args: ConnectionArgs) {
    const { edges, pageInfo } = await this.#reviews.queue(args);
    const mapped = edges.map(({ cursor, node }) => ({ cursor, node: toScreeningType(node) }));
    return { edges: mapped, nodes: mapped.map(({ node }) => node), pageInfo };
  }

  @RequiresPermission('compliance:review')
  @Mutation(() => ApproveScreeningPayload, {
    description:
      'Lets a held transaction go on: at once, or when a second person agrees where its case asks for two. Not for your own transactions.',
  })
  async approveScreening(
    @Arg('input', () => ApproveScreeningInput, { description: 'The decision.' }) input: ApproveScreeningInput,
    @Ctx() { identity, requestId }: GraphContext,
  ) {
    const { userId } = requireIdentity(identity);
    return { screening: toScreeningType(await this.#reviews.approve(input, { userId, requestId })) };
  }

  @RequiresPermission('compliance:review')
  @Mutation(() => RejectScreeningPayload, { description: 'Refuses a held transaction. Final. Not for your own transactions.' })
  async rejectScreening(
    @Arg('input', () => RejectScreeningInput, { description: 'The decision.' }) input: RejectScreeningInput,
    @Ctx() { identity, requestId }: GraphContext,
  ) {
    const { userId } = requireIdentity(identity);
    return { screening: toScreeningType(await this.#reviews.reject(input, { userId, requestId })) };
  }
}

@Resolver(() => TransactionStub)
export class TransactionScreeningResolver {
  readonly #reviews: ReviewService;

  constructor(reviews: ReviewService) {
    this.#reviews = reviews;
  }

  @FieldResolver(() => ScreeningType, {
    nullable: true,
    description: 'How the transaction was screened. Null before that, and for everybody without compliance:read.',
  })
  async screening(@Root() { id }: TransactionStub, @Ctx() context: GraphContext) {
    if (!hasPermission(context.identity, 'compliance:read')) return null;
    const screening = await screeningByTransaction(this.#reviews, context).load(id);
    return screening && toScreeningType(screening);
  }
}
