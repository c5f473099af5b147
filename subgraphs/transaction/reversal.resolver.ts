// The graph's fields about taking transactions back.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Authenticated } from '../../platform/graph/authorisation.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import type { ReversalService } from './reversal.service.ts';
import { ReversalStateEnum, ReverseTransactionInput, ReverseTransactionPayload, TransactionReversal } from './reversal.types.ts';
import type { TransactionReading } from './transaction.reading.ts';
import { loadReversal } from './transaction.reference.ts';
import { TransactionType } from './transaction.types.ts';
import { toTransactionType } from './transaction.view.ts';

@Resolver(() => TransactionType)
export class ReversalResolver {
  readonly #reversals: ReversalService;
  readonly #reading: TransactionReading;

  constructor(reversals: ReversalService, reading: TransactionReading) {
    this.#reversals = reversals;
    this.#reading = reading;
  }

  @Authenticated()
  @Mutation(() => ReverseTransactionPayload, {
    description:
      'Sends the money of a completed transaction back, in full and with its fee, at most once: as its recipient, or as staff.',
  })
  async reverseTransaction(
    @Arg('input', () => ReverseTransactionInput, { description: 'The transaction.' }) input: ReverseTransactionInput,
    @Ctx() context: GraphContext,
  ): Promise<ReverseTransactionPayload> {
    const viewer = requireIdentity(context.identity);
    const record = await this.#reversals.request(viewer, { ...input, requestId: context.requestId });
    return { transaction: toTransactionType(record) };
  }

  @FieldResolver(() => TransactionReversal, {
    nullable: true,
    description: 'Its latest reversal; null when nobody asked for one.',
  })
  async reversal(@Root() { id }: TransactionType, @Ctx() context: GraphContext): Promise<TransactionReversal | null> {
    const reversal = await loadReversal(this.#reading, id, context);
    if (reversal === null) return null;
    const { reason, refusalCode, createdAt, updatedAt } = reversal;
    return { state: ReversalStateEnum[reversal.state], reason, refusalCode, createdAt, updatedAt };
  }
}
